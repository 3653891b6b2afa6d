//! Proportional approval voting: a ballot with n of its options elected is worth 1 + 1/2 + … + 1/n.
//!
//! Sources: T. N. Thiele, "Om Flerfoldsvalg" (1895); Lackner and Skowron, "Multi-Winner Voting with Approval Preferences" (2023), rules
//! PAV and sequential PAV. Harmonic sums are exact, in the parts of [`super::shared_part`].

use std::collections::{BTreeMap, BTreeSet};

use super::{
    approval::ApprovalBallots,
    greatest, options_in, shared_part,
    tie::{Fate, TieBreaker, TieOrder, TiedOutcomes, one_of},
};

/// The most committees times different ballots that the exact rule looks at: a few seconds of one core.
pub const MAX_EXACT_WORK: u128 = 400_000_000;

/// A round of the sequential rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PavRound {
    /// What electing each option would add, in parts of votes; `None` for those elected before.
    pub gains: Vec<Option<u128>>,
    /// Who is elected.
    pub elected: usize,
    /// Who shared the greatest gain, when several did; empty otherwise.
    pub tied: Vec<usize>,
}

/// What sequential PAV elects: each round whoever adds most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequentialPavOutcome {
    /// A round for each seat.
    pub rounds: Vec<PavRound>,
    /// Every committee the ties allow.
    pub tied: TiedOutcomes,
}

/// What exact PAV elects: the committee whose ballots are worth most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactPavOutcome {
    /// What the ballots are worth together, in parts of votes.
    pub score: u128,
    /// The committee of the announced rule, ascending.
    pub elected: Vec<usize>,
    /// Every committee with this score.
    pub tied: TiedOutcomes,
}

/// The exact rule would look at too many committees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyCommittees {
    /// How many committees there are.
    pub committees: u128,
    /// How many different ballots each would be held against.
    pub ballots: usize,
}

/// Each different ballot and how many gave it.
fn distinct(ballots: &ApprovalBallots) -> BTreeMap<u32, u128> {
    let mut counts = BTreeMap::new();
    for (set, count) in ballots.sets() {
        *counts.entry(set).or_insert(0) += u128::from(count);
    }
    counts
}

impl SequentialPavOutcome {
    /// Fills the seats one by one; at most as many as there are options.
    #[must_use]
    pub fn count(ballots: &ApprovalBallots, seats: usize, ties: &mut dyn TieBreaker) -> Self {
        let counts = distinct(ballots);
        let rounds = run(&counts, ballots.options(), seats, ties);
        let tied = TiedOutcomes::explore(|ties| {
            run(&counts, ballots.options(), seats, ties).into_iter().map(|round| round.elected).collect()
        });
        Self { rounds, tied }
    }

    /// Who is elected under the announced rule, in the order of election.
    #[must_use]
    pub fn elected(&self) -> Vec<usize> {
        self.rounds.iter().map(|round| round.elected).collect()
    }
}

fn run(counts: &BTreeMap<u32, u128>, options: usize, seats: usize, ties: &mut dyn TieBreaker) -> Vec<PavRound> {
    let mut committee = 0_u32;
    let mut rounds = Vec::new();
    for _ in 0..seats.min(options) {
        let mut gains = vec![0_u128; options];
        for (&set, &count) in counts {
            let worth = count * shared_part((set & committee).count_ones() + 1);
            for option in options_in(set & !committee) {
                gains[option] += worth;
            }
        }
        let rest = (0..options).filter(|option| committee >> option & 1 == 0);
        let best = greatest(rest, &gains);
        let elected = one_of(&best, Fate::Kept, ties);
        let shown = gains.iter().enumerate().map(|(option, &gain)| (committee >> option & 1 == 0).then_some(gain));
        let gains = shown.collect();
        let tied = if best.len() > 1 { best } else { Vec::new() };
        committee |= 1 << elected;
        rounds.push(PavRound { gains, elected, tied });
    }
    rounds
}

impl ExactPavOutcome {
    /// Looks at every committee of this size; at most as large as there are options.
    ///
    /// # Errors
    /// [`TooManyCommittees`] when that would be more than [`MAX_EXACT_WORK`] comparisons.
    pub fn count(ballots: &ApprovalBallots, seats: usize, ties: &TieOrder) -> Result<Self, TooManyCommittees> {
        let counts = distinct(ballots);
        let options = ballots.options();
        let seats = seats.min(options);
        let committees = committees_of(options, seats);
        if committees.saturating_mul(counts.len().max(1) as u128) > MAX_EXACT_WORK {
            return Err(TooManyCommittees { committees, ballots: counts.len() });
        }
        let worths: Vec<u128> = (0..=u32::try_from(seats).expect("at most 30"))
            .map(|elected| (1..=elected).map(shared_part).sum())
            .collect();
        let mut score = 0;
        let mut best = BTreeSet::new();
        for committee in Committees::new(options, seats) {
            let elected = |set: u32| usize::try_from((set & committee).count_ones()).expect("at most 32");
            let worth = counts.iter().map(|(&set, &count)| count * worths[elected(set)]).sum();
            if worth > score || best.is_empty() {
                best.clear();
                score = worth;
            }
            if worth == score {
                best.insert(options_in(committee).collect());
            }
        }
        let elected = ties.first_group(&best).unwrap_or_default();
        Ok(Self { score, elected, tied: TiedOutcomes::all(best) })
    }
}

/// n over k.
fn committees_of(options: usize, seats: usize) -> u128 {
    (0..seats).fold(1, |committees, taken| committees * (options - taken) as u128 / (taken as u128 + 1))
}

/// Every set of this many bits, ascending.
struct Committees {
    next: Option<u64>,
    end: u64,
}

impl Committees {
    fn new(options: usize, seats: usize) -> Self {
        Self { next: Some((1 << seats) - 1), end: 1 << options }
    }
}

impl Iterator for Committees {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        let set = self.next.filter(|&set| set < self.end)?;
        // The next number with as many bits: Gosper, HAKMEM item 175 (1972).
        let lowest = set & set.wrapping_neg();
        let ripple = set + lowest;
        self.next = (lowest > 0).then(|| ripple | (((set ^ ripple) >> 2) / lowest));
        Some(u32::try_from(set).expect("at most 30 bits"))
    }
}
