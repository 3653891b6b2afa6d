//! The body of a GraphQL request: one object, each key once, no key we do not know.

use std::fmt;

use async_graphql::{Name, Number, Value, Variables, indexmap::IndexMap};
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use crate::refusal::{ErrorCode, Refusal};

/// A request as it came, its JSON known to be well-formed.
#[derive(Debug, PartialEq)]
pub(crate) struct GraphqlBody {
    pub(crate) query: String,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Variables,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fields {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<StrictObject>,
    extensions: Option<StrictObject>,
}

/// Reads a body. Keys twice are refused at any depth: two readers of one text must not see two requests.
pub(crate) fn read(body: &[u8]) -> Result<GraphqlBody, Refusal> {
    // Serde would read an array as the fields in order.
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(Refusal::bad_input("BATCH_REFUSED", "one operation a request: batches are not taken"));
    }
    let fields: Fields = serde_json::from_slice(body)
        .map_err(|error| Refusal::bad_input("MALFORMED_BODY", format!("not a GraphQL request: {error}")))?;
    let asks_for_persisted = fields.extensions.is_some_and(|extensions| extensions.0.contains_key("persistedQuery"));
    let variables = fields.variables.map(|variables| Variables::from_value(Value::Object(variables.0)));
    match fields.query {
        Some(query) => {
            Ok(GraphqlBody { query, operation_name: fields.operation_name, variables: variables.unwrap_or_default() })
        }
        // Clients that send hashes first take this answer as the request for the whole text.
        None if asks_for_persisted => Err(Refusal::new(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound")),
        None => Err(Refusal::bad_input("MALFORMED_BODY", "not a GraphQL request: the string \"query\" is missing")),
    }
}

/// A JSON object in which no key stands twice, however deep.
pub(crate) struct StrictObject(IndexMap<Name, Value>);

impl StrictObject {
    /// The values by name, as variables.
    pub(super) fn into_variables(self) -> Variables {
        Variables::from_value(Value::Object(self.0))
    }

    /// The values with their names, in order.
    pub(crate) fn into_entries(self) -> impl Iterator<Item = (Name, Value)> {
        self.0.into_iter()
    }
}

impl<'de> Deserialize<'de> for StrictObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match StrictValue::deserialize(deserializer)?.0 {
            Value::Object(object) => Ok(Self(object)),
            _ => Err(D::Error::custom("expected an object")),
        }
    }
}

struct StrictValue(Value);

impl<'de> Deserialize<'de> for StrictValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(StrictValue(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = IndexMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            let StrictValue(value) = entries.next_value()?;
            if object.insert(Name::new(&key), value).is_some() {
                return Err(A::Error::custom(format!("the key \"{key}\" stands twice")));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Variables, value};
    use proptest::prelude::{any, prop, proptest};

    use super::{GraphqlBody, read};
    use crate::refusal::ErrorCode;

    fn reason(body: &str) -> &'static str {
        read(body.as_bytes()).expect_err("refused").reason.unwrap_or_default()
    }

    #[test]
    fn reads_a_request() {
        let body = br#"{"query":"{a}","operationName":null,"variables":{"n":[1,-2,0.5,"x",null,true,{"k":1}]},"extensions":{}}"#;
        let variables = Variables::from_value(value!({ "n": [1, -2, 0.5, "x", null, true, { "k": 1 }] }));
        assert_eq!(read(body), Ok(GraphqlBody { query: "{a}".to_owned(), operation_name: None, variables }));
    }

    #[test]
    fn refuses_batches() {
        assert_eq!(reason(r#"[{"query":"{a}"}]"#), "BATCH_REFUSED");
        assert_eq!(reason(r#" ["{a}",null,{},{}]"#), "BATCH_REFUSED");
    }

    #[test]
    fn refuses_what_is_not_a_request() {
        for body in [
            "",
            "{",
            "null",
            "{}",
            r#"{"query":null}"#,
            r#"{"query":1}"#,
            r#"{"query":"{a}","query":"{b}"}"#,
            r#"{"query":"{a}","householdId":"x"}"#,
            r#"{"query":"{a}","variables":[]}"#,
            r#"{"query":"{a}","variables":"x"}"#,
            r#"{"query":"{a}","extensions":0}"#,
            r#"{"query":"{a}","operationName":false}"#,
            r#"{"query":"{a}","variables":{"points":1,"points":1000}}"#,
            r#"{"query":"{a}","variables":{"input":{"points":1,"points":1000}}}"#,
            r#"{"query":"{a}","variables":{"n":NaN}}"#,
            r#"{"query":"{a}","variables":{"n":1e999}}"#,
            r#"{"query":"\ud800"}"#,
            r#"{"query":"{a}"} {"query":"{b}"}"#,
        ] {
            assert_eq!(reason(body), "MALFORMED_BODY", "{body}");
        }
        let deep = format!(r#"{{"query":"{{a}}","variables":{{"n":{}"#, "[".repeat(10_000));
        assert_eq!(reason(&deep), "MALFORMED_BODY");
    }

    #[test]
    fn asks_for_the_text_of_a_hash() {
        let body = br#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}"#;
        assert_eq!(read(body).map_err(|refusal| refusal.code), Err(ErrorCode::PersistedQueryNotFound));
    }

    #[test]
    fn never_panics_whatever_the_bytes() {
        proptest!(|(bytes in prop::collection::vec(any::<u8>(), 0..500))| {
            let _ = read(&bytes);
        });
    }
}
