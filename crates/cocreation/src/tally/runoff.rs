//! Instant runoff for one winner.
//!
//! Source: the alternative vote as in Tideman, "Collective Decisions and Voting" (2006), chapter 13. A ballot with several equal
//! options at its top counts for each in equal parts, exactly ([`shared_part`]).

use super::{
    all_options, least, options_in, options_set,
    ranked::{MAX_STRIDE, RankedBallots, out_mask, tops_of},
    shared_part,
    tie::{Fate, TieBreaker, TiedOutcomes, one_of},
};

/// One round of a runoff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunoffRound {
    /// What each option has, in parts of votes; `None` for those out before.
    pub parts: Vec<Option<u128>>,
    /// Ballots that list none of those left.
    pub exhausted: u64,
    /// Who goes out, ascending. Several when they could not be saved even by all their votes together, or have none.
    pub eliminated: Vec<usize>,
    /// Those among whom the one who goes out was drawn, when the last place was shared; empty otherwise.
    pub tied: Vec<usize>,
}

/// A runoff's course under the announced rule, and all its ties allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunoffOutcome {
    /// Round by round; the last eliminates nobody.
    pub rounds: Vec<RunoffRound>,
    /// Who wins, unless no ballot lists anybody.
    pub winner: Option<usize>,
    /// Every winner the ties allow.
    pub tied: TiedOutcomes,
}

impl RunoffOutcome {
    /// Counts the ballots.
    #[must_use]
    pub fn count(ballots: &RankedBallots, ties: &mut dyn TieBreaker) -> Self {
        let piles = Piles::deal(ballots);
        let (rounds, winner) = run(ballots, piles.clone(), ties);
        let tied = if rounds.iter().any(|round| !round.tied.is_empty()) {
            TiedOutcomes::explore(|ties| run(ballots, piles.clone(), ties).1.into_iter().collect())
        } else {
            TiedOutcomes::all([winner.into_iter().collect()].into())
        };
        Self { rounds, winner, tied }
    }
}

/// Ballots by the one option on top, and how many gave those of each pile: only what moves is counted again. Ballots with several on top
/// are looked at again every round.
#[derive(Clone)]
struct Piles {
    by_top: Vec<Vec<u32>>,
    voters: Vec<u64>,
    shared: Vec<u32>,
    exhausted: u64,
}

impl Piles {
    fn deal(ballots: &RankedBallots) -> Self {
        let (by_top, voters) = (vec![Vec::new(); ballots.options()], vec![0; ballots.options()]);
        let mut piles = Self { by_top, voters, shared: Vec::new(), exhausted: 0 };
        let mask = out_mask(all_options(ballots.options()));
        for ballot in 0..ballots.len() {
            piles.put(ballots, u32::try_from(ballot).expect("fewer ballots than people"), &mask);
        }
        piles
    }

    fn put(&mut self, ballots: &RankedBallots, ballot: u32, mask: &[u8; MAX_STRIDE]) {
        let place = usize::try_from(ballot).expect("it was an index");
        let tops = tops_of(ballots.filled_row(place), mask);
        match tops.count_ones() {
            0 => self.exhausted += u64::from(ballots.count(place)),
            1 => {
                let top = usize::try_from(tops.trailing_zeros()).expect("at most 32");
                self.by_top[top].push(ballot);
                self.voters[top] += u64::from(ballots.count(place));
            }
            _ => self.shared.push(ballot),
        }
    }

    fn count(&self, ballots: &RankedBallots, continuing: u32) -> Vec<u128> {
        let count_of = |&ballot: &u32| u128::from(ballots.count(usize::try_from(ballot).expect("it was an index")));
        let mut parts: Vec<u128> = self.voters.iter().map(|&voters| u128::from(voters) * shared_part(1)).collect();
        let mask = out_mask(continuing);
        for ballot in &self.shared {
            let place = usize::try_from(*ballot).expect("it was an index");
            let tops = tops_of(ballots.filled_row(place), &mask);
            for option in options_in(tops) {
                parts[option] += count_of(ballot) * shared_part(tops.count_ones());
            }
        }
        parts
    }

    fn eliminate(&mut self, ballots: &RankedBallots, eliminated: &[usize], continuing: u32) {
        let mask = out_mask(continuing);
        let mut moved = std::mem::take(&mut self.shared);
        for &option in eliminated {
            moved.append(&mut self.by_top[option]);
            self.voters[option] = 0;
        }
        for ballot in moved {
            self.put(ballots, ballot, &mask);
        }
    }
}

fn run(ballots: &RankedBallots, mut piles: Piles, ties: &mut dyn TieBreaker) -> (Vec<RunoffRound>, Option<usize>) {
    let mut continuing = all_options(ballots.options());
    let mut rounds = Vec::new();
    loop {
        let parts = piles.count(ballots, continuing);
        let total: u128 = options_in(continuing).map(|option| parts[option]).sum();
        let winner = options_in(continuing).find(|&option| 2 * parts[option] > total);
        let shown = (0..ballots.options()).map(|option| (continuing >> option & 1 == 1).then(|| parts[option]));
        let mut round = RunoffRound {
            parts: shown.collect(),
            exhausted: piles.exhausted,
            eliminated: Vec::new(),
            tied: Vec::new(),
        };
        if winner.is_some() || total == 0 {
            rounds.push(round);
            return (rounds, winner);
        }
        (round.eliminated, round.tied) = last_ones(continuing, &parts, ties);
        continuing &= !options_set(round.eliminated.iter().copied());
        piles.eliminate(ballots, &round.eliminated, continuing);
        rounds.push(round);
    }
}

/// Who goes out, and who shared the last place when one of several had to be taken.
fn last_ones(continuing: u32, parts: &[u128], ties: &mut dyn TieBreaker) -> (Vec<usize>, Vec<usize>) {
    let last = least(options_in(continuing), parts);
    let next = options_in(continuing).filter(|option| !last.contains(option)).map(|option| parts[option]).min();
    let together: u128 = last.iter().map(|&option| parts[option]).sum();
    // Whatever order they go in, all of them go before the next one: nothing is decided by a lot here.
    if next.is_some_and(|next| together < next) {
        return (last, Vec::new());
    }
    let out = one_of(&last, Fate::Dropped, ties);
    let tied = if last.len() > 1 { last } else { Vec::new() };
    (vec![out], tied)
}
