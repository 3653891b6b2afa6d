//! What a household owns in points.

mod asset_account;
mod contribution;
mod lot;
mod statement_line;

pub(super) use asset_account::AssetAccount;
pub(super) use contribution::{Contribution, PageLots};
pub(super) use statement_line::{ActorKind, StatementLine};
