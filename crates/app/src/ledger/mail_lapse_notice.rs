use std::collections::{BTreeMap, BTreeSet};

use db::outbox::ClaimedEvent;
use kernel::{BusinessDate, Fault, FaultKind, Id, Points, kinds};
use ledger::{Lot, events::LapseNoticed};
use mail::{LapsingDay, Mail, MailKey, Message};

use crate::App;

/// The reaction's name in receipts and mail keys.
pub(crate) const MAIL_LAPSE_NOTICE: &str = "mail_lapse_notice";

impl App {
    /// Tells the household's grown-ups which points lapse soon, as far as they are still there and have not lapsed: it may run long
    /// after the notice. Runs at least once; the mails' keys tell repeats apart.
    pub(crate) async fn mail_lapse_notice(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: LapseNoticed = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a lapse_noticed event", error))?;
        let impossible = |_| Fault::inconsistent("read the ids of a lapse_noticed event");
        let household = self.current_household(told.household_id.parse().map_err(impossible)?).await?;
        let noticed: BTreeSet<Id<kinds::Lot>> =
            told.lots.iter().map(|lot| lot.lot_id.parse().map_err(impossible)).collect::<Result<_, Fault>>()?;
        let now = self.db().clock().now();
        let account = ledger::store::find_account(&self.reader(), household, now).await?;
        let account = account.ok_or_else(|| Fault::inconsistent("find the wallet of a household"))?;
        let today = self.settings().zone.date_of(now);

        let days = lapsing_days(&account.lots, &noticed, today)?;
        if days.is_empty() {
            return Ok(());
        }

        for reader in accounts::store::list_household_readers(&self.reader(), household).await? {
            let Some(address) = reader.address else { continue };
            let mail = Mail {
                to: address,
                locale: reader.locale,
                key: MailKey { event: event.id, reaction: MAIL_LAPSE_NOTICE, person: Some(reader.id) },
                message: Message::LapseNotice(mail::LapseNotice { days: days.clone() }),
                sent_at: event.occurred_at,
            };
            self.mailer().send(&mail).await?;
        }
        Ok(())
    }
}

/// What is left of the noticed lots, by their last days, the earliest first.
fn lapsing_days(
    lots: &[Lot],
    noticed: &BTreeSet<Id<kinds::Lot>>,
    today: BusinessDate,
) -> Result<Vec<LapsingDay>, Fault> {
    let mut days: BTreeMap<BusinessDate, Points> = BTreeMap::new();
    for lot in lots.iter().filter(|lot| noticed.contains(&lot.key.lot_id()) && !lot.key.is_lapsed(today)) {
        if !lot.free().is_zero() {
            let points = days.entry(lot.key.expires_on).or_default();
            *points = points.plus(lot.free()).map_err(|_| Fault::inconsistent("sum points that lapse soon"))?;
        }
    }
    Ok(days.into_iter().map(|(last_day, points)| LapsingDay { last_day, points }).collect())
}
