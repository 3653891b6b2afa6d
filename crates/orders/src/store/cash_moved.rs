use db::{Doing, Reader, is_any_id_on};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationDef};
use uuid::Uuid;

use super::{orders::order_rows, refunds::refund_rows};

/// Cash that a household paid for an order, or got back of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CashMoved {
    /// Whose.
    pub household: Id<kinds::Household>,
    /// When the order was placed, or the part of it refunded.
    pub at: Timestamp,
    /// Fen; less than nothing for what went back.
    pub minor: i64,
}

/// What these households paid in cash for orders placed from `from` up to before `until`, and got back in that time, in no order. An order
/// that was cancelled counts nowhere.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_cash_moved(
    reader: &Reader,
    households: &[Id<kinds::Household>],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<CashMoved>, Fault> {
    let ids = || households.iter().map(|household| household.uuid());
    let (from, until) = (from.timestamp_millis(), until.timestamp_millis());
    let paid: Vec<(Uuid, i64, i64)> = order_rows::Entity::find()
        .select_only()
        .columns([order_rows::Column::HouseholdId, order_rows::Column::OrderedAt, order_rows::Column::CashMinor])
        .filter(is_any_id_on(reader.dialect(), order_rows::Column::HouseholdId, ids()))
        .filter(order_rows::Column::OrderedAt.gte(from))
        .filter(order_rows::Column::OrderedAt.lt(until))
        .filter(order_rows::Column::CancelledAt.is_null())
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("list what households paid")?;
    let returned: Vec<(Uuid, i64, i64)> = refund_rows::Entity::find()
        .select_only()
        .columns([refund_rows::Column::HouseholdId, refund_rows::Column::RefundedAt, refund_rows::Column::CashMinor])
        .join(JoinType::InnerJoin, of_order())
        .filter(is_any_id_on(reader.dialect(), refund_rows::Column::HouseholdId, ids()))
        .filter(refund_rows::Column::RefundedAt.gte(from))
        .filter(refund_rows::Column::RefundedAt.lt(until))
        .filter(order_rows::Column::CancelledAt.is_null())
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("list what households got back")?;
    let returned = returned.into_iter().map(|(household, at, minor)| (household, at, -minor));
    let moved = paid.into_iter().chain(returned).map(|(household, at, minor)| {
        let at = Timestamp::from_timestamp_millis(at).ok_or_else(|| Fault::inconsistent("read when cash moved"))?;
        Ok(CashMoved { household: Id::from_uuid(household), at, minor })
    });
    moved.collect()
}

fn of_order() -> RelationDef {
    refund_rows::Entity::belongs_to(order_rows::Entity)
        .from((refund_rows::Column::HouseholdId, refund_rows::Column::OrderId))
        .to((order_rows::Column::HouseholdId, order_rows::Column::Id))
        .into()
}
