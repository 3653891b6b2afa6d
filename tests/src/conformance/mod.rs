//! The house keeps to its plan: who uses whom, how large a file may grow, what the two engines hold.

pub(crate) mod access;
mod access_office;
mod access_staff;
mod access_subscriptions;
mod append_only;
mod arrows;
mod files;
mod repository;
mod schema;
mod schema_graphql;
mod source;
mod webhooks;
