use app::entitlements::PassUse;
use async_graphql::{Context, ID, Object, Result};
use kernel::Fault;

use super::{Perk, SlotBooking};
use crate::schema::{
    accounts::Person,
    ids,
    ledger::{Contribution, StatementLine},
    nullable::{Nullable, nullable},
    scalars::{Instant, LocalDate, points},
    session::{app, session},
};

pub(in crate::schema) struct Grant(::entitlements::Grant);

impl From<::entitlements::Grant> for Grant {
    fn from(grant: ::entitlements::Grant) -> Self {
        Self(grant)
    }
}

impl Grant {
    async fn code(&self, ctx: &Context<'_>, pass_use: PassUse) -> Result<Option<String>> {
        let perk = session(ctx).perk(app(ctx), self.0.perk).await?;
        Ok(perk.and_then(|(perk, _)| app(ctx).seat_code(&self.0, &perk, pass_use)))
    }
}

/// A household's right to one use of a perk.
#[Object]
impl Grant {
    /// The grant's id.
    pub(in crate::schema) async fn id(&self) -> ID {
        ids::write(self.0.id)
    }

    /// What it is a right to, as the catalogue describes it today.
    async fn perk(&self, ctx: &Context<'_>) -> Result<Perk> {
        let perk = session(ctx).perk(app(ctx), self.0.perk).await?;
        Ok(perk.ok_or_else(|| Fault::inconsistent("find the perk of a grant"))?.into())
    }

    /// How many points it cost when it was redeemed.
    async fn price(&self) -> Result<i32> {
        points(self.0.price)
    }

    /// When it was redeemed.
    async fn granted_at(&self) -> Instant {
        Instant(self.0.granted_at)
    }

    /// The last day on which it stands, in the operator's time zone.
    async fn expires_on(&self) -> LocalDate {
        LocalDate(self.0.expires_on)
    }

    /// How many points giving it back would return now, for `giveBackGrant`; null where that is not possible.
    async fn returns_now(&self, ctx: &Context<'_>) -> Nullable<i32> {
        nullable(async {
            let Some((perk, _)) = session(ctx).perk(app(ctx), self.0.perk).await? else { return Ok(None) };
            app(ctx).returns_now(&self.0, &perk).await?.map(points).transpose()
        })
        .await
    }

    /// How many of its points went back when it was cancelled; null while it stands.
    async fn returned_points(&self) -> Nullable<i32> {
        nullable(async {
            let returned = self.0.cancelled_at.map(|_| self.0.returned.unwrap_or(self.0.price));
            returned.map(points).transpose()
        })
        .await
    }

    /// The delivery slot it books; null for what books none.
    async fn booking(&self) -> Option<SlotBooking> {
        self.0.booking.map(SlotBooking)
    }

    /// When it was used: somebody came in with the seat, or the order was delivered in its slot. Null until then.
    async fn used_at(&self) -> Option<Instant> {
        self.0.used_at.map(Instant)
    }

    /// The code of a seat that is shown at the door: drawn as a QR code at `/seats/CODE.svg`, taken by `checkInSeat`. Null for what
    /// is no seat or stands no more.
    async fn check_in_code(&self, ctx: &Context<'_>) -> Nullable<String> {
        nullable(async { self.code(ctx, PassUse::CheckIn).await }).await
    }

    /// The code under which calendars fetch a seat's entry at `/seats/CODE.ics`; nobody comes in with it. Null as `checkInCode` is.
    async fn calendar_code(&self, ctx: &Context<'_>) -> Nullable<String> {
        nullable(async { self.code(ctx, PassUse::Calendar).await }).await
    }

    /// When it was cancelled and its points went back; null while it stands.
    async fn cancelled_at(&self) -> Option<Instant> {
        self.0.cancelled_at.map(Instant)
    }

    /// The member who redeemed it.
    async fn redeemed_by(&self) -> Person {
        Person::new(self.0.redeemed_by)
    }

    /// Whose points paid for it, by whoever had brought them into the pool.
    async fn contributions(&self, ctx: &Context<'_>) -> Result<Vec<Contribution>> {
        let posting = app(ctx).find_posting(session(ctx).signed_in()?, self.0.posting).await?;
        let posting = posting.ok_or_else(|| Fault::inconsistent("find the posting that paid for a grant"))?;
        StatementLine::from(posting).contributions_of(ctx).await
    }

    /// The statement line that paid for it; fetch it with `node`.
    async fn posting_id(&self) -> ID {
        ids::write(self.0.posting)
    }
}
