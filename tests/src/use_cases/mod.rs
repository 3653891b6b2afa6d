//! Use-cases under races, drops and lies, on both engines: what no single crate can test alone.

mod approvals;
mod cancel_grant;
mod cancelled_orders;
mod close_rules;
mod decided_acts;
mod exports;
mod holds;
mod household_feed;
mod household_life;
mod lanes;
mod lapse_lots;
mod members_joined;
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
mod statement;
mod tender_points;
mod verify;
mod worked_example;
