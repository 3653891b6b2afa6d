//! Neighbours test products and vote: how ballots are counted, and the files in which they can be counted anew.
//!
//! Owns how a vote is decided ([`tally`]) and how it is written down for others ([`tally_file`]). Never knows points or payments. Start
//! reading at [`tally`].

pub mod tally;
pub mod tally_file;
