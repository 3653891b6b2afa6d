//! Callers in this process: so many at once, each asking again when it was answered.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::super::figure::Figure;
use crate::Failure;

/// What a load of callers saw.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// How long each act took, sorted.
    pub(super) latencies: Vec<Duration>,
    elapsed: Duration,
}

impl Seen {
    /// Acts a second.
    pub(super) fn rate(&self) -> Figure {
        Figure::per_second(u64::try_from(self.latencies.len()).unwrap_or(u64::MAX), self.elapsed)
    }

    /// The latency that so many in a hundred did not exceed.
    pub(super) fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.latencies.len() * percent).div_ceil(100);
        self.latencies.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// How many could be done one after another in a second, at the median latency.
    pub(super) fn alone(&self) -> Figure {
        Figure::per_second(1, self.percentile(50))
    }
}

/// Lets so many callers ask for so long. `ask` is given a number no other call of this run has.
///
/// # Errors
/// The first [`Failure`]: what failed must not count as fast.
pub(super) async fn run<F, Fut>(
    callers: usize,
    length: Duration,
    numbers: &Arc<AtomicU64>,
    ask: F,
) -> Result<Seen, Failure>
where
    F: Fn(u64) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<(), Failure>> + Send,
{
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..callers {
        let (ask, numbers) = (ask.clone(), Arc::clone(numbers));
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            while started.elapsed() < length {
                let asked = Instant::now();
                ask(numbers.fetch_add(1, Ordering::Relaxed)).await?;
                latencies.push(asked.elapsed());
            }
            Ok::<_, Failure>(latencies)
        });
    }
    let mut seen = Seen::default();
    while let Some(done) = tasks.join_next().await {
        seen.latencies.extend(done.map_err(|error| Failure::because("a caller's task ended", error))??);
    }
    seen.elapsed = started.elapsed();
    seen.latencies.sort_unstable();
    Ok(seen)
}

/// A number below `bound` that looks like chance and is the same in every run (SplitMix64).
pub(super) fn pick(number: u64, bound: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ (mixed >> 31)) % bound.max(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Seen, pick};

    #[test]
    fn says_what_so_many_in_a_hundred_did_not_exceed() {
        let latencies = (1..=200).map(Duration::from_millis).collect();
        let seen = Seen { latencies, elapsed: Duration::from_secs(1) };
        assert_eq!(seen.percentile(50), Duration::from_millis(100));
        assert_eq!(seen.percentile(99), Duration::from_millis(198));
        assert_eq!(seen.rate().to_string(), "200");
        assert_eq!(seen.alone().to_string(), "10");
        assert_eq!(Seen::default().percentile(99), Duration::ZERO);
    }

    #[test]
    fn picks_all_over_the_range() {
        let picked: Vec<u64> = (0..1_000).map(|number| pick(number, 10)).collect();
        for wanted in 0..10 {
            let times = picked.iter().filter(|&&picked| picked == wanted).count();
            assert!((50..150).contains(&times), "{wanted} was picked {times} times");
        }
    }
}
