//! Use-cases about what the operator's order system tells.

mod belonging;
mod earn_lane;
mod earn_of_order;
mod hold_order_points;
mod import_orders;
mod import_products;
mod offer_products;
mod record_orders_cancelled;
mod record_orders_paid;
mod record_orders_picked_up;
mod record_orders_refunded;
mod tender;
mod told;

pub(crate) use earn_lane::RecordOrderEvents;
pub use hold_order_points::OrderHoldRefusal;
pub use import_products::{ImportProductRefusal, ImportedProduct};
pub use offer_products::OfferProductsRefusal;
pub use record_orders_paid::{RecordOrderRefusal, Recorded};
pub use tender::TenderRefusal;
pub use told::{EventRefusal, EventTold, ToldAnswer};
pub(crate) use told::{paid_hash, picked_up_hash};
