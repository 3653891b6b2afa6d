use async_graphql::{Context, ID, Object, Result};
use kernel::Fault;

use super::Perk;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
};

pub(in crate::schema) struct DeliverySlot(::entitlements::DeliverySlot);

impl From<::entitlements::DeliverySlot> for DeliverySlot {
    fn from(slot: ::entitlements::DeliverySlot) -> Self {
        Self(slot)
    }
}

/// A time at which orders of one community are delivered first (配送时段), for those who booked it.
#[Object]
impl DeliverySlot {
    /// The slot's id, for `bookSlot`.
    async fn id(&self) -> ID {
        ids::write(self.0.id)
    }

    /// The perk whose price it costs.
    async fn perk(&self, ctx: &Context<'_>) -> Result<Perk> {
        let perk = session(ctx).perk(app(ctx), self.0.perk).await?;
        Ok(perk.ok_or_else(|| Fault::inconsistent("find the perk of a slot"))?.into())
    }

    /// The community it is for.
    async fn community(&self, ctx: &Context<'_>) -> Nullable<String> {
        nullable(async {
            let name = app(ctx).find_community_name(self.0.community).await?;
            Ok(name.map(|name| name.to_string()))
        })
        .await
    }

    /// When delivering begins.
    async fn starts_at(&self) -> Instant {
        Instant(self.0.starts_at)
    }

    /// When all is delivered.
    async fn ends_at(&self) -> Instant {
        Instant(self.0.ends_at)
    }

    /// From then on it is neither booked nor given back.
    async fn cut_off_at(&self) -> Instant {
        Instant(self.0.cut_off_at)
    }

    /// How many orders fit.
    async fn capacity(&self) -> u32 {
        self.0.capacity
    }

    /// How many more fit. May have changed by the time you book.
    async fn left(&self) -> u32 {
        self.0.left()
    }

    /// Whether the operator has it on offer.
    async fn is_open(&self) -> bool {
        self.0.is_open
    }

    /// How often it was changed, from 1 on: for `defineSlot`.
    async fn version(&self) -> u32 {
        self.0.version
    }
}

pub(in crate::schema) struct SlotBooking(pub(super) ::entitlements::SlotBooking);

/// What a grant of a perk with delivery slots is for: one order of the household in one slot.
#[Object]
impl SlotBooking {
    /// The slot.
    async fn slot(&self, ctx: &Context<'_>) -> Result<DeliverySlot> {
        let slot = app(ctx).find_slot(self.0.slot).await?;
        Ok(slot.ok_or_else(|| Fault::inconsistent("find the slot of a grant"))?.into())
    }

    /// When the operator said that the order did not come in time: all points came back then. Null otherwise.
    async fn missed_at(&self) -> Option<Instant> {
        self.0.missed_at.map(Instant)
    }
}

#[derive(Default)]
pub(in crate::schema) struct DeliverySlotsQuery;

#[Object]
impl DeliverySlotsQuery {
    /// The delivery slots of your own community that begin within two weeks, by time; none where nobody knows your community.
    async fn delivery_slots(&self, ctx: &Context<'_>) -> Result<Vec<DeliverySlot>> {
        let slots = app(ctx).list_slots(session(ctx).signed_in()?).await?;
        Ok(slots.into_iter().map(DeliverySlot::from).collect())
    }
}
