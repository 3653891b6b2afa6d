//! Seniors ask, relatives pay: what an old person's words order, pay requests, payment attempts, mandates, and the providers that
//! move money.
//!
//! Owns every payment attempt and what became of it. Never touches points or grants. Start reading at `understand/mod.rs`, which
//! makes a draft of speech and asks back what it is not sure of.

pub mod understand;
