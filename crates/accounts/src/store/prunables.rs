use db::Prunable;

/// Sign-in challenges: within the hour they count against floods, within days they help whoever asks why a code failed.
pub const CHALLENGES: Prunable =
    Prunable { table: "sign_in_challenges", key: "id", which: "expires_at < $1", kept_days: 7 };

/// Sessions that have expired or were revoked.
pub const SESSIONS: Prunable =
    Prunable { table: "sessions", key: "token_hash", which: "(expires_at < $1 OR revoked_at < $1)", kept_days: 30 };

/// Links to downloads of one's own data; what they led to was never kept.
pub const DATA_EXPORTS: Prunable =
    Prunable { table: "data_exports", key: "id", which: "expires_at < $1", kept_days: 30 };

/// Links to the voting pages, opened or not, whose time is over.
pub const VOTING_LINKS: Prunable =
    Prunable { table: "voting_links", key: "token_hash", which: "expires_at < $1", kept_days: 1 };
