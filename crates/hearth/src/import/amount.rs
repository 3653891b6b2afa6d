use kernel::{Currency, Money, MoneyParseError};

/// How many decimals behind the fen decide whether an amount is dust.
const DUST_DECIMALS: usize = 6;

/// The exponents of ten from which a number in scientific notation is nothing at all.
const DUST_EXPONENT: u32 = 9;

/// Reads an amount of yuan as order systems export it.
///
/// Programs that calculate in binary floating point write `12.340000000000002` for 12.34 and `1.776357e-15` for nothing. Such
/// dust, less than a hundred-millionth of a yuan, is swept up; anything else finer than a fen is an error, because nobody
/// can say which fen was meant.
///
/// # Errors
/// [`MoneyParseError`] says which rule the text breaks.
pub fn parse_amount(text: &str) -> Result<Money, MoneyParseError> {
    match Money::parse(text, Currency::Cny) {
        Ok(money) => Ok(money),
        Err(MoneyParseError::NotANumber) if is_scientific_dust(text) => Ok(Money::ZERO),
        Err(error @ (MoneyParseError::NotANumber | MoneyParseError::TooFine)) => sweep(text).ok_or(error),
        Err(error) => Err(error),
    }
}

/// `1.776357e-15` and the like: one digit, perhaps decimals, and a very negative exponent.
fn is_scientific_dust(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let Some((mantissa, exponent)) = text.split_once(['e', 'E']) else { return false };
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let are_digits = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let Some(exponent) = exponent.strip_prefix('-').filter(|digits| are_digits(digits)) else { return false };
    whole.len() == 1
        && are_digits(whole)
        && are_digits(decimals)
        && exponent.parse::<u32>().map_or(true, |exponent| exponent >= DUST_EXPONENT)
}

/// The whole fen that a decimal with dust behind it stands for; `None` when it is not dust.
fn sweep(text: &str) -> Option<Money> {
    let (whole, decimals) = text.split_once('.')?;
    if !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (fen, dust) = decimals.split_at_checked(2)?;
    let deciding = dust.get(..DUST_DECIMALS)?;
    let cut = Money::parse(&format!("{whole}.{fen}"), Currency::Cny).ok()?;
    if deciding.bytes().all(|digit| digit == b'0') {
        Some(cut)
    } else if deciding.bytes().all(|digit| digit == b'9') {
        Money::from_minor(cut.minor() + 1, Currency::Cny)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Money, MoneyParseError};

    use super::parse_amount;

    #[test]
    fn sweeps_up_the_dust_of_binary_fractions() {
        for (text, fen) in [
            ("12.34", 1_234),
            ("12.340000000000002", 1_234),
            ("12.339999999999998", 1_234),
            ("0.9999999999999999", 100),
            ("12.34000000", 1_234),
            ("1.776357e-15", 0),
            ("-2E-16", 0),
            ("12.340000000000000000000000000000000000000000002", 1_234),
        ] {
            assert_eq!(parse_amount(text).map(Money::minor), Ok(fen), "{text}");
        }
    }

    #[test]
    fn leaves_the_rest_an_error() {
        for (text, error) in [
            ("1.005", MoneyParseError::TooFine),
            ("1.99999", MoneyParseError::TooFine),
            ("1.0000001", MoneyParseError::TooFine),
            ("5e-05", MoneyParseError::NotANumber),
            ("1e3", MoneyParseError::NotANumber),
            ("12e-15", MoneyParseError::NotANumber),
            ("1.e-15", MoneyParseError::NotANumber),
            ("e-15", MoneyParseError::NotANumber),
            ("1.2.300000000", MoneyParseError::NotANumber),
            ("-12.340000000000002", MoneyParseError::Negative),
            ("", MoneyParseError::NotANumber),
        ] {
            assert_eq!(parse_amount(text), Err(error), "{text}");
        }
    }
}
