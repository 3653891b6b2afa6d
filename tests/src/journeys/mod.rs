//! One file per thing a person or a system does, each through its own door, on both engines, with exact values.

pub(crate) mod door;
mod earn_once;
mod expiry_boundary;
mod held_over_midnight;
mod last_unit;
mod mixed_tender;
mod moving_house;
mod points_that_return;
mod pool_race;
mod redeem_priority_delivery;
mod refund_after_spending;
mod rule_changed;
mod staff_sign_in;
