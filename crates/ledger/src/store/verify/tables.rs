//! What is read of each table, and rows by the places of those columns.
//!
//! Rows of a range come in any order: sorting a few thousand here is cheaper than on the server that everybody shares.

use db::{StoredRow, TableRead, Unreadable};
use kernel::{Id, kinds};
use uuid::Uuid;

use crate::{
    StoredSeal,
    store::postings::{posting_rows, transfer_rows},
    verify::{StoredHead, StoredHeldLot, StoredHold},
};

pub(super) const NEXT_WALLETS: TableRead = TableRead {
    table: "wallets",
    columns: &["household_id", "last_no"],
    days: &[],
    which: "WHERE household_id >= $1 ORDER BY household_id LIMIT $2",
};

pub(super) const WALLETS: TableRead = TableRead {
    table: "wallets",
    columns: &["household_id", "balance", "owed", "last_no", "head", "sealed_no", "next_lapse_on"],
    days: &["next_lapse_on"],
    which: "WHERE household_id >= $1 AND household_id <= $2",
};

pub(super) const LOTS: TableRead = TableRead {
    table: "lots",
    columns: &["household_id", "id", "contributor_id", "available_from", "expires_on", "remaining", "held"],
    days: &["available_from", "expires_on"],
    which: "WHERE household_id >= $1 AND household_id <= $2",
};

pub(super) const POSTINGS: TableRead = TableRead {
    table: "postings",
    columns: &[
        "household_id",
        "id",
        "no",
        "kind",
        "reference",
        "actor_kind",
        "actor_person_id",
        "actor_staff_id",
        "posted_at",
        "business_date",
        "points",
        "balance_after",
        "owed_after",
        "corrects_id",
        "counterpart_id",
        "reason",
        "rule_id",
        "rule_version",
        "basis_minor",
        "lines",
        "hash",
    ],
    days: &["business_date"],
    which: "WHERE household_id >= $1 AND household_id <= $2",
};

pub(super) const TRANSFERS: TableRead = TableRead {
    table: "transfers",
    columns: &["household_id", "posting_id", "seq", "from_account", "from_lot_id", "to_account", "to_lot_id", "points"],
    days: &[],
    which: "WHERE household_id >= $1 AND household_id <= $2",
};

pub(super) const HOLDS: TableRead = TableRead {
    table: "holds",
    columns: &["household_id", "id", "points", "ends_at", "state", "ended_at"],
    days: &[],
    which: "WHERE household_id >= $1 AND household_id <= $2",
};

pub(super) const HOLD_LOTS: TableRead = TableRead {
    table: "hold_lots",
    columns: &["household_id", "hold_id", "lot_id", "points"],
    days: &[],
    which: "WHERE household_id >= $1 AND household_id <= $2",
};

pub(super) const HEADS: TableRead = TableRead {
    table: "ledger_seal_heads",
    columns: &["household_id", "seal_no", "last_no", "head"],
    days: &[],
    which: "WHERE household_id >= $1 AND household_id <= $2",
};

pub(super) const SEALS: TableRead = TableRead {
    table: "ledger_seals",
    columns: &["no", "wallets_count", "previous", "hash"],
    days: &[],
    which: "ORDER BY no",
};

pub(super) const NO_OF_KIND: TableRead = TableRead {
    table: "postings",
    columns: &["no"],
    days: &[],
    which: "WHERE household_id = $1 AND id = $2 AND kind = $3",
};

/// A posting's row, and the first of its columns that cannot be read: that one is then empty. Keys and numbers must be readable.
pub(super) fn posting_row(row: &StoredRow) -> Result<(posting_rows::Model, Option<Unreadable>), Unreadable> {
    let mut unreadable = None;
    let model = posting_rows::Model {
        household_id: row.get(0)?,
        id: row.get(1)?,
        no: row.get(2)?,
        kind: row.get(3)?,
        reference: row.get(4)?,
        actor_kind: row.get(5)?,
        actor_person_id: noted(row.get(6), &mut unreadable),
        actor_staff_id: noted(row.get(7), &mut unreadable),
        posted_at: row.get(8)?,
        business_date: noted(row.day(9), &mut unreadable),
        points: row.get(10)?,
        balance_after: row.get(11)?,
        owed_after: row.get(12)?,
        corrects_id: noted(row.get(13), &mut unreadable),
        counterpart_id: noted(row.get(14), &mut unreadable),
        reason: row.get(15)?,
        rule_id: noted(row.get(16), &mut unreadable),
        rule_version: row.get(17)?,
        basis_minor: row.get(18)?,
        lines: row.get(19)?,
        hash: row.get(20)?,
    };
    Ok((model, unreadable))
}

fn noted<T: Default>(value: Result<T, Unreadable>, unreadable: &mut Option<Unreadable>) -> T {
    value.unwrap_or_else(|why| {
        unreadable.get_or_insert(why);
        T::default()
    })
}

pub(super) fn transfer_row(row: &StoredRow) -> Result<transfer_rows::Model, Unreadable> {
    Ok(transfer_rows::Model {
        household_id: row.get(0)?,
        posting_id: row.get(1)?,
        seq: row.get(2)?,
        from_account: row.get(3)?,
        from_lot_id: row.get(4)?,
        to_account: row.get(5)?,
        to_lot_id: row.get(6)?,
        points: row.get(7)?,
    })
}

pub(super) fn stored_hold(row: &StoredRow) -> Result<StoredHold, Unreadable> {
    Ok(StoredHold {
        id: Id::from_uuid(row.get(1)?),
        points: row.get(2)?,
        ends_at: row.get(3)?,
        state: row.get(4)?,
        ended_at: row.get(5)?,
        lots: Vec::new(),
    })
}

pub(super) fn stored_held_lot(row: &StoredRow) -> Result<(Id<kinds::Hold>, StoredHeldLot), Unreadable> {
    let held = StoredHeldLot { lot: Id::from_uuid(row.get::<Uuid>(2)?), points: row.get(3)? };
    Ok((Id::from_uuid(row.get(1)?), held))
}

pub(super) fn stored_head(row: &StoredRow) -> Result<StoredHead, Unreadable> {
    Ok(StoredHead { seal_no: row.get(1)?, last_no: row.get(2)?, head: row.get(3)? })
}

pub(super) fn stored_seal(row: &StoredRow) -> Result<StoredSeal, Unreadable> {
    Ok(StoredSeal { no: row.get(0)?, wallets_count: row.get(1)?, previous: row.get(2)?, hash: row.get(3)? })
}
