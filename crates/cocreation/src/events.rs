//! What co-creation tells others: that a ballot was taken, never what it says.

use db::outbox::Event;
use kernel::{Id, Points, kinds};
use serde::{Deserialize, Serialize};

use crate::{BallotReceipt, Launch};

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

/// What a study elected is sold.
#[derive(Debug, Serialize, Deserialize)]
pub struct StudyLaunched {
    /// Text id of the study.
    pub study_id: String,
    /// The id of the option that was elected.
    pub option: String,
    /// The operator's number of the product.
    pub product_ref: String,
    /// How many households' ballots were counted.
    pub chosen_by: u64,
}

impl StudyLaunched {
    /// The event of a launch.
    #[must_use]
    pub fn of(study: Id<kinds::Study>, launch: &Launch) -> Self {
        Self {
            study_id: study.to_string(),
            option: launch.option.clone(),
            product_ref: launch.product_ref.to_string(),
            chosen_by: launch.chosen_by,
        }
    }
}

impl Event for StudyLaunched {
    const KIND: &'static str = "cocreation.study_launched.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        None
    }
}

/// A household is thanked for its ballot in a study whose winner is sold: for taking part, never for what it said.
#[derive(Debug, Serialize, Deserialize)]
pub struct BallotThanked {
    /// Text id of the household.
    pub household_id: String,
    /// Text id of the study.
    pub study_id: String,
    /// How many points it was given.
    pub points: i64,
    /// How many households' ballots were counted, its own among them.
    pub chosen_by: u64,
    #[serde(skip)]
    household: Option<Id<kinds::Household>>,
}

impl BallotThanked {
    /// The event of a household's thanks.
    #[must_use]
    pub fn of(household: Id<kinds::Household>, study: Id<kinds::Study>, launch: &Launch, points: Points) -> Self {
        Self {
            household_id: household.to_string(),
            study_id: study.to_string(),
            points: points.get(),
            chosen_by: launch.chosen_by,
            household: Some(household),
        }
    }
}

impl Event for BallotThanked {
    const KIND: &'static str = "cocreation.ballot_thanked.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        self.household
    }
}
