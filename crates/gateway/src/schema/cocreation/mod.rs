//! What neighbours vote on.

mod advance_study;
mod answer_price_study;
mod ballot_receipt;
mod cast_ballot;
mod end_study;
mod launch;
mod query;
mod request_voting_link;
mod study;

use async_graphql::MergedObject;

pub(super) use advance_study::{AdvanceStudyUserError, StudyStep};
pub(super) use answer_price_study::AnswerPriceStudyUserError;
pub(super) use ballot_receipt::BallotReceipt;
pub(super) use cast_ballot::CastBallotUserError;
pub(super) use end_study::EndStudyUserError;
pub(super) use launch::{LaunchQuery, StudyLaunch};
pub(super) use query::StudiesQuery;
pub(super) use request_voting_link::RequestVotingLinkUserError;
pub(super) use study::Study;

/// What is done about studies.
#[derive(MergedObject, Default)]
pub(super) struct StudyMutations(
    cast_ballot::CastBallotMutation,
    advance_study::AdvanceStudyMutation,
    end_study::EndStudyMutation,
    answer_price_study::AnswerPriceStudyMutation,
    request_voting_link::RequestVotingLinkMutation,
);
