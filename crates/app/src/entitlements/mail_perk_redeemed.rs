use db::outbox::ClaimedEvent;
use entitlements::events;
use kernel::{Fault, FaultKind};
use mail::{Mail, MailKey, Message};

use crate::App;

/// The reaction's name in receipts and mail keys.
pub(crate) const MAIL_PERK_REDEEMED: &str = "mail_perk_redeemed";

impl App {
    /// Tells the household's owner by mail what was redeemed. Runs at least once; the mail's key tells repeats apart.
    pub(crate) async fn mail_perk_redeemed(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: events::PerkRedeemed = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a perk_redeemed event", error))?;
        let impossible = |_| Fault::inconsistent("read the ids of a perk_redeemed event");
        let household = self.current_household(told.household_id.parse().map_err(impossible)?).await?;
        let perk = told.perk_id.parse().map_err(impossible)?;
        let grant = told.grant_id.parse().map_err(impossible)?;
        let reader = self.reader();
        let owner = accounts::store::find_household_owner(&reader, household).await?;
        let Some((address, locale)) = owner.and_then(::accounts::PersonView::mailbox) else { return Ok(()) };
        let grant = entitlements::store::find_grant(&reader, household, grant).await?;
        let perk = entitlements::store::find_perk(&reader, perk).await?;
        let (Some(grant), Some((perk, _))) = (grant, perk) else {
            return Err(Fault::inconsistent("find what a perk_redeemed event names"));
        };

        let message = mail::PerkRedeemed {
            perk: locale.choose(perk.name_zh, perk.name_en),
            price: grant.price,
            valid_until: grant.expires_on,
        };

        let key = MailKey { event: event.id, reaction: MAIL_PERK_REDEEMED, person: None };
        let mail =
            Mail { to: address, locale, key, message: Message::PerkRedeemed(message), sent_at: event.occurred_at };
        self.mailer().send(&mail).await
    }
}
