//! Use-cases under races, drops and lies, on both engines: what no single crate can test alone.

mod cancel_grant;
mod close_rules;
mod decided_acts;
mod exports;
mod holds;
mod lanes;
mod lapse_lots;
mod monthly_statement;
mod move_points;
mod notify_lapses;
mod privacy;
mod reactions;
mod record_order_events;
mod redeem_perk;
mod refund_after_lapse;
mod simulate_rule;
mod stack_earn_rules;
mod verify;
mod worked_example;
