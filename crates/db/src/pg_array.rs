//! Arrays as PostgreSQL reads them from text.

use std::fmt::{Display, Write as _};

use kernel::Fault;
use sea_orm::Value;

/// An array under way: `{1,NULL,"a \"b\""}`.
///
/// As text, because the driver's own arrays are an optional feature of three crates and no faster to speak of.
#[derive(Debug, Default)]
pub(crate) struct ArrayLiteral {
    text: String,
}

impl ArrayLiteral {
    /// Adds a value and says of which type the array is.
    ///
    /// # Errors
    /// A [`Fault`] for a type no column of ours has.
    pub(crate) fn push(&mut self, value: &Value) -> Result<&'static str, Fault> {
        Ok(match value {
            Value::Uuid(value) => self.push_option(value.as_ref().map(|id| id.simple()), "uuid[]"),
            Value::BigInt(value) => self.push_option(value.as_ref(), "bigint[]"),
            Value::Bool(value) => self.push_option(value.as_ref(), "boolean[]"),
            Value::ChronoDate(value) => self.push_option(value.as_ref(), "date[]"),
            Value::String(value) => {
                match value {
                    Some(text) => self.push_text(text),
                    None => self.push_plain("NULL"),
                }
                "text[]"
            }
            Value::Bytes(value) => {
                match value {
                    Some(bytes) => self.push_bytes(bytes),
                    None => self.push_plain("NULL"),
                }
                "bytea[]"
            }
            _ => return Err(Fault::inconsistent("spell a value of a type that no column has")),
        })
    }

    fn push_option(&mut self, value: Option<impl Display>, kind: &'static str) -> &'static str {
        match value {
            Some(value) => self.push_plain(value),
            None => self.push_plain("NULL"),
        }
        kind
    }

    /// Adds what needs no quotation marks.
    pub(crate) fn push_plain(&mut self, value: impl Display) {
        self.text.push(if self.text.is_empty() { '{' } else { ',' });
        write!(self.text, "{value}").expect("a string takes everything");
    }

    /// Adds a text.
    pub(crate) fn push_text(&mut self, value: &str) {
        self.push_plain('"');
        for piece in value.split_inclusive(['"', '\\']) {
            let plain = piece.strip_suffix(['"', '\\']);
            self.text.push_str(plain.unwrap_or(piece));
            if let Some(plain) = plain {
                self.text.push('\\');
                self.text.push_str(&piece[plain.len()..]);
            }
        }
        self.text.push('"');
    }

    fn push_bytes(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.push_plain(r#""\\x"#);
        for byte in bytes {
            self.text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            self.text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        self.text.push('"');
    }

    /// The whole of it.
    pub(crate) fn finish(mut self) -> String {
        self.text.push_str(if self.text.is_empty() { "{}" } else { "}" });
        self.text
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Value;
    use uuid::Uuid;

    use super::ArrayLiteral;

    fn literal(values: &[Value]) -> (&'static str, String) {
        let mut literal = ArrayLiteral::default();
        let kinds: Vec<&str> = values.iter().map(|value| literal.push(value).unwrap()).collect();
        (kinds[0], literal.finish())
    }

    #[test]
    fn spells_every_type_a_column_has() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        for (values, kind, text) in [
            (vec![Value::BigInt(Some(-7)), Value::BigInt(None)], "bigint[]", "{-7,NULL}"),
            (vec![Value::Bool(Some(true))], "boolean[]", "{true}"),
            (vec![Value::ChronoDate(Some(day))], "date[]", "{2026-03-01}"),
            (vec![Value::Uuid(Some(Uuid::from_u128(10)))], "uuid[]", "{0000000000000000000000000000000a}"),
            (vec![Value::Bytes(Some(vec![0, 171])), Value::Bytes(None)], "bytea[]", r#"{"\\x00ab",NULL}"#),
        ] {
            assert_eq!(literal(&values), (kind, text.to_owned()));
        }
    }

    #[test]
    fn lets_no_text_run_out_of_its_marks() {
        let texts = ["", "NULL", r#"a"b\c"#, "{,}", "鲜"].map(|text| Value::String(Some(text.to_owned())));
        assert_eq!(literal(&texts), ("text[]", r#"{"","NULL","a\"b\\c","{,}","鲜"}"#.to_owned()));
        assert_eq!(ArrayLiteral::default().finish(), "{}");
    }

    #[test]
    fn refuses_a_type_that_no_column_has() {
        assert!(ArrayLiteral::default().push(&Value::SmallInt(Some(1))).is_err());
    }
}
