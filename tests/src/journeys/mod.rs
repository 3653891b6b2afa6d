//! One file per thing a person or a system does, each through its own door, on both engines, with exact values.

mod door;
mod earn_once;
mod last_unit;
mod redeem_priority_delivery;
mod rule_changed;
