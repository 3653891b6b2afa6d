//! Tries to pay. Written once.

use db::{Doing, Reader, Tx, insert_rows};
use kernel::{Fault, Id, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::{RequestPlace, impossible, instant, money};
use crate::{PaymentAttempt, Provider};

/// An attempt with the household of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAttempt {
    /// The household that receives.
    pub household: Id<kinds::Household>,
    /// The attempt.
    pub attempt: PaymentAttempt,
}

impl FoundAttempt {
    /// Where its request lies.
    #[must_use]
    pub fn place(&self) -> RequestPlace {
        RequestPlace { household: self.household, request: self.attempt.request }
    }
}

/// Enters an attempt; its request must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_attempt(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    attempt: &PaymentAttempt,
) -> Result<(), Fault> {
    let row = attempt_rows::ActiveModel {
        household_id: Set(household.uuid()),
        id: Set(attempt.id.uuid()),
        request_id: Set(attempt.request.uuid()),
        payer_id: Set(attempt.payer.uuid()),
        amount_minor: Set(attempt.amount.minor()),
        provider: Set(attempt.provider.word().to_owned()),
        mandate_id: Set(attempt.mandate.map(|(mandate, _)| mandate.uuid())),
        mandate_month: Set(attempt.mandate.map(|(_, month)| month.to_string())),
        begun_at: Set(attempt.begun_at.timestamp_millis()),
    };
    insert_rows::<attempt_rows::Entity, _>(tx, vec![row], "insert a payment attempt").await
}

/// An attempt by its id alone. It never changes.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_attempt(reader: &Reader, id: Id<kinds::PaymentAttempt>) -> Result<Option<FoundAttempt>, Fault> {
    let row = attempt_rows::Entity::find()
        .filter(attempt_rows::Column::Id.eq(id.uuid()))
        .one(reader.connection())
        .await
        .doing("find a payment attempt")?;
    row.as_ref().map(found).transpose()
}

/// The attempts of a request, in the order they were begun.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_attempts_of_request(reader: &Reader, place: RequestPlace) -> Result<Vec<PaymentAttempt>, Fault> {
    let rows = attempt_rows::Entity::find()
        .filter(attempt_rows::Column::HouseholdId.eq(place.household.uuid()))
        .filter(attempt_rows::Column::RequestId.eq(place.request.uuid()))
        .order_by_asc(attempt_rows::Column::Id)
        .all(reader.connection())
        .await
        .doing("list the attempts of a request")?;
    rows.iter().map(|row| Ok(found(row)?.attempt)).collect()
}

/// The newest attempts of a payer, at most `limit`. Asks all households: for the payer's own data.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_attempts_of_payer(
    reader: &Reader,
    payer: Id<kinds::Person>,
    limit: u64,
) -> Result<Vec<PaymentAttempt>, Fault> {
    let rows = attempt_rows::Entity::find()
        .filter(attempt_rows::Column::PayerId.eq(payer.uuid()))
        .order_by_desc(attempt_rows::Column::Id)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list the attempts of a payer")?;
    rows.iter().map(|row| Ok(found(row)?.attempt)).collect()
}

fn found(row: &attempt_rows::Model) -> Result<FoundAttempt, Fault> {
    let mandate = row.mandate_id.zip(row.mandate_month.as_deref()).map(|(mandate, month)| -> Result<_, Fault> {
        Ok((Id::from_uuid(mandate), month.parse().map_err(|_| impossible())?))
    });
    let attempt = PaymentAttempt {
        id: Id::from_uuid(row.id),
        request: Id::from_uuid(row.request_id),
        payer: Id::from_uuid(row.payer_id),
        amount: money(row.amount_minor)?,
        begun_at: instant(row.begun_at)?,
        provider: Provider::from_word(&row.provider).ok_or_else(impossible)?,
        mandate: mandate.transpose()?,
    };
    Ok(FoundAttempt { household: Id::from_uuid(row.household_id), attempt })
}

mod attempt_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment_attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub request_id: Uuid,
        pub payer_id: Uuid,
        pub amount_minor: i64,
        pub provider: String,
        pub mandate_id: Option<Uuid>,
        pub mandate_month: Option<String>,
        pub begun_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
