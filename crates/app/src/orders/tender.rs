//! Orders paid with points: what they spend, in the transaction that records the order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ::accounts::HouseholdsByRef;
use ::orders::{Order, OrderPaid};
use db::Tx;
use kernel::{ExternalRef, Fault, Id, Label, Points, kinds};
use ledger::{Cause, Hold, HoldRefusal, HoldState, Posting, SpendRefusal, Wallet};

use super::belonging::Places;
use crate::{Settings, ledger::lock_wallets};

/// What points of an order are held for, until it is paid. The hold's owner is the order's number.
const PURPOSE: &str = "order";

/// Why an order cannot be paid with these points. Nothing of it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TenderRefusal {
    /// They are not there.
    #[error(transparent)]
    NotSpent(#[from] SpendRefusal),
    /// As many are not held for it.
    #[error("{held} points are held for this order")]
    HoldDiffers {
        /// How many are.
        held: Points,
    },
    /// The points held for it were spent otherwise.
    #[error(transparent)]
    HoldSpent(#[from] HoldRefusal),
}

/// What paying an order with points came to.
pub(super) struct Tendered {
    /// What spent them.
    pub(super) posting: Posting,
    /// The hold that was captured by it, if they were held.
    pub(super) hold: Option<Hold>,
}

/// The purpose of a hold for an order.
pub(super) fn purpose() -> Label {
    PURPOSE.parse().expect("a word is a label")
}

/// The owner of a hold for an order.
pub(super) fn owner(order_ref: &ExternalRef) -> Label {
    order_ref.as_str().parse().expect("what may be a number may be a label")
}

/// Loads the lots of those who pay with points, and the holds of their orders: of the household an order was told of, or else of the
/// one it is. Nobody does: no statement.
pub(super) async fn load<'a>(
    tx: &mut Tx,
    settings: &Settings,
    households: &HouseholdsByRef,
    places: &Places,
    wallets: &mut BTreeMap<Id<kinds::Household>, Wallet>,
    paid: impl Iterator<Item = &'a OrderPaid>,
) -> Result<HashMap<ExternalRef, Hold>, Fault> {
    let payers = |paid: &OrderPaid| {
        let told = *households.by_ref.get(&paid.household_ref)?;
        let own = places.of(paid, &households.by_ref).ok().map(|whose| whose.household).filter(|own| *own != told);
        Some((told, own))
    };
    let with_points = paid.filter(|paid| !paid.points_tendered.is_zero());
    let paying: BTreeMap<&ExternalRef, _> =
        with_points.filter_map(|paid| Some((&paid.order_ref, payers(paid)?))).collect();
    let ids: BTreeSet<Id<kinds::Household>> =
        paying.values().flat_map(|(told, own)| [Some(*told), *own]).flatten().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    // Locked already; now with their lots, and with what is due to end there ended.
    wallets.extend(lock_wallets(tx, settings, &ids.into_iter().collect::<Vec<_>>()).await?);
    let mut holds = HashMap::new();
    for (order_ref, (told, own)) in paying {
        for household in [Some(told), own].into_iter().flatten() {
            let hold = ledger::store::find_hold_by_owner(tx, household, &purpose(), &owner(order_ref)).await?;
            if let Some(hold) = hold {
                holds.entry(order_ref.clone()).or_insert(hold);
            }
        }
    }
    Ok(holds)
}

/// Spends the points an order is paid with: those held for it, or else in the normal order what is available now.
///
/// What the order system says was agreed with whoever ordered: nobody's limits are asked again. The wallet may be changed by a
/// refusal: hand over a copy.
pub(super) fn spend(
    wallet: &mut Wallet,
    hold: Option<&Hold>,
    tx: &Tx,
    settings: &Settings,
    order: &Order,
) -> Result<Tendered, TenderRefusal> {
    let (points, today) = (order.points(), settings.zone.date_of(tx.now()));
    let cause = |reference: String| Cause {
        id: tx.new_id(),
        reference,
        actor: tx.actor(),
        posted_at: tx.now(),
        business_date: today,
    };
    match hold.map(|hold| (hold, hold.check_open(tx.now()))) {
        Some((_, Err(refusal @ HoldRefusal::AlreadyCaptured { .. }))) => Err(refusal.into()),
        Some((hold, Ok(()))) if hold.points != points => Err(TenderRefusal::HoldDiffers { held: hold.points }),
        Some((hold, Ok(()))) => {
            let posting = wallet.capture(cause(format!("{} {}", order.id, hold.id)), hold);
            let hold = Hold { state: HoldState::Captured(tx.now()), ..hold.clone() };
            Ok(Tendered { posting, hold: Some(hold) })
        }
        // It was let go, or its end came: its points are spent like any others, if they are still there.
        Some((_, Err(HoldRefusal::Ended { .. }))) | None => {
            let posting = wallet.spend(cause(order.id.to_string()), points, today)?;
            Ok(Tendered { posting, hold: None })
        }
    }
}

/// Writes which holds were captured.
pub(super) async fn record_holds(tx: &mut Tx, holds: &[Hold]) -> Result<(), Fault> {
    for hold in holds {
        ledger::store::update_hold_state(tx, hold).await?;
    }
    Ok(())
}
