use db::{Tx, idempotency::Known};
use kernel::{Fault, Id, IdempotencyKey, Label, kinds};
use ledger::{AdjustRefusal, Posting, PostingKind};

use super::{Acted, Adjustment, PointsActed, adjust_points, adjust_points_by_staff::acted_before, current::Current};
use crate::{
    App, StaffPrincipal,
    approvals::{Act, ActKey, TooManyPending},
    staff::NotAllowed,
};

/// What the reference of a reversal begins with; the id of what it reverses follows, so that nothing is reversed twice.
const REVERSES: &str = "reverses ";

/// One of the staff undoes an adjustment, by posting its reverse.
#[derive(Debug, Clone)]
pub struct ReverseAdjustment {
    /// Whose.
    pub household: Id<kinds::Household>,
    /// The adjustment.
    pub posting: Id<kinds::Posting>,
    /// Why.
    pub reason: Label,
    /// The key of this very act.
    pub idempotency_key: IdempotencyKey,
}

/// Why an adjustment is not reversed. Nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReverseAdjustmentRefusal {
    /// None of their roles reverses adjustments.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The household has no such adjustment: no such posting, or one of another kind, or one that is itself a reversal.
    #[error("there is no such adjustment")]
    NoSuchAdjustment,
    /// It was reversed before.
    #[error("the adjustment was reversed before")]
    AlreadyReversed,
    /// The key was used for something else.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
    /// Too many acts of theirs wait.
    #[error(transparent)]
    TooManyPending(#[from] TooManyPending),
    /// The wallet says no: what was given is spent.
    #[error(transparent)]
    NotAdjusted(#[from] AdjustRefusal),
}

impl App {
    /// Undoes an adjustment as one of the staff, by posting the reverse: up to the limit at once, beyond it with a second person.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn reverse_adjustment(
        &self,
        principal: &StaffPrincipal,
        reverse: &ReverseAdjustment,
    ) -> Result<Result<PointsActed, ReverseAdjustmentRefusal>, Fault> {
        db::retry_contention(|| self.try_reverse_adjustment(principal, reverse)).await
    }

    async fn try_reverse_adjustment(
        &self,
        principal: &StaffPrincipal,
        reverse: &ReverseAdjustment,
    ) -> Result<Result<PointsActed, ReverseAdjustmentRefusal>, Fault> {
        let &ReverseAdjustment { household, posting, .. } = reverse;
        let act = Act::ReverseAdjustment { household, posting };
        let mut tx = self.begin(principal.actor()).await?;
        let staff = match principal.lock(&mut tx, act.proposers()).await? {
            Ok(staff) => staff,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let mut current = Current::lock(&mut tx, self.settings(), household).await?;
        let reversible = find_reversible(&mut tx, current.as_ref(), posting).await?;
        let input = [act.to_payload(), reverse.reason.to_string()];
        let key = ActKey::new(principal, "reverse_adjustment", &reverse.idempotency_key, &[&input[0], &input[1]]);

        match key.find(&mut tx).await? {
            Some(Known::SameInput(answer)) => return acted_before(&mut tx, &answer).await.map(Ok),
            Some(Known::OtherInput) => return Ok(Err(ReverseAdjustmentRefusal::IdempotencyKeyReused)),
            None => {}
        }
        let adjustment = match reversible {
            Ok(adjustment) => adjustment,
            Err(refusal) => return Ok(Err(refusal)),
        };

        let acted = if self.needs_second_person(&staff, adjustment.points) {
            let proposed = self.propose_in(&mut tx, act, &reverse.reason, &staff).await?;
            proposed.map(|approval| Acted::Waiting(Box::new(approval))).map_err(ReverseAdjustmentRefusal::from)
        } else {
            let done = self.reverse_current(&mut tx, current.as_mut(), posting, &reverse.reason).await?;
            done.map(|posting| Acted::Done(Box::new(posting)))
        };
        let acted = match acted {
            Ok(acted) => acted,
            Err(refusal) => return Ok(Err(refusal)),
        };
        key.keep(&mut tx, acted.id()).await?;

        tx.commit().await?;
        Ok(Ok(PointsActed { acted, is_replay: false }))
    }

    /// Posts the reverse of an adjustment.
    pub(crate) async fn reverse_adjustment_in(
        &self,
        tx: &mut Tx,
        household: Id<kinds::Household>,
        posting: Id<kinds::Posting>,
        reason: &Label,
    ) -> Result<Result<Posting, ReverseAdjustmentRefusal>, Fault> {
        let mut current = Current::lock(tx, self.settings(), household).await?;
        self.reverse_current(tx, current.as_mut(), posting, reason).await
    }

    async fn reverse_current(
        &self,
        tx: &mut Tx,
        current: Option<&mut Current>,
        posting: Id<kinds::Posting>,
        reason: &Label,
    ) -> Result<Result<Posting, ReverseAdjustmentRefusal>, Fault> {
        let Some(current) = current else { return Ok(Err(ReverseAdjustmentRefusal::NoSuchAdjustment)) };
        let adjustment = match find_reversible(tx, Some(current), posting).await? {
            Ok(adjustment) => adjustment,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let opposite = match adjust_points::direction(&adjustment) {
            Adjustment::Credit => Adjustment::Debit,
            Adjustment::Debit => Adjustment::Credit,
        };
        let points = adjustment.points;
        let done = self.adjust_current(tx, current, opposite, points, reason, reference(posting)).await?;
        Ok(done.map_err(|refusal| match refusal {
            super::AdjustPointsRefusal::NotAdjusted(refusal) => refusal.into(),
            super::AdjustPointsRefusal::NoSuchHousehold
            | super::AdjustPointsRefusal::NoPoints
            | super::AdjustPointsRefusal::IdempotencyKeyReused => ReverseAdjustmentRefusal::NoSuchAdjustment,
        }))
    }
}

fn reference(posting: Id<kinds::Posting>) -> String {
    format!("{REVERSES}{posting}")
}

/// The adjustment, if it can be reversed: made in the locked household or one that went into it, and reversed in none, since a merge may
/// have been undone after that.
async fn find_reversible(
    tx: &mut Tx,
    current: Option<&Current>,
    posting: Id<kinds::Posting>,
) -> Result<Result<Posting, ReverseAdjustmentRefusal>, Fault> {
    let Some(current) = current else { return Ok(Err(ReverseAdjustmentRefusal::NoSuchAdjustment)) };
    let found = current.find_posting_held(tx, posting).await?;
    let is_adjustment =
        |posting: &Posting| posting.kind == PostingKind::Adjust && !posting.cause.reference.starts_with(REVERSES);
    let Some(adjustment) = found.filter(is_adjustment) else {
        return Ok(Err(ReverseAdjustmentRefusal::NoSuchAdjustment));
    };
    let is_reversed = ledger::store::is_posted_anywhere(tx, PostingKind::Adjust, &reference(posting)).await?;
    Ok(if is_reversed { Err(ReverseAdjustmentRefusal::AlreadyReversed) } else { Ok(adjustment) })
}
