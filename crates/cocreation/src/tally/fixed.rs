//! Numbers with a binary point, for the two models that have no exact answer. No float: the same count on every machine.

/// Bits behind the point.
pub const BITS: u32 = 40;

/// One.
pub const ONE: i128 = 1 << BITS;

/// The natural logarithm of 2, rounded down.
const LN_2: i128 = 762_123_384_785;

/// The greatest power [`exp`] is asked for; what is beyond is taken as this.
pub const MAX_POWER: i128 = 20 * ONE;

/// e to the power `power`, rounded down by each of its steps; the error is below one millionth of the result from -14 to 14.
///
/// By `power = k ln 2 + rest` and the Taylor series of the rest.
#[must_use]
pub fn exp(power: i128) -> i128 {
    let power = power.clamp(-MAX_POWER, MAX_POWER);
    let twos = power.div_euclid(LN_2);
    let rest = power.rem_euclid(LN_2);
    let (mut sum, mut term) = (ONE, ONE);
    for step in 1..=20 {
        term = (term * rest) >> BITS;
        term /= step;
        sum += term;
    }
    match u32::try_from(twos) {
        Ok(twos) => sum << twos,
        Err(_) => sum >> u32::try_from(-twos).expect("a power of at least -20 has at most 29 halvings"),
    }
}

/// `numerator / denominator` to the nearest whole number, halves away from 0.
///
/// # Panics
/// When the denominator is not above 0.
#[must_use]
pub fn nearest(numerator: i128, denominator: i128) -> i128 {
    assert!(denominator > 0, "a denominator is above 0");
    let rounded = (2 * numerator.abs() + denominator) / (2 * denominator);
    rounded * numerator.signum()
}

/// Options by who is preferred to whom, directly or along others: each group's members are preferred to each other both ways.
///
/// Strengths on one scale exist only within a group (Ford, "Solution of a ranking problem from binary comparisons", American
/// Mathematical Monthly 64 (1957), 28–33): whoever is never beaten would be infinitely strong.
#[must_use]
pub fn comparable_groups(is_preferred: &[Vec<bool>]) -> Vec<Vec<usize>> {
    let options = is_preferred.len();
    let mut reaches = is_preferred.to_vec();
    for via in 0..options {
        let onward = reaches[via].clone();
        for row in &mut reaches {
            if row[via] {
                row.iter_mut().zip(&onward).for_each(|(reached, &further)| *reached |= further);
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (option, reached) in reaches.iter().enumerate() {
        let mutual = |group: &&mut Vec<usize>| reaches[group[0]][option] && reached[group[0]];
        match groups.iter_mut().find(mutual) {
            Some(group) => group.push(option),
            None => groups.push(vec![option]),
        }
    }
    groups
}
