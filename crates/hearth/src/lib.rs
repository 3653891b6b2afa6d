//! The one binary: configuration, the command line, and the wiring of everything else.
//!
//! Owns processes: what is opened, in which order, and how it stops. Decides nothing about points, perks or people. Start
//! reading at [`cli`], then at `serve.rs`.

pub mod console;
mod failure;
pub mod import;

pub use failure::Failure;
