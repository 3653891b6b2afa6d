use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// How many pages one network opens a minute: a carrier hides a street of phones behind one address, and who guesses links needs many more.
const PER_NETWORK: NonZeroU32 = NonZeroU32::new(240).expect("not zero");

/// How many pages are opened by one link a minute: nobody reads and presses that fast.
const PER_LINK: NonZeroU32 = NonZeroU32::new(60).expect("not zero");

/// After this many pages, networks and links that rested long enough are forgotten.
const PAGES_BETWEEN_SWEEPS: u32 = 10_000;

/// Pages of the family by network and by link, in this process. Only links that lead somewhere are counted, so that nobody fills the memory
/// with made-up ones.
pub(super) struct FamilyLimit {
    networks: DefaultKeyedRateLimiter<IpAddr>,
    links: DefaultKeyedRateLimiter<String>,
    pages: AtomicU32,
}

impl FamilyLimit {
    pub(super) fn new() -> Self {
        Self {
            networks: RateLimiter::keyed(Quota::per_minute(PER_NETWORK)),
            links: RateLimiter::keyed(Quota::per_minute(PER_LINK)),
            pages: AtomicU32::new(0),
        }
    }

    /// Counts a page for a network; `false` when there were too many. Who has no address shares one bucket: strict rather than open.
    pub(super) fn take_network(&self, network: Option<IpAddr>) -> bool {
        if self.pages.fetch_add(1, Ordering::Relaxed) % PAGES_BETWEEN_SWEEPS == PAGES_BETWEEN_SWEEPS - 1 {
            self.networks.retain_recent();
            self.links.retain_recent();
        }
        self.networks.check_key(&network.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))).is_ok()
    }

    /// Counts a page for a link that leads somewhere; `false` when there were too many.
    pub(super) fn take_link(&self, link: &str) -> bool {
        self.links.check_key(&link.to_owned()).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{FamilyLimit, PER_LINK, PER_NETWORK};

    #[test]
    fn a_network_and_a_link_have_their_pages_and_no_other_loses_any() {
        let limit = FamilyLimit::new();
        let here = Some("192.0.2.1".parse().unwrap());
        assert!((0..PER_NETWORK.get()).all(|_| limit.take_network(here)));
        assert!(!limit.take_network(here));
        assert!(limit.take_network(Some("192.0.2.2".parse().unwrap())) && limit.take_network(None));
        assert!((0..PER_LINK.get()).all(|_| limit.take_link("a")));
        assert!(!limit.take_link("a") && limit.take_link("b"));
    }
}
