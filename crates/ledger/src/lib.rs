//! Every point that exists, and every posting that ever moved one.
//!
//! Owns wallets, lots, postings, transfers and the earn rules that say how many points a basis is worth. Never knows why points
//! were given or what they bought: a posting's reference is the other domain's word. Start reading at [`Wallet`].
//!
//! Points never appear or vanish: a posting's transfers each take from one account what they give to another. Program accounts
//! (issued, redeemed, lapsed, adjusted, forgiven, moved) keep no balance row, so nothing in the house waits for one.

mod account_period;
mod chain;
mod earn_cap;
mod earn_plan;
mod earn_record;
mod earn_rule;
pub mod events;
mod flow;
mod hold;
mod journal;
mod lapse_notice;
mod lot;
mod posting;
mod redemption_record;
mod seal;
pub mod store;
#[cfg(test)]
mod stored_words;
mod tender_record;
mod verify;
mod wallet;

pub use account_period::{AccountPeriod, AccountPeriods, PeriodLength};
pub use chain::ChainHash;
pub use earn_cap::{Buyer, CapHolder, CapKey, CapParseError, CapPeriod, CapScope, CapUses, EarnCap, cap_keys};
pub use earn_plan::{EarnPlan, Sale, plan_earns};
pub use earn_record::{DueBack, EarnRecord, LineRefunded, LotFate, points_to_claw_back};
pub use earn_rule::{
    BasisLine, EarnRule, EarnRuleClosure, EarnRules, EarnTerms, PROGRAMME_RULE, Rounding, rules_to_close,
};
pub use flow::{BookAccount, Flow};
pub use hold::{HeldLot, Hold, HoldRefusal, HoldState};
pub use journal::{InvalidPointValue, Journal, JournalEntry, JournalLine, MovesDiffer, PointValue};
pub use lapse_notice::{LapsingLot, NoticeBefore, NoticedLots};
pub use lot::{Contributor, Lot, LotKey, NEVER, UNSCHEDULED};
pub use posting::{Account, Cause, EarnSnapshot, LinePoints, Posting, PostingKind, Transfer};
pub use redemption_record::RedemptionRecord;
pub use seal::{Seal, SealHash, SealMark, SealMarkParseError, SealedHead};
pub use tender_record::TenderRecord;
pub use verify::{
    BooksPage, Difference, Finding, SealTold, StoredSeal, Verification, VerifiedRedemption, VerifyReport,
};
pub use wallet::{
    AdjustRefusal, Balance, ForgiveRefusal, MoveRefusal, Moved, RefundPolicy, RestoreRefusal, SpendRefusal, Wallet,
    WalletFull,
};
