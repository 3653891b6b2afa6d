//! How much one caller may ask for. In this process only: what must hold across processes is counted in the database.

use std::{
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::HashMapStateStore,
};
use kernel::{Id, kinds};

use crate::{CostBucket, guard};

/// After this many checks, keys whose bucket is full again are forgotten.
const CHECKS_BETWEEN_SWEEPS: u32 = 10_000;

/// Whose bucket it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Caller {
    /// Somebody signed in, wherever from.
    Person(Id<kinds::Person>),
    /// Somebody of the staff, wherever from.
    Staff(Id<kinds::Staff>),
    /// A stranger, known only by network.
    Network(Network),
}

/// An IPv4 address or the first 64 bits of an IPv6 one: a household's router hands out the rest freely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

impl Network {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => Self(IpAddr::V4(v4)),
            IpAddr::V6(v6) => Self(IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64))),
        }
    }

    /// Its first address.
    pub(crate) const fn address(self) -> IpAddr {
        self.0
    }
}

/// The bucket did not hold enough; nothing was taken from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted {
    pub(crate) retry_after: Duration,
}

/// A bucket per key that forgets keys by itself.
#[derive(Debug)]
pub(crate) struct Buckets<K: Hash + Eq + Clone, C: Clock = DefaultClock> {
    limiter: RateLimiter<K, HashMapStateStore<K>, C, StateInformationMiddleware>,
    clock: C,
    checks: AtomicU32,
}

impl<K: Hash + Eq + Clone, C: Clock + Clone> Buckets<K, C> {
    pub(crate) fn new(quota: Quota, clock: &C) -> Self {
        let limiter = RateLimiter::new(quota, HashMapStateStore::default(), clock.clone());
        Self { limiter, clock: clock.clone(), checks: AtomicU32::new(0) }
    }

    /// Takes `amount` and says how much is left. More than the bucket holds is never given.
    pub(crate) fn take(&self, key: &K, amount: NonZeroU32) -> Result<u32, Exhausted> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % CHECKS_BETWEEN_SWEEPS == CHECKS_BETWEEN_SWEEPS - 1 {
            self.limiter.retain_recent();
        }
        match self.limiter.check_key_n(key, amount) {
            Ok(Ok(state)) => Ok(state.remaining_burst_capacity()),
            Ok(Err(not_until)) => Err(Exhausted { retry_after: not_until.wait_time_from(self.clock.now()) }),
            Err(_) => Err(Exhausted { retry_after: Duration::from_secs(60) }),
        }
    }
}

/// Every limit of this door that is counted over time. Its clock only ever goes forward, unlike the one on the wall: an
/// operator who sets that back must not lock everybody out.
pub(crate) struct Limits<C: Clock = DefaultClock> {
    costs: Buckets<Caller, C>,
    sign_ins: Buckets<Network, C>,
    invitations: Buckets<Network, C>,
    bucket: CostBucket,
}

impl<C: Clock + Clone> Limits<C> {
    /// `attempts`: to sign in, a minute, and to try an invitation, an hour.
    pub(crate) fn new(bucket: CostBucket, attempts: (NonZeroU32, NonZeroU32), clock: &C) -> Self {
        let dearest_query = NonZeroU32::new(guard::MAX_COST).expect("the highest cost is not zero");
        let bucket = CostBucket { maximum: bucket.maximum.max(dearest_query), ..bucket };
        let cost_quota = Quota::per_second(bucket.restore_per_second).allow_burst(bucket.maximum);
        Self {
            costs: Buckets::new(cost_quota, clock),
            sign_ins: Buckets::new(Quota::per_minute(attempts.0), clock),
            invitations: Buckets::new(Quota::per_hour(attempts.1), clock),
            bucket,
        }
    }

    /// Pays for a query; the emptiest one costs 1. Says what is left.
    pub(crate) fn spend(&self, caller: Caller, cost: u32) -> Result<u32, Exhausted> {
        self.costs.take(&caller, NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN))
    }

    /// Counts attempts to get or guess a sign-in code.
    pub(crate) fn count_sign_in_attempts(&self, network: Network, attempts: u32) -> Result<(), Exhausted> {
        NonZeroU32::new(attempts).map_or(Ok(()), |attempts| self.sign_ins.take(&network, attempts).map(drop))
    }

    /// Counts attempts to guess the secret of an invitation's link.
    pub(crate) fn count_invitation_attempts(&self, network: Network, attempts: u32) -> Result<(), Exhausted> {
        NonZeroU32::new(attempts).map_or(Ok(()), |attempts| self.invitations.take(&network, attempts).map(drop))
    }

    /// The size of everybody's bucket.
    pub(crate) fn bucket(&self) -> CostBucket {
        self.bucket
    }
}

#[cfg(test)]
mod tests {
    use std::{num::NonZeroU32, time::Duration};

    use governor::clock::FakeRelativeClock;

    use super::{Caller, Exhausted, Limits, Network};
    use crate::CostBucket;

    fn limits() -> (FakeRelativeClock, Limits<FakeRelativeClock>) {
        let clock = FakeRelativeClock::default();
        let number = |n| NonZeroU32::new(n).unwrap();
        let bucket = CostBucket { maximum: number(1_000), restore_per_second: number(100) };
        let limits = Limits::new(bucket, (number(2), number(2)), &clock);
        (clock, limits)
    }

    fn network(address: &str) -> Network {
        Network::of(address.parse().unwrap())
    }

    #[test]
    fn a_bucket_empties_and_refills_with_time() {
        let (clock, limits) = limits();
        let caller = Caller::Network(network("192.0.2.1"));

        assert_eq!(limits.spend(caller, 990), Ok(10));
        assert_eq!(limits.spend(caller, 20), Err(Exhausted { retry_after: Duration::from_millis(100) }));
        clock.advance(Duration::from_millis(100));
        assert_eq!(limits.spend(caller, 20), Ok(0));
        assert_eq!(limits.spend(Caller::Network(network("192.0.2.2")), 0), Ok(999));
    }

    #[test]
    fn sign_in_attempts_are_counted_by_network() {
        let (clock, limits) = limits();
        let here = network("2001:db8:1:2::1");
        assert_eq!(limits.count_sign_in_attempts(here, 2), Ok(()));
        let neighbour = network("2001:db8:1:2:ffff::9");
        assert_eq!(
            limits.count_sign_in_attempts(neighbour, 1),
            Err(Exhausted { retry_after: Duration::from_secs(30) })
        );
        assert_eq!(limits.count_sign_in_attempts(here, 0), Ok(()));
        clock.advance(Duration::from_secs(30));
        assert_eq!(limits.count_sign_in_attempts(here, 1), Ok(()));
    }

    #[test]
    fn invitations_are_tried_by_the_hour_and_apart_from_signing_in() {
        let (clock, limits) = limits();
        let here = network("192.0.2.1");
        assert_eq!(limits.count_invitation_attempts(here, 2), Ok(()));
        let exhausted = Exhausted { retry_after: Duration::from_secs(1_800) };
        assert_eq!(limits.count_invitation_attempts(here, 1), Err(exhausted));
        assert_eq!(limits.count_sign_in_attempts(here, 2), Ok(()));
        assert_eq!(limits.count_invitation_attempts(network("192.0.2.2"), 1), Ok(()));
        clock.advance(Duration::from_secs(1_800));
        assert_eq!(limits.count_invitation_attempts(here, 1), Ok(()));
    }

    #[test]
    fn one_network_has_one_spelling() {
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}
