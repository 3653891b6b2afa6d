//! The consumer's door: GraphQL for apps, recordings to be written down, order events from the operator's
//! systems, payments from WeChat Pay.
//!
//! Owns translation and what protects it: media types, limits, the guard before the parser, the schema. Never decides anything
//! about points, perks or people: a resolver parses, calls one use-case, translates. Start reading at [`routes`], then at
//! `guard/mod.rs` for what a document must pass and at `schema/mod.rs` for what can be asked.

mod events;
mod guard;
mod http;
mod identity;
mod limits;
mod options;
mod problem;
mod refusal;
mod schema;
mod socket;
mod tls;
mod transcriptions;
mod webhooks;
mod wechat_pay;

pub use guard::cost as guard_cost;
pub use http::{peer_of, routes};
pub use identity::IdentityOptions;
pub use options::{CostBucket, EventKey, EventKeyError, GatewayOptions};
pub use schema::sdl;
pub use socket::Sockets;
pub use transcriptions::TranscriptionOptions;
pub use webhooks::{PrivateAddresses, WebhookWorker};
