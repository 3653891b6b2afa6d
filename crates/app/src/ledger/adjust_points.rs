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
        let mut tx = self.begin(Actor::Operator).await?;
        let Some(mut current) = Current::lock(&mut tx, self.settings(), adjust.household).await? else {
            return Ok(Err(AdjustPointsRefusal::NoSuchHousehold));
        };
        let reference = act::reference(&adjust.idempotency_key);
        let kind = PostingKind::Adjust;
        let earlier = current.find_posting(&mut tx, kind, &reference).await?;

        if let Some(earlier) = earlier {
            tx.rollback().await?;
            let is_same = act::is_same_act(&earlier, adjust.points, &adjust.reason)
                && is_credit(&earlier) == (adjust.adjustment == Adjustment::Credit);
            return Ok(if is_same { Ok(earlier) } else { Err(AdjustPointsRefusal::IdempotencyKeyReused) });
        }
        let cause = act::cause(&tx, self.settings(), reference);
        let posting = match decide(&mut current.wallet, self.settings(), cause, adjust) {
            Ok(posting) => posting,
            Err(refusal) => return Ok(Err(refusal)),
        };

        act::record(&mut tx, [&current.wallet], std::slice::from_ref(&posting), "adjust_points").await?;

        tx.commit().await?;
        Ok(Ok(posting))
    }
}

fn decide(
    wallet: &mut Wallet,
    settings: &Settings,
    cause: ledger::Cause,
    adjust: &AdjustPoints,
) -> Result<Posting, AdjustPointsRefusal> {
    if adjust.points.is_zero() {
        return Err(AdjustPointsRefusal::NoPoints);
    }
    let today = cause.business_date;
    let reason = adjust.reason.clone();
    let posting = match adjust.adjustment {
        Adjustment::Credit => {
            let expires_on = settings.expires_on(today);
            let key = LotKey { expires_on, available_from: today, contributor: Contributor::Household };
            wallet.credit(cause, adjust.points, key, reason)
        }
        Adjustment::Debit => wallet.debit(cause, adjust.points, today, reason),
    };
    Ok(posting?)
}

fn is_credit(posting: &Posting) -> bool {
    posting.transfers.first().is_some_and(|transfer| transfer.from == ledger::Account::Adjusted)
}
