use db::{Doing, Tx, idempotency::InputHash, insert_rows};
use kernel::{ExternalRef, Fault};
use sea_orm::{EntityTrait, Set};

use crate::{Order, Refund};

/// Whether a refund was told before, and if so whether in the same words.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_refund_hash(
    tx: &mut Tx,
    order: &Order,
    refund_ref: &ExternalRef,
    hash: InputHash,
) -> Result<Option<bool>, Fault> {
    let key = (order.household.uuid(), order.id.uuid(), refund_ref.to_string());
    let row = refund_rows::Entity::find_by_id(key).one(tx.connection()).await.doing("look up a refund")?;
    Ok(row.map(|row| row.content_hash == hash.to_vec()))
}

/// Keeps a refund.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_refund(tx: &mut Tx, order: &Order, refund: &Refund, hash: InputHash) -> Result<(), Fault> {
    let row = refund_rows::ActiveModel {
        household_id: Set(order.household.uuid()),
        order_id: Set(order.id.uuid()),
        external_ref: Set(refund.refund_ref.to_string()),
        content_hash: Set(hash.to_vec()),
        amount_minor: Set(refund.amount.minor()),
        cash_minor: Set(refund.cash.minor()),
        points: Set(refund.points.get()),
        refunded_at: Set(refund.refunded_at.timestamp_millis()),
        recorded_at: Set(tx.now().timestamp_millis()),
    };
    insert_rows::<refund_rows::Entity, _>(tx, vec![row], "insert a refund").await
}

pub(super) mod refund_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "refunds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub order_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub external_ref: String,
        pub content_hash: Vec<u8>,
        pub amount_minor: i64,
        pub cash_minor: i64,
        pub points: i64,
        pub refunded_at: i64,
        pub recorded_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
