//! The consumer's door: GraphQL and order events in, translation only.
mod guard;
