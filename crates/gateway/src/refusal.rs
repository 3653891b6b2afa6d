//! What the door itself says no to, in the closed set of codes that `errors[]` may carry.

use std::{borrow::Cow, time::Duration};

use async_graphql::Pos;

/// Every code of `errors[].extensions.code`. What a use-case refuses is a user error in its payload instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    /// Nobody is signed in, or the token is not, or no longer, good.
    Unauthenticated,
    /// Somebody is signed in who may not do this.
    Forbidden,
    /// The request itself is wrong: transport, document, variables or an argument.
    BadUserInput,
    /// One query costs more than any query may.
    CostExceeded,
    /// Too much in too short a time; `retryAfterSeconds` says when to come back.
    RateLimited,
    /// The hash of a persisted query that is not known here: send the text.
    PersistedQueryNotFound,
    /// There is no room left to write to; nothing was done. `retryAfterSeconds` says when to try again.
    StorageFull,
    /// Our fault. The outcome of a mutation is unknown: repeat it with the same idempotency key.
    Internal,
}

impl ErrorCode {
    /// As it stands in an answer.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::CostExceeded => "COST_EXCEEDED",
            Self::RateLimited => "RATE_LIMITED",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::StorageFull => "STORAGE_FULL",
            Self::Internal => "INTERNAL",
        }
    }
}

/// One entry of `errors[]`, before it has a request id. Raised in a resolver with `?`, it rides along as the error's source,
/// where the edge finds it again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    /// Which rule, where the code alone does not say: `QUERY_TOO_DEEP`.
    pub(crate) reason: Option<&'static str>,
    pub(crate) message: Cow<'static, str>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) positions: Vec<Pos>,
}

impl Refusal {
    pub(crate) fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, reason: None, message: message.into(), retry_after: None, positions: Vec::new() }
    }

    pub(crate) fn bad_input(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: Some(reason), ..Self::new(ErrorCode::BadUserInput, message) }
    }

    pub(crate) fn rate_limited(reason: &'static str, message: &'static str, retry_after: Duration) -> Self {
        Self { reason: Some(reason), retry_after: Some(retry_after), ..Self::new(ErrorCode::RateLimited, message) }
    }

    /// Whole seconds to wait, rounded up so that waiting them is enough.
    pub(crate) fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }
}
