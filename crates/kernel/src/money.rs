use std::fmt;

use rust_decimal::Decimal;

/// An ISO 4217 currency. Hearth runs one operator in one currency; more are a line here each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Currency {
    /// 人民币, two decimals: the minor unit is the fen (分).
    Cny,
}

impl Currency {
    /// The three-letter code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Cny => "CNY",
        }
    }

    /// Reads the three-letter code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        (code == "CNY").then_some(Self::Cny)
    }

    /// How many decimals the minor unit has.
    #[must_use]
    pub const fn decimals(self) -> u32 {
        match self {
            Self::Cny => 2,
        }
    }
}

/// An amount of money in minor units (fen), never negative: a refund is a fact of its own, not a negative sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why a text is not an amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyParseError {
    /// Not digits with at most one decimal point.
    #[error("not a number")]
    NotANumber,
    /// Below zero.
    #[error("negative")]
    Negative,
    /// Finer than the minor unit.
    #[error("more decimals than the currency has")]
    TooFine,
    /// Above [`Money::MAX_MINOR`].
    #[error("too large")]
    TooLarge,
}

impl Money {
    /// The largest single amount taken: ¥100,000,000. Anything above is a typing mistake, and sums of them still fit.
    pub const MAX_MINOR: i64 = 10_000_000_000;

    /// Nothing, in yuan.
    pub const ZERO: Self = Self { minor: 0, currency: Currency::Cny };

    /// From minor units; `None` below zero or above [`Money::MAX_MINOR`].
    #[must_use]
    pub const fn from_minor(minor: i64, currency: Currency) -> Option<Self> {
        if minor < 0 || minor > Self::MAX_MINOR { None } else { Some(Self { minor, currency }) }
    }

    /// Reads a plain decimal in major units, such as `128.60`. No signs, exponents, separators or full-width digits.
    ///
    /// # Errors
    /// [`MoneyParseError`] says which rule the text breaks.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyParseError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_plain =
            digits.starts_with(|c: char| c.is_ascii_digit()) && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        if !is_plain {
            return Err(MoneyParseError::NotANumber);
        }
        let whole_digits = digits.split('.').next().unwrap_or_default().trim_start_matches('0').len();
        if whole_digits > 12 {
            return Err(MoneyParseError::TooLarge);
        }
        let decimal = Decimal::from_str_exact(digits).map_err(|_| MoneyParseError::NotANumber)?;
        if digits.len() != text.len() && !decimal.is_zero() {
            return Err(MoneyParseError::Negative);
        }
        let minor = decimal
            .checked_mul(Decimal::from(10_i64.pow(currency.decimals())))
            .ok_or(MoneyParseError::TooLarge)?
            .normalize();
        if minor.scale() > 0 {
            return Err(MoneyParseError::TooFine);
        }
        i64::try_from(minor.mantissa())
            .ok()
            .and_then(|minor| Self::from_minor(minor, currency))
            .ok_or(MoneyParseError::TooLarge)
    }

    /// In minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = Decimal::new(self.minor, self.currency.decimals());
        match self.currency {
            Currency::Cny => write!(f, "¥{amount}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money, MoneyParseError};

    #[test]
    fn reads_plain_decimals_to_the_fen() {
        for (text, minor) in
            [("0", 0), ("-0", 0), ("0.5", 50), ("128.60", 12_860), ("128.6000", 12_860), ("100000000", 10_000_000_000)]
        {
            assert_eq!(Money::parse(text, Currency::Cny).map(Money::minor), Ok(minor), "{text}");
        }
    }

    #[test]
    fn names_what_is_wrong() {
        for (text, error) in [
            ("", MoneyParseError::NotANumber),
            ("abc", MoneyParseError::NotANumber),
            ("1e3", MoneyParseError::NotANumber),
            ("１００", MoneyParseError::NotANumber),
            ("0x10", MoneyParseError::NotANumber),
            ("1.2.3", MoneyParseError::NotANumber),
            (".5", MoneyParseError::NotANumber),
            ("+1", MoneyParseError::NotANumber),
            ("NaN", MoneyParseError::NotANumber),
            ("1,000", MoneyParseError::NotANumber),
            ("-1", MoneyParseError::Negative),
            ("1.005", MoneyParseError::TooFine),
            ("100000000.01", MoneyParseError::TooLarge),
            ("99999999999999999999999999999999999", MoneyParseError::TooLarge),
        ] {
            assert_eq!(Money::parse(text, Currency::Cny), Err(error), "{text}");
        }
    }

    #[test]
    fn prints_both_decimals() {
        assert_eq!(Money::parse("128.6", Currency::Cny).expect("plain").to_string(), "¥128.60");
    }
}
