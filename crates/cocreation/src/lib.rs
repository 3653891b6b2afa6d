//! Neighbours test products and vote: studies, panels, options, ballots, tallies, launches.
//!
//! Empty today: this is where they will live, and the arrows around it are already held by a test.
//! Owns who may vote, what was cast, and how it was counted. Never knows points or payments. Start reading at
//! `docs/ARCHITECTURE.md`.
