//! Many rows by few statements.
//!
//! The text of a statement must not depend on how many rows there are, or the engine would parse and plan each batch anew,
//! which costs more than writing it. PostgreSQL takes a column a parameter and unnests them; SQLite takes a few fixed numbers
//! of rows. Both forms are prepared once per connection and table.

use std::collections::BTreeSet;

use kernel::Fault;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, IdenStatic, Iterable,
    Statement, Value,
    sea_query::{Expr, SimpleExpr},
};
use uuid::Uuid;

use crate::{
    Dialect, Doing, Tx,
    pg_array::ArrayLiteral,
    write::{Shape, Write, execute_all},
};

/// Most values bound in one statement. SQLite stops at 32,766 and PostgreSQL at 65,535.
pub const MAX_BOUND_VALUES: usize = 30_000;

/// Most rows of one statement on PostgreSQL: beyond it a parameter would be megabytes.
const MAX_ROWS_UNNESTED: usize = 10_000;

/// Rows of one statement on SQLite: as many of the first as fit, then of the next. A statement costs a change of threads, so
/// fewer are better; a prepared one keeps a few hundred bytes for each value.
const SQLITE_ROWS: [usize; 4] = [64, 16, 4, 1];

/// Inserts many rows by few statements. No rows: no statement. All rows must set the same columns.
///
/// # Errors
/// A [`Fault`] named by `doing`.
pub async fn insert_rows<E, A>(tx: &mut Tx, rows: Vec<A>, doing: &'static str) -> Result<(), Fault>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
{
    write_rows::<E, A>(tx, rows, "", doing).await
}

/// Inserts rows whose key `key` is not there yet, and returns how many those were. The others stay as they are.
///
/// # Errors
/// A [`Fault`] named by `doing`.
pub async fn insert_new_rows<E, A>(
    tx: &mut Tx,
    rows: Vec<A>,
    key: &[E::Column],
    doing: &'static str,
) -> Result<u64, Fault>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
{
    let conflict = format!(" ON CONFLICT ({}) DO NOTHING", names::<E>(key).join(", "));
    let writes = spell_rows::<E, A>(tx.dialect(), rows, &conflict, doing)?;
    execute_all(tx, writes).await
}

/// Inserts many rows, replacing `replaced` columns where the key `key` is already there. The rows must be locked.
///
/// # Errors
/// A [`Fault`] named by `doing`.
pub async fn upsert_rows<E, A>(
    tx: &mut Tx,
    rows: Vec<A>,
    key: &[E::Column],
    replaced: &[E::Column],
    doing: &'static str,
) -> Result<(), Fault>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
{
    let set: Vec<String> = names::<E>(replaced).iter().map(|name| format!("{name} = excluded.{name}")).collect();
    let conflict = format!(" ON CONFLICT ({}) DO UPDATE SET {}", names::<E>(key).join(", "), set.join(", "));
    write_rows::<E, A>(tx, rows, &conflict, doing).await
}

/// Inserts many rows, adding the column `added` to what is there where the key `key` is. The rows must be locked.
///
/// # Errors
/// A [`Fault`] named by `doing`.
pub async fn add_rows<E, A>(
    tx: &mut Tx,
    rows: Vec<A>,
    key: &[E::Column],
    added: E::Column,
    doing: &'static str,
) -> Result<(), Fault>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
{
    let (table, name) = (table_name::<E>(), added.as_str().to_owned());
    let conflict = format!(
        " ON CONFLICT ({}) DO UPDATE SET {name} = {table}.{name} + excluded.{name}",
        names::<E>(key).join(", ")
    );
    write_rows::<E, A>(tx, rows, &conflict, doing).await
}

/// A condition: the column is one of these ids. However many there are, the statement is the same.
pub fn is_any_id<C: ColumnTrait>(tx: &Tx, column: C, ids: impl IntoIterator<Item = Uuid>) -> SimpleExpr {
    is_any_id_on(tx.dialect(), column, ids)
}

/// As [`is_any_id`], outside a transaction.
pub fn is_any_id_on<C: ColumnTrait>(dialect: Dialect, column: C, ids: impl IntoIterator<Item = Uuid>) -> SimpleExpr {
    let column = qualified(&column);
    match dialect {
        Dialect::Sqlite => {
            let texts: Vec<String> = ids.into_iter().map(|id| id.simple().to_string()).collect();
            one_of_json(&column, "unhex(value)", &texts)
        }
        Dialect::Postgres => {
            let mut literal = ArrayLiteral::default();
            ids.into_iter().for_each(|id| literal.push_plain(id.simple()));
            one_of_array(&column, "uuid[]", literal)
        }
    }
}

/// A condition: the column is one of these texts. However many there are, the statement is the same.
pub fn is_any_text<'a, C: ColumnTrait>(tx: &Tx, column: C, texts: impl IntoIterator<Item = &'a str>) -> SimpleExpr {
    let column = qualified(&column);
    match tx.dialect() {
        Dialect::Sqlite => {
            let texts: Vec<&str> = texts.into_iter().collect();
            one_of_json(&column, "value", &texts)
        }
        Dialect::Postgres => {
            let mut literal = ArrayLiteral::default();
            texts.into_iter().for_each(|text| literal.push_text(text));
            one_of_array(&column, "text[]", literal)
        }
    }
}

/// Which of these rows are locked by somebody who does not wait for a lock in turn: whoever waits for those rows waits for that
/// somebody. SQLite locks no rows, so there it is always none.
///
/// # Errors
/// A [`Fault`] named by `doing`.
pub async fn list_locked<E: EntityTrait>(
    tx: &mut Tx,
    column: E::Column,
    ids: impl IntoIterator<Item = Uuid>,
    doing: &'static str,
) -> Result<BTreeSet<Uuid>, Fault> {
    if tx.dialect() == Dialect::Sqlite {
        return Ok(BTreeSet::new());
    }
    let (table, id) = (table_name::<E>(), column.as_str());
    let mut literal = ArrayLiteral::default();
    ids.into_iter().for_each(|id| literal.push_plain(id.simple()));
    // A locked row names its locker in xmax, and every open transaction holds a lock on its own number. To try the locks, and skip
    // what is locked, would say of rows in fellow batches who wait for the same somebody that they are kept too.
    let sql = format!(
        "SELECT it.{id} AS id FROM {table} it JOIN pg_locks held ON held.transactionid = it.xmax AND held.granted \
         WHERE it.{id} = ANY (ARRAY(SELECT unnest(CAST(CAST($1 AS text) AS uuid[])))) \
         AND NOT EXISTS (SELECT 1 FROM pg_locks waiting WHERE waiting.pid = held.pid AND NOT waiting.granted)"
    );
    let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, [literal.finish().into()]);
    let rows = tx.connection().query_all_raw(statement).await.doing(doing)?;
    rows.iter().map(|row| row.try_get("", "id")).collect::<Result<_, _>>().doing(doing)
}

fn one_of_json<T: serde::Serialize>(column: &str, value: &str, all: &[T]) -> SimpleExpr {
    let json = serde_json::to_string(all).expect("texts always serialise");
    Expr::cust_with_values(format!("{column} IN (SELECT {value} FROM json_each(?))"), [json])
}

// Not `= ANY (array)`: where that ends up as a filter, the text is read anew for every row. Not `IN (SELECT …)`: that is a join, and
// while a table is thought to be small the planner reads all of it, or all of its index, for one row. A sub-select in an array is read
// once, and then looked up in the index value by value, whatever the statistics say.
fn one_of_array(column: &str, kind: &str, literal: ArrayLiteral) -> SimpleExpr {
    let array = format!("CAST(CAST($1 AS text) AS {kind})");
    Expr::cust_with_values(format!("{column} = ANY (ARRAY(SELECT unnest({array})))"), [literal.finish()])
}

fn qualified<C: ColumnTrait>(column: &C) -> String {
    format!("{}.{}", column.entity_name(), column.as_str())
}

fn table_name<E: EntityTrait>() -> String {
    E::default().table_name().to_owned()
}

fn names<E: EntityTrait>(columns: &[E::Column]) -> Vec<String> {
    columns.iter().map(|column| column.as_str().to_owned()).collect()
}

/// Writes rows, or lets them wait with others (see [`Tx::gather`]).
async fn write_rows<E, A>(tx: &mut Tx, rows: Vec<A>, conflict: &str, doing: &'static str) -> Result<(), Fault>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
{
    let writes = spell_rows::<E, A>(tx.dialect(), rows, conflict, doing)?;
    if tx.gathered.is_none() {
        return execute_all(tx, writes).await.map(drop);
    }
    for write in writes {
        // Parts of one statement do not see each other's rows.
        let waits = |gathered: &Vec<Write>| gathered.iter().any(|other| other.table == write.table);
        if tx.gathered.as_ref().is_some_and(waits) {
            tx.flush().await?;
            tx.gather();
        }
        tx.gathered.get_or_insert_default().push(write);
    }
    Ok(())
}

fn spell_rows<E, A>(dialect: Dialect, rows: Vec<A>, conflict: &str, doing: &'static str) -> Result<Vec<Write>, Fault>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
{
    let Some(first) = rows.first() else { return Ok(Vec::new()) };
    let columns: Vec<E::Column> = E::Column::iter().filter(|&column| !first.get(column).is_not_set()).collect();
    let table = table_name::<E>();
    let head = format!("INSERT INTO {table} ({}) ", names::<E>(&columns).join(", "));
    let write = |shape, values| Write {
        table: table.clone(),
        head: head.clone(),
        shape,
        conflict: conflict.to_owned(),
        values,
        doing,
    };
    let mut writes = Vec::new();
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        writes.push(match dialect {
            Dialect::Postgres => {
                let (kinds, texts) = unnested(rows.by_ref().take(MAX_ROWS_UNNESTED), &columns)?.into_iter().unzip();
                write(Shape::Arrays(kinds), texts)
            }
            Dialect::Sqlite => {
                let most = MAX_BOUND_VALUES / columns.len();
                let fits = |&&size: &&usize| size <= rows.len() && size <= most;
                let size = SQLITE_ROWS.iter().find(fits).copied().unwrap_or(1);
                let mut values = Vec::with_capacity(size * columns.len());
                for row in rows.by_ref().take(size) {
                    push_values(&mut values, row, &columns)?;
                }
                write(Shape::Rows { columns: columns.len(), rows: size }, values)
            }
        });
    }
    Ok(writes)
}

fn push_values<A: ActiveModelTrait>(
    values: &mut Vec<Value>,
    mut row: A,
    columns: &[<A::Entity as EntityTrait>::Column],
) -> Result<(), Fault> {
    for &column in columns {
        match row.take(column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => values.push(value),
            ActiveValue::NotSet => return Err(Fault::inconsistent("write rows that set different columns")),
        }
    }
    Ok(())
}

/// One array a column: its type and its text.
fn unnested<A: ActiveModelTrait>(
    rows: impl Iterator<Item = A>,
    columns: &[<A::Entity as EntityTrait>::Column],
) -> Result<Vec<(&'static str, Value)>, Fault> {
    let mut arrays: Vec<(&'static str, ArrayLiteral)> =
        columns.iter().map(|_| ("text[]", ArrayLiteral::default())).collect();
    let mut values = Vec::with_capacity(columns.len());
    for row in rows {
        push_values(&mut values, row, columns)?;
        for ((kind, literal), value) in arrays.iter_mut().zip(values.drain(..)) {
            *kind = literal.push(&value)?;
        }
    }
    Ok(arrays.into_iter().map(|(kind, literal)| (kind, literal.finish().into())).collect())
}
