//! What the operator's order system told us: orders, lines, tenders, refunds, pick-ups, and the products they name.
//!
//! Owns these facts as they were told. Never prices, charges or ships anything, and moves no points: it
//! knows how many an order was paid with.
//! Start reading at [`OrderPaid`], the fact the others follow, and at [`Order`], what is kept of it.

pub mod events;
mod offer;
mod order;
mod order_cancelled;
mod order_paid;
mod order_picked_up;
mod order_points_held;
mod order_refunded;
mod point_tender;
mod product;
pub mod store;

pub use offer::{MAX_OFFERS, Offer};
pub use order::{Order, OrderLine, Resolved};
pub use order_cancelled::{CancelRefusal, Cancelled, OrderCancelled};
pub use order_paid::{InvalidOrder, MAX_LINES, OrderPaid, OrderPaidLine};
pub use order_picked_up::{OrderPickedUp, PickUpRefusal};
pub use order_points_held::{OrderPointsHeld, OrderPointsReleased};
pub use order_refunded::{OrderRefunded, Refund, RefundLine, RefundRefusal};
pub use point_tender::{PointTender, StoredTender};
pub use product::Product;
