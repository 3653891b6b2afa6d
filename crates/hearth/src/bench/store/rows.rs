//! Rows without meaning: whatever the import wrote, column by column.

use db::{Dialect, Doing};
use kernel::Fault;
use sea_orm::{DbErr, QueryResult, Value, prelude::Uuid};

/// What a column holds, as far as the driver must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Uuid,
    Int,
    Text,
    Date,
    Bytes,
}

/// A table as the import fills it.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, Kind)],
}

const fn table(name: &'static str, columns: &'static [(&'static str, Kind)]) -> Table {
    Table { name, columns }
}

/// Who buys, before the first order.
pub(super) static HOUSEHOLDS: Table = table(
    "households",
    &[
        ("household_id", Kind::Uuid),
        ("external_ref", Kind::Text),
        ("name", Kind::Text),
        ("community_id", Kind::Uuid),
        ("created_at", Kind::Int),
    ],
);

pub(super) static HOUSEHOLD_REFS: Table =
    table("household_refs", &[("external_ref", Kind::Text), ("household_id", Kind::Uuid)]);

pub(super) static WALLETS: Table = table(
    "wallets",
    &[("household_id", Kind::Uuid), ("balance", Kind::Int), ("owed", Kind::Int), ("last_no", Kind::Int)],
);

pub(super) static ORDERS: Table = table(
    "orders",
    &[
        ("household_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("external_ref", Kind::Text),
        ("person_id", Kind::Uuid),
        ("community", Kind::Text),
        ("channel", Kind::Text),
        ("currency", Kind::Text),
        ("amount_minor", Kind::Int),
        ("cash_minor", Kind::Int),
        ("items_count", Kind::Int),
        ("ordered_at", Kind::Int),
        ("picked_up_at", Kind::Int),
        ("recorded_at", Kind::Int),
        ("lines", Kind::Text),
    ],
);

pub(super) static ORDER_REFS: Table = table(
    "order_refs",
    &[
        ("external_ref", Kind::Text),
        ("household_id", Kind::Uuid),
        ("order_id", Kind::Uuid),
        ("content_hash", Kind::Bytes),
    ],
);

pub(super) static LOTS: Table = table(
    "lots",
    &[
        ("household_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("contributor_id", Kind::Uuid),
        ("available_from", Kind::Date),
        ("expires_on", Kind::Date),
        ("remaining", Kind::Int),
        ("held", Kind::Int),
    ],
);

pub(super) static POSTINGS: Table = table(
    "postings",
    &[
        ("household_id", Kind::Uuid),
        ("id", Kind::Uuid),
        ("no", Kind::Int),
        ("kind", Kind::Text),
        ("reference", Kind::Text),
        ("actor_kind", Kind::Text),
        ("actor_person_id", Kind::Uuid),
        ("actor_staff_id", Kind::Uuid),
        ("posted_at", Kind::Int),
        ("business_date", Kind::Date),
        ("points", Kind::Int),
        ("balance_after", Kind::Int),
        ("owed_after", Kind::Int),
        ("corrects_id", Kind::Uuid),
        ("rule_id", Kind::Uuid),
        ("rule_version", Kind::Int),
        ("basis_minor", Kind::Int),
        ("lines", Kind::Text),
    ],
);

pub(super) static TRANSFERS: Table = table(
    "transfers",
    &[
        ("household_id", Kind::Uuid),
        ("posting_id", Kind::Uuid),
        ("seq", Kind::Int),
        ("from_account", Kind::Text),
        ("from_lot_id", Kind::Uuid),
        ("to_account", Kind::Text),
        ("to_lot_id", Kind::Uuid),
        ("points", Kind::Int),
    ],
);

impl Table {
    /// The columns as `SELECT` and `INSERT` list them.
    pub(super) fn column_list(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// One statement that inserts so many rows.
    pub(super) fn insert_statement(&self, dialect: Dialect, rows: usize) -> String {
        let width = self.columns.len();
        let row = |row: usize| {
            let place = |column: usize| match dialect {
                Dialect::Sqlite => "?".to_owned(),
                Dialect::Postgres => format!("${}", row * width + column + 1),
            };
            format!("({})", (0..width).map(place).collect::<Vec<_>>().join(", "))
        };
        let values = (0..rows).map(row).collect::<Vec<_>>().join(", ");
        format!("INSERT INTO {} ({}) VALUES {values}", self.name, self.column_list())
    }

    /// The values of a row read with [`Table::column_list`].
    pub(super) fn read(&self, row: &QueryResult) -> Result<Vec<Value>, Fault> {
        let values = self.columns.iter().enumerate().map(|(index, (_, kind))| read_value(row, index, *kind));
        values.collect::<Result<_, DbErr>>().doing("read a row to copy")
    }
}

fn read_value(row: &QueryResult, index: usize, kind: Kind) -> Result<Value, DbErr> {
    Ok(match kind {
        Kind::Uuid => row.try_get_by_index::<Option<Uuid>>(index)?.into(),
        Kind::Int => row.try_get_by_index::<Option<i64>>(index)?.into(),
        Kind::Text => row.try_get_by_index::<Option<String>>(index)?.into(),
        Kind::Date => row.try_get_by_index::<Option<chrono::NaiveDate>>(index)?.into(),
        Kind::Bytes => row.try_get_by_index::<Option<Vec<u8>>>(index)?.into(),
    })
}

#[cfg(test)]
mod tests {
    use db::Dialect;

    use super::HOUSEHOLD_REFS;

    #[test]
    fn spells_the_plain_insert_of_each_engine() {
        assert_eq!(
            HOUSEHOLD_REFS.insert_statement(Dialect::Sqlite, 2),
            "INSERT INTO household_refs (external_ref, household_id) VALUES (?, ?), (?, ?)"
        );
        assert_eq!(
            HOUSEHOLD_REFS.insert_statement(Dialect::Postgres, 2),
            "INSERT INTO household_refs (external_ref, household_id) VALUES ($1, $2), ($3, $4)"
        );
    }
}
