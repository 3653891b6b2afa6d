use std::collections::BTreeMap;

use db::{AuditLine, Tx};
use kernel::{Actor, Fault, Id, IdempotencyKey, Label, Timestamp, kinds};
use ledger::{Contributor, MoveRefusal, Moved, Posting, PostingKind, Wallet};

use super::{act, held};
use crate::{App, Settings};

/// Points go from one household to another: what merging, splitting and leaving do to the ledger.
#[derive(Debug, Clone)]
pub struct MovePoints {
    /// Whose points.
    pub from: Id<kinds::Household>,
    /// Who gets them.
    pub to: Id<kinds::Household>,
    /// Only what this one brought, without the debt; none: everything, debt included.
    pub contributor: Option<Contributor>,
    /// Why, for the audit log: the statements of both households name each other's move, not the operator's words.
    pub reason: Label,
    /// The key of this very act.
    pub idempotency_key: IdempotencyKey,
}

impl MovePoints {
    /// For so many days after a move it can be undone; then both households have built on it.
    pub const UNDO_WITHIN_DAYS: i64 = 7;
}

/// Why points do not move. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MovePointsRefusal {
    /// One of the households is not there or went into another, or both are the same.
    #[error("points move between two households that exist")]
    NoSuchHouseholds,
    /// The key was used for another act.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
    /// There is no such move to undo.
    #[error("there is no such move")]
    NoSuchMove,
    /// The move is older than [`MovePoints::UNDO_WITHIN_DAYS`].
    #[error("the move could be undone until {until}")]
    TooLate {
        /// The last instant at which it could be undone.
        until: Timestamp,
    },
    /// A wallet says no.
    #[error(transparent)]
    NotMoved(#[from] MoveRefusal),
}

/// Both sides of a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointsMoved {
    /// What left.
    pub out: Posting,
    /// What came: the same lots with the same dates.
    pub into: Posting,
}

impl App {
    /// Moves whole lots, with their dates and contributors, from one household to another. Told again with the same key it changes
    /// nothing. A later refund or pick-up of an order follows its lots.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn move_points(&self, moving: &MovePoints) -> Result<Result<PointsMoved, MovePointsRefusal>, Fault> {
        db::retry_contention(async || self.move_points_once(moving).await).await
    }

    async fn move_points_once(&self, moving: &MovePoints) -> Result<Result<PointsMoved, MovePointsRefusal>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let Some(mut wallets) = lock_known(&mut tx, self.settings(), moving.from, moving.to).await? else {
            return Ok(Err(MovePointsRefusal::NoSuchHouseholds));
        };
        let are_merged = !accounts::store::list_merged(&mut tx, [moving.from, moving.to]).await?.is_empty();
        let reference = act::reference(&moving.idempotency_key);
        let earlier = find_move(&mut tx, moving.from, &reference).await?;

        if let Some(earlier) = earlier {
            tx.rollback().await?;
            let is_same =
                earlier.into.household == moving.to && earlier.out.reason == Some(Moved::scope(moving.contributor));
            return Ok(if is_same { Ok(earlier) } else { Err(MovePointsRefusal::IdempotencyKeyReused) });
        }
        if are_merged {
            return Ok(Err(MovePointsRefusal::NoSuchHouseholds));
        }
        let today = self.settings().zone.date_of(tx.now());
        let leaving = match wallets[&moving.from].movable(moving.contributor, today) {
            Ok(leaving) => leaving,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let act = Act { reference: &reference, reason: Moved::scope(moving.contributor) };
        let moved = match self.decide(&tx, &mut wallets, (moving.from, moving.to), &leaving, act) {
            Ok(moved) => moved,
            Err(refusal) => return Ok(Err(refusal.into())),
        };

        act::record(&mut tx, wallets.values(), &[moved.out.clone(), moved.into.clone()], "move_points").await?;
        audit_reason(&mut tx, &moved, &moving.reason, "move_points");

        tx.commit().await?;
        Ok(Ok(moved))
    }

    /// Takes a move back, within [`MovePoints::UNDO_WITHIN_DAYS`] of it: exactly the same points return, unless some of them were used
    /// since. Those of an order that was picked up meanwhile return in the lot the pick-up put them into.
    ///
    /// # Errors
    /// A [`Fault`]; trying again is safe.
    pub async fn undo_move(
        &self,
        from: Id<kinds::Household>,
        key: &IdempotencyKey,
        reason: &Label,
    ) -> Result<Result<PointsMoved, MovePointsRefusal>, Fault> {
        db::retry_contention(async || self.undo_move_once(from, key, reason).await).await
    }

    async fn undo_move_once(
        &self,
        from: Id<kinds::Household>,
        key: &IdempotencyKey,
        reason: &Label,
    ) -> Result<Result<PointsMoved, MovePointsRefusal>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let reference = act::reference(key);
        // Postings are never changed, so which households it touched may be read before their wallets are locked.
        let Some(done) = find_move(&mut tx, from, &reference).await? else {
            return Ok(Err(MovePointsRefusal::NoSuchMove));
        };
        let to = done.into.household;
        let Some(mut wallets) = lock_known(&mut tx, self.settings(), from, to).await? else {
            return Ok(Err(MovePointsRefusal::NoSuchHouseholds));
        };
        // The points of a merge go back with its people, or not at all.
        if !accounts::store::list_merged(&mut tx, [from, to]).await?.is_empty() {
            return Ok(Err(MovePointsRefusal::NoSuchMove));
        }
        let reference = format!("undo {reference}");
        let earlier = find_move(&mut tx, to, &reference).await?;
        let returning = ledger::store::find_moved(&mut tx, &done.into).await?;

        if let Some(earlier) = earlier {
            tx.rollback().await?;
            return Ok(Ok(earlier));
        }
        let until = done.out.cause.posted_at + chrono::TimeDelta::days(MovePoints::UNDO_WITHIN_DAYS);
        if until < tx.now() {
            return Ok(Err(MovePointsRefusal::TooLate { until }));
        }
        let act = Act { reference: &reference, reason: undone() };
        let moved = match self.decide(&tx, &mut wallets, (to, from), &returning, act) {
            Ok(moved) => moved,
            Err(refusal) => return Ok(Err(refusal.into())),
        };

        act::record(&mut tx, wallets.values(), &[moved.out.clone(), moved.into.clone()], "undo_move").await?;
        audit_reason(&mut tx, &moved, reason, "undo_move");

        tx.commit().await?;
        Ok(Ok(moved))
    }

    fn decide(
        &self,
        tx: &Tx,
        wallets: &mut BTreeMap<Id<kinds::Household>, Wallet>,
        (from, to): (Id<kinds::Household>, Id<kinds::Household>),
        moved: &Moved,
        act: Act<'_>,
    ) -> Result<PointsMoved, MoveRefusal> {
        let cause = || act::cause(tx, self.settings(), act.reference.to_owned());
        let leaving = wallets.get_mut(&from).expect("both wallets were locked just now");
        let out = leaving.move_out(cause(), to, moved, act.reason.clone())?;
        let receiving = wallets.get_mut(&to).expect("both wallets were locked just now");
        let into = receiving.move_in(cause(), from, moved, act.reason)?;
        Ok(PointsMoved { out, into })
    }
}

/// Points that go from one household to another within a larger act.
pub(crate) struct Carry<'a> {
    /// Whose points.
    pub(crate) from: Id<kinds::Household>,
    /// Who gets them.
    pub(crate) to: Id<kinds::Household>,
    /// Which.
    pub(crate) moved: &'a Moved,
    /// The larger act, once for each pair of households.
    pub(crate) reference: &'a str,
    /// Of what it is, by [`Moved::scope`]: both postings say it, and a later refund follows the lots by it. Or [`undone`].
    pub(crate) reason: Label,
}

impl App {
    /// Moves and writes what a larger act decided, on wallets it has locked by [`lock_both`].
    pub(crate) async fn carry(
        &self,
        tx: &mut Tx,
        wallets: &mut BTreeMap<Id<kinds::Household>, Wallet>,
        carry: Carry<'_>,
        action: &'static str,
    ) -> Result<Result<(), MoveRefusal>, Fault> {
        self.carry_all(tx, wallets, vec![carry], action).await
    }

    /// As [`App::carry`], several at once: what was put into a lot is written once, or it would be added twice.
    pub(crate) async fn carry_all(
        &self,
        tx: &mut Tx,
        wallets: &mut BTreeMap<Id<kinds::Household>, Wallet>,
        carries: Vec<Carry<'_>>,
        action: &'static str,
    ) -> Result<Result<(), MoveRefusal>, Fault> {
        let mut postings = Vec::with_capacity(carries.len() * 2);
        for carry in carries {
            let act = Act { reference: carry.reference, reason: carry.reason };
            match self.decide(tx, wallets, (carry.from, carry.to), carry.moved, act) {
                Ok(moved) => postings.extend([moved.out, moved.into]),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        act::record(tx, wallets.values(), &postings, action).await?;
        Ok(Ok(()))
    }
}

/// Locks the wallets of two households that are there, in their order, with lots.
pub(crate) async fn lock_both(
    tx: &mut Tx,
    settings: &Settings,
    one: Id<kinds::Household>,
    other: Id<kinds::Household>,
) -> Result<BTreeMap<Id<kinds::Household>, Wallet>, Fault> {
    let both = lock_known(tx, settings, one, other).await?;
    both.ok_or_else(|| Fault::inconsistent("lock the wallets of two households"))
}

fn audit_reason(tx: &mut Tx, moved: &PointsMoved, reason: &Label, action: &'static str) {
    let subject = moved.out.cause.id.to_string();
    let detail = format!("to {}: {reason}", moved.into.household);
    tx.audit(AuditLine { action, household: Some(moved.out.household), subject, detail });
}

/// What both sides of a move say of it.
struct Act<'a> {
    reference: &'a str,
    reason: Label,
}

/// What both sides of a move that takes another back say.
pub(crate) fn undone() -> Label {
    "undone".parse().expect("a plain word is a label")
}

async fn lock_known(
    tx: &mut Tx,
    settings: &Settings,
    from: Id<kinds::Household>,
    to: Id<kinds::Household>,
) -> Result<Option<BTreeMap<Id<kinds::Household>, Wallet>>, Fault> {
    if from == to {
        return Ok(None);
    }
    let mut both = [from, to];
    both.sort();
    held::lock_known_wallets(tx, settings, &both).await
}

async fn find_move(tx: &mut Tx, from: Id<kinds::Household>, reference: &str) -> Result<Option<PointsMoved>, Fault> {
    let Some(out) = ledger::store::find_posting_of(tx, from, PostingKind::MoveOut, reference).await? else {
        return Ok(None);
    };
    let to = out.counterpart.ok_or_else(|| Fault::inconsistent("read a move: it names no household"))?;
    let into = ledger::store::find_posting_of(tx, to, PostingKind::MoveIn, reference).await?;
    let into = into.ok_or_else(|| Fault::inconsistent("find the other side of a move"))?;
    Ok(Some(PointsMoved { out, into }))
}
