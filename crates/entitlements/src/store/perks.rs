use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Doing, Reader, Tx, insert_rows, is_any_id, list_locked, upsert_rows};
use kernel::{Fault, Id, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, SelectTwo, Set, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    gatherings::gathering_rows,
    grants::grant_rows,
    rows::{impossible, perk, perk_row, perk_rows, stock_of, stock_row, stock_rows},
    waiting::list_places_of,
};
use crate::{Perk, PerkCode, Shelf, Stock};

/// From where in the list of perks to read on. Perks are listed by id, which is the order they were defined in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PerkPosition {
    /// The first perks.
    First,
    /// Those after this one.
    After(Id<kinds::Perk>),
    /// The last perks.
    Last,
    /// Those before this one.
    Before(Id<kinds::Perk>),
}

/// Locks the stock of perks in perk order and loads what deciding grants to these households needs.
///
/// The households' wallets must be held: that is what keeps their counts of grants still.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_shelves(
    tx: &mut Tx,
    perks: &[Id<kinds::Perk>],
    households: &[Id<kinds::Household>],
) -> Result<BTreeMap<Id<kinds::Perk>, Shelf>, Fault> {
    let ids: Vec<Uuid> = perks.iter().map(|id| id.uuid()).collect();
    // Counted before the stocks are locked, for which others wait: it is the wallets that keep the counts still.
    let mut counts = count_grants(tx, &ids, households).await?;
    let stocks = stock_rows::Entity::find()
        .filter(is_any_id(tx, stock_rows::Column::PerkId, ids.iter().copied()))
        .order_by_asc(stock_rows::Column::PerkId)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock perk stocks")?;
    let rows = perk_rows::Entity::find().filter(is_any_id(tx, perk_rows::Column::Id, ids.iter().copied()));
    let rows = with_gathering(rows).all(tx.connection()).await.doing("load perks")?;
    // Nobody asks who waits where nobody does.
    let waited_for =
        stocks.iter().filter(|row| row.offered + row.waiting > 0).map(|row| row.perk_id).collect::<Vec<_>>();
    let mut places = list_places_of(tx, &waited_for, households).await?;
    let stocks: HashMap<Uuid, stock_rows::Model> = stocks.into_iter().map(|row| (row.perk_id, row)).collect();
    let shelves = rows.into_iter().map(|(row, gathering)| {
        let stock = stocks.get(&row.id).ok_or_else(|| Fault::inconsistent("find the stock of a perk"))?;
        let granted = counts.remove(&row.id).unwrap_or_default();
        let perk = perk(&row, gathering.as_ref())?;
        let places = places.remove(&perk.id).unwrap_or_default();
        Ok((perk.id, Shelf::new(perk, stock_of(stock)?, granted).with_places(places)))
    });
    shelves.collect()
}

/// Joined with what makes some of them seats at a gathering.
pub(super) fn with_gathering(perks: Select<perk_rows::Entity>) -> SelectTwo<perk_rows::Entity, gathering_rows::Entity> {
    perks.find_also_related(gathering_rows::Entity)
}

/// Of which perks the stock is locked by somebody who waits for nobody.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_locked_stocks(tx: &mut Tx, perks: &[Id<kinds::Perk>]) -> Result<BTreeSet<Id<kinds::Perk>>, Fault> {
    let ids = perks.iter().map(|id| id.uuid());
    let column = stock_rows::Column::PerkId;
    let locked = list_locked::<stock_rows::Entity>(tx, column, ids, "see which perk stocks are locked").await?;
    Ok(locked.into_iter().map(Id::from_uuid).collect())
}

type GrantCounts = HashMap<Uuid, HashMap<Id<kinds::Household>, u32>>;

async fn count_grants(tx: &mut Tx, perks: &[Uuid], households: &[Id<kinds::Household>]) -> Result<GrantCounts, Fault> {
    let rows: Vec<(Uuid, Uuid, i64)> = grant_rows::Entity::find()
        .select_only()
        .columns([grant_rows::Column::HouseholdId, grant_rows::Column::PerkId])
        .column_as(Expr::col(grant_rows::Column::Id).count(), "granted")
        .filter(is_any_id(tx, grant_rows::Column::HouseholdId, households.iter().map(|id| id.uuid())))
        .filter(is_any_id(tx, grant_rows::Column::PerkId, perks.iter().copied()))
        .filter(grant_rows::Column::CancelledAt.is_null())
        .group_by(grant_rows::Column::HouseholdId)
        .group_by(grant_rows::Column::PerkId)
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("count grants")?;
    let mut counts = GrantCounts::new();
    for (household, perk, granted) in rows {
        let granted = u32::try_from(granted).map_err(|_| impossible())?;
        counts.entry(perk).or_default().insert(Id::from_uuid(household), granted);
    }
    Ok(counts)
}

/// Writes back what was taken from shelves.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_stocks<'a>(tx: &mut Tx, shelves: impl IntoIterator<Item = &'a Shelf>) -> Result<(), Fault> {
    let rows = shelves.into_iter().map(|shelf| stock_row(shelf.perk().id, shelf.stock())).collect();
    let key = [stock_rows::Column::PerkId];
    upsert_rows::<stock_rows::Entity, _>(
        tx,
        rows,
        &key,
        &[
            stock_rows::Column::Total,
            stock_rows::Column::Taken,
            stock_rows::Column::Offered,
            stock_rows::Column::Waiting,
            stock_rows::Column::LastNumber,
        ],
        "update perk stocks",
    )
    .await
}

/// Writes a stock that is locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_stock(tx: &mut Tx, perk: Id<kinds::Perk>, stock: Stock) -> Result<(), Fault> {
    stock_row(perk, stock).update_without_returning(tx.connection()).await.doing("update a perk's stock").map(|_| ())
}

/// Defines a perk.
///
/// # Errors
/// A [`Fault`] of the database; contention when its code was defined by another process first.
pub async fn insert_perk(tx: &mut Tx, perk: &Perk, stock: Stock) -> Result<(), Fault> {
    let created_at = tx.now().timestamp_millis();
    let row = perk_rows::ActiveModel { created_at: Set(created_at), ..perk_row(perk) };
    insert_rows::<perk_rows::Entity, _>(tx, vec![row], "insert a perk").await?;
    insert_rows::<stock_rows::Entity, _>(tx, vec![stock_row(perk.id, stock)], "insert a perk's stock").await
}

/// Changes a perk's terms; grants already given keep theirs.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_perk(tx: &mut Tx, perk: &Perk) -> Result<(), Fault> {
    perk_row(perk).update_without_returning(tx.connection()).await.doing("update a perk").map(|_| ())
}

/// A perk and its stock by code, with the stock locked. Whoever changes a perk holds its stock, so the terms are read once that is held.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_perk_by_code(tx: &mut Tx, code: &PerkCode) -> Result<Option<(Perk, Stock)>, Fault> {
    let by_code = || perk_rows::Entity::find().filter(perk_rows::Column::Code.eq(code.as_str()));
    let row = by_code().one(tx.connection()).await.doing("find a perk by its code")?;
    let Some(row) = row else { return Ok(None) };
    let stock = stock_rows::Entity::find_by_id(row.id).lock_exclusive().one(tx.connection()).await;
    let stock = stock.doing("lock a perk's stock")?.ok_or_else(|| Fault::inconsistent("find the stock of a perk"))?;
    // Read once more under the lock: whoever held it before may have changed it.
    let row = with_gathering(perk_rows::Entity::find_by_id(row.id)).one(tx.connection()).await;
    let row = row.doing("read a perk whose stock is held")?;
    let (row, gathering) = row.ok_or_else(|| Fault::inconsistent("read a perk whose stock is held"))?;
    Ok(Some((perk(&row, gathering.as_ref())?, stock_of(&stock)?)))
}

/// A perk and its stock.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_perk(reader: &Reader, id: Id<kinds::Perk>) -> Result<Option<(Perk, Stock)>, Fault> {
    let query = perk_rows::Entity::find().filter(perk_rows::Column::Id.eq(id.uuid()));
    let rows = with_gathering(query).all(reader.connection()).await.doing("find a perk")?;
    Ok(with_stock(reader.connection(), rows).await?.pop())
}

/// Up to `limit` perks with their stock, by id.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_perks(reader: &Reader, position: PerkPosition, limit: u64) -> Result<Vec<(Perk, Stock)>, Fault> {
    let query = perk_rows::Entity::find().limit(limit);
    let query = match position {
        PerkPosition::First => query.order_by_asc(perk_rows::Column::Id),
        PerkPosition::After(id) => {
            query.filter(perk_rows::Column::Id.gt(id.uuid())).order_by_asc(perk_rows::Column::Id)
        }
        PerkPosition::Last => query.order_by_desc(perk_rows::Column::Id),
        PerkPosition::Before(id) => {
            query.filter(perk_rows::Column::Id.lt(id.uuid())).order_by_desc(perk_rows::Column::Id)
        }
    };
    let rows = with_gathering(query).all(reader.connection()).await.doing("list perks")?;
    with_stock(reader.connection(), rows).await
}

pub(super) async fn with_stock(
    connection: &impl ConnectionTrait,
    mut rows: Vec<(perk_rows::Model, Option<gathering_rows::Model>)>,
) -> Result<Vec<(Perk, Stock)>, Fault> {
    rows.sort_by_key(|(row, _)| row.id);
    let ids = rows.iter().map(|(row, _)| row.id);
    let stocks = stock_rows::Entity::find().filter(stock_rows::Column::PerkId.is_in(ids));
    let stocks = stocks.all(connection).await.doing("read perk stocks")?;
    let with_stock = rows.iter().map(|(row, gathering)| {
        let stock = stocks.iter().find(|stock| stock.perk_id == row.id);
        let stock = stock.ok_or_else(|| Fault::inconsistent("find the stock of a perk"))?;
        Ok((perk(row, gathering.as_ref())?, stock_of(stock)?))
    });
    with_stock.collect()
}

/// How many perks there are, the closed too.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_perks(reader: &Reader) -> Result<u64, Fault> {
    perk_rows::Entity::find().count(reader.connection()).await.doing("count the perks")
}
