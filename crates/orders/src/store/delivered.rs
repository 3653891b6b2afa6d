use std::collections::HashMap;

use db::{Doing, Tx};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use super::orders::order_rows;

/// How many orders each household had delivered, picked up and not cancelled, and when the first of them was placed. Households without
/// one are missing.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_delivered(tx: &mut Tx) -> Result<HashMap<Id<kinds::Household>, (u64, Timestamp)>, Fault> {
    let rows: Vec<(Uuid, i64, i64)> = order_rows::Entity::find()
        .select_only()
        .column(order_rows::Column::HouseholdId)
        .column_as(Expr::col(order_rows::Column::Id).count(), "delivered")
        .column_as(Expr::col(order_rows::Column::OrderedAt).min(), "first_ordered_at")
        .filter(order_rows::Column::PickedUpAt.is_not_null())
        .filter(order_rows::Column::CancelledAt.is_null())
        .group_by(order_rows::Column::HouseholdId)
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("count the delivered orders of households")?;
    let impossible = || Fault::inconsistent("read how many orders were delivered");
    let delivered = |(household, count, first): (Uuid, i64, i64)| {
        let count = u64::try_from(count).map_err(|_| impossible())?;
        let first = Timestamp::from_timestamp_millis(first).ok_or_else(impossible)?;
        Ok((Id::from_uuid(household), (count, first)))
    };
    rows.into_iter().map(delivered).collect()
}
