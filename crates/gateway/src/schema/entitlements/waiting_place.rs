use app::entitlements::PlaceInLine;
use async_graphql::{Context, ID, Object, Result};
use kernel::Fault;

use super::Perk;
use crate::schema::{
    accounts::Person,
    ids,
    scalars::Instant,
    session::{app, session},
};

pub(in crate::schema) struct WaitingPlace(PlaceInLine);

impl From<PlaceInLine> for WaitingPlace {
    fn from(place: PlaceInLine) -> Self {
        Self(place)
    }
}

/// A household's place on the waiting list of a perk (候补). No points are set aside for it.
#[Object]
impl WaitingPlace {
    /// The place's id.
    async fn id(&self) -> ID {
        ids::write(self.0.place.id)
    }

    /// What is waited for.
    async fn perk(&self, ctx: &Context<'_>) -> Result<Perk> {
        let perk = session(ctx).perk(app(ctx), self.0.place.perk).await?;
        Ok(perk.ok_or_else(|| Fault::inconsistent("find the perk of a waiting list"))?.into())
    }

    /// The number drawn when joining: who has the smallest is next.
    async fn number(&self) -> u32 {
        self.0.place.number
    }

    /// How many wait before it. May have changed by the time you look.
    async fn ahead(&self) -> u64 {
        self.0.ahead
    }

    /// When the household joined.
    async fn joined_at(&self) -> Instant {
        Instant(self.0.place.joined_at)
    }

    /// The member who joined.
    async fn joined_by(&self) -> Person {
        Person::new(self.0.place.person)
    }

    /// Until when one is kept for the household: redeem it before then. Null while it waits.
    async fn offer_ends_at(&self) -> Option<Instant> {
        self.0.place.offer.map(|offer| Instant(offer.ends_at))
    }
}
