use std::fmt;

use sha2::{Digest, Sha256};

use crate::Posting;

/// The hash of a posting and of all postings of its wallet before it.
///
/// Each wallet has a chain of its own, so that no posting waits for another household's. Whoever edits, drops or reorders postings
/// must recompute every hash after them, and the heads that were sealed and written to the audit log say so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainHash([u8; 32]);

impl ChainHash {
    /// Wraps a stored hash.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For the store.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of `posting` after a chain that ends in `previous`; its own `hash` does not count.
    ///
    /// SHA-256 over the previous hash (32 zero bytes when there is none) and the posting's fields in a fixed order, each behind its
    /// length in four bytes, big end first, so that no two postings read the same.
    #[must_use]
    pub fn of(posting: &Posting, previous: Option<Self>) -> Self {
        let mut fields = Fields(Sha256::new_with_prefix(previous.map_or([0; 32], |hash| hash.0)));
        let cause = &posting.cause;
        fields.bytes(posting.household.uuid().as_bytes());
        fields.bytes(cause.id.uuid().as_bytes());
        fields.number(posting.no);
        fields.text(posting.kind.code());
        fields.text(&cause.reference);
        fields.text(cause.actor.kind());
        fields.bytes(cause.actor.uuid().map_or([0; 16], |id| *id.as_bytes()).as_slice());
        fields.number(cause.posted_at.timestamp_millis());
        fields.number(i64::from(chrono::Datelike::num_days_from_ce(&cause.business_date)));
        fields.number(posting.points.get());
        fields.number(posting.balance_after.get());
        fields.number(posting.owed_after.get());
        fields.bytes(posting.corrects.map_or([0; 16], |id| *id.uuid().as_bytes()).as_slice());
        fields.bytes(posting.counterpart.map_or([0; 16], |id| *id.uuid().as_bytes()).as_slice());
        fields.text(posting.reason.as_ref().map_or("", kernel::Label::as_str));
        if let Some(earn) = &posting.earn {
            fields.bytes(earn.rule.uuid().as_bytes());
            fields.number(i64::from(earn.rule_version));
            fields.number(earn.basis.minor());
        }
        for line in posting.lines() {
            fields.number(i64::from(line.line_no));
            fields.number(line.points.get());
        }
        for transfer in &posting.transfers {
            for account in [transfer.from, transfer.to] {
                fields.text(account.code());
                fields.bytes(account.lot().map_or([0; 16], |lot| *lot.uuid().as_bytes()).as_slice());
            }
            fields.number(transfer.points.get());
        }
        Self(fields.0.finalize().into())
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

struct Fields(Sha256);

impl Fields {
    fn bytes(&mut self, bytes: &[u8]) {
        let length = u32::try_from(bytes.len()).expect("no field of a posting is four gigabytes long");
        self.0.update(length.to_be_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn number(&mut self, number: i64) {
        self.bytes(&number.to_be_bytes());
    }
}

#[cfg(test)]
mod tests;
