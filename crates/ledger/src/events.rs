//! What the ledger tells others: additive only, ids and few values.

use db::outbox::Event;
use kernel::{Id, Points, kinds};
use serde::Serialize;

use crate::{Posting, PostingKind};

/// Points moved in a household's wallet.
#[derive(Debug, Serialize)]
pub struct PointsPosted {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the posting.
    pub posting_id: String,
    /// `earn`, `schedule`, `redeem`, `clawback` or `lapse`.
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
