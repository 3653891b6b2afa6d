//! Communities: who leads them, which household lives in which, and what a leader sees.

mod appoint_leader;
mod change_community;
mod community;
mod end_leader;
mod growth_shares;
mod led;

use async_graphql::MergedObject;

pub(super) use appoint_leader::{AppointLeaderMutation, AppointLeaderUserError};
pub(super) use change_community::{ChangeCommunityMutation, ChangeCommunityUserError};
pub(super) use community::{CommunitiesQuery, Community};
pub(super) use end_leader::{EndLeaderMutation, EndLeaderUserError};
pub(super) use growth_shares::GrowthSharesQuery;
pub(super) use led::{LedCommunitiesQuery, LedHousehold};

/// What the staff do about communities.
#[derive(MergedObject, Default)]
pub(super) struct CommunityMutations(AppointLeaderMutation, ChangeCommunityMutation, EndLeaderMutation);
