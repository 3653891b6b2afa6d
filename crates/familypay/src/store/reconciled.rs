//! A provider's books of a day held against ours, and what was found.

use chrono::TimeDelta;
use db::{Doing, Reader, Tx, upsert_rows};
use kernel::{BusinessDate, Currency, Fault, Id, Money, Timestamp, kinds};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{impossible, instant, money, payments::payment_rows, refunds::refund_rows};
use crate::{MoneyDifference, MoneyMoved, Provider, ProviderRef, Reconciliation, refund_number};

/// A refund sent so shortly before midnight may stand in the provider's books of the next day.
const AROUND_MIDNIGHT: TimeDelta = TimeDelta::minutes(10);

/// A provider's books of a day, compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReconciledDay {
    /// Whose books.
    pub provider: Provider,
    /// The day.
    pub day: BusinessDate,
    /// What was found.
    pub found: Reconciliation,
    /// When they were compared last.
    pub reconciled_at: Timestamp,
}

/// A difference as it is kept: amounts in fen, none on the side that has nothing.
#[derive(Serialize, Deserialize)]
struct KeptDifference {
    number: String,
    ours: Option<i64>,
    theirs: Option<i64>,
}

/// What we kept of the time from `from` until `until`, and of the refunds that the provider's books name, whenever they were sent.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_money_moved(
    reader: &Reader,
    provider: Provider,
    (from, until): (Timestamp, Timestamp),
    theirs: &MoneyMoved,
) -> Result<MoneyMoved, Fault> {
    let payments = payment_rows::Entity::find()
        .filter(payment_rows::Column::Provider.eq(provider.word()))
        .filter(payment_rows::Column::PaidAt.gte(from.timestamp_millis()))
        .filter(payment_rows::Column::PaidAt.lt(until.timestamp_millis()))
        .all(reader.connection())
        .await
        .doing("list the payments of a day")?;
    let named: Vec<Uuid> = theirs.refunds.keys().filter_map(|number| Uuid::try_parse(number).ok()).collect();
    let is_of_day = Condition::all()
        .add(refund_rows::Column::SentAt.gte(from.timestamp_millis()))
        .add(refund_rows::Column::SentAt.lt((until - AROUND_MIDNIGHT).timestamp_millis()));
    let refunds = refund_rows::Entity::find()
        .filter(refund_rows::Column::Provider.eq(provider.word()))
        .filter(refund_rows::Column::State.ne("failed"))
        .filter(Condition::any().add(is_of_day).add(refund_rows::Column::Id.is_in(named)))
        .all(reader.connection())
        .await
        .doing("list the refunds of a day")?;

    let mut moved = MoneyMoved::default();
    for row in payments {
        moved.payments.insert(ProviderRef::new(&row.provider_ref).ok_or_else(impossible)?, money(row.amount_minor)?);
    }
    for row in refunds {
        let id: Id<kinds::PaymentRefund> = Id::from_uuid(row.id);
        moved.refunds.insert(refund_number(id), money(row.amount_minor)?);
    }
    Ok(moved)
}

/// Writes what comparing a day found; again, what was found before is replaced.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn upsert_reconciled_day(tx: &mut Tx, day: &ReconciledDay) -> Result<(), Fault> {
    let kept: Vec<KeptDifference> = day.found.differences.iter().map(kept).collect();
    let count = |count: usize| i64::try_from(count).map_err(|_| impossible());
    let row = rows::ActiveModel {
        provider: Set(day.provider.word().to_owned()),
        day: Set(day.day),
        payments_count: Set(count(day.found.payments_count)?),
        refunds_count: Set(count(day.found.refunds_count)?),
        differences: Set(serde_json::to_string(&kept).expect("texts and numbers always serialise")),
        reconciled_at: Set(day.reconciled_at.timestamp_millis()),
    };
    let key = [rows::Column::Provider, rows::Column::Day];
    let replaced = [
        rows::Column::PaymentsCount,
        rows::Column::RefundsCount,
        rows::Column::Differences,
        rows::Column::ReconciledAt,
    ];
    upsert_rows::<rows::Entity, _>(tx, vec![row], &key, &replaced, "keep what a day's books came to").await
}

/// Whether a provider's books of a day were compared.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn is_reconciled(reader: &Reader, provider: Provider, day: BusinessDate) -> Result<bool, Fault> {
    let row = rows::Entity::find_by_id((provider.word().to_owned(), day)).one(reader.connection()).await;
    Ok(row.doing("find a reconciled day")?.is_some())
}

/// The newest days that were compared, at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_reconciled_days(reader: &Reader, limit: u64) -> Result<Vec<ReconciledDay>, Fault> {
    let rows = rows::Entity::find()
        .order_by_desc(rows::Column::Day)
        .order_by_asc(rows::Column::Provider)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list reconciled days")?;
    rows.iter().map(reconciled).collect()
}

fn kept(difference: &MoneyDifference) -> KeptDifference {
    let fen = |amount: &Money| Some(amount.minor());
    let (number, ours, theirs) = match difference {
        MoneyDifference::Unknown { number, amount } => (number, None, fen(amount)),
        MoneyDifference::Missing { number, amount } => (number, fen(amount), None),
        MoneyDifference::Amount { number, ours, theirs } => (number, fen(ours), fen(theirs)),
    };
    KeptDifference { number: number.clone(), ours, theirs }
}

fn reconciled(row: &rows::Model) -> Result<ReconciledDay, Fault> {
    let kept: Vec<KeptDifference> = serde_json::from_str(&row.differences).map_err(|_| impossible())?;
    let amount = |minor: i64| Money::from_minor(minor, Currency::Cny).ok_or_else(impossible);
    let difference = |kept: KeptDifference| {
        let number = kept.number;
        Ok(match (kept.ours, kept.theirs) {
            (None, Some(theirs)) => MoneyDifference::Unknown { number, amount: amount(theirs)? },
            (Some(ours), None) => MoneyDifference::Missing { number, amount: amount(ours)? },
            (Some(ours), Some(theirs)) => {
                MoneyDifference::Amount { number, ours: amount(ours)?, theirs: amount(theirs)? }
            }
            (None, None) => return Err(impossible()),
        })
    };
    let count = |count: i64| usize::try_from(count).map_err(|_| impossible());
    Ok(ReconciledDay {
        provider: Provider::from_word(&row.provider).ok_or_else(impossible)?,
        day: row.day,
        found: Reconciliation {
            payments_count: count(row.payments_count)?,
            refunds_count: count(row.refunds_count)?,
            differences: kept.into_iter().map(difference).collect::<Result<_, _>>()?,
        },
        reconciled_at: instant(row.reconciled_at)?,
    })
}

mod rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "reconciled_days")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub provider: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub day: chrono::NaiveDate,
        pub payments_count: i64,
        pub refunds_count: i64,
        pub differences: String,
        pub reconciled_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
