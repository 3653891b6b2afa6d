//! What is kept beside the books, read for `hearth verify`: idempotency keys, and what the audit log tells of one kind of act.

use kernel::Fault;

use crate::{Snapshot, TableRead, Unreadable};

/// Most idempotency keys read at once.
const KEYS_PER_PAGE: i64 = 10_000;

const KEYS: TableRead = TableRead {
    table: "idempotency_keys",
    columns: &["principal", "operation", "key", "answer", "input_hash"],
    days: &[],
    which: "WHERE (principal, operation, key) > ($1, $2, $3) ORDER BY principal, operation, key LIMIT $4",
};

const AUDIT_LINES: TableRead = TableRead {
    table: "audit_lines",
    columns: &["subject", "detail"],
    days: &[],
    which: "WHERE action = $1 ORDER BY id",
};

/// An idempotency key as its row says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeptKey {
    /// Whose.
    pub principal: String,
    /// For which use-case.
    pub operation: String,
    /// The principal's own text.
    pub key: String,
    /// What the act answered.
    pub answer: String,
    /// The hash of its input; all zero where what is stored is none.
    pub input: [u8; 32],
}

/// The next idempotency keys after a given one, in their order. Empty: there are no more.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_kept_keys(snapshot: &mut Snapshot, after: Option<&KeptKey>) -> Result<Vec<KeptKey>, Fault> {
    let KeptKey { principal, operation, key, .. } = after.cloned().unwrap_or_default();
    let values = vec![principal.into(), operation.into(), key.into(), KEYS_PER_PAGE.into()];
    let rows = snapshot.list(&KEYS, values).await?;
    let keys = rows.iter().map(|row| {
        Ok(KeptKey {
            principal: row.get(0)?,
            operation: row.get(1)?,
            key: row.get(2)?,
            answer: row.get(3)?,
            input: row.get::<Vec<u8>>(4)?.try_into().unwrap_or_default(),
        })
    });
    keys.collect::<Result<_, Unreadable>>().map_err(|_| Fault::inconsistent("read idempotency keys"))
}

/// Subject and detail of every audit line of an action, oldest first. Reads the log through.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_audit_lines(snapshot: &mut Snapshot, action: &str) -> Result<Vec<(String, String)>, Fault> {
    let rows = snapshot.list(&AUDIT_LINES, vec![action.into()]).await?;
    let lines = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?)));
    lines.collect::<Result<_, Unreadable>>().map_err(|_| Fault::inconsistent("read the audit log"))
}
