/// Splits `total` in proportion to `weights` by largest remainder; the parts always sum to `total`.
///
/// Each part is first rounded down; what is left goes one by one to the largest fractions, the earlier part winning a tie.
/// With no weight at all everything goes to the first part, because dropping it would lose it.
/// `total` and all weights must not be negative. An empty list of weights gives an empty list.
#[must_use]
pub fn split_by_weight(total: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|&weight| i128::from(weight)).sum();
    if sum == 0 {
        return weights.iter().enumerate().map(|(index, _)| if index == 0 { total } else { 0 }).collect();
    }
    let numerators: Vec<i128> = weights.iter().map(|&weight| i128::from(total) * i128::from(weight)).collect();
    split_floor_largest_remainder(&numerators, sum)
}

/// Rounds each `numerators[i] / denominator` to a whole number so that the parts sum to the floor of the exact sum.
///
/// Floor first, then one more to the largest fractions, earlier first on a tie (Hamilton's method of apportionment).
/// Numerators must not be negative and the denominator must be positive; each quotient must fit `i64`.
#[must_use]
pub fn split_floor_largest_remainder(numerators: &[i128], denominator: i128) -> Vec<i64> {
    let whole = |value: i128| i64::try_from(value).expect("points and money stay far below i64::MAX");
    let mut parts: Vec<i64> = numerators.iter().map(|n| whole(n.div_euclid(denominator))).collect();
    let total = whole(numerators.iter().sum::<i128>().div_euclid(denominator));
    let left = usize::try_from(total - parts.iter().sum::<i64>()).expect("floors never sum above the floor of the sum");
    let mut by_fraction: Vec<usize> = (0..numerators.len()).collect();
    by_fraction.sort_by_key(|&index| (-numerators[index].rem_euclid(denominator), index));
    by_fraction.into_iter().take(left).for_each(|index| parts[index] += 1);
    parts
}

#[cfg(test)]
mod tests {
    use super::{split_by_weight, split_floor_largest_remainder};

    #[test]
    fn parts_sum_to_the_whole() {
        assert_eq!(split_by_weight(2_000, &[3_333, 3_333, 3_334]), [667, 666, 667]);
        assert_eq!(split_by_weight(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(split_by_weight(5, &[0, 0]), [5, 0]);
        assert_eq!(split_by_weight(5, &[]), [] as [i64; 0]);
    }

    #[test]
    fn rounds_the_sum_down_and_gives_the_rest_to_the_largest_fractions() {
        // 1.9 + 1.9 + 0.3 = 4.1: the floors sum to 2, the whole is 4.
        assert_eq!(split_floor_largest_remainder(&[19, 19, 3], 10), [2, 2, 0]);
        assert_eq!(split_floor_largest_remainder(&[], 10), [] as [i64; 0]);
    }
}
