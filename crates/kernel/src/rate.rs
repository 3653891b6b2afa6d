use std::fmt;

/// A ratio in basis points: 10,000 is one. Never negative, never a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(u32);

impl Rate {
    /// One to one.
    pub const ONE: Self = Self(10_000);

    /// The largest rate taken: a hundred to one. More is a typing mistake.
    pub const MAX: Self = Self(1_000_000);

    /// From basis points; `None` above [`Rate::MAX`].
    #[must_use]
    pub const fn from_basis_points(basis_points: u32) -> Option<Self> {
        if basis_points > Self::MAX.0 { None } else { Some(Self(basis_points)) }
    }

    /// Reads a decimal such as `1`, `1.5` or `0.25`; `None` when it is not one, is negative, has more than four decimals or
    /// is above [`Rate::MAX`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let decimal = rust_decimal::Decimal::from_str_exact(text).ok()?;
        let basis_points = decimal.checked_mul(rust_decimal::Decimal::from(10_000))?.normalize();
        if basis_points.scale() != 0 || basis_points.is_sign_negative() {
            return None;
        }
        u32::try_from(basis_points.mantissa()).ok().and_then(Self::from_basis_points)
    }

    /// In basis points.
    #[must_use]
    pub const fn basis_points(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        rust_decimal::Decimal::new(i64::from(self.0), 4).normalize().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;

    #[test]
    fn reads_and_prints_decimals() {
        for (text, basis_points) in [("1", 10_000), ("1.5", 15_000), ("0.25", 2_500), ("0", 0), ("100", 1_000_000)] {
            let rate = Rate::parse(text).expect(text);
            assert_eq!(rate.basis_points(), basis_points);
            assert_eq!(rate.to_string(), text);
        }
    }

    #[test]
    fn refuses_what_it_cannot_hold_exactly() {
        for text in ["", "-1", "1.00001", "101", "1e3", "½", "NaN"] {
            assert_eq!(Rate::parse(text), None, "{text}");
        }
    }
}
