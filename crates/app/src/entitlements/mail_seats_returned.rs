use db::outbox::ClaimedEvent;
use entitlements::{
    events::{PlaceOffered, SeatsReturned, SlotMissed},
    store,
};
use kernel::{EmailAddress, Fault, FaultKind, Id, Locale, Points, Timestamp, kinds};
use mail::{Mail, MailKey, Message};

use crate::App;

/// The reactions' names in receipts and mail keys.
pub(crate) const MAIL_SEATS_RETURNED: &str = "mail_seats_returned";
pub(crate) const MAIL_PLACE_OFFERED: &str = "mail_place_offered";
pub(crate) const MAIL_SLOT_MISSED: &str = "mail_slot_missed";

impl App {
    /// Tells the household's owner that a gathering was called off and what came back. Runs at least once; the mail's key tells
    /// repeats apart.
    pub(crate) async fn mail_seats_returned(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: SeatsReturned = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a seats_returned event", error))?;
        let impossible = || Fault::inconsistent("read a seats_returned event");
        let household = told.household_id.parse().map_err(|_| impossible())?;
        let Some(to) = self.owner_mailbox(household).await? else { return Ok(()) };
        let perk = self.find_perk(told.perk_id.parse().map_err(|_| impossible())?).await?;
        let (perk, _) = perk.ok_or_else(impossible)?;
        let gathering = to.1.choose(perk.name_zh, perk.name_en);
        let points = Points::new(told.restored_points).ok_or_else(impossible)?;
        let starts_at = self.settings().zone.local(instant(&told.starts_at)?);

        let message = Message::SeatsReturned(mail::SeatsReturned { gathering, starts_at, points });
        self.send_of(event, MAIL_SEATS_RETURNED, to, message).await
    }

    /// Tells the household's owner that an order was not delivered in its slot, and what is back. Runs at least once; the mail's key tells
    /// repeats apart.
    pub(crate) async fn mail_slot_missed(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: SlotMissed = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a slot_missed event", error))?;
        let impossible = || Fault::inconsistent("read a slot_missed event");
        let household = told.household_id.parse().map_err(|_| impossible())?;
        let Some(to) = self.owner_mailbox(household).await? else { return Ok(()) };
        let perk = self.find_perk(told.perk_id.parse().map_err(|_| impossible())?).await?;
        let slot = store::find_slot(&self.reader(), told.slot_id.parse().map_err(|_| impossible())?).await?;
        let ((perk, _), slot) = perk.zip(slot).ok_or_else(impossible)?;
        let points = |told| Points::new(told).ok_or_else(impossible);

        let message = Message::SlotMissed(mail::SlotMissed {
            perk: to.1.choose(perk.name_zh, perk.name_en),
            starts_at: self.settings().zone.local(slot.starts_at),
            points: points(told.restored_points)?,
            apology: points(told.apology_points)?,
        });
        self.send_of(event, MAIL_SLOT_MISSED, to, message).await
    }

    /// Tells whoever joined a waiting list that their turn has come, or the owner where they cannot be reached, unless the offer is over
    /// by now. Runs at least once; the mail's key tells repeats apart.
    pub(crate) async fn mail_place_offered(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: PlaceOffered = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a place_offered event", error))?;
        let impossible = || Fault::inconsistent("read a place_offered event");
        let ends_at = instant(&told.ends_at)?;
        if ends_at <= self.db().clock().now() {
            return Ok(());
        }
        let household = self.current_household(told.household_id.parse().map_err(|_| impossible())?).await?;
        let person = told.joined_by.parse().map_err(|_| impossible())?;
        let joined = accounts::store::find_person(&self.reader(), person).await?;
        // Whoever left the household meanwhile has nothing to do with its places.
        let joined = joined.filter(|person| person.household.is_some_and(|(own, _)| own == household));
        let to = match joined.and_then(::accounts::PersonView::mailbox) {
            Some(mailbox) => Some(mailbox),
            None => self.owner_mailbox(household).await?,
        };
        let Some(to) = to else { return Ok(()) };
        let perk = self.find_perk(told.perk_id.parse().map_err(|_| impossible())?).await?;
        let (perk, _) = perk.ok_or_else(impossible)?;
        let ends_at = self.settings().zone.local(ends_at);

        let name = to.1.choose(perk.name_zh, perk.name_en);
        let message = mail::PlaceOffered { perk: name, price: perk.price, ends_at };
        self.send_of(event, MAIL_PLACE_OFFERED, to, Message::PlaceOffered(message)).await
    }

    async fn owner_mailbox(&self, household: Id<kinds::Household>) -> Result<Option<(EmailAddress, Locale)>, Fault> {
        let household = self.current_household(household).await?;
        let owner = accounts::store::find_household_owner(&self.reader(), household).await?;
        Ok(owner.and_then(::accounts::PersonView::mailbox))
    }

    async fn send_of(
        &self,
        event: &ClaimedEvent,
        reaction: &'static str,
        (to, locale): (EmailAddress, Locale),
        message: Message,
    ) -> Result<(), Fault> {
        let key = MailKey { event: event.id, reaction, person: None };
        let mail = Mail { to, locale, key, message, sent_at: event.occurred_at };
        self.mailer().send(&mail).await
    }
}

fn instant(text: &str) -> Result<Timestamp, Fault> {
    text.parse().map_err(|_| Fault::inconsistent("read the instant of an event"))
}
