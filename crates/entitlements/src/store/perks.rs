use std::collections::{BTreeMap, BTreeSet, HashMap};

use db::{Doing, Reader, Tx, insert_rows, is_any_id, list_locked, upsert_rows};
use kernel::{Fault, Id, Points, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::Expr,
};
use uuid::Uuid;

use super::grants::grant_rows;
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
    let stocks = stock_rows::Entity::find()
        .filter(is_any_id(tx, stock_rows::Column::PerkId, ids.iter().copied()))
        .order_by_asc(stock_rows::Column::PerkId)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock perk stocks")?;
    let rows = perk_rows::Entity::find().filter(is_any_id(tx, perk_rows::Column::Id, ids.iter().copied()));
    let rows = rows.all(tx.connection()).await.doing("load perks")?;
    let mut counts = count_grants(tx, &ids, households).await?;
    let stocks: HashMap<Uuid, stock_rows::Model> = stocks.into_iter().map(|row| (row.perk_id, row)).collect();
    let shelves = rows.into_iter().map(|row| {
        let stock = stocks.get(&row.id).ok_or_else(|| Fault::inconsistent("find the stock of a perk"))?;
        let granted = counts.remove(&row.id).unwrap_or_default();
        let perk = perk(&row)?;
        Ok((perk.id, Shelf::new(perk, stock_of(stock)?, granted)))
    });
    shelves.collect()
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
        &[stock_rows::Column::Total, stock_rows::Column::Taken],
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
    let row = by_code().one(tx.connection()).await.doing("read a perk whose stock is held")?;
    let row = row.ok_or_else(|| Fault::inconsistent("read a perk whose stock is held"))?;
    Ok(Some((perk(&row)?, stock_of(&stock)?)))
}

/// A perk and its stock.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_perk(reader: &Reader, id: Id<kinds::Perk>) -> Result<Option<(Perk, Stock)>, Fault> {
    let query = perk_rows::Entity::find().filter(perk_rows::Column::Id.eq(id.uuid()));
    Ok(with_stock(reader.connection(), query.all(reader.connection()).await.doing("find a perk")?).await?.pop())
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
    let rows = query.all(reader.connection()).await.doing("list perks")?;
    with_stock(reader.connection(), rows).await
}

async fn with_stock(
    connection: &impl ConnectionTrait,
    mut rows: Vec<perk_rows::Model>,
) -> Result<Vec<(Perk, Stock)>, Fault> {
    rows.sort_by_key(|row| row.id);
    let stocks = stock_rows::Entity::find().filter(stock_rows::Column::PerkId.is_in(rows.iter().map(|row| row.id)));
    let stocks = stocks.all(connection).await.doing("read perk stocks")?;
    let with_stock = rows.iter().map(|row| {
        let stock = stocks.iter().find(|stock| stock.perk_id == row.id);
        let stock = stock.ok_or_else(|| Fault::inconsistent("find the stock of a perk"))?;
        Ok((perk(row)?, stock_of(stock)?))
    });
    with_stock.collect()
}

fn perk(row: &perk_rows::Model) -> Result<Perk, Fault> {
    let label = |text: &str| text.parse().map_err(|_| impossible());
    Ok(Perk {
        id: Id::from_uuid(row.id),
        code: row.code.parse().map_err(|_| impossible())?,
        name_zh: label(&row.name_zh)?,
        name_en: label(&row.name_en)?,
        terms_zh: label(&row.terms_zh)?,
        terms_en: label(&row.terms_en)?,
        price: Points::new(row.price_points).ok_or_else(impossible)?,
        limit_per_household: u32::try_from(row.limit_per_household).map_err(|_| impossible())?,
        valid_days: u32::try_from(row.valid_days).map_err(|_| impossible())?,
        is_open: row.is_open,
    })
}

fn perk_row(perk: &Perk) -> perk_rows::ActiveModel {
    perk_rows::ActiveModel {
        id: Set(perk.id.uuid()),
        code: Set(perk.code.to_string()),
        name_zh: Set(perk.name_zh.to_string()),
        name_en: Set(perk.name_en.to_string()),
        terms_zh: Set(perk.terms_zh.to_string()),
        terms_en: Set(perk.terms_en.to_string()),
        price_points: Set(perk.price.get()),
        limit_per_household: Set(i64::from(perk.limit_per_household)),
        valid_days: Set(i64::from(perk.valid_days)),
        is_open: Set(perk.is_open),
        ..Default::default()
    }
}

fn stock_row(perk: Id<kinds::Perk>, stock: Stock) -> stock_rows::ActiveModel {
    stock_rows::ActiveModel {
        perk_id: Set(perk.uuid()),
        total: Set(i64::from(stock.total)),
        taken: Set(i64::from(stock.taken)),
    }
}

fn stock_of(row: &stock_rows::Model) -> Result<Stock, Fault> {
    let whole = |stored| u32::try_from(stored).map_err(|_| impossible());
    Ok(Stock { total: whole(row.total)?, taken: whole(row.taken)? })
}

fn impossible() -> Fault {
    Fault::inconsistent("read a perk: a column is out of range")
}

mod perk_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "perks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub code: String,
        pub name_zh: String,
        pub name_en: String,
        pub terms_zh: String,
        pub terms_en: String,
        pub price_points: i64,
        pub limit_per_household: i64,
        pub valid_days: i64,
        pub is_open: bool,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod stock_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "perk_stocks")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub perk_id: Uuid,
        pub total: i64,
        pub taken: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
