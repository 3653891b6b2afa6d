//! What the operator's order system told us: orders, lines, tenders, refunds, pick-ups, and the products they name.
//!
//! Owns these facts as they were told. Never prices, charges or ships anything, and knows nothing of points earned.
//! Start reading at [`OrderPaid`], the fact most others follow.

mod order_paid;

pub use order_paid::{InvalidOrder, MAX_LINES, OrderPaid, OrderPaidLine};
