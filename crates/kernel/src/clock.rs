use std::sync::Mutex;

use crate::Timestamp;

/// Where "now" comes from. Rules never ask it: they are handed the instant of their transaction.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The current instant, cut to the millisecond.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        cut_to_millisecond(chrono::Utc::now())
    }
}

/// A clock that moves only when told: for tests and simulations.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock standing at `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(cut_to_millisecond(now)))
    }

    /// Moves to `now`, forwards or backwards.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().expect("no holder of the clock lock panics") = cut_to_millisecond(now);
    }

    /// Moves forwards by `by`.
    pub fn advance(&self, by: chrono::TimeDelta) {
        let mut now = self.0.lock().expect("no holder of the clock lock panics");
        *now = cut_to_millisecond(*now + by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("no holder of the clock lock panics")
    }
}

fn cut_to_millisecond(now: Timestamp) -> Timestamp {
    Timestamp::from_timestamp_millis(now.timestamp_millis()).expect("an instant stays one when cut to milliseconds")
}
