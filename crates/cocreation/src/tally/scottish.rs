//! The single transferable vote of Scottish council elections.
//!
//! Source: The Scottish Local Government Elections Order 2007 (SSI 2007/42), schedule 1, rules 45 to 52: weighted inclusive Gregory
//! transfers, values to five decimal places with the remainder ignored, ties by the most recent stage at which they differed, then by
//! lot; our lot is the announced rule.

use super::{
    greatest, least,
    tie::{Fate, TieBreaker, TiedOutcomes, one_of},
    transfer::{Papers, Stage, StageAct, TransferOutcome, without_votes},
};

/// Units of a vote: five decimal places.
pub const SCALE: u128 = 100_000;

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

/// Papers in one option's pile: which order, how far down it, and what each is worth now.
#[derive(Clone, Copy)]
struct Parcel {
    order: usize,
    place: usize,
    value: u128,
}

struct Count<'a> {
    papers: &'a Papers,
    seats: usize,
    quota: u128,
    piles: Vec<Vec<Parcel>>,
    is_continuing: Vec<bool>,
    elected: Vec<usize>,
    // Elected above the quota, not yet transferred.
    surpluses: Vec<usize>,
    history: Vec<Vec<u128>>,
    stages: Vec<Stage>,
}

impl<'a> Count<'a> {
    fn begin(papers: &'a Papers, seats: usize) -> Self {
        let mut piles = vec![Vec::new(); papers.options];
        for (order, (options, _)) in papers.orders.iter().enumerate() {
            if let Some(&first) = options.first() {
                piles[first].push(Parcel { order, place: 0, value: SCALE });
            }
        }
        // Rule 46: the valid papers over the seats and one, rounded down, and one.
        let quota = (papers.valid() / (seats as u128 + 1) + 1) * SCALE;
        let (is_continuing, seats) = (vec![true; papers.options], seats.min(papers.options));
        let (elected, surpluses, history, stages) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { papers, seats, quota, piles, is_continuing, elected, surpluses, history, stages }
    }

    fn run(mut self, ties: &mut dyn TieBreaker) -> (Vec<Stage>, Vec<usize>) {
        while self.elected.len() < self.seats {
            let votes = self.votes();
            self.history.push(votes.clone());
            self.elect(&votes);
            if self.elected.len() >= self.seats || self.fill(&votes) {
                break;
            }
            if self.surpluses.is_empty() {
                self.eliminate(&votes, ties);
            } else {
                self.transfer_surplus(&votes, ties);
            }
        }
        (self.stages, self.elected)
    }

    fn votes(&self) -> Vec<u128> {
        let worth = |parcel: &Parcel| parcel.value * self.papers.orders[parcel.order].1;
        self.piles.iter().map(|pile| pile.iter().map(worth).sum()).collect()
    }

    fn continuing(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        (0..self.papers.options).filter(|&option| self.is_continuing[option])
    }

    fn note(&mut self, votes: &[u128], act: StageAct, tied: Vec<usize>) {
        self.stages.push(Stage { votes: votes.to_vec(), quota: self.quota, act, tied });
    }

    /// Rule 47: whoever has the quota is elected.
    fn elect(&mut self, votes: &[u128]) {
        let mut winners: Vec<usize> = self.continuing().filter(|&option| votes[option] >= self.quota).collect();
        winners.sort_by_key(|&option| std::cmp::Reverse(votes[option]));
        if winners.is_empty() {
            return;
        }
        for &winner in &winners {
            self.is_continuing[winner] = false;
            if votes[winner] > self.quota {
                self.surpluses.push(winner);
            }
        }
        self.elected.extend(&winners);
        self.note(votes, StageAct::Elected(winners), Vec::new());
    }

    /// Rule 52: when as many are left as there are seats, they take them.
    fn fill(&mut self, votes: &[u128]) -> bool {
        let rest: Vec<usize> = self.continuing().collect();
        if rest.len() > self.seats - self.elected.len() {
            return false;
        }
        self.elected.extend(&rest);
        if !rest.is_empty() {
            self.note(votes, StageAct::Filled(rest), Vec::new());
        }
        true
    }

    /// Rule 48: the greatest surplus goes first, each paper at surplus over votes of its value.
    fn transfer_surplus(&mut self, votes: &[u128], ties: &mut dyn TieBreaker) {
        let equal = self.look_back(greatest(self.surpluses.iter().copied(), votes), |equal, votes| {
            greatest(equal.iter().copied(), votes)
        });
        let from = one_of(&equal, Fate::Kept, ties);
        self.surpluses.retain(|&option| option != from);
        let (surplus, total) = (votes[from] - self.quota, votes[from]);
        let pile = std::mem::take(&mut self.piles[from]);
        for parcel in &pile {
            self.hand_on(Parcel { value: surplus * parcel.value / total, ..*parcel });
        }
        // What it keeps is the quota, in papers that nobody looks at again.
        self.note(votes, StageAct::SurplusTransferred(from), if equal.len() > 1 { equal } else { Vec::new() });
    }

    /// Rule 50: whoever has least goes out, and its papers move on at their value.
    fn eliminate(&mut self, votes: &[u128], ties: &mut dyn TieBreaker) {
        if let Some(out) = without_votes(self.continuing(), votes, self.seats - self.elected.len()) {
            for &option in &out {
                self.is_continuing[option] = false;
            }
            return self.note(votes, StageAct::Eliminated(out), Vec::new());
        }
        let equal = self.look_back(least(self.continuing(), votes), |equal, votes| least(equal.iter().copied(), votes));
        let out = one_of(&equal, Fate::Dropped, ties);
        self.is_continuing[out] = false;
        for parcel in std::mem::take(&mut self.piles[out]) {
            self.hand_on(parcel);
        }
        self.note(votes, StageAct::Eliminated(vec![out]), if equal.len() > 1 { equal } else { Vec::new() });
    }

    fn hand_on(&mut self, parcel: Parcel) {
        let order = &self.papers.orders[parcel.order].0;
        let next = (parcel.place + 1..order.len()).find(|&place| self.is_continuing[order[place]]);
        if let Some(place) = next {
            self.piles[order[place]].push(Parcel { place, ..parcel });
        }
    }

    /// Of equals, those who stand out at the most recent stage at which they differed.
    fn look_back(&self, mut equal: Vec<usize>, stand_out: impl Fn(&[usize], &[u128]) -> Vec<usize>) -> Vec<usize> {
        equal.sort_unstable();
        for votes in self.history.iter().rev() {
            if equal.len() > 1 {
                equal = stand_out(&equal, votes);
            }
        }
        equal
    }
}
