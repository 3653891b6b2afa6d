//! Wallets, lots, postings and rules in the database.

mod account;
mod earn_rules;
mod postings;
mod statement;
mod verify;
mod wallets;

pub use account::{AccountRow, find_account, list_balances};
pub use earn_rules::{
    insert_earn_rule, list_earn_rules, list_earn_rules_for_sale, lock_earn_rules, update_earn_rule_end,
};
pub use postings::{find_earn_record, insert_postings};
pub use statement::{StatementPosition, find_posting, list_postings};
pub use verify::{VerifiedRedemption, list_households_without_wallet, list_wallets_to_verify, verify_wallets};
pub use wallets::{
    insert_wallets, list_households_with_due_lots, lock_wallets, lock_wallets_with_lots, update_wallets,
};
