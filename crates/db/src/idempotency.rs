//! "The same act" happens once: a key per principal and operation, kept with the hash of its input and its answer.
//!
//! Refusals are not kept: they move nothing, and asking again after points matured must be able to succeed.

use std::collections::HashMap;

use kernel::Fault;
use sea_orm::{DbBackend, EntityTrait, Set, Statement};
use sha2::{Digest, Sha256};

use crate::{Dialect, Doing, Tx, insert_rows, pg_array::ArrayLiteral, write::unnest_list};

/// For how many days a key is kept: the promise that a repeated act is answered again holds this long. `hearth verify` misses no
/// older one.
pub const KEPT_DAYS: i64 = 90;

/// The SHA-256 of an act's input in its canonical text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct InputHash([u8; 32]);

impl InputHash {
    /// Hashes the parts of an input; parts cannot run into each other.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part.len().to_le_bytes());
            hasher.update(part.as_bytes());
        }
        Self(hasher.finalize().into())
    }

    /// The hash of this input and one more part.
    #[must_use]
    pub fn and(self, part: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(self.0);
        hasher.update(part.as_bytes());
        Self(hasher.finalize().into())
    }

    /// A hash that was stored.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// The 32 bytes, for the store.
    #[must_use]
    pub fn to_vec(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

/// Who may say "this very act", and of which kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Whose key it is: another principal's equal text means nothing.
    pub principal: String,
    /// The use-case.
    pub operation: &'static str,
    /// The principal's own text.
    pub key: String,
}

/// What is known about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// This very act was done; here is what it answered.
    SameInput(String),
    /// The key was used for another input.
    OtherInput,
}

/// What is kept under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    input_hash: Vec<u8>,
    answer: String,
}

impl Kept {
    /// What that says about an act with this input.
    #[must_use]
    pub fn known(&self, input: InputHash) -> Known {
        if self.input_hash == input.0 { Known::SameInput(self.answer.clone()) } else { Known::OtherInput }
    }
}

/// What earlier acts of one operation left under these keys, by principal and key. Call it holding the rows the acts will judge.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_kept(
    tx: &mut Tx,
    operation: &'static str,
    keys: &[(&str, &str)],
) -> Result<HashMap<(String, String), Kept>, Fault> {
    let found = idempotency_keys::Entity::find().from_raw_sql(lookup(tx.dialect(), operation, keys));
    let rows = found.all(tx.connection()).await.doing("look up idempotency keys")?;
    let kept =
        rows.into_iter().map(|row| ((row.principal, row.key), Kept { input_hash: row.input_hash, answer: row.answer }));
    Ok(kept.collect())
}

/// Looks keys up one by one in their index; however many there are, the statement is the same.
fn lookup(dialect: Dialect, operation: &str, keys: &[(&str, &str)]) -> Statement {
    match dialect {
        Dialect::Sqlite => {
            let json = serde_json::to_string(keys).expect("texts always serialise");
            let sql = "SELECT it.* FROM json_each(?) AS asked JOIN idempotency_keys AS it \
                       ON it.principal = json_extract(asked.value, '$[0]') AND it.operation = ? \
                       AND it.key = json_extract(asked.value, '$[1]')";
            Statement::from_sql_and_values(DbBackend::Sqlite, sql, [json.into(), operation.into()])
        }
        Dialect::Postgres => {
            let mut literals = [(); 2].map(|()| ArrayLiteral::default());
            for (principal, key) in keys {
                literals[0].push_text(principal);
                literals[1].push_text(key);
            }
            let [principals, keys] = literals.map(|literal| literal.finish().into());
            // The limit keeps the planner from joining: while it thinks the table small it would read all of it for one key.
            let sql = format!(
                "SELECT it.* FROM unnest({}) AS asked (principal, key) CROSS JOIN LATERAL ( \
                 SELECT * FROM idempotency_keys AS kept WHERE kept.principal = asked.principal AND kept.operation = $3 \
                 AND kept.key = asked.key LIMIT 1) AS it",
                unnest_list(&["text[]"; 2], 1)
            );
            Statement::from_sql_and_values(DbBackend::Postgres, sql, [principals, keys, operation.into()])
        }
    }
}

/// Keeps what acts answered, in the transaction that had the effect. A twin that got here first makes this contention.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_answers(tx: &mut Tx, mut answers: Vec<(Key, InputHash, String)>) -> Result<(), Fault> {
    answers.sort_by(|a, b| a.0.cmp(&b.0));
    let created_at = tx.now().timestamp_millis();
    let rows = answers.into_iter().map(|(key, hash, answer)| idempotency_keys::ActiveModel {
        principal: Set(key.principal),
        operation: Set(key.operation.to_owned()),
        key: Set(key.key),
        input_hash: Set(hash.to_vec()),
        answer: Set(answer),
        created_at: Set(created_at),
    });
    insert_rows::<idempotency_keys::Entity, _>(tx, rows.collect(), "keep idempotent answers").await
}

mod idempotency_keys {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "idempotency_keys")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub principal: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub operation: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        pub input_hash: Vec<u8>,
        pub answer: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
