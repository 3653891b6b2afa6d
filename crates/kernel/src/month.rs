use std::{fmt, str::FromStr};

use chrono::{Datelike, Months};

use crate::BusinessDate;

/// A month of the calendar, in the operator's time zone: `2026-03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(BusinessDate);

/// A text is no month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a month is written YYYY-MM, such as 2026-03, from 2000 on")]
pub struct MonthParseError;

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: BusinessDate) -> Self {
        Self(day.with_day(1).expect("every month has a first day"))
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> BusinessDate {
        self.0
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.checked_add_months(Months::new(1)).expect("months are written with four digits"))
    }

    /// Its last day.
    #[must_use]
    pub fn last_day(self) -> BusinessDate {
        self.next().0.pred_opt().expect("a first day has a day before it")
    }
}

impl FromStr for Month {
    type Err = MonthParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (year, month) = text.split_once('-').ok_or(MonthParseError)?;
        let is_digits = |part: &str, count| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(year, 4) || !is_digits(month, 2) {
            return Err(MonthParseError);
        }
        let year = year.parse().ok().filter(|year| (2_000..9_999).contains(year)).ok_or(MonthParseError)?;
        let month = month.parse().map_err(|_| MonthParseError)?;
        BusinessDate::from_ymd_opt(year, month, 1).map(Self).ok_or(MonthParseError)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m").fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Month;

    #[test]
    fn reads_and_prints_months() {
        let december: Month = "2027-12".parse().expect("a month");
        assert_eq!(december.to_string(), "2027-12");
        assert_eq!(december.next().to_string(), "2028-01");
        assert_eq!(december.next().next().last_day().to_string(), "2028-02-29");
        assert_eq!(Month::of(december.last_day()), december);
    }

    #[test]
    fn refuses_what_is_no_month() {
        for text in [
            "",
            "2026",
            "2026-13",
            "2026-00",
            "2026-3",
            "26-03",
            "1999-12",
            "9999-12",
            "2026-03-01",
            "+026-03",
            "２０２６-03",
        ] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }
}
