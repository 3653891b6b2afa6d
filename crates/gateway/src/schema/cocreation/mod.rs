//! What neighbours vote on.

mod ballot_receipt;
mod cast_ballot;
mod query;
mod study;

pub(super) use ballot_receipt::BallotReceipt;
pub(super) use cast_ballot::{CastBallotMutation, CastBallotUserError};
pub(super) use query::StudiesQuery;
pub(super) use study::Study;
