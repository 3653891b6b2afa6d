use accounts::{InvitationToken, InvitedAs, events::InvitationMade, store};
use db::outbox::ClaimedEvent;
use kernel::{Fault, FaultKind};
use mail::{Mail, MailKey, Message};

use crate::App;

/// The reaction's name in receipts and mail keys.
pub(crate) const MAIL_INVITATION: &str = "mail_invitation";

impl App {
    /// Outside reaction to [`InvitationMade`]: mails the link, at least once. Does nothing for an invitation that has ended.
    ///
    /// # Errors
    /// A [`Fault`] of the database or of the mail's way out; the event is then tried again later.
    pub(crate) async fn mail_invitation(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: InvitationMade = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read an invitation_made event", error))?;
        let impossible = |_| Fault::inconsistent("read the ids of an invitation_made event");
        let household = told.household_id.parse().map_err(impossible)?;
        let id = told.invitation_id.parse().map_err(impossible)?;
        let now = self.db().clock().now();
        let found = store::find_invitation(&self.reader(), household, id).await?;
        let Some(invitation) = found.filter(|invitation| invitation.is_open(now)) else { return Ok(()) };
        let token = InvitationToken::of(self.secret().bytes(), invitation.id).to_text();
        let Some(seen) = self.find_invitation(&token).await? else { return Ok(()) };
        let Some(address) = invitation.address else { return Ok(()) };

        let link = self.settings().invitation_link.as_ref().map(|link| format!("{link}{token}"));
        let message = mail::Invitation {
            name: invitation.name,
            inviter: seen.inviter,
            household: matches!(invitation.invited_as, InvitedAs::Member(_) | InvitedAs::Household)
                .then_some(seen.household),
            brings_household: invitation.invited_as == InvitedAs::Household,
            token,
            link,
            // Whole days are what people count in; the last of them is the one before it ends.
            last_day: self.settings().zone.date_of(invitation.expires_at - chrono::TimeDelta::milliseconds(1)),
        };

        let mail = Mail {
            key: MailKey { event: event.id, reaction: MAIL_INVITATION, person: None },
            to: address,
            locale: invitation.locale,
            message: Message::Invitation(message),
            sent_at: event.occurred_at,
        };
        self.mailer().send(&mail).await
    }
}
