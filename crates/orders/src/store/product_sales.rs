use std::collections::BTreeMap;

use db::{Dialect, Doing, Reader};
use kernel::{ExternalRef, Fault, Id, Timestamp, kinds};
use sea_orm::{DbBackend, FromQueryResult, Statement, Value};
use uuid::Uuid;

use super::orders::{order, order_rows};

/// Most orders read at once.
const ORDERS_PER_PAGE: i64 = 500;

/// What one household bought of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProductSale {
    /// Whose orders.
    pub household: Id<kinds::Household>,
    /// How many of them name it.
    pub orders: u64,
    /// How many pieces.
    pub units: u64,
}

/// What households bought of a product in a time, its end excluded, by household; orders that were called off are left out. Reads the
/// orders in the order of the table: no index by time or product has to be kept for it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_product_sales(
    reader: &Reader,
    product: &ExternalRef,
    (from, until): (Timestamp, Timestamp),
) -> Result<Vec<ProductSale>, Fault> {
    let (backend, position) = match reader.dialect() {
        Dialect::Sqlite => (DbBackend::Sqlite, "instr(lines, $5)"),
        Dialect::Postgres => (DbBackend::Postgres, "strpos(lines, $5)"),
    };
    // The lines are JSON: whoever names the product has its number in quotes. The lines themselves decide.
    let sql = format!(
        "SELECT * FROM orders WHERE (household_id, id) > ($1, $2) AND ordered_at >= $3 AND ordered_at < $4 \
         AND {position} > 0 AND cancelled_at IS NULL ORDER BY household_id, id LIMIT $6"
    );
    let quoted = serde_json::to_string(product.as_str()).expect("a text is JSON");
    let mut sold: BTreeMap<Id<kinds::Household>, ProductSale> = BTreeMap::new();
    let mut after = (Uuid::nil(), Uuid::nil());
    loop {
        let values: [Value; 6] = [
            after.0.into(),
            after.1.into(),
            from.timestamp_millis().into(),
            until.timestamp_millis().into(),
            quoted.clone().into(),
            ORDERS_PER_PAGE.into(),
        ];
        let statement = Statement::from_sql_and_values(backend, &sql, values);
        let rows = order_rows::Model::find_by_statement(statement).all(reader.connection()).await;
        let rows = rows.doing("list the orders of a product")?;
        let Some(last) = rows.last() else { return Ok(sold.into_values().collect()) };
        after = (last.household_id, last.id);
        for order in rows.into_iter().map(order) {
            let order = order?;
            let named = order.lines.iter().filter(|line| line.product_ref.as_ref() == Some(product));
            let units: u64 = named.map(|line| u64::from(line.quantity)).sum();
            if units > 0 {
                let none = ProductSale { household: order.household, orders: 0, units: 0 };
                let sale = sold.entry(order.household).or_insert(none);
                sale.orders += 1;
                sale.units += units;
            }
        }
    }
}
