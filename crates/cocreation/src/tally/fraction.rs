//! Exact parts of votes and shares, for those who read a count.

use std::fmt;

/// A number that a division would round: numerator over denominator, in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    numerator: u128,
    denominator: u128,
}

impl Fraction {
    /// In lowest terms.
    ///
    /// # Panics
    /// When the denominator is 0.
    #[must_use]
    pub fn new(numerator: u128, denominator: u128) -> Self {
        assert!(denominator > 0, "nothing can be split into 0 parts");
        let common = gcd(numerator, denominator);
        Self { numerator: numerator / common, denominator: denominator / common }
    }

    /// Votes from the parts that [`super::PARTS_OF_A_VOTE`] make one of.
    #[must_use]
    pub fn of_votes(parts: u128) -> Self {
        Self::new(parts, super::PARTS_OF_A_VOTE)
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            _ => write!(f, "{}/{}", self.numerator, self.denominator),
        }
    }
}

/// The greatest common divisor, by Euclid; of 0 and n it is n.
#[must_use]
pub fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// `numerator / denominator` to the nearest whole number, halves up.
pub(crate) fn nearest(numerator: u128, denominator: u128) -> u128 {
    (2 * numerator + denominator) / (2 * denominator)
}
