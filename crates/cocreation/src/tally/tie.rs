//! Ties: all they could lead to, and what the announced rule makes of them.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

/// How often a count is run anew to follow ties; a count with more outcomes says that it does not list all.
pub const MAX_UNIVERSES: usize = 128;

/// What becomes of the one that is taken from several equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It goes on, or is elected.
    Kept,
    /// It is eliminated.
    Dropped,
}

/// Who is taken when several options are equal.
///
/// A count asks whenever the order of equals may matter, and goes on with the answer.
pub trait TieBreaker {
    /// One of `tied`, which has two options or more, ascending.
    fn choose(&mut self, tied: &[usize], fate: Fate) -> usize;
}

/// The announced rule: the option whose SHA-256 of the committed seed and its id is lowest comes first: it is the one kept, and the
/// last one dropped.
///
/// The hash is taken over the seed's bytes, one byte 0, and the id's UTF-8; hashes compare as bytes. The seed is committed to before
/// the first ballot, so nobody can choose the outcome, and everybody can check it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TieOrder {
    places: Vec<usize>,
}

impl TieOrder {
    /// The order of these options under this seed.
    #[must_use]
    pub fn new<'a>(seed: &[u8], ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hashes: Vec<([u8; 32], usize)> =
            ids.into_iter().enumerate().map(|(option, id)| (tie_hash(seed, id), option)).collect();
        hashes.sort_unstable();
        let mut places = vec![0; hashes.len()];
        for (place, (_, option)) in hashes.into_iter().enumerate() {
            places[option] = place;
        }
        Self { places }
    }

    /// The order in which the options stand, for tests and for those who show it.
    #[must_use]
    pub fn place(&self, option: usize) -> usize {
        self.places[option]
    }

    /// That one of equal groups which comes first when their members are compared one by one in this order.
    #[must_use]
    pub fn first_group(&self, groups: &BTreeSet<Vec<usize>>) -> Option<Vec<usize>> {
        let in_order = |group: &&Vec<usize>| {
            let mut places: Vec<usize> = group.iter().map(|&option| self.places[option]).collect();
            places.sort_unstable();
            places
        };
        groups.iter().min_by_key(in_order).cloned()
    }
}

fn tie_hash(seed: &[u8], id: &str) -> [u8; 32] {
    Sha256::new().chain_update(seed).chain_update([0]).chain_update(id).finalize().into()
}

impl TieBreaker for TieOrder {
    fn choose(&mut self, tied: &[usize], fate: Fate) -> usize {
        let in_order = tied.iter().copied();
        let taken = match fate {
            Fate::Kept => in_order.min_by_key(|&option| self.places[option]),
            Fate::Dropped => in_order.max_by_key(|&option| self.places[option]),
        };
        taken.expect("a tie has options")
    }
}

/// Every outcome the ties of a count allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TiedOutcomes {
    /// Who is elected in each, ascending. One alone: no tie mattered.
    pub outcomes: BTreeSet<Vec<usize>>,
    /// Whether these are all; false only when ties branch into more than [`MAX_UNIVERSES`] courses.
    pub is_complete: bool,
}

impl TiedOutcomes {
    /// Outcomes that were found without following ties one by one.
    #[must_use]
    pub fn all(outcomes: BTreeSet<Vec<usize>>) -> Self {
        Self { outcomes, is_complete: true }
    }

    /// Runs a count again and again, until every choice among equals was made in every way.
    ///
    /// "Parallel universes tie-breaking": Conitzer, Rognlie and Xia, "Preference functions that score rankings and maximum likelihood
    /// estimation", IJCAI 2009.
    #[must_use]
    pub fn explore(mut count: impl FnMut(&mut dyn TieBreaker) -> Vec<usize>) -> Self {
        let mut explorer = Explorer::default();
        let mut outcomes = BTreeSet::new();
        for _ in 0..MAX_UNIVERSES {
            explorer.depth = 0;
            let mut elected = count(&mut explorer);
            elected.sort_unstable();
            outcomes.insert(elected);
            if !explorer.advance() {
                return Self { outcomes, is_complete: true };
            }
        }
        Self { outcomes, is_complete: false }
    }

    /// Whether more than one outcome was possible.
    #[must_use]
    pub fn is_tie(&self) -> bool {
        self.outcomes.len() > 1 || !self.is_complete
    }

    /// All options that some outcome elects, ascending: for one seat the full tied set of winners.
    #[must_use]
    pub fn winners(&self) -> Vec<usize> {
        self.outcomes.iter().flatten().copied().collect::<BTreeSet<usize>>().into_iter().collect()
    }
}

/// Makes each choice in turn: an odometer whose digits are the choices of one run.
#[derive(Default)]
struct Explorer {
    // For each choice of the run: which of the tied is taken, and of how many.
    choices: Vec<(usize, usize)>,
    depth: usize,
}

impl Explorer {
    /// Turns to the next run; false when all were made.
    fn advance(&mut self) -> bool {
        while let Some((taken, of)) = self.choices.pop() {
            if taken + 1 < of {
                self.choices.push((taken + 1, of));
                return true;
            }
        }
        false
    }
}

impl TieBreaker for Explorer {
    fn choose(&mut self, tied: &[usize], _fate: Fate) -> usize {
        if self.depth == self.choices.len() {
            self.choices.push((0, tied.len()));
        }
        let taken = self.choices[self.depth].0;
        self.depth += 1;
        tied[taken]
    }
}

/// The only one, or whom the tie-breaker takes.
pub(crate) fn one_of(tied: &[usize], fate: Fate, ties: &mut dyn TieBreaker) -> usize {
    match tied {
        [only] => *only,
        several => ties.choose(several, fate),
    }
}
