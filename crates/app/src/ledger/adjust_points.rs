use db::Tx;
use kernel::{Actor, Fault, Id, IdempotencyKey, Label, Points, kinds};
use ledger::{AdjustRefusal, Contributor, LotKey, Posting, PostingKind, Wallet};

use super::{act, current::Current};
use crate::{App, Settings};

/// Whether points are given or taken by decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adjustment {
    /// Given: they can be spent at once, and last as long as points earned today.
    Credit,
    /// Taken: the earliest expiry first, pending ones too, never more than there are.
    Debit,
}

impl Adjustment {
    /// The word as kept: `credit`, `debit`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Credit, Self::Debit].into_iter().find(|adjustment| adjustment.word() == word)
    }
}

/// The operator gives or takes points by decision, not by rule.
#[derive(Debug, Clone)]
pub struct AdjustPoints {
    /// Whose points.
    pub household: Id<kinds::Household>,
    /// Which way.
    pub adjustment: Adjustment,
    /// How many; at least one.
    pub points: Points,
    /// Why, for the statement and the audit log.
    pub reason: Label,
    /// The key of this very act.
    pub idempotency_key: IdempotencyKey,
}

/// Why points are not adjusted. Nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdjustPointsRefusal {
    /// There is no such household.
    #[error("there is no such household")]
    NoSuchHousehold,
    /// Nothing to adjust.
    #[error("at least one point must be adjusted")]
    NoPoints,
    /// The key was used for another act.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
    /// The wallet says no.
    #[error(transparent)]
    NotAdjusted(#[from] AdjustRefusal),
}

impl App {
    /// Gives or takes points by decision. Told again with the same key it changes nothing.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn adjust_points(&self, adjust: &AdjustPoints) -> Result<Result<Posting, AdjustPointsRefusal>, Fault> {
        db::retry_contention(async || self.adjust_points_once(adjust).await).await
    }

    async fn adjust_points_once(&self, adjust: &AdjustPoints) -> Result<Result<Posting, AdjustPointsRefusal>, Fault> {
        let &AdjustPoints { household, adjustment, points, .. } = adjust;
        let mut tx = self.begin(Actor::Operator).await?;
        let Some(mut current) = Current::lock(&mut tx, self.settings(), household).await? else {
            return Ok(Err(AdjustPointsRefusal::NoSuchHousehold));
        };
        let reference = current.reference(&adjust.idempotency_key);
        let kind = PostingKind::Adjust;
        let earlier = current.find_act(&mut tx, kind, &adjust.idempotency_key).await?;

        if let Some(earlier) = earlier {
            tx.rollback().await?;
            let is_same = act::is_same_act(&earlier, points, &adjust.reason) && direction(&earlier) == adjustment;
            return Ok(if is_same { Ok(earlier) } else { Err(AdjustPointsRefusal::IdempotencyKeyReused) });
        }
        let adjusted =
            self.adjust_current(&mut tx, &mut current, adjustment, points, &adjust.reason, reference).await?;
        let posting = match adjusted {
            Ok(posting) => posting,
            Err(refusal) => return Ok(Err(refusal)),
        };

        tx.commit().await?;
        Ok(Ok(posting))
    }

    /// Gives or takes points in the transaction of whoever decided it, under a reference no other act has.
    pub(crate) async fn adjust_points_in(
        &self,
        tx: &mut Tx,
        household: Id<kinds::Household>,
        adjustment: Adjustment,
        points: Points,
        reason: &Label,
        reference: String,
    ) -> Result<Result<Posting, AdjustPointsRefusal>, Fault> {
        let Some(mut current) = Current::lock(tx, self.settings(), household).await? else {
            return Ok(Err(AdjustPointsRefusal::NoSuchHousehold));
        };
        self.adjust_current(tx, &mut current, adjustment, points, reason, reference).await
    }

    /// As [`App::adjust_points_in`], of a household that is locked.
    pub(super) async fn adjust_current(
        &self,
        tx: &mut Tx,
        current: &mut Current,
        adjustment: Adjustment,
        points: Points,
        reason: &Label,
        reference: String,
    ) -> Result<Result<Posting, AdjustPointsRefusal>, Fault> {
        let cause = act::cause(tx, self.settings(), reference);
        let posting = match decide(&mut current.wallet, self.settings(), cause, adjustment, points, reason) {
            Ok(posting) => posting,
            Err(refusal) => return Ok(Err(refusal)),
        };

        act::record(tx, [&current.wallet], std::slice::from_ref(&posting), "adjust_points").await?;
        Ok(Ok(posting))
    }
}

fn decide(
    wallet: &mut Wallet,
    settings: &Settings,
    cause: ledger::Cause,
    adjustment: Adjustment,
    points: Points,
    reason: &Label,
) -> Result<Posting, AdjustPointsRefusal> {
    if points.is_zero() {
        return Err(AdjustPointsRefusal::NoPoints);
    }
    let (today, reason) = (cause.business_date, reason.clone());
    let posting = match adjustment {
        Adjustment::Credit => {
            let expires_on = settings.expires_on(today);
            let key = LotKey { expires_on, available_from: today, contributor: Contributor::Household };
            wallet.credit(cause, points, key, reason)
        }
        Adjustment::Debit => wallet.debit(cause, points, today, reason),
    };
    Ok(posting?)
}

/// Which way an adjustment went.
pub(super) fn direction(adjustment: &Posting) -> Adjustment {
    let is_given = adjustment.transfers.first().is_some_and(|transfer| transfer.from == ledger::Account::Adjusted);
    if is_given { Adjustment::Credit } else { Adjustment::Debit }
}
