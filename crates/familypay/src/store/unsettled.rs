//! Attempts of which nobody knows what became of them. Such a row goes once the attempt was paid, or can be paid no more.

use chrono::TimeDelta;
use db::{Doing, Reader, Tx, insert_rows};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set, sea_query::SimpleExpr};

use super::{FoundAttempt, RequestPlace};

/// How long after its beginning an attempt is asked about for the first time: by then most were told.
const FIRST_ASKED_AFTER: TimeDelta = TimeDelta::minutes(1);

/// The longest pause between two questions.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);

/// An attempt to ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsettledAttempt {
    /// Which.
    pub attempt: Id<kinds::PaymentAttempt>,
    /// Where its request lies.
    pub place: RequestPlace,
    /// How often it was asked about.
    pub asked: u32,
}

/// Enters that nobody knows yet what becomes of an attempt.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_unsettled_attempt(tx: &mut Tx, begun: &FoundAttempt) -> Result<(), Fault> {
    let row = rows::ActiveModel {
        attempt_id: Set(begun.attempt.id.uuid()),
        household_id: Set(begun.household.uuid()),
        request_id: Set(begun.attempt.request.uuid()),
        asked: Set(0),
        next_ask_at: Set((begun.attempt.begun_at + FIRST_ASKED_AFTER).timestamp_millis()),
    };
    insert_rows::<rows::Entity, _>(tx, vec![row], "enter an unsettled attempt").await
}

/// Up to `limit` attempts that should be asked about by now, the longest due first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_due_attempts(reader: &Reader, now: Timestamp, limit: u64) -> Result<Vec<UnsettledAttempt>, Fault> {
    let rows = rows::Entity::find()
        .filter(rows::Column::NextAskAt.lte(now.timestamp_millis()))
        .order_by_asc(rows::Column::NextAskAt)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list attempts to ask about")?;
    rows.iter().map(unsettled).collect()
}

/// The attempts of a request of which nobody knows what became of them.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_unsettled_of_request(reader: &Reader, place: RequestPlace) -> Result<Vec<UnsettledAttempt>, Fault> {
    let rows = rows::Entity::find()
        .filter(rows::Column::HouseholdId.eq(place.household.uuid()))
        .filter(rows::Column::RequestId.eq(place.request.uuid()))
        .all(reader.connection())
        .await
        .doing("list the unsettled attempts of a request")?;
    rows.iter().map(unsettled).collect()
}

/// Asks later again: half a minute later, then twice as long each time, at last every ten minutes.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_asked(tx: &mut Tx, asked: &UnsettledAttempt) -> Result<(), Fault> {
    let pause = std::cmp::min(TimeDelta::seconds(30 << std::cmp::min(asked.asked, 6)), LONGEST_PAUSE);
    let row = rows::ActiveModel {
        asked: Set(i64::from(asked.asked) + 1),
        next_ask_at: Set((tx.now() + pause).timestamp_millis()),
        ..Default::default()
    };
    // Settled meanwhile it is gone, and nothing is changed.
    let found = rows::Entity::update_many().set(row).filter(is_of(asked.place.household, asked.attempt));
    found.exec(tx.connection()).await.doing("ask about an attempt later").map(drop)
}

/// Forgets an attempt that was paid, or can be paid no more.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn delete_unsettled_attempt(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    attempt: Id<kinds::PaymentAttempt>,
) -> Result<(), Fault> {
    let found = rows::Entity::delete_many().filter(is_of(household, attempt));
    found.exec(tx.connection()).await.doing("forget a settled attempt").map(drop)
}

fn is_of(household: Id<kinds::Household>, attempt: Id<kinds::PaymentAttempt>) -> SimpleExpr {
    rows::Column::HouseholdId.eq(household.uuid()).and(rows::Column::AttemptId.eq(attempt.uuid()))
}

fn unsettled(row: &rows::Model) -> Result<UnsettledAttempt, Fault> {
    Ok(UnsettledAttempt {
        attempt: Id::from_uuid(row.attempt_id),
        place: RequestPlace { household: Id::from_uuid(row.household_id), request: Id::from_uuid(row.request_id) },
        asked: u32::try_from(row.asked).map_err(|_| super::impossible())?,
    })
}

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "unsettled_attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub attempt_id: Uuid,
        pub request_id: Uuid,
        pub asked: i64,
        pub next_ask_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
