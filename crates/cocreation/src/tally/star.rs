//! Scores from 0 to 5, decided by STAR: score, then automatic runoff.
//!
//! Source: the STAR voting rules of the Equal Vote Coalition (starvoting.org): the two greatest sums meet, and whoever more ballots score
//! higher wins. Its own tie-breakers are not used: ties are reported, and broken by the announced rule like every other.

use super::{
    greatest,
    ranked::Pairwise,
    tie::{Fate, TieBreaker, TiedOutcomes, one_of},
};

/// The best score.
pub const MAX_SCORE: u8 = 5;

/// Many ballots of scores, summed while they are read.
#[derive(Debug, Clone)]
pub struct ScoreBallots {
    sums: Vec<u64>,
    higher: Pairwise,
}

impl ScoreBallots {
    /// No ballots yet.
    #[must_use]
    pub fn new(options: usize) -> Self {
        Self { sums: vec![0; options], higher: vec![vec![0; options]; options] }
    }

    /// Adds a ballot given by `count` voters: its score by option, 0 for those it does not score.
    ///
    /// # Panics
    /// When a score is above [`MAX_SCORE`]: whoever reads ballots has refused it.
    pub fn push(&mut self, scores: &[u8], count: u32) {
        let count = u64::from(count);
        for (option, &score) in scores.iter().enumerate() {
            assert!(score <= MAX_SCORE, "a score is at most {MAX_SCORE}");
            self.sums[option] += u64::from(score) * count;
            for (total, &other) in self.higher[option].iter_mut().zip(scores) {
                *total += if score > other { count } else { 0 };
            }
        }
    }
}

/// What STAR makes of the scores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StarOutcome {
    /// The sum of scores of each option.
    pub sums: Vec<u64>,
    /// How many score the first option above the second.
    pub higher: Pairwise,
    /// Who met in the runoff under the announced rule, the greater sum first; one alone when there is only one option.
    pub finalists: Vec<usize>,
    /// Who wins.
    pub winner: Option<usize>,
    /// Every winner the ties allow.
    pub tied: TiedOutcomes,
}

impl StarOutcome {
    /// Counts the ballots.
    #[must_use]
    pub fn count(ballots: ScoreBallots, ties: &mut dyn TieBreaker) -> Self {
        let ScoreBallots { sums, higher } = ballots;
        let (finalists, winner) = run(&sums, &higher, ties);
        let tied = TiedOutcomes::explore(|ties| run(&sums, &higher, ties).1.into_iter().collect());
        Self { sums, higher, finalists, winner, tied }
    }
}

fn run(sums: &[u64], higher: &Pairwise, ties: &mut dyn TieBreaker) -> (Vec<usize>, Option<usize>) {
    let mut finalists: Vec<usize> = Vec::new();
    while finalists.len() < sums.len().min(2) {
        let best = greatest((0..sums.len()).filter(|option| !finalists.contains(option)), sums);
        finalists.push(one_of(&best, Fate::Kept, ties));
    }
    let winner = match *finalists.as_slice() {
        [first, second] if higher[first][second] > higher[second][first] => Some(first),
        [first, second] if higher[first][second] < higher[second][first] => Some(second),
        [first, second] => Some(one_of(&[first.min(second), first.max(second)], Fate::Kept, ties)),
        _ => finalists.first().copied(),
    };
    (finalists, winner)
}
