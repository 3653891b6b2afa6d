use kernel::{Actor, Fault, Id, Label, Points, Timestamp, kinds};
use ledger::{Hold, HoldRefusal, HoldState, SpendRefusal};

use super::{act, current::Current};
use crate::App;

/// Points are set aside for something that is not finished.
#[derive(Debug, Clone)]
pub struct HoldPoints {
    /// Whose points.
    pub household: Id<kinds::Household>,
    /// What they are held by, in its own domain's words. The same owner and purpose hold once.
    pub owner: Label,
    /// What for.
    pub purpose: Label,
    /// How many; at least one.
    pub points: Points,
    /// When the hold lapses by itself: later than now, at most [`HoldPoints::MAX_DAYS`] from now.
    pub ends_at: Timestamp,
}

impl HoldPoints {
    /// The longest a hold may last, in days: it keeps points from lapsing.
    pub const MAX_DAYS: i64 = 92;
}

/// Why points are not held. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoldPointsRefusal {
    /// There is no such household.
    #[error("there is no such household")]
    NoSuchHousehold,
    /// Nothing to hold.
    #[error("at least one point must be held")]
    NoPoints,
    /// The end is past, or too far.
    #[error("a hold ends later than now and within {} days", HoldPoints::MAX_DAYS)]
    EndOutOfRange,
    /// The owner has a hold for this purpose with other points or another end.
    #[error("the owner has another hold for this purpose")]
    HoldDiffers,
    /// The very same hold was placed before, and is not open any more: its points are spent or free.
    #[error(transparent)]
    NotOpen(#[from] HoldRefusal),
    /// The wallet says no.
    #[error(transparent)]
    NotHeld(#[from] SpendRefusal),
}

impl App {
    /// Sets points aside. They cannot be spent and do not lapse until the hold ends. Told again in the same words it changes nothing,
    /// and answers with the hold while it is open, else with what became of it.
    ///
    /// # Errors
    /// A [`Fault`]; trying again is safe.
    pub async fn hold_points(&self, actor: Actor, hold: &HoldPoints) -> Result<Result<Hold, HoldPointsRefusal>, Fault> {
        db::retry_contention(async || self.hold_points_once(actor, hold).await).await
    }

    async fn hold_points_once(
        &self,
        actor: Actor,
        hold: &HoldPoints,
    ) -> Result<Result<Hold, HoldPointsRefusal>, Fault> {
        let mut tx = self.begin(actor).await?;
        let Some(mut current) = Current::lock(&mut tx, self.settings(), hold.household).await? else {
            return Ok(Err(HoldPointsRefusal::NoSuchHousehold));
        };
        let (household, now) = (current.household, tx.now());
        let earlier = current.find_hold(&mut tx, &hold.purpose, &hold.owner).await?;

        if let Some(earlier) = earlier {
            let is_same = earlier.points == hold.points && earlier.ends_at == hold.ends_at;
            tx.rollback().await?;
            return Ok(match earlier.check_open(now) {
                _ if !is_same => Err(HoldPointsRefusal::HoldDiffers),
                Ok(()) => Ok(earlier),
                Err(ended) => Err(ended.into()),
            });
        }
        if hold.points.is_zero() {
            return Ok(Err(HoldPointsRefusal::NoPoints));
        }
        if hold.ends_at <= now || hold.ends_at > now + chrono::TimeDelta::days(HoldPoints::MAX_DAYS) {
            return Ok(Err(HoldPointsRefusal::EndOutOfRange));
        }
        let lots = match current.wallet.hold(hold.points, self.settings().zone.date_of(now)) {
            Ok(lots) => lots,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let hold = Hold {
            id: tx.new_id(),
            household,
            owner: hold.owner.clone(),
            purpose: hold.purpose.clone(),
            points: hold.points,
            placed_at: now,
            ends_at: hold.ends_at,
            state: HoldState::Open,
            lots,
        };

        ledger::store::update_wallets(&mut tx, [&current.wallet]).await?;
        ledger::store::insert_hold(&mut tx, &hold).await?;
        act::audit_hold(&mut tx, &hold, "hold_points");

        tx.commit().await?;
        Ok(Ok(hold))
    }
}
