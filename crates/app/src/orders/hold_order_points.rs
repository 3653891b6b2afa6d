use ::orders::{OrderPointsHeld, OrderPointsReleased};
use chrono::TimeDelta;
use db::{Tx, outbox};
use kernel::{ExternalRef, Fault, Points};
use ledger::{Hold, HoldRefusal, HoldState, SpendRefusal, events::PointsPosted};

use super::{
    tender::{owner, purpose},
    told::{EventRefusal, ToldAnswer},
};
use crate::{
    App, Settings,
    ledger::{Current, HoldPoints, audit_hold, release, tell_of_lapse},
};

/// Why points are not held for an order, or not released. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderHoldRefusal {
    /// Nobody told of this household.
    #[error("no household of this number is known")]
    UnknownHousehold,
    /// Nothing was held for this order.
    #[error("no points were held for an order of this number")]
    UnknownHold,
    /// No points, or until a time that is over or too far.
    #[error("at least one point is held, until later than now and within {} days", HoldPoints::MAX_DAYS)]
    OutOfRange,
    /// Other points are held for it, or were, or until another time.
    #[error("{held} points were held for this order, or until another time")]
    Differs {
        /// How many.
        held: Points,
    },
    /// They are not there.
    #[error(transparent)]
    NotHeld(#[from] SpendRefusal),
    /// They were spent.
    #[error(transparent)]
    Spent(#[from] HoldRefusal),
}

impl App {
    /// Sets points aside for an order that will be paid with them.
    ///
    /// The order system speaks for the operator: who may spend how much was for it to ask.
    pub(super) async fn record_points_held(
        &self,
        tx: &mut Tx,
        told: &OrderPointsHeld,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let Some(mut current) = lock_wallet_of(tx, self.settings(), &told.household_ref).await? else {
            return Ok(Err(OrderHoldRefusal::UnknownHousehold.into()));
        };
        let (purpose, owner, now) = (purpose(), owner(&told.order_ref), tx.now());
        let (household, earlier) = (current.household, current.find_hold(tx, &purpose, &owner).await?);

        if let Some(earlier) = earlier {
            let is_same = earlier.points == told.points && earlier.ends_at == told.until;
            let differs = OrderHoldRefusal::Differs { held: earlier.points };
            return Ok(if is_same { Ok(ToldAnswer::Duplicate) } else { Err(differs.into()) });
        }
        if told.points.is_zero() || told.until <= now || told.until > now + TimeDelta::days(HoldPoints::MAX_DAYS) {
            return Ok(Err(OrderHoldRefusal::OutOfRange.into()));
        }
        let lots = match current.wallet.hold(told.points, self.settings().zone.date_of(now)) {
            Ok(lots) => lots,
            Err(refusal) => return Ok(Err(OrderHoldRefusal::NotHeld(refusal).into())),
        };
        let (id, points, ends_at) = (tx.new_id(), told.points, told.until);
        let state = HoldState::Open;
        let hold = Hold { id, household, owner, purpose, points, placed_at: now, ends_at, state, lots };

        ledger::store::update_wallets(tx, [&current.wallet]).await?;
        ledger::store::insert_hold(tx, &hold).await?;
        audit_hold(tx, &hold, "hold_order_points");
        Ok(Ok(ToldAnswer::Accepted))
    }

    /// Lets the points of an order go that was given up before it was paid.
    pub(super) async fn record_points_released(
        &self,
        tx: &mut Tx,
        told: &OrderPointsReleased,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let Some(mut current) = lock_wallet_of(tx, self.settings(), &told.household_ref).await? else {
            return Ok(Err(OrderHoldRefusal::UnknownHousehold.into()));
        };
        let hold = current.find_hold(tx, &purpose(), &owner(&told.order_ref)).await?;
        let Some(mut hold) = hold else { return Ok(Err(OrderHoldRefusal::UnknownHold.into())) };

        match hold.state {
            HoldState::Open => {}
            HoldState::Released(_) | HoldState::Lapsed(_) => return Ok(Ok(ToldAnswer::Duplicate)),
            HoldState::Captured(at) => {
                return Ok(Err(OrderHoldRefusal::Spent(HoldRefusal::AlreadyCaptured { at }).into()));
            }
        }
        let now = tx.now();
        let postings = release(tx, self.settings(), &mut current.wallet, &hold, (now, tx.actor()));
        hold.state = HoldState::Released(now);

        ledger::store::update_wallets(tx, [&current.wallet]).await?;
        ledger::store::insert_postings(tx, &postings).await?;
        ledger::store::update_hold_state(tx, &hold).await?;
        postings.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
        tell_of_lapse(tx, &hold, &postings, now);
        audit_hold(tx, &hold, "release_order_points");
        Ok(Ok(ToldAnswer::Accepted))
    }
}

async fn lock_wallet_of(
    tx: &mut Tx,
    settings: &Settings,
    household_ref: &ExternalRef,
) -> Result<Option<Current>, Fault> {
    let known = ::accounts::store::find_households_by_ref(tx, std::slice::from_ref(household_ref)).await?;
    let Some(&household) = known.get(household_ref) else { return Ok(None) };
    Current::lock(tx, settings, household).await
}
