//! The door as a client meets it: real requests, whole answers.

mod bad_inputs;
mod consumer;
mod door;
mod faults;
mod order_events;
mod transport;

pub(super) use door::{Answer, Door};
