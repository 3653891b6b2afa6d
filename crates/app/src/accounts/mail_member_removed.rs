use accounts::{events::MemberRemoved, store};
use db::outbox::ClaimedEvent;
use kernel::{Fault, FaultKind, Points};
use mail::{Mail, MailKey, Message};

use crate::App;

/// The reaction's name in receipts and mail keys.
pub(crate) const MAIL_MEMBER_REMOVED: &str = "mail_member_removed";

impl App {
    /// Tells whoever was put out of a household what is theirs now. Runs at least once; the mail's key tells repeats apart. Nobody else is
    /// told: those who stay hear that somebody left.
    pub(crate) async fn mail_member_removed(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: MemberRemoved = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a member_removed event", error))?;
        let impossible = || Fault::inconsistent("read the values of a member_removed event");
        let (household, person) = (told.household_id.parse(), told.person_id.parse());
        let (Ok(household), Ok(person)) = (household, person) else { return Err(impossible()) };
        let points = Points::new(told.points).ok_or_else(impossible)?;
        let reader = store::find_person(&self.reader(), person).await?;
        // By the name the reader knew it by, whatever it went into since.
        let household = store::find_household(&self.reader(), household).await?.ok_or_else(impossible)?;
        let Some((address, locale)) = reader.and_then(::accounts::PersonView::mailbox) else { return Ok(()) };

        let mail = Mail {
            to: address,
            locale,
            key: MailKey { event: event.id, reaction: MAIL_MEMBER_REMOVED, person: Some(person) },
            message: Message::MemberRemoved(mail::MemberRemoved { household: household.name, points }),
            sent_at: event.occurred_at,
        };
        self.mailer().send(&mail).await
    }
}
