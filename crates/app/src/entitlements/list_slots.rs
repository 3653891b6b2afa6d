use accounts::StaffRole;
use chrono::{Days, TimeDelta};
use entitlements::{DeliverySlot, Grant, store};
use kernel::{BusinessDate, ExternalRef, Fault, Id, kinds};

use crate::{App, Principal, StaffPrincipal, staff::NotAllowed};

/// Who of the staff sees which orders are delivered first.
const READERS: [StaffRole; 3] = [StaffRole::Perks, StaffRole::Support, StaffRole::Auditor];

/// A booking of a slot, for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookingShown {
    /// The grant that books it; cancelled ones, too.
    pub grant: Grant,
    /// The operator's number of the order; none where its household went into another one since.
    pub order_ref: Option<ExternalRef>,
}

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

    /// The bookings of a slot with the numbers of their orders, the cancelled ones included, by id; at most a thousand. For the roles
    /// perks, support and auditor.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_bookings(
        &self,
        principal: &StaffPrincipal,
        slot: Id<kinds::DeliverySlot>,
    ) -> Result<Result<Vec<BookingShown>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        let grants = store::list_bookings(&self.reader(), slot, MAX_BOOKINGS).await?;
        let orders: Vec<_> = grants.iter().filter_map(|grant| Some((grant.household, grant.booking?.order))).collect();
        let refs = orders::store::list_refs_of_orders(&self.reader(), &orders).await?;
        let shown = grants.into_iter().map(|grant| {
            let order_ref = grant.booking.and_then(|booking| refs.get(&booking.order).cloned());
            BookingShown { grant, order_ref }
        });
        Ok(Ok(shown.collect()))
    }
}
