//! Every point that exists, and every posting that ever moved one.
//!
//! Owns wallets, lots, postings, transfers and the earn rules that say how many points a basis is worth. Never knows why points
//! were given or what they bought: a posting's reference is the other domain's word. Start reading at [`Wallet`].
//!
//! Points never appear or vanish: a posting's transfers each take from one account what they give to another. Program accounts
//! (issued, redeemed, lapsed) keep no balance row, so nothing in the house waits for one.

mod earn_record;
mod earn_rule;
pub mod events;
mod lot;
mod posting;
pub mod store;
mod verify;
mod wallet;

pub use earn_record::{EarnRecord, points_to_claw_back};
pub use earn_rule::{BasisLine, EarnRule, PROGRAMME_RULE, rule_in_force};
pub use lot::{Contributor, Lot, LotKey, UNSCHEDULED};
pub use posting::{Account, Cause, EarnSnapshot, LinePoints, Posting, PostingKind, Transfer};
pub use verify::{Difference, Finding, VerifyReport};
pub use wallet::{Balance, SpendRefusal, Wallet, WalletFull};
