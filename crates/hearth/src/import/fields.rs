//! Typing the values of a row.

use std::{fmt::Display, str::FromStr};

use chrono::{FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};
use kernel::{BusinessDate, ExternalRef, Money, MoneyParseError, Timestamp, Zone};

use super::{
    amount::parse_amount,
    columns::{Layout, Schema},
    records::Row,
};

/// The earliest year an order may be of: earlier ones are a clock that was never set.
const FIRST_YEAR: i32 = 2_000;

/// How far in the future an order may lie: the most two clocks with wrong zones differ.
const MOST_AHEAD: TimeDelta = TimeDelta::days(1);

/// What is wrong with a row, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadField {
    /// The column, as the file calls it; empty when it is the row as a whole.
    pub column: String,
    /// What is wrong with it.
    pub reason: String,
}

/// How wall-clock times become instants.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// The zone of times that carry none.
    pub zone: Zone,
    /// When the import runs.
    pub now: Timestamp,
    /// Whole days added to every time and date of an order: the demo's purchases end yesterday, whenever it is filled.
    pub shift_days: i64,
}

/// A row that is text, with typed access by the schema's columns.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    row: &'a Row<'a>,
    schema: &'static Schema,
    layout: &'a Layout,
}

impl<'a> Fields<'a> {
    /// Checks that every byte of the row is text, in columns that are read and others: a damaged row is not trusted in part.
    ///
    /// # Errors
    /// [`BadField`] naming the first damaged column.
    pub fn of(row: &'a Row<'a>, schema: &'static Schema, layout: &'a Layout) -> Result<Self, BadField> {
        for at in 0..row.width() {
            let bad = |reason: &str| BadField { column: layout.name_at(at).to_owned(), reason: reason.to_owned() };
            if std::str::from_utf8(row.field(at)).is_err() {
                return Err(bad("is not UTF-8"));
            }
            if row.field(at).contains(&0) {
                return Err(bad("holds a NUL character"));
            }
        }
        Ok(Self { row, schema, layout })
    }

    fn text(&self, column: usize) -> &'a str {
        let Some(at) = self.layout.position(column) else { return "" };
        std::str::from_utf8(self.row.field(at)).expect("checked when the row was taken").trim()
    }

    /// The refusal of a column's value.
    #[must_use]
    pub fn bad(&self, column: usize, reason: impl Display) -> BadField {
        BadField { column: self.layout.name_of(self.schema, column), reason: reason.to_string() }
    }

    /// A value that must be there.
    ///
    /// # Errors
    /// [`BadField`] with the type's own reason.
    pub fn required<T: FromStr<Err: Display>>(&self, column: usize) -> Result<T, BadField> {
        self.text(column).parse().map_err(|error| self.bad(column, error))
    }

    /// A value that may be empty.
    ///
    /// # Errors
    /// [`BadField`] with the type's own reason.
    pub fn optional<T: FromStr<Err: Display>>(&self, column: usize) -> Result<Option<T>, BadField> {
        if self.text(column).is_empty() { Ok(None) } else { self.required(column).map(Some) }
    }

    /// An amount of yuan.
    ///
    /// # Errors
    /// [`BadField`] when it is none, is negative, finer than a fen, or too large.
    pub fn amount(&self, column: usize) -> Result<Money, BadField> {
        parse_amount(self.text(column)).map_err(|error| {
            let reason = match error {
                MoneyParseError::NotANumber => "is not a number",
                MoneyParseError::Negative => "is negative",
                MoneyParseError::TooFine => "is finer than a fen",
                MoneyParseError::TooLarge => "is too large",
            };
            self.bad(column, reason)
        })
    }

    /// An amount of yuan that may be empty.
    ///
    /// # Errors
    /// As [`Fields::amount`].
    pub fn optional_amount(&self, column: usize) -> Result<Option<Money>, BadField> {
        if self.text(column).is_empty() { Ok(None) } else { self.amount(column).map(Some) }
    }

    /// A whole number; `3.0` is one too, because spreadsheets write it so.
    ///
    /// # Errors
    /// [`BadField`] when it is none or does not fit.
    pub fn count(&self, column: usize) -> Result<u32, BadField> {
        let text = self.text(column);
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_whole = !whole.is_empty()
            && whole.bytes().all(|byte| byte.is_ascii_digit())
            && !decimals.is_empty()
            && decimals.bytes().all(|byte| byte == b'0');
        if !is_whole {
            return Err(self.bad(column, "is not a whole number"));
        }
        whole.parse().map_err(|_| self.bad(column, "is too large"))
    }

    /// A whole number; empty is none.
    ///
    /// # Errors
    /// As [`Fields::count`].
    pub fn optional_count(&self, column: usize) -> Result<Option<u32>, BadField> {
        if self.text(column).is_empty() { Ok(None) } else { self.count(column).map(Some) }
    }

    /// A time of an order, shifted; not before 2000 and at most a day ahead.
    ///
    /// # Errors
    /// [`BadField`] when it is no time or cannot be true.
    pub fn time(&self, column: usize, times: &Times) -> Result<Timestamp, BadField> {
        let instant = parse_time(self.text(column), times).map_err(|reason| self.bad(column, reason))?;
        if instant > times.now + MOST_AHEAD {
            return Err(self.bad(column, "is more than a day ahead"));
        }
        Ok(instant)
    }

    /// A time of an order that may be empty.
    ///
    /// # Errors
    /// As [`Fields::time`].
    pub fn optional_time(&self, column: usize, times: &Times) -> Result<Option<Timestamp>, BadField> {
        if self.text(column).is_empty() { Ok(None) } else { self.time(column, times).map(Some) }
    }

    /// A calendar day `YYYY-MM-DD` that may be empty.
    ///
    /// # Errors
    /// [`BadField`] when it is none.
    pub fn optional_date(&self, column: usize) -> Result<Option<BusinessDate>, BadField> {
        let text = self.text(column);
        if text.is_empty() {
            return Ok(None);
        }
        let date = take_date(text.as_bytes()).filter(|_| text.len() == DATE_LEN);
        date.map(Some).ok_or_else(|| {
            let is_lunar = kernel::is_lunar_day(text);
            self.bad(
                column,
                if is_lunar {
                    "is a day of the lunar calendar: write the solar day, such as 1951-03-08"
                } else {
                    "is not a day such as 1951-03-08"
                },
            )
        })
    }
}

/// A reference in a row that may be damaged elsewhere.
#[must_use]
pub fn reference_at(row: &Row<'_>, layout: &Layout, column: usize) -> Option<ExternalRef> {
    let field = row.field(layout.position(column)?);
    std::str::from_utf8(field).ok().and_then(|text| text.parse().ok())
}

const DATE_LEN: usize = "2017-01-01".len();
const TIME_LEN: usize = "2017-01-01T11:53:26".len();
const NOT_A_TIME: &str = "is not a date and time such as 2017-01-01T11:53:26";

/// Reads `YYYY-MM-DDTHH:MM:SS`, with a space for the `T`, with a fraction of a second, with `Z` or `+08:00`.
///
/// Strict on purpose: a reader that also takes two-digit years or months first would read some files wrong in silence.
fn parse_time(text: &str, times: &Times) -> Result<Timestamp, &'static str> {
    let bytes = text.as_bytes();
    let local = take_date_time(bytes).ok_or(NOT_A_TIME)?;
    let (wall, rest) = local;
    let wall = wall.ok_or("is no date and time of the calendar")?;
    let (millis, rest) = take_fraction(rest).ok_or(NOT_A_TIME)?;
    let wall = wall + TimeDelta::milliseconds(millis) + TimeDelta::days(times.shift_days);
    if chrono::Datelike::year(&wall) < FIRST_YEAR {
        return Err("is before the year 2000");
    }
    match take_offset(rest).ok_or(NOT_A_TIME)? {
        None => Ok(times.zone.instant_of(wall)),
        Some(offset) => offset.from_local_datetime(&wall).single().map(|instant| instant.to_utc()).ok_or(NOT_A_TIME),
    }
}

/// The wall-clock time at the beginning, `None` inside when its numbers name none, and what follows it.
fn take_date_time(bytes: &[u8]) -> Option<(Option<NaiveDateTime>, &[u8])> {
    let (head, rest) = bytes.split_at_checked(TIME_LEN)?;
    let is_formed = matches!(head[DATE_LEN], b'T' | b't' | b' ') && head[13] == b':' && head[16] == b':';
    if !is_formed || !has_date_form(head) {
        return None;
    }
    let (hour, minute, second) = (number(&head[11..13])?, number(&head[14..16])?, number(&head[17..19])?);
    Some((take_date(head).and_then(|date| date.and_hms_opt(hour, minute, second)), rest))
}

fn has_date_form(bytes: &[u8]) -> bool {
    bytes.len() >= DATE_LEN
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && [&bytes[..4], &bytes[5..7], &bytes[8..10]].into_iter().all(|digits| number(digits).is_some())
}

fn take_date(bytes: &[u8]) -> Option<NaiveDate> {
    if !has_date_form(bytes) {
        return None;
    }
    let year = i32::try_from(number(&bytes[..4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&bytes[5..7])?, number(&bytes[8..10])?)
}

/// A fraction of a second, cut to the millisecond because that is what is stored.
fn take_fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some(fraction) = rest.strip_prefix(b".") else { return Some((0, rest)) };
    let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&length) {
        return None;
    }
    let millis = (0..3).fold(0, |millis, at| {
        let digit = if at < length { i64::from(fraction[at] - b'0') } else { 0 };
        millis * 10 + digit
    });
    Some((millis, &fraction[length..]))
}

/// The offset at the end: none, `Z`, `+08:00` or `+0800`. The outer `None` is nonsense.
fn take_offset(rest: &[u8]) -> Option<Option<FixedOffset>> {
    let (sign, digits) = match rest {
        [] => return Some(None),
        b"Z" | b"z" => return Some(FixedOffset::east_opt(0)),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => (number(&[*h1, *h2])?, number(&[*m1, *m2])?),
        _ => return None,
    };
    let seconds = i32::try_from(hours * 3_600 + minutes * 60).ok().filter(|_| hours <= 14 && minutes < 60)?;
    FixedOffset::east_opt(sign * seconds).map(Some)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests;
