//! Scalars of our own, and whole points.

use async_graphql::{Error, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::SecondsFormat;
use kernel::{BusinessDate, Fault, Points, Timestamp};

#[derive(Debug, Clone, Copy)]
pub(super) struct Instant(pub(super) Timestamp);

/// An instant in UTC, RFC 3339 with milliseconds: `2026-11-23T10:30:00.000Z`.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for Instant {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        Ok(Self(chrono::DateTime::parse_from_rfc3339(text)?.to_utc()))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct LocalDate(pub(super) BusinessDate);

/// A calendar day in the operator's time zone: `2026-11-23`.
#[Scalar(name = "LocalDate", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for LocalDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        if kernel::is_lunar_day(text) {
            return Err(InputValueError::custom(
                "a day of the lunar calendar (农历): give the solar day, such as 1960-05-01",
            ));
        }
        Ok(Self(text.parse()?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct BigInt(pub(super) i64);

/// A whole number of any size as decimal digits in a string, because JavaScript's numbers end at 2⁵³: `"12860"`.
#[Scalar(name = "BigInt", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259#section-6")]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        Ok(Self(text.parse()?))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A change of points as `Int`: no posting moves more than a wallet may hold.
pub(super) fn signed_points(points: i64) -> Result<i32, Error> {
    i32::try_from(points).map_err(|_| Fault::inconsistent("show more points than any posting may move").into())
}

/// Points as `Int`: no wallet may hold more than fits.
pub(super) fn points(points: Points) -> Result<i32, Error> {
    i32::try_from(points.get()).map_err(|_| Fault::inconsistent("show more points than any wallet may hold").into())
}
