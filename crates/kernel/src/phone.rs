use std::{fmt, str::FromStr};

use crate::{EmailAddress, TextError};

/// A mobile number of mainland China in its one canonical form, `+86` and eleven digits: one number, one spelling.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// The longest text read, in characters: the canonical form with generous spacing.
    pub const MAX_CHARS: usize = 40;

    /// The canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As anybody but its owner sees it: `138****8000`.
    #[must_use]
    pub fn masked(&self) -> String {
        let national = &self.0[3..];
        format!("{}****{}", &national[..3], &national[7..])
    }
}

impl FromStr for PhoneNumber {
    type Err = TextError;

    /// Takes what people type: full-width digits, spaces and hyphens, a prefix `+86`, `0086`, `86`, `00` or `0`, or none.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.chars().count() > Self::MAX_CHARS {
            return Err(TextError::TooLong { max: Self::MAX_CHARS });
        }
        let folded: String = text.chars().filter(|&c| !is_spacing(c)).map(narrow).collect();
        if folded.is_empty() {
            return Err(TextError::Empty);
        }
        let international = folded.strip_prefix('+');
        let digits = international.unwrap_or(&folded);
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(TextError::Malformed);
        }
        // After a plus the country must follow; after zeros it may.
        let national = match international {
            Some(number) => number.strip_prefix("86"),
            None => {
                let number = digits.trim_start_matches('0');
                let zeros = digits.len() - number.len();
                let with_country = number.strip_prefix("86").filter(|rest| rest.len() == 11);
                (zeros <= 2).then(|| with_country.unwrap_or(number))
            }
        };
        let is_mobile = |number: &&str| {
            number.len() == 11 && number.starts_with('1') && matches!(number.as_bytes()[1], b'3'..=b'9')
        };
        let national = national.filter(is_mobile).ok_or(TextError::Malformed)?;
        Ok(Self(format!("+86{national}")))
    }
}

impl fmt::Debug for PhoneNumber {
    /// Numbers never go to logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhoneNumber(…)")
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl EmailAddress {
    /// As anybody but its owner sees it: `w***@hearth.example`. Always three stars, so that no length is told.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, domain) = self.as_str().split_once('@').expect("an address has an @");
        format!("{}***@{domain}", &local[..1])
    }
}

fn is_spacing(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '‐' | '–' | '－' | '(' | ')' | '（' | '）')
}

/// The narrow form of a full-width digit or plus.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).expect("a digit"),
        '＋' => '+',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::PhoneNumber;
    use crate::{EmailAddress, TextError};

    #[test]
    fn every_spelling_of_a_number_is_one() {
        for text in [
            "13800138000",
            "１３８００１３８０００",
            "+86 138 0013 8000",
            "＋８６１３８００１３８０００",
            "86-138-0013-8000",
            "0086 13800138000",
            "00138 0013 8000",
            "013800138000",
            " 138\u{3000}0013 8000 ",
            "（+86）138–0013－8000",
        ] {
            assert_eq!(text.parse::<PhoneNumber>().map(|it| it.to_string()), Ok("+8613800138000".to_owned()), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_mobile_number() {
        for text in [
            "12800138000",
            "1380013800",
            "138001380000",
            "+1 13800138000",
            "00013800138000",
            "+0086 13800138000",
            "138００１３８００a",
            "13800138000\u{202E}",
            "+",
            "٠١٣٨٠٠١٣٨٠٠٠",
        ] {
            assert_eq!(text.parse::<PhoneNumber>(), Err(TextError::Malformed), "{text}");
        }
        assert_eq!(" ".parse::<PhoneNumber>(), Err(TextError::Empty));
        assert_eq!("1".repeat(41).parse::<PhoneNumber>(), Err(TextError::TooLong { max: 40 }));
    }

    #[test]
    fn others_see_stars() {
        let phone: PhoneNumber = "13812345678".parse().unwrap();
        let address: EmailAddress = "wang.xiulan@hearth.example".parse().unwrap();
        assert_eq!((phone.masked(), address.masked()), ("138****5678".to_owned(), "w***@hearth.example".to_owned()));
        assert_eq!(format!("{phone:?}"), "PhoneNumber(…)");
    }
}
