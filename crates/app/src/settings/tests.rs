use kernel::BusinessDate;
use ledger::NEVER;

use super::{InvalidLotLife, LotLife};

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

#[test]
fn points_last_as_long_as_the_operator_says() {
    let table = [
        ("365 days", "2024-02-29", "2025-02-28"),
        ("365 days", "2026-01-01", "2027-01-01"),
        ("1 days", "2026-12-31", "2027-01-01"),
        ("end of month 0", "2026-02-01", "2026-02-28"),
        ("end of month 1", "2026-01-31", "2026-02-28"),
        ("end of month 12", "2023-02-28", "2024-02-29"),
        ("end of month 12", "2026-12-01", "2027-12-31"),
        ("end of year", "2026-01-01", "2026-12-31"),
        ("end of year", "2026-12-31", "2026-12-31"),
    ];
    for (life, earned_on, last_day) in table {
        let parsed: LotLife = life.parse().unwrap();
        assert_eq!(parsed.last_day(day(earned_on)), day(last_day), "{life} from {earned_on}");
        assert_eq!(parsed.to_string(), life);
    }
    assert_eq!("never".parse::<LotLife>().unwrap().last_day(day("2026-01-01")), NEVER);
}

#[test]
fn refuses_what_is_no_lot_life() {
    for text in
        ["", "0 days", "3651 days", "365", "days", "-1 days", "end of month", "end of month 121", "1.5 days", "Never"]
    {
        assert_eq!(text.parse::<LotLife>(), Err(InvalidLotLife), "{text}");
    }
}
