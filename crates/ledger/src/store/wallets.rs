use std::collections::{BTreeMap, BTreeSet};

use db::{Doing, Reader, Tx, add_rows, insert_rows, is_any_id, list_locked, upsert_rows};
use kernel::{BusinessDate, Fault, Id, Points, kinds};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set, sea_query::Expr};
use uuid::Uuid;

use crate::{ChainHash, Contributor, Lot, LotKey, Wallet, wallet::Origin};

/// Founds empty wallets for new households.
///
/// # Errors
/// A [`Fault`] of the database; contention when another process founded one of them first.
pub async fn insert_wallets(tx: &mut Tx, households: &[Id<kinds::Household>]) -> Result<(), Fault> {
    let mut households = households.to_vec();
    households.sort();
    let rows = households.iter().map(|id| wallet_rows::ActiveModel {
        household_id: Set(id.uuid()),
        balance: Set(0),
        owed: Set(0),
        last_no: Set(0),
        head: Set(None),
        sealed_no: Set(0),
        next_lapse_on: Set(None),
    });
    insert_rows::<wallet_rows::Entity, _>(tx, rows.collect(), "found wallets").await
}

/// Locks wallets in household order and loads their books without lots: enough for earning.
///
/// # Errors
/// A [`Fault`] of the database, or when a household has no wallet.
pub async fn lock_wallets(
    tx: &mut Tx,
    households: &[Id<kinds::Household>],
) -> Result<BTreeMap<Id<kinds::Household>, Wallet>, Fault> {
    let mut books = BTreeMap::new();
    if !households.is_empty() {
        let rows = wallet_rows::Entity::find()
            .filter(is_any_id(tx, wallet_rows::Column::HouseholdId, households.iter().map(|id| id.uuid())))
            .order_by_asc(wallet_rows::Column::HouseholdId)
            .lock_exclusive()
            .all(tx.connection())
            .await
            .doing("lock wallets")?;
        for row in rows {
            let household = Id::from_uuid(row.household_id);
            let head = chain_hash(row.head.as_deref())?;
            let (balance, owed) = (points(row.balance)?, points(row.owed)?);
            books.insert(household, Wallet::from_row(household, balance, owed, row.last_no, head, row.next_lapse_on));
        }
    }
    if households.iter().any(|household| !books.contains_key(household)) {
        return Err(Fault::inconsistent("find the wallet of a household"));
    }
    Ok(books)
}

/// Locks wallets and loads every lot with points in it: for spending, clawing back, scheduling, lapsing.
///
/// # Errors
/// A [`Fault`] of the database, or when a household has no wallet.
pub async fn lock_wallets_with_lots(
    tx: &mut Tx,
    households: &[Id<kinds::Household>],
) -> Result<BTreeMap<Id<kinds::Household>, Wallet>, Fault> {
    let mut books = lock_wallets(tx, households).await?;
    if !households.is_empty() {
        let rows = lot_rows::Entity::find()
            .filter(is_any_id(tx, lot_rows::Column::HouseholdId, households.iter().map(|id| id.uuid())))
            // Spelled, not bound: an engine must see that the index of open lots holds them all.
            .filter(Expr::cust("lots.remaining > 0"))
            .all(tx.connection())
            .await
            .doing("load lots")?;
        for row in rows {
            let book =
                books.get_mut(&Id::from_uuid(row.household_id)).expect("only lots of locked wallets were asked for");
            book.add_row(lot(&row)?);
        }
        books.values_mut().for_each(Wallet::complete);
    }
    // Rules rely on it, and cannot fail: a row that was falsified stops here.
    if books.values().any(|book| !book.agrees_with_its_lots()) {
        return Err(Fault::inconsistent("load a wallet: its balance is not what its lots hold"));
    }
    Ok(books)
}

/// Whose wallets are locked by somebody who waits for nobody.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_locked_wallets(
    tx: &mut Tx,
    households: &[Id<kinds::Household>],
) -> Result<BTreeSet<Id<kinds::Household>>, Fault> {
    let ids = households.iter().map(|id| id.uuid());
    let column = wallet_rows::Column::HouseholdId;
    let locked = list_locked::<wallet_rows::Entity>(tx, column, ids, "see whose wallets are locked").await?;
    Ok(locked.into_iter().map(Id::from_uuid).collect())
}

/// Locks one wallet and loads every lot with points in it. `None`: there is no such household.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_known_wallet(tx: &mut Tx, household: Id<kinds::Household>) -> Result<Option<Wallet>, Fault> {
    Ok(lock_known_wallets(tx, &[household]).await?.and_then(|mut wallets| wallets.remove(&household)))
}

/// Locks wallets, which the caller has sorted, and loads every lot with points in it. `None`: not all of them are there.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_known_wallets(
    tx: &mut Tx,
    households: &[Id<kinds::Household>],
) -> Result<Option<BTreeMap<Id<kinds::Household>, Wallet>>, Fault> {
    let ids: Vec<Uuid> = households.iter().map(|id| id.uuid()).collect();
    let there = wallet_rows::Entity::find().filter(wallet_rows::Column::HouseholdId.is_in(ids));
    // Wallets are never deleted, so that one which is there stays there until it is locked.
    if there.all(tx.connection()).await.doing("look for wallets")?.len() < households.len() {
        return Ok(None);
    }
    lock_wallets_with_lots(tx, households).await.map(Some)
}

/// Writes changed books back: wallets, changed lots, and deposits into lots that were not loaded.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_wallets<'a>(tx: &mut Tx, books: impl IntoIterator<Item = &'a Wallet>) -> Result<(), Fault> {
    let mut wallet_rows = Vec::new();
    let mut lapsing_anew = Vec::new();
    let mut changed = Vec::new();
    let mut deposits = Vec::new();
    for book in books.into_iter().filter(|book| book.is_changed()) {
        let household_id = book.household().uuid();
        let row = wallet_rows::ActiveModel {
            household_id: Set(household_id),
            balance: Set(book.total().get()),
            owed: Set(book.owed().get()),
            last_no: Set(book.last_no()),
            head: Set(book.head().map(|head| head.bytes().to_vec())),
            // Only inserted, never replaced: the seals count on their own.
            sealed_no: Set(0),
            next_lapse_on: Set(book.next_lapse_on()),
        };
        if book.lapses_anew() {
            lapsing_anew.push(row)
        } else {
            wallet_rows.push(row)
        }
        for booked in book.booked_lots() {
            let row = active_lot(household_id, &booked.lot);
            match booked.origin {
                Origin::Row { is_changed: false } => {}
                Origin::Row { is_changed: true } => changed.push(row),
                Origin::Deposit => deposits.push(row),
            }
        }
    }
    write_wallet_rows(tx, wallet_rows, lapsing_anew).await?;
    upsert_rows::<lot_rows::Entity, _>(
        tx,
        changed,
        &[lot_rows::Column::HouseholdId, lot_rows::Column::Id],
        &[lot_rows::Column::Remaining, lot_rows::Column::Held],
        "update lots",
    )
    .await?;
    // Those may have a row or not.
    add_rows::<lot_rows::Entity, _>(
        tx,
        deposits,
        &[lot_rows::Column::HouseholdId, lot_rows::Column::Id],
        lot_rows::Column::Remaining,
        "deposit into lots",
    )
    .await
}

/// Those that lapse on another day than before apart, because SQLite writes an index again whenever its column is named, and this one
/// seldom changes.
async fn write_wallet_rows(
    tx: &mut Tx,
    rows: Vec<wallet_rows::ActiveModel>,
    lapsing_anew: Vec<wallet_rows::ActiveModel>,
) -> Result<(), Fault> {
    let key = [wallet_rows::Column::HouseholdId];
    let [balance, owed, last_no, head] = [
        wallet_rows::Column::Balance,
        wallet_rows::Column::Owed,
        wallet_rows::Column::LastNo,
        wallet_rows::Column::Head,
    ];
    let figures = [balance, owed, last_no, head];
    upsert_rows::<wallet_rows::Entity, _>(tx, rows, &key, &figures, "update wallets").await?;
    let with_lapse = [balance, owed, last_no, head, wallet_rows::Column::NextLapseOn];
    upsert_rows::<wallet_rows::Entity, _>(tx, lapsing_anew, &key, &with_lapse, "update wallets").await
}

/// Households that have points whose last day was before `today`, for the lapse job; but for those to be passed over.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_households_with_due_lots(
    reader: &Reader,
    today: BusinessDate,
    passed_over: &BTreeSet<Id<kinds::Household>>,
    limit: u64,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let due: Vec<Uuid> = wallet_rows::Entity::find()
        .select_only()
        .column(wallet_rows::Column::HouseholdId)
        .distinct()
        .inner_join(lot_rows::Entity)
        .filter(wallet_rows::Column::NextLapseOn.lt(today))
        .filter(lot_rows::Column::ExpiresOn.lt(today))
        .filter(Expr::col(lot_rows::Column::Remaining).gt(Expr::col(lot_rows::Column::Held)))
        .filter(wallet_rows::Column::HouseholdId.is_not_in(passed_over.iter().map(|household| household.uuid())))
        .limit(limit)
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("find lots that lapsed")?;
    Ok(due.into_iter().map(Id::from_uuid).collect())
}

/// A stored hash of the chain.
pub(super) fn chain_hash(stored: Option<&[u8]>) -> Result<Option<ChainHash>, Fault> {
    let hash = stored.map(|bytes| bytes.try_into().map(ChainHash::from_bytes)).transpose();
    hash.map_err(|_| Fault::inconsistent("read the hash of a posting: it is not 32 bytes long"))
}

pub(super) fn points(stored: i64) -> Result<Points, Fault> {
    Points::new(stored).ok_or_else(|| Fault::inconsistent("read points from a row: they are negative"))
}

pub(super) fn contributor(id: Uuid) -> Contributor {
    if id.is_nil() { Contributor::Household } else { Contributor::Person(Id::from_uuid(id)) }
}

fn lot(row: &lot_rows::Model) -> Result<Lot, Fault> {
    let key = LotKey {
        expires_on: row.expires_on,
        available_from: row.available_from,
        contributor: contributor(row.contributor_id),
    };
    Ok(Lot { key, remaining: points(row.remaining)?, held: points(row.held)? })
}

fn active_lot(household_id: Uuid, lot: &Lot) -> lot_rows::ActiveModel {
    let contributor_id = match lot.key.contributor {
        Contributor::Household => Uuid::nil(),
        Contributor::Person(person) => person.uuid(),
    };
    lot_rows::ActiveModel {
        household_id: Set(household_id),
        id: Set(lot.key.lot_id().uuid()),
        contributor_id: Set(contributor_id),
        available_from: Set(lot.key.available_from),
        expires_on: Set(lot.key.expires_on),
        remaining: Set(lot.remaining.get()),
        held: Set(lot.held.get()),
    }
}

pub(super) mod wallet_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "wallets")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        pub balance: i64,
        pub owed: i64,
        pub last_no: i64,
        pub head: Option<Vec<u8>>,
        pub sealed_no: i64,
        pub next_lapse_on: Option<chrono::NaiveDate>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::lot_rows::Entity")]
        Lots,
    }

    impl Related<super::lot_rows::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Lots.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod lot_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "lots")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub contributor_id: Uuid,
        pub available_from: chrono::NaiveDate,
        pub expires_on: chrono::NaiveDate,
        pub remaining: i64,
        pub held: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::wallet_rows::Entity",
            from = "Column::HouseholdId",
            to = "super::wallet_rows::Column::HouseholdId"
        )]
        Wallet,
    }

    impl Related<super::wallet_rows::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Wallet.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}
