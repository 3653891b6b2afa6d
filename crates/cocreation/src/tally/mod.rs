//! How ballots and answers are counted: pure rules on integers, without I/O, clock or chance.
//!
//! Options are numbers from 0, in the order of the frozen study; who gave which ballot is not known here. Every method reports **every**
//! outcome its ties allow ([`TiedOutcomes`]) beside the one that the announced rule picks ([`TieOrder`]): a tie broken silently by list
//! order is the commonest fault of vote software. Sums are exact. Where a method must divide, its module names the rounding.
//!
//! `docs/TALLY.md` says which method is for what, and describes the file that `hearth tally` counts.

pub mod approval;
pub mod bradley_terry;
pub mod fixed;
pub mod fraction;
pub mod gabor_granger;
pub mod max_diff;
pub mod max_diff_design;
pub mod meek;
pub mod newton_miller_smith;
pub mod pav;
pub mod quadratic;
pub mod ranked;
pub mod runoff;
pub mod schulze;
pub mod scottish;
pub mod star;
pub mod tie;
pub mod transfer;
pub mod van_westendorp;

pub use fraction::Fraction;
pub use ranked::{RankedBallots, Unlisted};
pub use tie::{Fate, TieBreaker, TieOrder, TiedOutcomes};

/// The most options a study has: nobody compares more with care, and a set of them fits a machine word.
pub const MAX_OPTIONS: usize = 30;

/// Votes are split among equals without rounding: the least common multiple of 1 to [`MAX_OPTIONS`] parts make one vote.
pub const PARTS_OF_A_VOTE: u128 = 2_329_089_562_800;

/// What one ballot's part is when it counts for `sharers` options alike.
///
/// # Panics
/// When nobody shares, or more than [`MAX_OPTIONS`].
#[must_use]
pub fn shared_part(sharers: u32) -> u128 {
    let sharers = u128::from(sharers);
    assert!(sharers > 0 && PARTS_OF_A_VOTE.is_multiple_of(sharers), "the parts were chosen for at most 30 sharers");
    PARTS_OF_A_VOTE / sharers
}

/// The options of a set of bits, ascending.
pub(crate) fn options_in(set: u32) -> impl Iterator<Item = usize> + Clone {
    (0..MAX_OPTIONS).filter(move |option| set >> option & 1 == 1)
}

/// All of `options` as a set of bits.
pub(crate) fn all_options(options: usize) -> u32 {
    options_set(0..options)
}

/// Options as a set of bits.
pub(crate) fn options_set(options: impl IntoIterator<Item = usize>) -> u32 {
    options.into_iter().fold(0, |set, option| set | 1 << option)
}

/// All of `among` that have the greatest of `scores`, ascending.
pub(crate) fn greatest<S: Ord + Copy>(among: impl Iterator<Item = usize> + Clone, scores: &[S]) -> Vec<usize> {
    let best = among.clone().map(|option| scores[option]).max();
    among.filter(|&option| Some(scores[option]) == best).collect()
}

/// All of `among` that have the least of `scores`, ascending.
pub(crate) fn least<S: Ord + Copy>(among: impl Iterator<Item = usize> + Clone, scores: &[S]) -> Vec<usize> {
    let worst = among.clone().map(|option| scores[option]).min();
    among.filter(|&option| Some(scores[option]) == worst).collect()
}

#[cfg(test)]
mod tests;
