use std::{
    hash::Hash,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// After this many tries, keys that rested long enough are forgotten.
const TRIES_BETWEEN_SWEEPS: u32 = 10_000;

/// How often each key may try a minute, in this process: guessing is ended by what the database knows; this is for whoever only wants
/// to keep us at work.
pub(crate) struct Limit<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    tries: AtomicU32,
}

impl<K: Hash + Eq + Clone> Limit<K> {
    pub(crate) fn per_minute(tries: NonZeroU32) -> Self {
        Self { limiter: RateLimiter::keyed(Quota::per_minute(tries)), tries: AtomicU32::new(0) }
    }

    /// Counts a try; `false` when there were too many.
    pub(crate) fn take(&self, key: &K) -> bool {
        if self.tries.fetch_add(1, Ordering::Relaxed) % TRIES_BETWEEN_SWEEPS == TRIES_BETWEEN_SWEEPS - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(key).is_ok()
    }
}

impl Limit<IpAddr> {
    /// Counts a try of a network. Who has no address shares one bucket: strict rather than open.
    pub(crate) fn take_of(&self, network: Option<IpAddr>) -> bool {
        self.take(&network.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::Limit;

    #[test]
    fn a_network_has_its_tries_and_no_other_network_loses_any() {
        let limit = Limit::per_minute(NonZeroU32::new(20).unwrap());
        let here = Some("192.0.2.1".parse().unwrap());
        assert!((0..20).all(|_| limit.take_of(here)));
        assert!(!limit.take_of(here));
        assert!(limit.take_of(Some("192.0.2.2".parse().unwrap())) && limit.take_of(None));
    }
}
