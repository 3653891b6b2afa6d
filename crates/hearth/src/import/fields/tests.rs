use chrono::{TimeDelta, TimeZone, Utc};
use kernel::Zone;

use super::{Times, parse_time};

fn times() -> Times {
    Times { zone: Zone::SHANGHAI, now: Utc.with_ymd_and_hms(2026, 11, 23, 0, 0, 0).unwrap(), shift_days: 0 }
}

#[test]
fn reads_times_of_the_operators_zone_and_times_with_their_own() {
    for (text, instant) in [
        ("2017-01-01T11:53:26", "2017-01-01T03:53:26+00:00"),
        ("2017-01-01 11:53:26", "2017-01-01T03:53:26+00:00"),
        ("2017-01-01t11:53:26.7", "2017-01-01T03:53:26.700+00:00"),
        ("2017-01-01T11:53:26.123456789", "2017-01-01T03:53:26.123+00:00"),
        ("2017-01-01T11:53:26Z", "2017-01-01T11:53:26+00:00"),
        ("2017-01-01T11:53:26-05:00", "2017-01-01T16:53:26+00:00"),
        ("2017-01-01T11:53:26.5+0530", "2017-01-01T06:23:26.500+00:00"),
        ("2024-02-29T00:00:00", "2024-02-28T16:00:00+00:00"),
        ("2000-01-01T00:00:00", "1999-12-31T16:00:00+00:00"),
    ] {
        assert_eq!(parse_time(text, &times()).map(|read| read.to_rfc3339()), Ok(instant.to_owned()), "{text}");
    }
}

#[test]
fn refuses_other_spellings_and_days_that_never_were() {
    const NOT_A_TIME: &str = "is not a date and time such as 2017-01-01T11:53:26";
    const NO_SUCH_TIME: &str = "is no date and time of the calendar";
    for (text, reason) in [
        ("", NOT_A_TIME),
        ("2017-01-01", NOT_A_TIME),
        ("01/02/2017 11:53:26", NOT_A_TIME),
        ("2017-1-1T11:53:26xx", NOT_A_TIME),
        ("+017-01-01T11:53:26", NOT_A_TIME),
        ("2017-01-01T11:53:26.", NOT_A_TIME),
        ("2017-01-01T11:53:26.1234567890", NOT_A_TIME),
        ("2017-01-01T11:53:26+8", NOT_A_TIME),
        ("2017-01-01T11:53:26+15:00", NOT_A_TIME),
        ("2017-01-01T11:53:26 CST", NOT_A_TIME),
        ("２017-01-01T11:53:26", NOT_A_TIME),
        ("2017-13-01T11:53:26", NO_SUCH_TIME),
        ("2017-02-29T11:53:26", NO_SUCH_TIME),
        ("2017-01-01T24:00:00", NO_SUCH_TIME),
        ("2017-01-01T11:60:00", NO_SUCH_TIME),
        ("2016-12-31T23:59:60", NO_SUCH_TIME),
        ("0000-00-00T00:00:00", NO_SUCH_TIME),
        ("1999-12-31T23:59:59", "is before the year 2000"),
        ("1970-01-01T00:00:00Z", "is before the year 2000"),
    ] {
        assert_eq!(parse_time(text, &times()), Err(reason), "{text}");
    }
}

#[test]
fn shifts_whole_days_and_keeps_the_time_of_day() {
    let zone: Zone = "America/New_York".parse().unwrap();
    let shifted = Times { zone, shift_days: 180, ..times() };
    let read = parse_time("2017-12-31T20:26:33", &shifted).unwrap();

    assert_eq!(zone.local(read).to_string(), "2018-06-29 20:26:33");
    assert_eq!(
        read - parse_time("2017-12-31T20:26:33", &Times { zone, ..times() }).unwrap(),
        TimeDelta::hours(180 * 24 - 1)
    );
}
