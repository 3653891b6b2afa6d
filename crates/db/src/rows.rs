use kernel::Fault;
use sea_orm::{ActiveModelTrait, EntityTrait, Iterable, sea_query::OnConflict};

use crate::{Doing, Tx};

/// Most values bound in one statement. SQLite stops at 32,766 and PostgreSQL at 65,535.
pub const MAX_BOUND_VALUES: usize = 30_000;

/// Inserts many rows by as few statements as [`MAX_BOUND_VALUES`] allows. No rows: no statement.
///
/// # Errors
/// A [`Fault`] named by `doing`.
pub async fn insert_rows<E, A>(tx: &mut Tx, rows: Vec<A>, doing: &'static str) -> Result<(), Fault>
where
    E: EntityTrait,
    A: ActiveModelTrait<Entity = E> + Send,
{
    for chunk in chunks::<E, A>(rows) {
        E::insert_many(chunk).exec_without_returning(tx.connection()).await.doing(doing)?;
    }
    Ok(())
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
    for chunk in chunks::<E, A>(rows) {
        let on_conflict = OnConflict::columns(key.iter().copied()).update_columns(replaced.iter().copied()).to_owned();
        E::insert_many(chunk).on_conflict(on_conflict).exec_without_returning(tx.connection()).await.doing(doing)?;
    }
    Ok(())
}

fn chunks<E, A>(rows: Vec<A>) -> impl Iterator<Item = Vec<A>>
where
    E: EntityTrait,
{
    let most = MAX_BOUND_VALUES / E::Column::iter().count();
    let mut rows = rows.into_iter().peekable();
    std::iter::from_fn(move || rows.peek().is_some().then(|| rows.by_ref().take(most).collect()))
}
