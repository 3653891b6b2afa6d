//! Strengths from comparisons of two: Bradley and Terry's model.
//!
//! Sources: Bradley and Terry, "Rank analysis of incomplete block designs", Biometrika 39 (1952), 324–345; fitted by the iteration of
//! Hunter, "MM algorithms for generalized Bradley-Terry models", Annals of Statistics 32 (2004), 384–406: a strength becomes its wins
//! over the sum, for each other option, of comparisons by the sum of both strengths. [`ITERATIONS`] steps or until nothing changes, in
//! fixed point, each division to the nearest. Counts are first divided by their common divisor, so that a poll taken twenty times over
//! gives the same.

use super::{
    fixed::comparable_groups,
    fraction::{gcd, nearest},
};

/// Steps of the iteration at most.
pub const ITERATIONS: usize = 2_000;

/// An average strength while iterating.
const AVERAGE: u128 = 1 << 40;

/// Bits that keep the reciprocals exact enough.
const RECIPROCAL_BITS: u32 = 60;

/// What comparisons of two say of the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BradleyTerryOutcome {
    /// How often each option was preferred, to any other.
    pub wins: Vec<u64>,
    /// In how many comparisons it was.
    pub comparisons: Vec<u64>,
    /// Its share of all strength, in millionths to the nearest; `None` when not all options can be compared.
    pub shares: Option<Vec<u64>>,
    /// Options that can be compared with each other; one group when there are shares.
    pub groups: Vec<Vec<usize>>,
    /// The strongest, ascending: the full tied set.
    pub strongest: Vec<usize>,
}

impl BradleyTerryOutcome {
    /// Fits the model to `wins[a][b]`: how often a was preferred to b.
    #[must_use]
    pub fn fit(wins: &[Vec<u64>]) -> Self {
        let options = wins.len();
        let total_wins: Vec<u64> = wins.iter().map(|row| row.iter().sum()).collect();
        let comparisons = (0..options).map(|a| (0..options).map(|b| wins[a][b] + wins[b][a]).sum()).collect();
        let is_preferred: Vec<Vec<bool>> = wins.iter().map(|row| row.iter().map(|&wins| wins > 0).collect()).collect();
        let groups = comparable_groups(&is_preferred);
        if groups.len() != 1 {
            return Self { wins: total_wins, comparisons, shares: None, groups, strongest: Vec::new() };
        }
        let strengths = iterate(wins);
        let total: u128 = strengths.iter().sum();
        let share = |&strength: &u128| u64::try_from(nearest(strength * 1_000_000, total)).expect("below a million");
        let shares: Vec<u64> = strengths.iter().map(share).collect();
        // Strengths that differ in less than a millionth are equal: the iteration is no finer.
        let strongest = super::greatest(0..options, &shares);
        Self { wins: total_wins, comparisons, shares: Some(shares), groups, strongest }
    }
}

fn iterate(wins: &[Vec<u64>]) -> Vec<u128> {
    let options = wins.len();
    let common = wins.iter().flatten().fold(0, |common, &wins| gcd(common, u128::from(wins))).max(1);
    let met = |a: usize, b: usize| (u128::from(wins[a][b]) + u128::from(wins[b][a])) / common;
    let won: Vec<u128> =
        wins.iter().map(|row| row.iter().map(|&wins| u128::from(wins)).sum::<u128>() / common).collect();
    let whole = AVERAGE * options as u128;
    let mut strengths = vec![AVERAGE; options];
    for _ in 0..ITERATIONS {
        let stronger: Vec<u128> = (0..options)
            .map(|a| {
                let others = (0..options).filter(|&b| b != a);
                let expected: u128 =
                    others.map(|b| nearest(met(a, b) << RECIPROCAL_BITS, strengths[a] + strengths[b])).sum();
                nearest(won[a] << RECIPROCAL_BITS, expected.max(1)).max(1)
            })
            .collect();
        let sum: u128 = stronger.iter().sum();
        let next: Vec<u128> = stronger.iter().map(|&strength| nearest(strength * whole, sum).max(1)).collect();
        if next == strengths {
            break;
        }
        strengths = next;
    }
    strengths
}
