//! Orders, refunds and products in the database. Whoever changes an order of a household holds that household's wallet.

mod cash_moved;
mod delivered;
mod lines;
mod offers;
mod orders;
mod product_sales;
mod products;
mod refunds;
mod sold;
mod stored_tenders;
mod tenders;
mod verify;

pub use cash_moved::{CashMoved, list_cash_moved};
pub use delivered::list_delivered;
pub use offers::{delete_offers, insert_offers, list_offers, lock_offers, update_stock};
pub use orders::{
    KnownOrder, find_order, insert_orders, list_cancelled_at, list_known_orders, list_order_refs,
    list_orders_of_household, list_orders_of_person, list_picked_up_at, update_cancelled, update_picked_up,
    update_refunded,
};
pub use product_sales::{ProductSale, list_product_sales};
pub use products::{insert_products, list_categories, list_products};
pub use refunds::{find_refund_hash, insert_refund};
pub use sold::{OrderPosition, list_order_positions, list_orders_at};
pub use stored_tenders::list_stored_tenders;
pub use tenders::{find_point_tender, insert_point_tenders};
pub use verify::{
    StoredOrder, StoredRefund, list_households_of_orders, list_refs_astray, list_stored_orders, list_stored_refunds,
};
