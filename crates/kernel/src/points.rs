use std::fmt;

/// A whole number of points, never negative. Arithmetic is checked: there is no `+` or `-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Points(i64);

/// The sum does not fit, or the difference would be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("points out of range")]
pub struct PointsOverflow;

impl Points {
    /// No points.
    pub const ZERO: Self = Self(0);

    /// The most points any one amount may have: the range of a GraphQL `Int`, because that is how apps read it.
    pub const MAX: Self = Self(i32::MAX as i64);

    /// An amount from outside or from a column; `None` below zero.
    #[must_use]
    pub const fn new(points: i64) -> Option<Self> {
        if points < 0 { None } else { Some(Self(points)) }
    }

    /// The bare number, for the store and for formatting.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `self + other`.
    ///
    /// # Errors
    /// [`PointsOverflow`] past `i64::MAX`.
    pub fn plus(self, other: Self) -> Result<Self, PointsOverflow> {
        self.0.checked_add(other.0).map(Self).ok_or(PointsOverflow)
    }

    /// `self - other`, or `None` when `other` is larger.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).and_then(Self::new)
    }

    /// `self - other`, or zero when `other` is larger: for asking how much is *missing*, never for moving points.
    #[must_use]
    pub fn short_of(self, other: Self) -> Self {
        Self((other.0 - self.0).max(0))
    }

    /// The sum of many.
    ///
    /// # Errors
    /// [`PointsOverflow`] past `i64::MAX`.
    pub fn sum(all: impl IntoIterator<Item = Self>) -> Result<Self, PointsOverflow> {
        all.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Points, PointsOverflow};

    fn points(n: i64) -> Points {
        Points::new(n).expect("not negative")
    }

    #[test]
    fn never_goes_below_zero() {
        assert_eq!(Points::new(-1), None);
        assert_eq!(points(3).minus(points(4)), None);
        assert_eq!(points(3).minus(points(3)), Some(Points::ZERO));
    }

    #[test]
    fn refuses_to_overflow() {
        assert_eq!(points(i64::MAX).plus(points(1)), Err(PointsOverflow));
        assert_eq!(Points::sum([points(i64::MAX), points(1)]), Err(PointsOverflow));
        assert_eq!(Points::sum([points(1), points(2)]), Ok(points(3)));
    }

    #[test]
    fn says_how_much_is_missing() {
        assert_eq!(points(120).short_of(points(200)), points(80));
        assert_eq!(points(200).short_of(points(120)), Points::ZERO);
    }
}
