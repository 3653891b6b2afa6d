use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// How often one network may try to sign in, a minute: each try costs a slow hash.
const TRIES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(20).expect("twenty is not zero");

/// After this many tries, networks that rested long enough are forgotten.
const TRIES_BETWEEN_SWEEPS: u32 = 10_000;

/// Tries to sign in by network, in this process. Guessing one name is ended by its lock-out, in the database; this is for whoever
/// tries many names, or only wants to keep us hashing.
pub(super) struct SignInLimit {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    tries: AtomicU32,
}

impl SignInLimit {
    pub(super) fn new() -> Self {
        Self { limiter: RateLimiter::keyed(Quota::per_minute(TRIES_PER_MINUTE)), tries: AtomicU32::new(0) }
    }

    /// Counts a try; `false` when there were too many. Who has no address shares one bucket: strict rather than open.
    pub(super) fn take(&self, network: Option<IpAddr>) -> bool {
        if self.tries.fetch_add(1, Ordering::Relaxed) % TRIES_BETWEEN_SWEEPS == TRIES_BETWEEN_SWEEPS - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&network.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{SignInLimit, TRIES_PER_MINUTE};

    #[test]
    fn a_network_has_its_tries_and_no_other_network_loses_any() {
        let limit = SignInLimit::new();
        let here = Some("192.0.2.1".parse().unwrap());
        assert!((0..TRIES_PER_MINUTE.get()).all(|_| limit.take(here)));
        assert!(!limit.take(here));
        assert!(limit.take(Some("192.0.2.2".parse().unwrap())) && limit.take(None));
    }
}
