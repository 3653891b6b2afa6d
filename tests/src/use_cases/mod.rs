//! Use-cases under races, drops and lies, on both engines: what no single crate can test alone.

mod lapse_lots;
mod reactions;
mod record_order_events;
mod redeem_perk;
mod verify;
