use std::{future::Future, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use kernel::{Fault, FaultKind};

/// How often a use-case is run again after a lock or serialisation failure before its caller hears "busy, retry".
pub const MAX_CONTENTION_RETRIES: usize = 5;

/// After this long no use-case is run again: each run may itself wait for locks, and its caller waits for all of them.
pub const CONTENTION_DEADLINE: Duration = Duration::from_secs(10);

/// Runs a whole use-case, again from its load while it fails by contention, at most [`MAX_CONTENTION_RETRIES`] times more,
/// and never again once ten seconds would be over.
///
/// # Errors
/// The first fault that is not contention; or [`FaultKind::Busy`] when contention outlasted all tries.
pub async fn retry_contention<T, F, Fut>(mut use_case: F) -> Result<T, Fault>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Fault>>,
{
    let deadline = tokio::time::Instant::now() + CONTENTION_DEADLINE;
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(5))
        .with_max_delay(Duration::from_millis(200))
        .with_jitter()
        .with_max_times(MAX_CONTENTION_RETRIES)
        .build();
    loop {
        let fault = match use_case().await {
            Ok(done) => return Ok(done),
            Err(fault) if fault.kind() == FaultKind::Contention => fault,
            Err(fault) => return Err(fault),
        };
        let Some(pause) = pauses.next().filter(|&pause| tokio::time::Instant::now() + pause < deadline) else {
            return Err(Fault::because(FaultKind::Busy, "get past others using the same rows", fault));
        };
        tracing::debug!("A use-case met contention and runs again");
        tokio::time::sleep(pause).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, time::Duration};

    use kernel::{Fault, FaultKind};

    use super::{MAX_CONTENTION_RETRIES, retry_contention};

    #[tokio::test(start_paused = true)]
    async fn runs_again_until_contention_is_gone() {
        let runs = Cell::new(0);
        let done = retry_contention(async || {
            runs.set(runs.get() + 1);
            if runs.get() < 3 { Err(Fault::new(FaultKind::Contention, "lock")) } else { Ok(runs.get()) }
        })
        .await;

        assert_eq!(done.expect("third run succeeds"), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_as_busy_after_a_bounded_number_of_runs() {
        let runs = Cell::new(0);
        let fault = retry_contention(async || {
            runs.set(runs.get() + 1);
            Err::<(), _>(Fault::new(FaultKind::Contention, "lock"))
        })
        .await
        .expect_err("never succeeds");

        assert_eq!(fault.kind(), FaultKind::Busy);
        assert_eq!(runs.get(), 1 + MAX_CONTENTION_RETRIES);
    }

    #[tokio::test(start_paused = true)]
    async fn gives_up_as_busy_when_runs_outlast_the_deadline() {
        let runs = Cell::new(0);
        let fault = retry_contention(async || {
            runs.set(runs.get() + 1);
            tokio::time::sleep(Duration::from_secs(6)).await;
            Err::<(), _>(Fault::new(FaultKind::Contention, "lock"))
        })
        .await
        .expect_err("never succeeds");

        assert_eq!((fault.kind(), runs.get()), (FaultKind::Busy, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn does_not_repeat_a_broken_use_case() {
        let runs = Cell::new(0);
        let fault = retry_contention(async || {
            runs.set(runs.get() + 1);
            Err::<(), _>(Fault::new(FaultKind::Broken, "write"))
        })
        .await
        .expect_err("broken");

        assert_eq!((fault.kind(), runs.get()), (FaultKind::Broken, 1));
    }
}
