//! Use-cases about people and sessions.
