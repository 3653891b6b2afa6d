//! Meek's single transferable vote.
//!
//! Sources: Hill, Wichmann and Woodall, "Algorithm 123: Single Transferable Vote by Meek's Method", The Computer Journal 30 (1987),
//! 277–281; in the integer arithmetic of the Reference Meek Rule (Proportional Representation Foundation, prfound.org): nine decimal
//! places, what a candidate keeps of a paper and its keep factor rounded up, the quota rounded down and one billionth added.

use super::{
    least,
    tie::{Fate, TieBreaker, TiedOutcomes, one_of},
    transfer::{Papers, Stage, StageAct, TransferOutcome, without_votes},
};

/// Units of a vote: nine decimal places.
pub const SCALE: u128 = 1_000_000_000;

/// A round ends when less surplus than this is left: 0.000001 votes.
const OMEGA: u128 = 1_000;

/// A round ends after this many iterations at the latest; surpluses shrink in each, and far fewer are needed.
const MAX_ITERATIONS: usize = 10_000;

/// Counts papers for this many seats.
#[must_use]
pub fn count(papers: &Papers, seats: usize, ties: &mut dyn TieBreaker) -> TransferOutcome {
    let (stages, elected) = Count::begin(papers, seats).run(ties);
    let tied = if stages.iter().any(|stage| !stage.tied.is_empty()) {
        TiedOutcomes::explore(|ties| Count::begin(papers, seats).run(ties).1)
    } else {
        let mut sorted = elected.clone();
        sorted.sort_unstable();
        TiedOutcomes::all([sorted].into())
    };
    TransferOutcome { scale: SCALE, stages, elected, tied }
}

struct Count<'a> {
    papers: &'a Papers,
    seats: usize,
    keeps: Vec<u128>,
    is_hopeful: Vec<bool>,
    elected: Vec<usize>,
    stages: Vec<Stage>,
}

/// Votes, the quota and what the elected have above it, after papers were dealt out.
struct Dealt {
    votes: Vec<u128>,
    quota: u128,
    surplus: u128,
}

impl<'a> Count<'a> {
    fn begin(papers: &'a Papers, seats: usize) -> Self {
        let keeps = vec![SCALE; papers.options];
        let (is_hopeful, seats) = (vec![true; papers.options], seats.min(papers.options));
        Self { papers, seats, keeps, is_hopeful, elected: Vec::new(), stages: Vec::new() }
    }

    fn hopefuls(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        (0..self.papers.options).filter(|&option| self.is_hopeful[option])
    }

    fn run(mut self, ties: &mut dyn TieBreaker) -> (Vec<Stage>, Vec<usize>) {
        while self.elected.len() < self.seats && self.elected.len() + self.hopefuls().count() > self.seats {
            if let Some(dealt) = self.iterate() {
                self.eliminate(&dealt, ties);
            }
        }
        let rest: Vec<usize> = self.hopefuls().collect();
        if self.elected.len() < self.seats && !rest.is_empty() {
            let dealt = self.deal();
            self.elected.extend(&rest);
            self.note(&dealt, StageAct::Filled(rest), Vec::new());
        }
        (self.stages, self.elected)
    }

    fn note(&mut self, dealt: &Dealt, act: StageAct, tied: Vec<usize>) {
        self.stages.push(Stage { votes: dealt.votes.clone(), quota: dealt.quota, act, tied });
    }

    /// Iterates until somebody is elected (nothing to do then), or until nothing but an elimination helps.
    fn iterate(&mut self) -> Option<Dealt> {
        let mut earlier = None;
        for _ in 0..MAX_ITERATIONS {
            let dealt = self.deal();
            let winners: Vec<usize> = self.hopefuls().filter(|&option| dealt.votes[option] >= dealt.quota).collect();
            if !winners.is_empty() {
                self.elect(&dealt, winners);
                return None;
            }
            if dealt.surplus < OMEGA || earlier.is_some_and(|earlier| dealt.surplus >= earlier) {
                return Some(dealt);
            }
            earlier = Some(dealt.surplus);
            for &option in &self.elected {
                let kept = (self.keeps[option] * dealt.quota).div_ceil(SCALE);
                self.keeps[option] = (kept * SCALE).div_ceil(dealt.votes[option].max(1)).min(SCALE);
            }
        }
        Some(self.deal())
    }

    /// Gives each paper to its options in order, each keeping its factor of what is left.
    fn deal(&self) -> Dealt {
        let mut votes = vec![0_u128; self.papers.options];
        for (order, count) in &self.papers.orders {
            let mut left = SCALE;
            for &option in order {
                let kept = (left * self.keeps[option]).div_ceil(SCALE);
                votes[option] += kept * count;
                left -= kept;
                if left == 0 {
                    break;
                }
            }
        }
        let quota = votes.iter().sum::<u128>() / (self.seats as u128 + 1) + 1;
        let surplus = self.elected.iter().map(|&option| votes[option].saturating_sub(quota)).sum();
        Dealt { votes, quota, surplus }
    }

    fn elect(&mut self, dealt: &Dealt, mut winners: Vec<usize>) {
        winners.sort_by_key(|&option| std::cmp::Reverse(dealt.votes[option]));
        for &winner in &winners {
            self.is_hopeful[winner] = false;
        }
        self.elected.extend(&winners);
        self.note(dealt, StageAct::Elected(winners), Vec::new());
    }

    /// The lowest goes out; those within the surplus of it are tied with it, as the rule has it.
    fn eliminate(&mut self, dealt: &Dealt, ties: &mut dyn TieBreaker) {
        if let Some(out) = without_votes(self.hopefuls(), &dealt.votes, self.seats - self.elected.len()) {
            for &option in &out {
                (self.is_hopeful[option], self.keeps[option]) = (false, 0);
            }
            return self.note(dealt, StageAct::Eliminated(out), Vec::new());
        }
        let lowest = least(self.hopefuls(), &dealt.votes);
        let reach = lowest.first().map_or(0, |&option| dealt.votes[option]) + dealt.surplus;
        let tied: Vec<usize> = self.hopefuls().filter(|&option| dealt.votes[option] <= reach).collect();
        let out = one_of(&tied, Fate::Dropped, ties);
        self.is_hopeful[out] = false;
        self.keeps[out] = 0;
        self.note(dealt, StageAct::Eliminated(vec![out]), if tied.len() > 1 { tied } else { Vec::new() });
    }
}
