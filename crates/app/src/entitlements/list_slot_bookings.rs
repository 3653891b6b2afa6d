use accounts::StaffRole;
use entitlements::Grant;
use kernel::{ExternalRef, Fault, Id, kinds};

use crate::{App, StaffPrincipal, staff::NotAllowed};

/// Who of the staff sees for which orders a slot is booked: those who keep perks, who answers those who wait for them, and who reads
/// everything.
const READERS: [StaffRole; 3] = [StaffRole::Perks, StaffRole::Support, StaffRole::Auditor];

/// A booking with the number under which the operator knows its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedOrder {
    /// The booking.
    pub grant: Grant,
    /// The operator's number of the order; none where it came from a household that went into another since.
    pub order_ref: Option<ExternalRef>,
}

impl App {
    /// The bookings of a slot with the numbers of their orders, the cancelled ones included, for perks, support and auditors.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_slot_bookings(
        &self,
        principal: &StaffPrincipal,
        slot: Id<kinds::DeliverySlot>,
    ) -> Result<Result<Vec<BookedOrder>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        let bookings = self.list_bookings(principal, slot).await?;
        let keys = bookings.iter().filter_map(|grant| grant.booking.map(|booking| booking.order));
        let (orders, households): (Vec<_>, Vec<_>) =
            (keys.collect(), bookings.iter().flat_map(|grant| [grant.household, grant.paid_by]).collect());
        let refs = orders::store::list_order_refs(&self.reader(), &households, &orders).await?;
        let booked = bookings.into_iter().map(|grant| {
            let order_ref = grant.booking.and_then(|booking| refs.get(&booking.order).cloned());
            BookedOrder { grant, order_ref }
        });
        Ok(Ok(booked.collect()))
    }
}
