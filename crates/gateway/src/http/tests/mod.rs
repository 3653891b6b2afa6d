//! The door as a client meets it: real requests, whole answers.

mod bad_inputs;
mod consumer;
mod door;
mod every_mutation;
mod faults;
mod order_events;
mod transport;

pub(crate) use door::{Answer, Door};
