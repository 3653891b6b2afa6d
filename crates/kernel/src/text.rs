use std::{fmt, str::FromStr};

/// Why a text was refused at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing there, or only white space.
    #[error("is empty")]
    Empty,
    /// Longer than the type allows.
    #[error("is longer than {max} characters")]
    TooLong {
        /// The limit, in characters.
        max: usize,
    },
    /// A control, zero-width or direction-changing character: what is stored must be what is shown.
    #[error("holds a character that cannot be seen")]
    Unseen,
    /// Not of the form the type wants.
    #[error("is not well-formed")]
    Malformed,
}

/// Trims and refuses what nobody can see: controls, bidirectional overrides, zero-width characters, byte order marks.
fn seen(text: &str, max: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    let is_unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
    };
    if text.chars().any(is_unseen) { Err(TextError::Unseen) } else { Ok(text.to_owned()) }
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident max $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The longest text taken, in characters.
            pub const MAX_CHARS: usize = $max;

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_type! {
    /// A name or title people read: of a person, a household, a community, a product.
    Label max 120
}

impl FromStr for Label {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        seen(text, Self::MAX_CHARS).map(Self)
    }
}

impl fmt::Debug for Label {
    /// Labels may be people's names, which never go to logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Label(…)")
    }
}

text_type! {
    /// The operator's own number for something: an order, a household, a product, an event. Compared byte by byte.
    ExternalRef max 64
}

impl FromStr for ExternalRef {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = seen(text, Self::MAX_CHARS)?;
        if text.contains(char::is_whitespace) { Err(TextError::Malformed) } else { Ok(Self(text)) }
    }
}

impl fmt::Debug for ExternalRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExternalRef({})", self.0)
    }
}

text_type! {
    /// A consumer's key for "this very act": 16 to 64 visible ASCII characters.
    IdempotencyKey max 64
}

impl FromStr for IdempotencyKey {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > Self::MAX_CHARS {
            return Err(TextError::TooLong { max: Self::MAX_CHARS });
        }
        if text.len() < 16 || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(TextError::Malformed);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdempotencyKey({})", self.0)
    }
}

text_type! {
    /// A mail address, lower-cased: one spelling, one account.
    EmailAddress max 254
}

impl FromStr for EmailAddress {
    type Err = TextError;

    /// ASCII only, one `@`, a dotted domain. Whether mail arrives is for the six-digit code to prove.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = seen(text, Self::MAX_CHARS)?.to_ascii_lowercase();
        let (local, domain) = text.split_once('@').ok_or(TextError::Malformed)?;
        let is_local = (1..=64).contains(&local.len())
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b))
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        let is_domain = domain.contains('.')
            && domain.split('.').all(|part| {
                (1..=63).contains(&part.len())
                    && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                    && !part.starts_with('-')
                    && !part.ends_with('-')
            });
        if is_local && is_domain { Ok(Self(text)) } else { Err(TextError::Malformed) }
    }
}

impl fmt::Debug for EmailAddress {
    /// Addresses never go to logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

/// The languages Hearth speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// 简体中文, the default.
    #[default]
    ZhCn,
    /// English.
    En,
}

impl Locale {
    /// The language tag (BCP 47).
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::ZhCn => "zh-CN",
            Self::En => "en",
        }
    }

    /// What to say in this language, of the same thing in both.
    #[must_use]
    pub fn choose<T>(self, zh: T, en: T) -> T {
        match self {
            Self::ZhCn => zh,
            Self::En => en,
        }
    }

    /// The best of ours for an `Accept-Language` header: the first language named that we speak, else Chinese.
    #[must_use]
    pub fn from_accept_language(header: &str) -> Self {
        let mut ranges = header.split(',').take(20);
        let first_spoken = ranges.find_map(|range| Self::from_tag(range.split(';').next().unwrap_or_default()));
        first_spoken.unwrap_or_default()
    }

    /// The one of ours that a language tag (BCP 47) is a kind of: `en-GB` is English. `None`: none of them.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag.trim().to_ascii_lowercase().split('-').next() {
            Some("zh") => Some(Self::ZhCn),
            Some("en") => Some(Self::En),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EmailAddress, ExternalRef, IdempotencyKey, Label, Locale, TextError};

    #[test]
    fn labels_hold_only_what_is_shown() {
        assert_eq!(" 王奶奶 ".parse::<Label>().map(|l| l.to_string()), Ok("王奶奶".to_owned()));
        for text in ["a\u{202E}b", "a\u{200B}b", "a\0b", "a\u{FEFF}b", "a\nb"] {
            assert_eq!(text.parse::<Label>(), Err(TextError::Unseen), "{text:?}");
        }
        assert_eq!("  ".parse::<Label>(), Err(TextError::Empty));
        assert_eq!("长".repeat(121).parse::<Label>(), Err(TextError::TooLong { max: 120 }));
    }

    #[test]
    fn one_spelling_of_an_address() {
        assert_eq!(
            "Wang@Hearth.Example".parse::<EmailAddress>().map(|a| a.to_string()),
            Ok("wang@hearth.example".to_owned())
        );
        for text in ["wang", "@x.y", "a@b", "a b@c.d", "a@b..c", "a@@b.c", "王@x.cn", "a@-b.c", ".a@b.c"] {
            assert_eq!(text.parse::<EmailAddress>(), Err(TextError::Malformed), "{text}");
        }
    }

    #[test]
    fn keys_are_16_to_64_visible_ascii_characters() {
        assert!("0123456789abcdef".parse::<IdempotencyKey>().is_ok());
        assert!("x".repeat(64).parse::<IdempotencyKey>().is_ok());
        for text in ["0123456789abcde", "0123456789 abcdef", "🍑🍑🍑🍑🍑🍑", "0123456789abcdé0"] {
            assert_eq!(text.parse::<IdempotencyKey>(), Err(TextError::Malformed), "{text}");
        }
        assert_eq!("x".repeat(300).parse::<IdempotencyKey>(), Err(TextError::TooLong { max: 64 }));
    }

    #[test]
    fn references_have_no_space_inside() {
        assert!("D2017-000001".parse::<ExternalRef>().is_ok());
        assert_eq!("a b".parse::<ExternalRef>(), Err(TextError::Malformed));
    }

    #[test]
    fn debug_never_shows_a_person() {
        let address: EmailAddress = "wang@hearth.example".parse().expect("well-formed");
        let label: Label = "王奶奶".parse().expect("well-formed");
        assert_eq!(format!("{address:?} {label:?}"), "EmailAddress(…) Label(…)");
    }

    #[test]
    fn chooses_the_first_language_we_speak() {
        assert_eq!(Locale::from_accept_language("fr, en-GB;q=0.8, zh;q=0.5"), Locale::En);
        assert_eq!(Locale::from_accept_language(""), Locale::ZhCn);
        assert_eq!(Locale::from_accept_language("de"), Locale::ZhCn);
    }
}
