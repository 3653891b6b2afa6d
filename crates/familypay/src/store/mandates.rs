//! Mandates, and how much of a month's is used. Whoever changes either holds the mandate's row.

use db::{Doing, Reader, Tx, insert_rows, upsert_rows};
use kernel::{Fault, Id, Money, Month, kinds};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use super::{instant, money};
use crate::{Mandate, MandateBook};

/// Enters a mandate.
///
/// # Errors
/// A [`Fault`] of the database; contention when another stands between the two.
pub async fn insert_mandate(tx: &mut Tx, new: &Mandate) -> Result<(), Fault> {
    let row = mandate_rows::ActiveModel {
        id: Set(new.id.uuid()),
        payer_id: Set(new.payer.uuid()),
        senior_id: Set(new.senior.uuid()),
        per_order_minor: Set(new.per_order.minor()),
        per_month_minor: Set(new.per_month.minor()),
        given_at: Set(tx.now().timestamp_millis()),
        revoked_at: Set(None),
        revoked_by_id: Set(None),
    };
    insert_rows::<mandate_rows::Entity, _>(tx, vec![row], "insert a mandate").await
}

/// Locks the standing mandates for a senior, by id, with what is used of them in that month.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_mandates_for(
    tx: &mut Tx,
    senior: Id<kinds::Person>,
    month: Month,
) -> Result<Vec<MandateBook>, Fault> {
    let rows = mandate_rows::Entity::find()
        .filter(mandate_rows::Column::SeniorId.eq(senior.uuid()))
        .filter(mandate_rows::Column::RevokedAt.is_null())
        .order_by_asc(mandate_rows::Column::Id)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock the mandates for a senior")?;
    let mut books = Vec::with_capacity(rows.len());
    for row in rows {
        books.push(with_used(tx, mandate(&row)?, month).await?);
    }
    Ok(books)
}

/// Locks the standing mandates a person gave or was given, by id.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_mandates_of(tx: &mut Tx, person: Id<kinds::Person>) -> Result<Vec<Mandate>, Fault> {
    let either = mandate_rows::Column::SeniorId.eq(person.uuid()).or(mandate_rows::Column::PayerId.eq(person.uuid()));
    let rows = mandate_rows::Entity::find()
        .filter(either)
        .filter(mandate_rows::Column::RevokedAt.is_null())
        .order_by_asc(mandate_rows::Column::Id)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock the mandates of a person")?;
    rows.iter().map(mandate).collect()
}

/// Locks a mandate, standing or not, with what is used of that month.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_mandate_book(
    tx: &mut Tx,
    id: Id<kinds::Mandate>,
    month: Month,
) -> Result<Option<MandateBook>, Fault> {
    let row = mandate_rows::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx.connection()).await;
    let Some(row) = row.doing("lock a mandate")? else { return Ok(None) };
    with_used(tx, mandate(&row)?, month).await.map(Some)
}

async fn with_used(tx: &mut Tx, mandate: Mandate, month: Month) -> Result<MandateBook, Fault> {
    let key = (mandate.id.uuid(), month.to_string());
    let row = month_rows::Entity::find_by_id(key).one(tx.connection()).await.doing("find what a mandate used")?;
    let used = row.map_or(Ok(Money::ZERO), |row| money(row.used_minor))?;
    Ok(MandateBook::new(mandate, month, used))
}

/// Writes what is used of a locked mandate's month.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_mandate_used(tx: &mut Tx, book: &MandateBook) -> Result<(), Fault> {
    let row = month_rows::ActiveModel {
        mandate_id: Set(book.mandate().id.uuid()),
        month: Set(book.month().to_string()),
        used_minor: Set(book.used().minor()),
    };
    let key = [month_rows::Column::MandateId, month_rows::Column::Month];
    let replaced = [month_rows::Column::UsedMinor];
    upsert_rows::<month_rows::Entity, _>(tx, vec![row], &key, &replaced, "write what a mandate used").await
}

/// Writes that a locked mandate was taken back.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_mandate_revoked(tx: &mut Tx, revoked: &Mandate, by: Id<kinds::Person>) -> Result<(), Fault> {
    let row = mandate_rows::ActiveModel {
        id: Set(revoked.id.uuid()),
        revoked_at: Set(revoked.revoked_at.map(|at| at.timestamp_millis())),
        revoked_by_id: Set(Some(by.uuid())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("revoke a mandate")?;
    Ok(())
}

/// A mandate as it is now.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_mandate(reader: &Reader, id: Id<kinds::Mandate>) -> Result<Option<Mandate>, Fault> {
    let row = mandate_rows::Entity::find_by_id(id.uuid()).one(reader.connection()).await.doing("find a mandate")?;
    row.as_ref().map(mandate).transpose()
}

/// The standing mandates a person gave or was given, with what is used of the month; at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_mandates_of(
    reader: &Reader,
    person: Id<kinds::Person>,
    month: Month,
    limit: u64,
) -> Result<Vec<MandateBook>, Fault> {
    let either = mandate_rows::Column::SeniorId.eq(person.uuid()).or(mandate_rows::Column::PayerId.eq(person.uuid()));
    let rows = mandate_rows::Entity::find()
        .filter(either)
        .filter(mandate_rows::Column::RevokedAt.is_null())
        .order_by_asc(mandate_rows::Column::Id)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list the mandates of a person")?;
    let used = month_rows::Entity::find()
        .filter(month_rows::Column::MandateId.is_in(rows.iter().map(|row| row.id)))
        .filter(month_rows::Column::Month.eq(month.to_string()))
        .all(reader.connection())
        .await
        .doing("list what mandates used")?;
    let book = |row: &mandate_rows::Model| {
        let used = used.iter().find(|used| used.mandate_id == row.id);
        let used = used.map_or(Ok(Money::ZERO), |used| money(used.used_minor))?;
        Ok(MandateBook::new(mandate(row)?, month, used))
    };
    rows.iter().map(book).collect()
}

/// The newest mandates a person gave or was given, the revoked ones too, at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_mandates_ever(reader: &Reader, person: Id<kinds::Person>, limit: u64) -> Result<Vec<Mandate>, Fault> {
    let either = mandate_rows::Column::SeniorId.eq(person.uuid()).or(mandate_rows::Column::PayerId.eq(person.uuid()));
    let rows = mandate_rows::Entity::find()
        .filter(either)
        .order_by_desc(mandate_rows::Column::Id)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list all mandates of a person")?;
    rows.iter().map(mandate).collect()
}

fn mandate(row: &mandate_rows::Model) -> Result<Mandate, Fault> {
    Ok(Mandate {
        id: Id::from_uuid(row.id),
        payer: Id::from_uuid(row.payer_id),
        senior: Id::from_uuid(row.senior_id),
        per_order: money(row.per_order_minor)?,
        per_month: money(row.per_month_minor)?,
        revoked_at: row.revoked_at.map(instant).transpose()?,
    })
}

mod mandate_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mandates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub payer_id: Uuid,
        pub senior_id: Uuid,
        pub per_order_minor: i64,
        pub per_month_minor: i64,
        pub given_at: i64,
        pub revoked_at: Option<i64>,
        pub revoked_by_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod month_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "mandate_months")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub mandate_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub month: String,
        pub used_minor: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
