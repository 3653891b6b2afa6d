//! Use-cases about points.

mod balance_lane;
mod find_asset_account;
mod find_balance;
mod lapse_lots;
mod list_earn_rules;
mod list_statement;
mod revise_earn_rule;
mod verify;

pub(crate) use balance_lane::BalanceLane;
pub use find_asset_account::AssetAccount;
pub use revise_earn_rule::{ReviseEarnRule, ReviseEarnRuleRefusal};
