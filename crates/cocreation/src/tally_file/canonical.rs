//! One way to write a JSON value, so that its hash is the same everywhere.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Without spaces, the keys of objects in the order of their bytes. Numbers are whole in all we write.
#[must_use]
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(",")),
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            let written =
                fields.into_iter().map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)));
            format!("{{{}}}", written.collect::<Vec<_>>().join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

/// The SHA-256 of a value in canonical form, in hex.
///
/// # Panics
/// When the value cannot be JSON, such as a map whose keys are not texts.
#[must_use]
pub fn sha256_of(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).expect("our types are JSON");
    hex(&Sha256::digest(canonical(&value)))
}

/// Bytes as lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
