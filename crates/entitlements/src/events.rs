//! What entitlements tell others: additive only, ids and few values.

use db::outbox::Event;
use kernel::{ExternalRef, Id, Points, Timestamp, kinds};
use serde::{Deserialize, Serialize};

use crate::{DeliverySlot, Grant, Offer, PlaceOutcome, WaitingPlace};

/// A household redeemed points for a perk and holds the grant.
#[derive(Debug, Serialize, Deserialize)]
pub struct PerkRedeemed {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the grant.
    pub grant_id: String,
    /// Text id of the perk.
    pub perk_id: String,
    /// Text id of the member who redeemed.
    pub redeemed_by: String,
    /// What it cost.
    pub price_points: i64,
    /// The last day on which it stands, `YYYY-MM-DD`.
    pub expires_on: String,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

/// A grant was cancelled: its points went back.
#[derive(Debug, Serialize)]
pub struct GrantCancelled {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the grant.
    pub grant_id: String,
    /// Text id of the perk.
    pub perk_id: String,
    /// How many points went back.
    pub restored_points: i64,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl GrantCancelled {
    /// The event of a cancelled grant.
    #[must_use]
    pub fn of(grant: &Grant, restored: Points) -> Self {
        Self {
            household_id: grant.household.to_string(),
            grant_id: grant.id.to_string(),
            perk_id: grant.perk.to_string(),
            restored_points: restored.get(),
            household: Some(grant.household),
        }
    }
}

impl Event for GrantCancelled {
    const KIND: &'static str = "entitlements.grant_cancelled.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

impl PerkRedeemed {
    /// The event of a grant.
    #[must_use]
    pub fn of(grant: &Grant) -> Self {
        Self {
            household_id: grant.household.to_string(),
            grant_id: grant.id.to_string(),
            perk_id: grant.perk.to_string(),
            redeemed_by: grant.redeemed_by.to_string(),
            price_points: grant.price.get(),
            expires_on: grant.expires_on.to_string(),
            household: Some(grant.household),
        }
    }
}

impl Event for PerkRedeemed {
    const KIND: &'static str = "entitlements.perk_redeemed.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// A household joined the waiting list of a perk.
#[derive(Debug, Serialize)]
pub struct WaitingListJoined {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the place.
    pub place_id: String,
    /// Text id of the perk.
    pub perk_id: String,
    /// The number drawn: who has the smallest is next.
    pub number: u32,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl WaitingListJoined {
    /// The event of a new place.
    #[must_use]
    pub fn of(place: &WaitingPlace) -> Self {
        Self {
            household_id: place.household.to_string(),
            place_id: place.id.to_string(),
            perk_id: place.perk.to_string(),
            number: place.number,
            household: Some(place.household),
        }
    }
}

impl Event for WaitingListJoined {
    const KIND: &'static str = "entitlements.waiting_list_joined.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// What a household waited for came free, and is kept for it for a while.
#[derive(Debug, Serialize, Deserialize)]
pub struct PlaceOffered {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the place.
    pub place_id: String,
    /// Text id of the perk.
    pub perk_id: String,
    /// Text id of the member who joined the list.
    pub joined_by: String,
    /// From then on it is somebody else's; RFC 3339.
    pub ends_at: String,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl PlaceOffered {
    /// The event of an offer to a place.
    #[must_use]
    pub fn of(place: &WaitingPlace, offer: Offer) -> Self {
        Self {
            household_id: place.household.to_string(),
            place_id: place.id.to_string(),
            perk_id: place.perk.to_string(),
            joined_by: place.person.to_string(),
            ends_at: offer.ends_at.to_rfc3339(),
            household: Some(place.household),
        }
    }
}

impl Event for PlaceOffered {
    const KIND: &'static str = "entitlements.place_offered.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// A place on a waiting list ended without a grant.
#[derive(Debug, Serialize)]
pub struct PlaceEnded {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the place.
    pub place_id: String,
    /// Text id of the perk.
    pub perk_id: String,
    /// `left`: the household gave it up; `lapsed`: nobody took the offer in time; `closed`: there is nothing to wait for any more.
    pub outcome: &'static str,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl PlaceEnded {
    /// The event of how a place ended.
    #[must_use]
    pub fn of(place: &WaitingPlace, outcome: PlaceOutcome) -> Self {
        Self {
            household_id: place.household.to_string(),
            place_id: place.id.to_string(),
            perk_id: place.perk.to_string(),
            outcome: outcome.word(),
            household: Some(place.household),
        }
    }
}

impl Event for PlaceEnded {
    const KIND: &'static str = "entitlements.place_ended.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// The operator called a gathering off: its seats are about to be returned.
#[derive(Debug, Serialize, Deserialize)]
pub struct GatheringCalledOff {
    /// Text id of the perk whose grants are its seats.
    pub perk_id: String,
}

impl GatheringCalledOff {
    /// The event of a gathering.
    #[must_use]
    pub fn of(perk: Id<kinds::Perk>) -> Self {
        Self { perk_id: perk.to_string() }
    }
}

impl Event for GatheringCalledOff {
    const KIND: &'static str = "entitlements.gathering_called_off.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        None
    }
}

/// A household has no seat at a gathering any more, since the operator called it off: its points are back, and it waits no more.
#[derive(Debug, Serialize, Deserialize)]
pub struct SeatsReturned {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the perk.
    pub perk_id: String,
    /// How many seats it had.
    pub seats: usize,
    /// How many points are back for them.
    pub restored_points: i64,
    /// When the gathering would have begun; RFC 3339.
    pub starts_at: String,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl SeatsReturned {
    /// The event of a household's seats at a gathering.
    #[must_use]
    pub fn of(
        household: Id<kinds::Household>,
        perk: Id<kinds::Perk>,
        (seats, restored): (usize, Points),
        starts_at: Timestamp,
    ) -> Self {
        Self {
            household_id: household.to_string(),
            perk_id: perk.to_string(),
            seats,
            restored_points: restored.get(),
            starts_at: starts_at.to_rfc3339(),
            household: Some(household),
        }
    }
}

impl Event for SeatsReturned {
    const KIND: &'static str = "entitlements.seats_returned.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// A grant was used: somebody came in with a seat.
#[derive(Debug, Serialize)]
pub struct GrantUsed {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the grant.
    pub grant_id: String,
    /// Text id of the perk.
    pub perk_id: String,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl GrantUsed {
    /// The event of a grant.
    #[must_use]
    pub fn of(grant: &Grant) -> Self {
        Self {
            household_id: grant.household.to_string(),
            grant_id: grant.id.to_string(),
            perk_id: grant.perk.to_string(),
            household: Some(grant.household),
        }
    }
}

impl Event for GrantUsed {
    const KIND: &'static str = "entitlements.grant_used.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// A household booked a delivery slot for an order: the operator delivers it then. Told beside `PerkRedeemed`.
#[derive(Debug, Serialize)]
pub struct SlotBooked {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the grant.
    pub grant_id: String,
    /// Text id of the perk.
    pub perk_id: String,
    /// Text id of the slot.
    pub slot_id: String,
    /// The operator's number of the order.
    pub order_ref: String,
    /// When delivering begins; RFC 3339.
    pub starts_at: String,
    /// When all is delivered; RFC 3339.
    pub ends_at: String,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl SlotBooked {
    /// The event of a grant that books a slot for the order of a number.
    #[must_use]
    pub fn of(grant: &Grant, slot: &DeliverySlot, order_ref: &ExternalRef) -> Self {
        Self {
            household_id: grant.household.to_string(),
            grant_id: grant.id.to_string(),
            perk_id: grant.perk.to_string(),
            slot_id: slot.id.to_string(),
            order_ref: order_ref.to_string(),
            starts_at: slot.starts_at.to_rfc3339(),
            ends_at: slot.ends_at.to_rfc3339(),
            household: Some(grant.household),
        }
    }
}

impl Event for SlotBooked {
    const KIND: &'static str = "entitlements.slot_booked.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// An order was not delivered in the slot it was promised: the points are back, with some more as an apology. Told beside
/// `GrantCancelled`.
#[derive(Debug, Serialize, Deserialize)]
pub struct SlotMissed {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the grant.
    pub grant_id: String,
    /// Text id of the perk.
    pub perk_id: String,
    /// Text id of the slot.
    pub slot_id: String,
    /// How many points of the price went back.
    pub restored_points: i64,
    /// How many were given beside them.
    pub apology_points: i64,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl SlotMissed {
    /// The event of a grant whose slot was missed.
    #[must_use]
    pub fn of(grant: &Grant, slot: Id<kinds::DeliverySlot>, apology: Points) -> Self {
        Self {
            household_id: grant.household.to_string(),
            grant_id: grant.id.to_string(),
            perk_id: grant.perk.to_string(),
            slot_id: slot.to_string(),
            restored_points: grant.price.get(),
            apology_points: apology.get(),
            household: Some(grant.household),
        }
    }
}

impl Event for SlotMissed {
    const KIND: &'static str = "entitlements.slot_missed.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}
