use std::str::FromStr;

use chrono::{NaiveDateTime, NaiveTime, TimeZone};

use crate::{BusinessDate, Timestamp};

/// The operator's time zone: business dates, expiries and cut-offs are days of this zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    /// China Standard Time, the default.
    pub const SHANGHAI: Self = Self(chrono_tz::Asia::Shanghai);

    /// The local calendar day of an instant.
    #[must_use]
    pub fn date_of(self, instant: Timestamp) -> BusinessDate {
        instant.with_timezone(&self.0).date_naive()
    }

    /// The first instant of a local day. Where a clock change skips midnight, the first instant that exists.
    #[must_use]
    pub fn start_of(self, date: BusinessDate) -> Timestamp {
        self.instant_of(date.and_time(NaiveTime::MIN))
    }

    /// The instant of a local wall-clock time: the earlier of two in a repeated hour, the next full hour in a skipped one.
    #[must_use]
    pub fn instant_of(self, local: NaiveDateTime) -> Timestamp {
        let mut candidate = local;
        // No zone skips more than a day; the bound only keeps the loop finite.
        for _ in 0..25 {
            if let Some(instant) = self.0.from_local_datetime(&candidate).earliest() {
                return instant.to_utc();
            }
            candidate += chrono::TimeDelta::hours(1);
        }
        unreachable!("every zone has a valid wall-clock time within a day")
    }

    /// The wall-clock time of an instant, for people.
    #[must_use]
    pub fn local(self, instant: Timestamp) -> NaiveDateTime {
        instant.with_timezone(&self.0).naive_local()
    }

    /// The zone's name in the IANA database.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        name.parse()
            .map(Self)
            .map_err(|_| format!("{name:?} is not a time zone of the IANA database, such as Asia/Shanghai"))
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::Zone;

    #[test]
    fn a_business_day_begins_at_local_midnight() {
        let date = NaiveDate::from_ymd_opt(2026, 3, 31).expect("a day");
        let start = Zone::SHANGHAI.start_of(date);

        assert_eq!(start.to_rfc3339(), "2026-03-30T16:00:00+00:00");
        assert_eq!(Zone::SHANGHAI.date_of(start), date);
        assert_eq!(Zone::SHANGHAI.date_of(start - chrono::TimeDelta::milliseconds(1)), date.pred_opt().expect("a day"));
    }

    #[test]
    fn a_skipped_midnight_starts_at_the_first_hour_that_exists() {
        let zone: Zone = "America/Sao_Paulo".parse().expect("a zone");
        let date = NaiveDate::from_ymd_opt(2018, 11, 4).expect("a day");

        assert_eq!(zone.start_of(date).to_rfc3339(), "2018-11-04T03:00:00+00:00");
    }

    #[test]
    fn names_an_unknown_zone() {
        assert!("Asia/Nowhere".parse::<Zone>().expect_err("no such zone").contains("Asia/Nowhere"));
    }
}
