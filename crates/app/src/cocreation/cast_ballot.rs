use cocreation::{BallotReceipt, CastRefusal, tally_file::Said};
use kernel::{Fault, Id, kinds};

use super::ballot_lane::{BallotAsked, CastBallots};
use crate::{App, Principal, lane};

/// An adult casts the household's ballot, or changes it.
#[derive(Clone)]
pub struct CastBallot {
    /// In which study.
    pub study: Id<kinds::Study>,
    /// What the household says.
    pub said: Said,
}

impl std::fmt::Debug for CastBallot {
    /// Never what it says.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CastBallot").field("study", &self.study).finish_non_exhaustive()
    }
}

/// The ballot was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BallotCast {
    /// What the household keeps.
    pub receipt: BallotReceipt,
    /// Whether the ballot said this already, and nothing changed.
    pub is_unchanged: bool,
}

/// Why a ballot is not taken. Nothing moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CastBallotRefusal {
    /// The person belongs to no household.
    #[error("the person belongs to no household")]
    NoHousehold,
    /// Children do not vote.
    #[error("a child cannot vote")]
    NotAllowed,
    /// There is no such study.
    #[error("there is no such study")]
    NoSuchStudy,
    /// The study says no.
    #[error(transparent)]
    NotCast(#[from] CastRefusal),
}

impl App {
    /// Casts or changes a household's ballot; the last one accepted before the instant of closing counts. Those who vote at the same time
    /// share a transaction. Said again in the same words it changes nothing, so trying again is safe.
    ///
    /// # Errors
    /// A [`Fault`]; busy when too many wait. After any other the outcome is unknown.
    pub async fn cast_ballot(
        &self,
        principal: &Principal,
        cast: CastBallot,
    ) -> Result<Result<BallotCast, CastBallotRefusal>, Fault> {
        lane::ask::<CastBallots>(self, BallotAsked { person: principal.person, cast }).await
    }
}
