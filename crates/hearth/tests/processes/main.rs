//! Tests that start the built program as an operator does. One program for all of them, so that they are linked once.

mod bench;
mod import;
mod program;
mod serve;
