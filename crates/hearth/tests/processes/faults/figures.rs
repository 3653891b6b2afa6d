//! What a load met, in numbers.

use std::{collections::BTreeMap, fmt};

/// Counted by the clients, outside the database.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Writes a client was told of as done.
    pub(super) acknowledged: u64,
    /// Acts the rules refused.
    refused: BTreeMap<String, u64>,
    /// Acts of which at least one try ended unknown, and which turned out to have been done by such a try …
    unknown_and_done: u64,
    /// … or not to have been done until a later one.
    unknown_and_not_done: u64,
    /// Tries that ended without a word on the act itself, by what was heard instead.
    tries: BTreeMap<String, u64>,
}

impl Figures {
    pub(super) fn note_done(&mut self, is_replay: bool, unknown: u64) {
        self.acknowledged += 1;
        match (unknown > 0, is_replay) {
            (false, _) => {}
            (true, true) => self.unknown_and_done += 1,
            (true, false) => self.unknown_and_not_done += 1,
        }
    }

    pub(super) fn note_refused(&mut self, code: &str, unknown: u64) {
        *self.refused.entry(code.to_owned()).or_default() += 1;
        self.unknown_and_not_done += u64::from(unknown > 0);
    }

    pub(super) fn note_try(&mut self, why: String) {
        *self.tries.entry(why).or_default() += 1;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, refused, unknown_and_done, unknown_and_not_done, tries } = self;
        write!(
            f,
            "{acknowledged} writes acknowledged; {} acts with an unknown outcome, of which {unknown_and_done} turned out done and \
             {unknown_and_not_done} not; refused {refused:?}; other tries {tries:?}",
            unknown_and_done + unknown_and_not_done
        )
    }
}
