use async_graphql::{ID, SimpleObject};
use kernel::{Id, kinds};

use crate::schema::{ids, scalars::Instant};

/// A device or app somebody is signed in on.
#[derive(SimpleObject)]
pub(super) struct Session {
    /// The session's id, for `revokeSession`. Not good for `node`; it is not the token.
    id: ID,
    /// Since when.
    created_at: Instant,
    /// From this instant on it is worth nothing.
    expires_at: Instant,
    /// Whether it is the one this request came with.
    is_current: bool,
}

impl Session {
    pub(super) fn of(session: &::accounts::Session, current: Id<kinds::Session>) -> Self {
        Self {
            id: ids::write(session.id),
            created_at: Instant(session.created_at),
            expires_at: Instant(session.expires_at),
            is_current: session.id == current,
        }
    }
}
