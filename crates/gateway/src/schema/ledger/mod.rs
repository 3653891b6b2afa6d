//! What a household owns in points.

mod asset_account;
mod lot;
mod statement_line;

pub(super) use asset_account::AssetAccount;
pub(super) use statement_line::StatementLine;
