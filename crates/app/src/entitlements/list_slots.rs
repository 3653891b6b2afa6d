use chrono::{Days, TimeDelta};
use entitlements::{DeliverySlot, Grant, store};
use kernel::{BusinessDate, Fault, Id, kinds};

use crate::{App, Principal, StaffPrincipal};

/// Most slots shown at once.
const MAX_SLOTS: u64 = 500;

/// Most bookings of one slot shown at once.
const MAX_BOOKINGS: u64 = 1_000;

/// How many days ahead a member sees slots.
const DAYS_AHEAD: i64 = 14;

impl App {
    /// The delivery slots of one's own community that begin within two weeks, by time; none where nobody knows the community.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_slots(&self, principal: &Principal) -> Result<Vec<DeliverySlot>, Fault> {
        let Some((household, _)) = principal.household else { return Ok(Vec::new()) };
        let mut tx = self.begin(principal.actor()).await?;
        let community = accounts::store::find_communities_of(&mut tx, &[household]).await?.remove(&household);
        tx.rollback().await?;
        let Some(community) = community else { return Ok(Vec::new()) };
        let now = self.db().clock().now();
        let range = (now, now + TimeDelta::days(DAYS_AHEAD));
        store::list_slots(&self.reader(), range, Some(community), MAX_SLOTS).await
    }

    /// All delivery slots that begin on so many local days from one on, by time: what is on offer is for all to see.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_slots_of_days(
        &self,
        _principal: &StaffPrincipal,
        first: BusinessDate,
        days: u64,
    ) -> Result<Vec<DeliverySlot>, Fault> {
        let zone = self.settings().zone;
        let range = (zone.start_of(first), zone.start_of(first + Days::new(days)));
        store::list_slots(&self.reader(), range, None, MAX_SLOTS).await
    }

    /// A delivery slot. Anyone may look.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_slot(&self, slot: Id<kinds::DeliverySlot>) -> Result<Option<DeliverySlot>, Fault> {
        store::find_slot(&self.reader(), slot).await
    }

    /// The bookings of a slot, the cancelled ones included, without a word about whose they are.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_bookings(
        &self,
        _principal: &StaffPrincipal,
        slot: Id<kinds::DeliverySlot>,
    ) -> Result<Vec<Grant>, Fault> {
        store::list_bookings(&self.reader(), slot, MAX_BOOKINGS).await
    }
}
