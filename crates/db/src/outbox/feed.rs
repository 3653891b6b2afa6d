//! A household's events in an order that one can read on in.
//!
//! An event's id says when its act began, not when it was committed: who remembers the newest id seen skips what commits late.
//! So events get numbers of their own, per household, from whoever reads the feed: only what is committed can be seen and
//! numbered, and one reader at a time numbers, so what commits later gets a higher number. The acts themselves pay nothing.

use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, Statement,
    sea_query::{LockType, OnConflict},
};

use super::outbox_events;
use crate::{Dialect, Doing, Reader, Tx};

/// Most events numbered in one transaction; a household with more gets another.
pub const MAX_NUMBERED: u64 = 1_000;

/// An event with its number in the feed of its household.
#[derive(Debug, Clone)]
pub struct FedEvent {
    /// From 1, without gaps, in the order in which they could be read.
    pub no: i64,
    /// Its id.
    pub id: Id<kinds::Event>,
    /// Its [`Event::KIND`](super::Event::KIND).
    pub kind: String,
    /// Its JSON.
    pub payload: String,
    /// When it happened.
    pub occurred_at: Timestamp,
}

/// Whether a household has committed events without a number.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_unnumbered(reader: &Reader, household: Id<kinds::Household>) -> Result<bool, Fault> {
    let unnumbered = outbox_events::Entity::find()
        .filter(outbox_events::Column::HouseholdId.eq(household.uuid()))
        .filter(outbox_events::Column::FeedNo.is_null());
    Ok(unnumbered.limit(1).one(reader.connection()).await.doing("look for events without a number")?.is_some())
}

/// The number of a household's newest numbered event; 0 before the first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_last_no(reader: &Reader, household: Id<kinds::Household>) -> Result<i64, Fault> {
    let feed = household_feeds::Entity::find_by_id(household.uuid());
    let feed = feed.one(reader.connection()).await.doing("find the head of a household's feed")?;
    Ok(feed.map_or(0, |feed| feed.last_no))
}

/// Up to `limit` numbered events after a number, in order.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_events(
    reader: &Reader,
    household: Id<kinds::Household>,
    after: i64,
    limit: u64,
) -> Result<Vec<FedEvent>, Fault> {
    let rows = outbox_events::Entity::find()
        .filter(outbox_events::Column::HouseholdId.eq(household.uuid()))
        .filter(outbox_events::Column::FeedNo.gt(after))
        .order_by_asc(outbox_events::Column::FeedNo)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list a household's events")?;
    rows.into_iter().map(fed).collect()
}

fn fed(row: outbox_events::Model) -> Result<FedEvent, Fault> {
    let occurred_at = Timestamp::from_timestamp_millis(row.occurred_at);
    let (Some(no), Some(occurred_at)) = (row.feed_no, occurred_at) else {
        return Err(Fault::inconsistent("read the number and the instant of a numbered event"));
    };
    Ok(FedEvent { no, id: Id::from_uuid(row.id), kind: row.kind, payload: row.payload, occurred_at })
}

/// Locks the head of a household's feed, so that nobody else numbers, and returns the last number given.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_feed(tx: &mut Tx, household: Id<kinds::Household>) -> Result<i64, Fault> {
    let fresh = household_feeds::ActiveModel { household_id: Set(household.uuid()), last_no: Set(0) };
    household_feeds::Entity::insert_many([fresh])
        .on_conflict(OnConflict::column(household_feeds::Column::HouseholdId).do_nothing().to_owned())
        .exec_without_returning(tx.connection())
        .await
        .doing("begin a household's feed")?;
    let feed = household_feeds::Entity::find_by_id(household.uuid()).lock(LockType::Update);
    let feed = feed.one(tx.connection()).await.doing("lock the head of a household's feed")?;
    feed.map(|feed| feed.last_no).ok_or_else(|| Fault::inconsistent("find the feed that was just begun"))
}

/// Numbers up to [`MAX_NUMBERED`] events after `last_no`, the oldest first. The feed must be locked. Returns how many it were.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_numbers(tx: &mut Tx, household: Id<kinds::Household>, last_no: i64) -> Result<u64, Fault> {
    let limit = i64::try_from(MAX_NUMBERED).expect("a thousand fits");
    let backend = match tx.dialect() {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
    };
    let values = [last_no.into(), household.uuid().into(), limit.into()];
    let numbering = Statement::from_sql_and_values(backend, NUMBER, values);
    let numbered = tx.connection().execute_raw(numbering).await.doing("number a household's events")?.rows_affected();
    let count = i64::try_from(numbered).map_err(|_| Fault::inconsistent("count the events just numbered"))?;
    household_feeds::Entity::update_many()
        .col_expr(household_feeds::Column::LastNo, (last_no + count).into())
        .filter(household_feeds::Column::HouseholdId.eq(household.uuid()))
        .exec(tx.connection())
        .await
        .doing("move the head of a household's feed")?;
    Ok(numbered)
}

const NUMBER: &str = "UPDATE outbox_events SET feed_no = numbered.no FROM ( \
         SELECT id, $1 + row_number() OVER (ORDER BY occurred_at, id) AS no FROM outbox_events \
         WHERE household_id = $2 AND feed_no IS NULL ORDER BY occurred_at, id LIMIT $3 \
     ) AS numbered WHERE outbox_events.id = numbered.id";

mod household_feeds {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "household_feeds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        pub last_no: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
