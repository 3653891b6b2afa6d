use entitlements::{Grant, GrantRefusal};
use kernel::{Fault, Id, IdempotencyKey, Points, kinds};
use ledger::SpendRefusal;

use super::redeem_lane::{RedeemAsked, RedeemPerks, Redeemed};
use crate::{App, Principal, lane};

/// A member spends the household's points on a perk.
#[derive(Debug, Clone)]
pub struct RedeemPerk {
    /// What for.
    pub perk: Id<kinds::Perk>,
    /// The member's key for this very act.
    pub idempotency_key: IdempotencyKey,
}

/// The perk is the household's now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PerkRedeemed {
    /// The right.
    pub grant: Grant,
    /// Whether this answers an earlier act again instead of a new one.
    pub is_replay: bool,
}

/// Why a perk is not redeemed. Nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedeemPerkRefusal {
    /// The person belongs to no household.
    #[error("the person belongs to no household")]
    NoHousehold,
    /// Children do not spend the household's points.
    #[error("a child cannot redeem")]
    NotAllowed,
    /// The owner entrusted this member with no points.
    #[error("the member may spend nothing")]
    NotEntrusted,
    /// The member would spend more this week than the owner entrusted.
    #[error("the member may spend {weekly} points a week, and {left} more this week")]
    WeeklyLimit {
        /// How many a week.
        weekly: Points,
        /// How many are left until Monday.
        left: Points,
    },
    /// There is no such perk.
    #[error("there is no such perk")]
    NoSuchPerk,
    /// The key was used for another perk.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
    /// It is redeemed by booking one of its delivery slots.
    #[error("the perk is redeemed by booking a delivery slot")]
    NeedsSlot,
    /// The shelf says no.
    #[error(transparent)]
    NotGranted(#[from] GrantRefusal),
    /// The wallet says no.
    #[error(transparent)]
    NotSpent(#[from] SpendRefusal),
}

impl App {
    /// Spends a household's points on a perk: once per key, atomically, or not at all. Those who redeem at the same time share a
    /// transaction.
    ///
    /// # Errors
    /// A [`Fault`]; busy when too many wait. After any other the outcome is unknown, and trying again with the same key is safe.
    pub async fn redeem_perk(
        &self,
        principal: &Principal,
        redeem: &RedeemPerk,
    ) -> Result<Result<PerkRedeemed, RedeemPerkRefusal>, Fault> {
        let asked = RedeemAsked { person: principal.person, redeem: redeem.clone() };
        match lane::ask::<RedeemPerks>(self, asked).await? {
            Ok(Redeemed::Now(grant)) => Ok(Ok(PerkRedeemed { grant, is_replay: false })),
            Ok(Redeemed::Before { household, grant }) => self.answer_again(household, grant).await.map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    async fn answer_again(
        &self,
        household: Id<kinds::Household>,
        grant: Id<kinds::Grant>,
    ) -> Result<PerkRedeemed, Fault> {
        let grant = entitlements::store::find_grant(&self.reader(), household, grant).await?;
        let grant = grant.ok_or_else(|| Fault::inconsistent("find the grant of an idempotent answer"))?;
        Ok(PerkRedeemed { grant, is_replay: true })
    }
}
