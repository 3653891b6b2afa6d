//! In which order a senior wants relatives asked, and who of them confirmed who they are.

use std::collections::BTreeMap;

use db::{Doing, Reader, Tx, upsert_rows};
use kernel::{Fault, Id, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set, sea_query::Expr};

/// The places a senior gave to relatives. The senior's person should be locked, or nothing is judged by it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_payer_places(
    tx: &mut Tx,
    senior: Id<kinds::Person>,
) -> Result<BTreeMap<Id<kinds::Person>, u32>, Fault> {
    let rows = payer_rows::Entity::find()
        .filter(payer_rows::Column::SeniorId.eq(senior.uuid()))
        .all(tx.connection())
        .await
        .doing("list the order of payers")?;
    let placed = rows.into_iter().filter_map(|row| Some((Id::from_uuid(row.payer_id), row.place?)));
    placed.map(|(payer, place)| Ok((payer, u32::try_from(place).map_err(|_| super::impossible())?))).collect()
}

/// Writes the order, in place of any before.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_payer_places(
    tx: &mut Tx,
    senior: Id<kinds::Person>,
    order: &[Id<kinds::Person>],
) -> Result<(), Fault> {
    payer_rows::Entity::update_many()
        .col_expr(payer_rows::Column::Place, Expr::value(None::<i64>))
        .filter(payer_rows::Column::SeniorId.eq(senior.uuid()))
        .exec(tx.connection())
        .await
        .doing("forget the order of payers")?;
    let rows = (1..).zip(order).map(|(place, payer)| payer_rows::ActiveModel {
        senior_id: Set(senior.uuid()),
        payer_id: Set(payer.uuid()),
        place: Set(Some(place)),
        confirmed_at: Set(None),
    });
    let key = [payer_rows::Column::SeniorId, payer_rows::Column::PayerId];
    let replaced = [payer_rows::Column::Place];
    upsert_rows::<payer_rows::Entity, _>(tx, rows.collect(), &key, &replaced, "write the order of payers").await
}

/// Whether a payer has confirmed who they are to a senior.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn is_payer_confirmed(
    reader: &Reader,
    senior: Id<kinds::Person>,
    payer: Id<kinds::Person>,
) -> Result<bool, Fault> {
    let row = payer_rows::Entity::find_by_id((senior.uuid(), payer.uuid())).one(reader.connection()).await;
    Ok(row.doing("find whether a payer confirmed")?.is_some_and(|row| row.confirmed_at.is_some()))
}

/// Writes that a payer confirmed who they are, the first time.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_payer_confirmed(
    tx: &mut Tx,
    senior: Id<kinds::Person>,
    payer: Id<kinds::Person>,
) -> Result<(), Fault> {
    let now = tx.now().timestamp_millis();
    let known = payer_rows::Entity::find_by_id((senior.uuid(), payer.uuid())).one(tx.connection()).await;
    match known.doing("find a payer")? {
        Some(row) if row.confirmed_at.is_some() => Ok(()),
        known => {
            let row = payer_rows::ActiveModel {
                senior_id: Set(senior.uuid()),
                payer_id: Set(payer.uuid()),
                place: Set(known.and_then(|row| row.place)),
                confirmed_at: Set(Some(now)),
            };
            let key = [payer_rows::Column::SeniorId, payer_rows::Column::PayerId];
            let replaced = [payer_rows::Column::ConfirmedAt];
            upsert_rows::<payer_rows::Entity, _>(tx, vec![row], &key, &replaced, "confirm a payer").await
        }
    }
}

mod payer_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub senior_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub payer_id: Uuid,
        pub place: Option<i64>,
        pub confirmed_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
