//! One file per thing a person or a system does, each through its own door, on both engines, with exact values.

mod adjustment_by_two;
mod death_by_two;
pub(crate) mod door;
mod earn_once;
mod event_keys;
mod expiry_boundary;
mod held_over_midnight;
mod invitations;
mod last_unit;
mod leaving;
mod mailed_code;
mod merging;
mod mixed_tender;
mod moving_house;
mod operator_identity;
mod points_that_return;
mod pool_race;
mod redeem_priority_delivery;
mod refund_after_spending;
mod rule_changed;
mod sessions;
pub(crate) mod smtp_server;
mod splitting;
mod spoken_order;
mod staff_sign_in;
mod webhooks;
mod webhooks_by_staff;
