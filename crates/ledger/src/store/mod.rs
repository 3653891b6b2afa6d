//! Wallets, lots, postings and rules in the database.

mod account;
mod cap_uses;
mod earn_rule_rows;
mod earn_rules;
mod flows;
mod holds;
mod lapse_notices;
mod liability;
mod lot_path;
mod postings;
mod records;
mod redemptions;
mod seals;
mod spent_since;
mod statement;
mod tender_records;
mod verify;
mod wallets;

pub use account::{AccountRow, find_account, list_balances};
pub use cap_uses::{lock_cap_uses, update_cap_uses};
pub use earn_rules::{insert_closures, insert_earn_rule, list_earn_rules, list_earn_rules_for_sales, lock_earn_rules};
pub use flows::list_flows;
pub use holds::{
    find_hold, find_hold_by_owner, insert_hold, is_held_since, list_due_holds_of, list_households_with_due_holds,
    update_hold_state,
};
pub use lapse_notices::{insert_lapse_notices, list_households_to_notify, list_noticed_lots};
pub use liability::{find_points_outstanding, list_points_by_last_day, list_points_earned_by_day};
pub use postings::insert_postings;
pub use records::{
    find_moved, find_posting_anywhere, find_posting_held, find_posting_of, is_posted_anywhere, list_earn_records,
    list_holders,
};
pub use redemptions::{list_redemption_holders, list_redemption_records};
pub use seals::{find_newest_seal, find_sealed_at, insert_seal, list_unsealed_households, lock_unsealed_heads};
pub use spent_since::{has_spent, is_spent_since};
pub use statement::{
    StatementMark, StatementPosition, count_postings, find_posting, find_statement_mark, list_contributors,
    list_postings,
};
pub use tender_records::{find_tender_record, list_tender_holders};
pub use verify::{find_no_of_kind, find_range_to_verify, list_books, list_seals};
pub use wallets::{
    insert_wallets, list_households_with_due_lots, list_locked_wallets, lock_known_wallet, lock_known_wallets,
    lock_wallets, lock_wallets_with_lots, update_wallets,
};
