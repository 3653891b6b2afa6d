//! What co-creation tells others: that a ballot was taken, never what it says.

use db::outbox::Event;
use kernel::{Id, kinds};
use serde::Serialize;

use crate::BallotReceipt;

/// A household's ballot was taken, its first or a changed one.
#[derive(Debug, Serialize)]
pub struct BallotAccepted {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the study.
    pub study_id: String,
    /// How many households voted by then.
    pub turnout: u64,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl BallotAccepted {
    /// The event of a receipt.
    #[must_use]
    pub fn of(receipt: &BallotReceipt, turnout: u64) -> Self {
        Self {
            household_id: receipt.household.to_string(),
            study_id: receipt.study.to_string(),
            turnout,
            household: Some(receipt.household),
        }
    }
}

impl Event for BallotAccepted {
    const KIND: &'static str = "cocreation.ballot_accepted.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}
