//! Use-cases about communities: who leads them, which household lives in which, and what a leader sees.

mod appoint_leader;
mod change_community;
mod end_leader;
mod growth_shares;
mod led;
mod list_communities;

pub use appoint_leader::{AppointLeader, AppointLeaderRefusal};
pub use change_community::{ChangeCommunity, ChangeCommunityRefusal};
pub use end_leader::{EndLeader, EndLeaderRefusal};
pub use growth_shares::TermGrowth;
pub use led::MAX_LED;
