use accounts::{Approval, Staff, StaffRole, store};
use db::{Tx, idempotency::Known};
use kernel::{Fault, Id, kinds};
use ledger::Posting;

use super::{AdjustPoints, AdjustPointsRefusal, current::Current};
use crate::{
    App, StaffPrincipal,
    approvals::{Act, ActKey, TooManyPending},
    staff::NotAllowed,
};

/// What became of an act of the staff on points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointsActed {
    /// It.
    pub acted: Acted,
    /// Whether this is the answer of an earlier act under the same key.
    pub is_replay: bool,
}

/// Done at once, or waiting for a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acted {
    /// Posted.
    Done(Box<Posting>),
    /// Somebody with the role finance must approve it.
    Waiting(Box<Approval>),
}

/// Why the staff's act on points is refused. Nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StaffAdjustRefusal {
    /// None of their roles adjusts points.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Too many acts of theirs wait.
    #[error(transparent)]
    TooManyPending(#[from] TooManyPending),
    /// The points say no, or the key does.
    #[error(transparent)]
    NotAdjusted(#[from] AdjustPointsRefusal),
}

impl App {
    /// Gives or takes points as one of the staff. Up to [`Settings::adjustment_limit`](crate::Settings) finance does it at once; beyond
    /// it, and whatever support wants, waits for a second person with the role finance.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn adjust_points_by_staff(
        &self,
        principal: &StaffPrincipal,
        adjust: &AdjustPoints,
    ) -> Result<Result<PointsActed, StaffAdjustRefusal>, Fault> {
        db::retry_contention(|| self.try_adjust_points_by_staff(principal, adjust)).await
    }

    async fn try_adjust_points_by_staff(
        &self,
        principal: &StaffPrincipal,
        adjust: &AdjustPoints,
    ) -> Result<Result<PointsActed, StaffAdjustRefusal>, Fault> {
        let &AdjustPoints { household, adjustment, points, .. } = adjust;
        let act = Act::AdjustPoints { household, adjustment, points };
        let mut tx = self.begin(principal.actor()).await?;
        let staff = match principal.lock(&mut tx, act.proposers()).await? {
            Ok(staff) => staff,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let current = Current::lock(&mut tx, self.settings(), household).await?;
        let input = [act.to_payload(), adjust.reason.to_string()];
        let key = ActKey::new(principal, "adjust_points", &adjust.idempotency_key, &[&input[0], &input[1]]);

        match key.find(&mut tx).await? {
            Some(Known::SameInput(answer)) => return acted_before(&mut tx, &answer).await.map(Ok),
            Some(Known::OtherInput) => return Ok(Err(AdjustPointsRefusal::IdempotencyKeyReused.into())),
            None => {}
        }
        let Some(mut current) = current else { return Ok(Err(AdjustPointsRefusal::NoSuchHousehold.into())) };
        if points.is_zero() {
            return Ok(Err(AdjustPointsRefusal::NoPoints.into()));
        }

        let acted = if self.needs_second_person(&staff, points) {
            let proposed = self.propose_in(&mut tx, act, &adjust.reason, &staff).await?;
            proposed.map(|approval| Acted::Waiting(Box::new(approval))).map_err(StaffAdjustRefusal::from)
        } else {
            // Keys of two of the staff may be alike: the posting's reference says whose it is.
            let reference = format!("{} {}", staff.id, adjust.idempotency_key);
            let done =
                self.adjust_current(&mut tx, &mut current, adjustment, points, &adjust.reason, reference).await?;
            done.map(|posting| Acted::Done(Box::new(posting))).map_err(StaffAdjustRefusal::from)
        };
        let acted = match acted {
            Ok(acted) => acted,
            Err(refusal) => return Ok(Err(refusal)),
        };
        key.keep(&mut tx, acted.id()).await?;

        tx.commit().await?;
        Ok(Ok(PointsActed { acted, is_replay: false }))
    }

    /// Whether an act on so many points waits for a second person.
    pub(super) fn needs_second_person(&self, staff: &Staff, points: kernel::Points) -> bool {
        !staff.may(&[StaffRole::Finance]) || points > self.settings().adjustment_limit
    }
}

impl Acted {
    /// The id of what it made.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Done(posting) => posting.cause.id.to_string(),
            Self::Waiting(approval) => approval.id.to_string(),
        }
    }
}

/// What an earlier act under the same key answered: a posting by its id alone, since its household may have gone into another.
pub(super) async fn acted_before(tx: &mut Tx, answer: &str) -> Result<PointsActed, Fault> {
    let lost = || Fault::inconsistent("find what an earlier act of the staff made");
    let acted = match (answer.parse::<Id<kinds::Posting>>(), answer.parse::<Id<kinds::Approval>>()) {
        (Ok(posting), _) => {
            let posting = ledger::store::find_posting_anywhere(tx, posting).await?;
            Acted::Done(Box::new(posting.ok_or_else(lost)?))
        }
        (Err(_), Ok(approval)) => Acted::Waiting(Box::new(store::lock_approval(tx, approval).await?.ok_or_else(lost)?)),
        (Err(_), Err(_)) => return Err(lost()),
    };
    Ok(PointsActed { acted, is_replay: true })
}
