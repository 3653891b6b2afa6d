//! Payments as their providers told them. Written once.

use db::{Doing, Reader, Tx, insert_rows};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set};

use super::{FoundAttempt, RequestPlace, impossible, instant, money};
use crate::{Payment, Provider, ProviderRef, Settled};

/// What a payment turned out to be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// The household that receives.
    pub household: Id<kinds::Household>,
    /// The attempt.
    pub attempt: Id<kinds::PaymentAttempt>,
    /// Its request.
    pub request: Id<kinds::PayRequest>,
    /// Who paid.
    pub payer: Id<kinds::Person>,
}

impl Origin {
    /// The origin of a payment by a known attempt.
    #[must_use]
    pub fn of(found: &FoundAttempt) -> Self {
        Self {
            household: found.household,
            attempt: found.attempt.id,
            request: found.attempt.request,
            payer: found.attempt.payer,
        }
    }
}

/// A payment and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedPayment {
    /// Who took it.
    pub provider: Provider,
    /// What the provider said.
    pub payment: Payment,
    /// What it was for; none: nobody here knows it.
    pub origin: Option<Origin>,
    /// What became of it.
    pub settled: Settled,
    /// When it was told for the first time.
    pub noted_at: Timestamp,
}

/// A payment that was told before, by the provider's number.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_payment(
    tx: &mut Tx,
    provider: Provider,
    number: &ProviderRef,
) -> Result<Option<NotedPayment>, Fault> {
    let row = payment_rows::Entity::find_by_id((provider.word().to_owned(), number.as_str().to_owned()))
        .one(tx.connection())
        .await
        .doing("find a payment")?;
    row.as_ref().map(noted).transpose()
}

/// Enters a payment.
///
/// # Errors
/// A [`Fault`] of the database; contention when it was told at the same time by another.
pub async fn insert_payment(tx: &mut Tx, new: &NotedPayment) -> Result<(), Fault> {
    let origin = new.origin.as_ref();
    let row = payment_rows::ActiveModel {
        provider: Set(new.provider.word().to_owned()),
        provider_ref: Set(new.payment.provider_ref.as_str().to_owned()),
        household_id: Set(origin.map(|origin| origin.household.uuid())),
        attempt_id: Set(origin.map(|origin| origin.attempt.uuid())),
        request_id: Set(origin.map(|origin| origin.request.uuid())),
        payer_id: Set(origin.map(|origin| origin.payer.uuid())),
        amount_minor: Set(new.payment.amount.minor()),
        paid_at: Set(new.payment.paid_at.timestamp_millis()),
        noted_at: Set(new.noted_at.timestamp_millis()),
        outcome: Set(new.settled.word().to_owned()),
    };
    insert_rows::<payment_rows::Entity, _>(tx, vec![row], "insert a payment").await
}

/// Enters that a payment pays its request; the request must be locked.
///
/// # Errors
/// A [`Fault`] of the database; contention when another payment was first.
pub async fn insert_paid_request(tx: &mut Tx, origin: &Origin, new: &NotedPayment) -> Result<(), Fault> {
    let row = paid_rows::ActiveModel {
        household_id: Set(origin.household.uuid()),
        request_id: Set(origin.request.uuid()),
        attempt_id: Set(origin.attempt.uuid()),
        provider: Set(new.provider.word().to_owned()),
        provider_ref: Set(new.payment.provider_ref.as_str().to_owned()),
        paid_at: Set(new.payment.paid_at.timestamp_millis()),
    };
    insert_rows::<paid_rows::Entity, _>(tx, vec![row], "insert what paid a request").await
}

/// The payment that pays a request, once one does.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_paid_with(reader: &Reader, place: RequestPlace) -> Result<Option<NotedPayment>, Fault> {
    let row = paid_rows::Entity::find_by_id((place.household.uuid(), place.request.uuid()))
        .one(reader.connection())
        .await
        .doing("find what paid a request")?;
    let Some(row) = row else { return Ok(None) };
    let payment = payment_rows::Entity::find_by_id((row.provider, row.provider_ref)).one(reader.connection()).await;
    let payment = payment.doing("find the payment of a request")?;
    noted(&payment.ok_or_else(impossible)?).map(Some)
}

/// All payments that were made for a request, the earliest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_payments_of_request(
    reader: &Reader,
    request: Id<kinds::PayRequest>,
) -> Result<Vec<NotedPayment>, Fault> {
    let rows = payment_rows::Entity::find()
        .filter(payment_rows::Column::RequestId.eq(request.uuid()))
        .order_by_asc(payment_rows::Column::NotedAt)
        .order_by_asc(payment_rows::Column::ProviderRef)
        .all(reader.connection())
        .await
        .doing("list the payments of a request")?;
    rows.iter().map(noted).collect()
}

/// How many payments were told in all, and how many of them nobody here knew.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_payments(reader: &Reader) -> Result<(u64, u64), Fault> {
    let all = payment_rows::Entity::find().count(reader.connection()).await.doing("count payments")?;
    let unknown = payment_rows::Entity::find()
        .filter(payment_rows::Column::AttemptId.is_null())
        .count(reader.connection())
        .await
        .doing("count unknown payments")?;
    Ok((all, unknown))
}

fn noted(row: &payment_rows::Model) -> Result<NotedPayment, Fault> {
    let origin = match (row.household_id, row.attempt_id, row.request_id, row.payer_id) {
        (Some(household), Some(attempt), Some(request), Some(payer)) => Some(Origin {
            household: Id::from_uuid(household),
            attempt: Id::from_uuid(attempt),
            request: Id::from_uuid(request),
            payer: Id::from_uuid(payer),
        }),
        _ => None,
    };
    Ok(NotedPayment {
        provider: Provider::from_word(&row.provider).ok_or_else(impossible)?,
        payment: Payment {
            provider_ref: ProviderRef::new(&row.provider_ref).ok_or_else(impossible)?,
            amount: money(row.amount_minor)?,
            paid_at: instant(row.paid_at)?,
        },
        origin,
        settled: Settled::from_word(&row.outcome).ok_or_else(impossible)?,
        noted_at: instant(row.noted_at)?,
    })
}

pub(super) mod payment_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payments")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub provider: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub provider_ref: String,
        pub household_id: Option<Uuid>,
        pub attempt_id: Option<Uuid>,
        pub request_id: Option<Uuid>,
        pub payer_id: Option<Uuid>,
        pub amount_minor: i64,
        pub paid_at: i64,
        pub noted_at: i64,
        pub outcome: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod paid_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "paid_requests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: Uuid,
        pub attempt_id: Uuid,
        pub provider: String,
        pub provider_ref: String,
        pub paid_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
