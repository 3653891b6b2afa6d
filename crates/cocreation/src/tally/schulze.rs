//! The Schulze method for one winner.
//!
//! Source: Markus Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner election
//! method", Social Choice and Welfare 36 (2011), 267–303; with the strengths defined in its section 2.1.

use std::collections::BTreeSet;

use super::{options_in, ranked::Pairwise, tie::TiedOutcomes};

/// How strong a defeat is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefeatStrength {
    /// How many prefer the winner of the pair. The default of a study.
    WinningVotes,
    /// By how many more than the loser.
    Margins,
}

/// What the Schulze method makes of the pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchulzeOutcome {
    /// The strength of the strongest path from one option to another, 0 when there is none.
    pub paths: Pairwise,
    /// Whoever beats every other by pairs, when somebody does.
    pub condorcet_winner: Option<usize>,
    /// Options no other option beats by paths, the full tied set of winners; then those only the first beat; and so on.
    pub places: Vec<Vec<usize>>,
}

impl SchulzeOutcome {
    /// Counts pairs, in time that grows with the third power of the options.
    #[must_use]
    pub fn count(wins: &Pairwise, strength: DefeatStrength) -> Self {
        let options = wins.len();
        let direct = |a: usize, b: usize| match (wins[a][b], wins[b][a]) {
            (for_it, against) if for_it <= against => 0,
            (for_it, _) if strength == DefeatStrength::WinningVotes => for_it,
            (for_it, against) => for_it - against,
        };
        let mut paths: Pairwise = (0..options).map(|a| (0..options).map(|b| direct(a, b)).collect()).collect();
        for via in 0..options {
            let onward = paths[via].clone();
            for (from, row) in paths.iter_mut().enumerate().filter(|(from, _)| *from != via) {
                let there = row[via];
                for (to, strength) in row.iter_mut().enumerate() {
                    if to != from {
                        *strength = (*strength).max(there.min(onward[to]));
                    }
                }
            }
        }
        let beats_all = |&a: &usize| (0..options).all(|b| a == b || wins[a][b] > wins[b][a]);
        let condorcet_winner = (0..options).find(beats_all);
        let places = places_of(&paths);
        Self { paths, condorcet_winner, places }
    }

    /// One outcome for each winner.
    #[must_use]
    pub fn tied(&self) -> TiedOutcomes {
        let winners = self.places.first().into_iter().flatten();
        TiedOutcomes::all(winners.map(|&winner| vec![winner]).collect::<BTreeSet<_>>())
    }
}

/// Layer by layer, those whom none of the rest beats. Being beaten by paths is transitive, so no layer is empty.
fn places_of(paths: &Pairwise) -> Vec<Vec<usize>> {
    let mut rest = super::all_options(paths.len());
    let mut places = Vec::new();
    while rest != 0 {
        let is_beaten = |&option: &usize| options_in(rest).any(|other| paths[other][option] > paths[option][other]);
        let layer: Vec<usize> = options_in(rest).filter(|option| !is_beaten(option)).collect();
        rest &= !super::options_set(layer.iter().copied());
        places.push(layer);
    }
    places
}
