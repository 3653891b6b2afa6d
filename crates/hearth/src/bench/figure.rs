//! Figures as whole thousandths: a ratio of medians needs no more, and floats are banned from this house.

use std::{fmt, time::Duration};

/// A figure in thousandths of its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figure(u64);

impl Figure {
    /// So many whole units.
    #[must_use]
    pub fn whole(units: u64) -> Self {
        Self(units.saturating_mul(1_000))
    }

    /// So many things a second, rounded down; as if at least a microsecond had passed.
    #[must_use]
    pub fn per_second(things: u64, elapsed: Duration) -> Self {
        Self(clamped(u128::from(things) * 1_000_000_000 / elapsed.as_micros().max(1)))
    }

    /// Milliseconds.
    #[must_use]
    pub fn millis(elapsed: Duration) -> Self {
        Self(clamped(elapsed.as_micros()))
    }

    /// Megabytes of 1,000 kB, from the kernel's "kB" of 1,024 bytes.
    #[must_use]
    pub fn megabytes(kibibytes: u64) -> Self {
        Self(clamped(u128::from(kibibytes) * 1_024 / 1_000))
    }

    /// The middle one; of an even number the mean of the middle two, rounded down. `None` of none.
    #[must_use]
    pub fn median(figures: &[Self]) -> Option<Self> {
        let mut sorted = figures.to_vec();
        sorted.sort_unstable();
        let upper = sorted.get(sorted.len() / 2)?;
        let lower = if sorted.len() % 2 == 1 { upper } else { &sorted[sorted.len() / 2 - 1] };
        Some(Self(lower.0.midpoint(upper.0)))
    }

    /// How many times `beside` this is, rounded down; zero beside nothing.
    #[must_use]
    pub fn over(self, beside: Self) -> Self {
        Self((u128::from(self.0) * 1_000).checked_div(u128::from(beside.0)).map_or(0, clamped))
    }
}

impl fmt::Display for Figure {
    /// As a JSON number, without decimals that say nothing: `12.5`, `7`, `0.153`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, thousandths) = (self.0 / 1_000, self.0 % 1_000);
        if thousandths == 0 {
            return write!(f, "{whole}");
        }
        let decimals = format!("{thousandths:03}");
        write!(f, "{whole}.{}", decimals.trim_end_matches('0'))
    }
}

fn clamped(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Figure;

    #[test]
    fn prints_as_json_prints_numbers() {
        let figures = [
            (Figure::whole(7), "7"),
            (Figure::per_second(500, Duration::from_millis(40)), "12500"),
            (Figure::per_second(1, Duration::from_secs(8)), "0.125"),
            (Figure::millis(Duration::from_micros(12_500)), "12.5"),
            (Figure::megabytes(1_000), "1.024"),
        ];
        for (figure, text) in figures {
            assert_eq!(figure.to_string(), text);
        }
    }

    #[test]
    fn takes_the_middle_of_the_rounds() {
        let median = |figures: &[u64]| Figure::median(&figures.iter().copied().map(Figure::whole).collect::<Vec<_>>());
        assert_eq!(median(&[9, 1, 5]), Some(Figure::whole(5)));
        assert_eq!(median(&[9, 1, 5, 7]), Some(Figure::whole(6)));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn divides_to_thousandths() {
        assert_eq!(Figure::whole(1).over(Figure::whole(3)).to_string(), "0.333");
        assert_eq!(Figure::whole(1).over(Figure::whole(0)).to_string(), "0");
    }
}
