//! Seniors ask, relatives pay: pay requests, payment attempts, mandates, and the providers that move money.
//!
//! Empty today: this is where they will live, and the arrows around it are already held by a test.
//! Owns every payment attempt and what became of it. Never touches points or grants. Start reading at `docs/ARCHITECTURE.md`.
