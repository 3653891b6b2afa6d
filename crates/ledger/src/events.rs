//! What the ledger tells others: additive only, ids and few values.

use db::outbox::Event;
use kernel::{BusinessDate, Id, Points, Timestamp, kinds};
use serde::{Deserialize, Serialize};

use crate::{EarnRuleClosure, Hold, LapsingLot, NoticeBefore, Posting, PostingKind};

/// Points moved in a household's wallet.
#[derive(Debug, Serialize)]
pub struct PointsPosted {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the posting.
    pub posting_id: String,
    /// The code of a [`PostingKind`], such as `earn`.
    pub kind: &'static str,
    /// How many points it is about.
    pub points: i64,
    /// The wallet's balance after it, pending points included.
    pub balance_after: i64,
    /// What the household owes after it.
    pub owed_after: i64,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl PointsPosted {
    /// The event of a posting.
    #[must_use]
    pub fn of(posting: &Posting) -> Self {
        Self {
            household_id: posting.household.to_string(),
            posting_id: posting.cause.id.to_string(),
            kind: PostingKind::code(posting.kind),
            points: Points::get(posting.points),
            balance_after: posting.balance_after.get(),
            owed_after: posting.owed_after.get(),
            household: Some(posting.household),
        }
    }
}

impl Event for PointsPosted {
    const KIND: &'static str = "ledger.points_posted.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// An earn rule gives nothing any more: the points outstanding reached the bound it was given.
#[derive(Debug, Serialize)]
pub struct EarnRuleClosed {
    /// Text id of the rule.
    pub rule_id: String,
    /// The version that closed it.
    pub version: u32,
    /// The points outstanding over all wallets.
    pub liability: i64,
}

impl EarnRuleClosed {
    /// The event of a closure.
    #[must_use]
    pub fn of(closure: &EarnRuleClosure) -> Self {
        Self { rule_id: closure.rule.to_string(), version: closure.version, liability: closure.liability.get() }
    }
}

impl Event for EarnRuleClosed {
    const KIND: &'static str = "ledger.earn_rule_closed.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        None
    }
}

/// Points of a household lapse soon: noticed once for each lot and threshold.
#[derive(Debug, Serialize, Deserialize)]
pub struct LapseNoticed {
    /// Text id of the household.
    pub household_id: String,
    /// The threshold: 30 or 7 days. So many days are left at most.
    pub days_before: i64,
    /// The day it was noticed on.
    pub noticed_on: BusinessDate,
    /// The lots it is about.
    pub lots: Vec<LotLapsing>,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

/// A lot that lapses soon.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LotLapsing {
    /// Text id of the lot.
    pub lot_id: String,
    /// How many of its points were free then.
    pub points: i64,
    /// The last day on which they can be spent.
    pub expires_on: BusinessDate,
}

impl LapseNoticed {
    /// The event of a household's lots.
    #[must_use]
    pub fn of(
        household: Id<kinds::Household>,
        before: NoticeBefore,
        noticed_on: BusinessDate,
        lots: &[LapsingLot],
    ) -> Self {
        let lots = lots.iter().map(|lot| LotLapsing {
            lot_id: lot.lot.to_string(),
            points: lot.points.get(),
            expires_on: lot.expires_on,
        });
        Self {
            household_id: household.to_string(),
            days_before: before.days(),
            noticed_on,
            lots: lots.collect(),
            household: Some(household),
        }
    }
}

impl Event for LapseNoticed {
    const KIND: &'static str = "ledger.lapse_noticed.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}

/// Points that were held past their last day lapsed, because the hold ended without being captured.
#[derive(Debug, Serialize, Deserialize)]
pub struct HeldPointsLapsed {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the hold.
    pub hold_id: String,
    /// How many of its points lapsed.
    pub points: i64,
    /// When the hold ended, in milliseconds since 1970.
    pub ended_at: i64,
    /// Text ids of the postings.
    pub posting_ids: Vec<String>,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl HeldPointsLapsed {
    /// The event of a hold and the postings by which its points lapsed.
    #[must_use]
    pub fn of(hold: &Hold, lapsed: &[&Posting], ended_at: Timestamp) -> Self {
        Self {
            household_id: hold.household.to_string(),
            hold_id: hold.id.to_string(),
            points: lapsed.iter().map(|posting| posting.points.get()).sum(),
            ended_at: ended_at.timestamp_millis(),
            posting_ids: lapsed.iter().map(|posting| posting.cause.id.to_string()).collect(),
            household: Some(hold.household),
        }
    }
}

impl Event for HeldPointsLapsed {
    const KIND: &'static str = "ledger.held_points_lapsed.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}
