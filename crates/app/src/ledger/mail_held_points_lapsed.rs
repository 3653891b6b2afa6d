use db::outbox::ClaimedEvent;
use kernel::{Fault, FaultKind, Points, Timestamp};
use ledger::events::HeldPointsLapsed;
use mail::{Mail, MailKey, Message};

use crate::App;

/// The reaction's name in receipts and mail keys.
pub(crate) const MAIL_HELD_POINTS_LAPSED: &str = "mail_held_points_lapsed";

impl App {
    /// Tells the household's grown-ups that points lapsed when a hold of theirs ended, and why. Runs at least once; the mails' keys
    /// tell repeats apart.
    pub(crate) async fn mail_held_points_lapsed(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: HeldPointsLapsed = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a held_points_lapsed event", error))?;
        let impossible = || Fault::inconsistent("read the values of a held_points_lapsed event");
        let household = self.current_household(told.household_id.parse().map_err(|_| impossible())?).await?;
        let points = Points::new(told.points).ok_or_else(impossible)?;
        let ended_at = Timestamp::from_timestamp_millis(told.ended_at).ok_or_else(impossible)?;

        let message = mail::HeldPointsLapsed { points, ended_at: self.settings().zone.local(ended_at) };

        for reader in accounts::store::list_household_readers(&self.reader(), household).await? {
            let Some(address) = reader.address else { continue };
            let mail = Mail {
                to: address,
                locale: reader.locale,
                key: MailKey { event: event.id, reaction: MAIL_HELD_POINTS_LAPSED, person: Some(reader.id) },
                message: Message::HeldPointsLapsed(message),
                sent_at: event.occurred_at,
            };
            self.mailer().send(&mail).await?;
        }
        Ok(())
    }
}
