use std::str::FromStr;

/// The longest form taken, in bytes: the longest texts of a perk in two languages are a tenth of it.
pub(crate) const MAX_FORM_BYTES: usize = 64 * 1_024;

/// How many fields a form or an address may have.
const MAX_FIELDS: usize = 200;

/// The fields of a form or of an address, in their order, as they were typed.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

/// What was sent is no form of ours: a field comes twice, or there are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

impl Fields {
    /// Reads `application/x-www-form-urlencoded`. What is not UTF-8 becomes the replacement character, which no name or reason holds.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let fields: Vec<(String, String)> = form_urlencoded::parse(bytes)
            .take(MAX_FIELDS + 1)
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        if fields.len() > MAX_FIELDS { Err(Malformed) } else { Ok(Self(fields)) }
    }

    /// What was typed into a field, without white space around it; empty when it is not there. Twice is not once: then it is empty, too.
    pub(crate) fn text(&self, name: &str) -> &str {
        let mut values = self.0.iter().filter(|(field, _)| field == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => value.trim(),
            (None | Some(_), _) => "",
        }
    }

    /// What was typed, byte for byte: white space of a password counts.
    pub(crate) fn exact(&self, name: &str) -> &str {
        let mut values = self.0.iter().filter(|(field, _)| field == name);
        match (values.next(), values.next()) {
            (Some((_, value)), None) => value,
            (None | Some(_), _) => "",
        }
    }

    /// Every value of a field that may come more than once.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Every field with what was typed, in their order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a box is ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.text(name) == "yes"
    }

    /// A field parsed: nothing typed is `None`.
    pub(crate) fn optional<T: FromStr>(&self, name: &str) -> Result<Option<T>, Malformed> {
        match self.text(name) {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Fields, Malformed};

    #[test]
    fn reads_what_a_browser_sends() {
        let fields = Fields::parse("name=%E7%8E%8B+%E5%A5%B6%E5%A5%B6&note=+a%26b+&ok=yes".as_bytes()).unwrap();
        assert_eq!((fields.text("name"), fields.text("note"), fields.text("gone")), ("王 奶奶", "a&b", ""));
        assert_eq!((fields.exact("note"), fields.is_ticked("ok"), fields.is_ticked("name")), (" a&b ", true, false));
    }

    #[test]
    fn a_field_sent_twice_says_nothing() {
        let fields = Fields::parse(b"points=1&points=1000&role=a&role=b").unwrap();
        assert_eq!(fields.text("points"), "");
        assert_eq!(fields.all("role").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn refuses_what_is_no_form() {
        assert_eq!(Fields::parse("a=1&".repeat(201).as_bytes()).map(drop), Err(Malformed));
        assert_eq!(Fields::parse(b"n=x").unwrap().optional::<u32>("n"), Err(Malformed));
        assert_eq!(Fields::parse(b"n=7").unwrap().optional::<u32>("n"), Ok(Some(7)));
        assert_eq!(Fields::parse(b"n=").unwrap().optional::<u32>("n"), Ok(None));
    }
}
