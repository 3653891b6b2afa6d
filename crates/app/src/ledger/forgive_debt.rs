use kernel::{Actor, Fault, Id, IdempotencyKey, Label, Points, kinds};
use ledger::{ForgiveRefusal, Posting, PostingKind};

use super::{act, current::Current};
use crate::App;

/// The operator waives what a household owes.
#[derive(Debug, Clone)]
pub struct ForgiveDebt {
    /// Whose debt.
    pub household: Id<kinds::Household>,
    /// How much of it.
    pub points: Points,
    /// Why, for the statement and the audit log.
    pub reason: Label,
    /// The key of this very act.
    pub idempotency_key: IdempotencyKey,
}

/// Why a debt is not forgiven. Nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ForgiveDebtRefusal {
    /// There is no such household.
    #[error("there is no such household")]
    NoSuchHousehold,
    /// The key was used for another act.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
    /// The wallet says no.
    #[error(transparent)]
    NotForgiven(#[from] ForgiveRefusal),
}

impl App {
    /// Waives a debt: a posting of its own, with its reason. Told again with the same key it changes nothing.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn forgive_debt(&self, forgive: &ForgiveDebt) -> Result<Result<Posting, ForgiveDebtRefusal>, Fault> {
        db::retry_contention(async || self.forgive_debt_once(forgive).await).await
    }

    async fn forgive_debt_once(&self, forgive: &ForgiveDebt) -> Result<Result<Posting, ForgiveDebtRefusal>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let Some(mut current) = Current::lock(&mut tx, self.settings(), forgive.household).await? else {
            return Ok(Err(ForgiveDebtRefusal::NoSuchHousehold));
        };
        let reference = current.reference(&forgive.idempotency_key);
        let kind = PostingKind::Forgive;
        let earlier = current.find_act(&mut tx, kind, &forgive.idempotency_key).await?;

        if let Some(earlier) = earlier {
            tx.rollback().await?;
            let is_same = act::is_same_act(&earlier, forgive.points, &forgive.reason);
            return Ok(if is_same { Ok(earlier) } else { Err(ForgiveDebtRefusal::IdempotencyKeyReused) });
        }
        let cause = act::cause(&tx, self.settings(), reference);
        let posting = match current.wallet.forgive(cause, forgive.points, forgive.reason.clone()) {
            Ok(posting) => posting,
            Err(refusal) => return Ok(Err(refusal.into())),
        };

        act::record(&mut tx, [&current.wallet], std::slice::from_ref(&posting), "forgive_debt").await?;

        tx.commit().await?;
        Ok(Ok(posting))
    }
}
