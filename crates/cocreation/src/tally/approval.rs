//! Single choice and approval: whoever most ballots name.
//!
//! Source: Brams and Fishburn, "Approval Voting", American Political Science Review 72 (1978), 831–847. A single choice is a ballot that
//! names one option; with several seats this is block approval voting.

use super::{
    greatest, options_in,
    tie::{Fate, TieBreaker, TiedOutcomes, one_of},
};

/// Many ballots that name options without order: a bit for each option, and how many gave this ballot.
#[derive(Debug, Clone)]
pub struct ApprovalBallots {
    options: usize,
    sets: Vec<u32>,
    counts: Vec<u32>,
}

impl ApprovalBallots {
    /// No ballots yet.
    ///
    /// # Panics
    /// When there are more options than [`super::MAX_OPTIONS`].
    #[must_use]
    pub fn new(options: usize) -> Self {
        assert!(options <= super::MAX_OPTIONS, "a study has at most {} options", super::MAX_OPTIONS);
        Self { options, sets: Vec::new(), counts: Vec::new() }
    }

    /// Adds a ballot given by `count` voters.
    pub fn push(&mut self, named: impl IntoIterator<Item = usize>, count: u32) {
        self.sets.push(super::options_set(named));
        self.counts.push(count);
    }

    /// How many options there are.
    #[must_use]
    pub fn options(&self) -> usize {
        self.options
    }

    /// Each ballot as a set of bits, and how many gave it.
    pub(crate) fn sets(&self) -> impl Iterator<Item = (u32, u32)> {
        self.sets.iter().copied().zip(self.counts.iter().copied())
    }

    /// How many name each option.
    #[must_use]
    pub fn sums(&self) -> Vec<u64> {
        let mut sums = vec![0; self.options];
        for (set, count) in self.sets() {
            for option in options_in(set) {
                sums[option] += u64::from(count);
            }
        }
        sums
    }
}

/// Seats that go to the greatest sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MostOutcome {
    /// What each option has; 0 for those nobody named.
    pub sums: Vec<u64>,
    /// Whom the announced rule elects, the greatest sums first.
    pub elected: Vec<usize>,
    /// Who shared the last sum that elects, when not all of them could be elected; empty otherwise.
    pub tied_at_the_edge: Vec<usize>,
    /// Every outcome the tie allows.
    pub tied: TiedOutcomes,
}

impl MostOutcome {
    /// Gives `seats` to the greatest sums.
    #[must_use]
    pub fn elect(sums: Vec<u64>, seats: usize, ties: &mut dyn TieBreaker) -> Self {
        let (elected, tied_at_the_edge) = run(&sums, seats, ties);
        let tied = TiedOutcomes::explore(|ties| run(&sums, seats, ties).0);
        Self { sums, elected, tied_at_the_edge, tied }
    }
}

fn run(sums: &[u64], seats: usize, ties: &mut dyn TieBreaker) -> (Vec<usize>, Vec<usize>) {
    let mut elected: Vec<usize> = Vec::new();
    let mut edge = Vec::new();
    while elected.len() < seats.min(sums.len()) {
        let rest = (0..sums.len()).filter(|option| !elected.contains(option));
        let best = greatest(rest, sums);
        let left = seats - elected.len();
        if best.len() <= left {
            elected.extend(best);
            continue;
        }
        if edge.is_empty() {
            edge.clone_from(&best);
        }
        elected.push(one_of(&best, Fate::Kept, ties));
    }
    (elected, edge)
}
