//! Neighbours test products and vote: studies, panels, ballots, and how they are counted.
//!
//! Owns who may vote, what was cast, how a vote is decided ([`tally`]) and how it is written down for others ([`tally_file`]). Never knows
//! points or payments. Start reading at [`Study`], then at [`Book`], where a ballot is decided.

mod ballot;
pub mod events;
mod launch;
mod panel;
mod pseudonym;
pub mod store;
mod study;
pub mod tally;
pub mod tally_file;
mod verify;

pub use ballot::{BallotReceipt, Book, Cast, CastRefusal, Chain, RECEIPT_DIGITS, Written};
pub use launch::{EndRefusal, Ending, Launch};
pub use panel::{HouseholdFacts, MAX_PANEL, PanelPlace, PanelRule, Snapshot};
pub use pseudonym::{BallotKey, Pseudonym};
pub use study::{DraftRefusal, NewStudy, Opening, Published, Study, StudyKind, StudyOption, StudyState};
pub use verify::{StoredStudy, StudyFinding};
