//! Use-cases about points.

mod act;
mod adjust_points;
mod adjust_points_by_staff;
mod balance_lane;
mod close_rules;
mod current;
mod end_hold;
mod find_asset_account;
mod find_balance;
mod find_monthly_statement;
mod forgive_debt;
mod held;
mod hold_points;
mod lapse_lots;
mod list_account_periods;
mod list_contributors;
mod list_earn_rules;
mod list_journal;
mod list_statement;
mod mail_held_points_lapsed;
mod mail_lapse_notice;
mod move_points;
mod notify_lapses;
mod reverse_adjustment;
mod revise_earn_rule;
mod sale;
mod seal_ledger;
mod simulate_rule;
mod skipping;
mod verify;
mod view_account;

pub(crate) use act::audit_hold;
pub use adjust_points::{AdjustPoints, AdjustPointsRefusal, Adjustment};
pub use adjust_points_by_staff::{Acted, PointsActed, StaffAdjustRefusal};
pub(crate) use balance_lane::BalanceLane;
pub(crate) use current::{Current, check_current, current_id};
pub use end_hold::EndHoldRefusal;
pub use find_asset_account::AssetAccount;
pub use find_monthly_statement::{MonthlyLine, MonthlyStatement};
pub use forgive_debt::{ForgiveDebt, ForgiveDebtRefusal};
pub(crate) use held::{lock_known_wallets, lock_wallets, release, tell_of_lapse};
pub use hold_points::{HoldPoints, HoldPointsRefusal};
pub use list_account_periods::ReportRefusal;
pub(crate) use mail_held_points_lapsed::MAIL_HELD_POINTS_LAPSED;
pub(crate) use mail_lapse_notice::MAIL_LAPSE_NOTICE;
pub(crate) use move_points::{Carry, lock_both, undone};
pub use move_points::{MovePoints, MovePointsRefusal, PointsMoved};
pub(crate) use notify_lapses::NoticeCursor;
pub use reverse_adjustment::{ReverseAdjustment, ReverseAdjustmentRefusal};
pub use revise_earn_rule::{ReviseEarnRule, ReviseEarnRuleRefusal};
pub(crate) use sale::sale_of;
pub(crate) use seal_ledger::SealCursor;
pub use simulate_rule::{
    HouseholdReplayed, MonthReplayed, Replayed, RuleSimulation, SimulateRule, SimulateRuleRefusal,
};
pub use view_account::{AccountViewed, ViewAccountRefusal};
