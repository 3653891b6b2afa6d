use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

/// A use-case that waits more often than this is not tested to its end but panics: it would wait for ever.
pub const MAX_POLLS: u32 = 2_000;

/// What [`drop_at_every_await`] saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completed<T> {
    /// How many futures were dropped before one was left to complete.
    pub drops: u32,
    /// What the last one returned.
    pub output: T,
}

/// Drops a use-case at every place where it waits, as a client that hangs up does.
///
/// Polls a fresh future once and drops it, a fresh one twice and drops it, and so on until one completes. Between two polls the
/// future really waits for its disk or network. After each drop `check` looks at what is left; both are given the number of
/// polls, so that each future can be another act. A drop hits while a statement is under way: what was being committed may
/// become true or not, but never half. An await whose answer is already there is no place to drop at, so the number of drops
/// varies a little from run to run.
///
/// # Panics
/// When a future is still waiting after [`MAX_POLLS`] polls.
pub async fn drop_at_every_await<T>(
    mut make_future: impl AsyncFnMut(u32) -> T,
    mut check: impl AsyncFnMut(u32),
) -> Completed<T> {
    for polls in 1..=MAX_POLLS {
        if let Some(output) = poll_at_most(polls, make_future(polls)).await {
            return Completed { drops: polls - 1, output };
        }
        check(polls).await;
    }
    panic!("still waiting after {MAX_POLLS} polls");
}

/// Polls a future that often, each time when it was woken, and drops it; its output if it completed by then.
pub async fn poll_at_most<T>(polls: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut polls_left = polls;
    poll_fn(|context| {
        polls_left -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls_left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::{Completed, drop_at_every_await};

    #[tokio::test]
    async fn drops_once_at_every_await() {
        let mut reached = Vec::new();
        let completed = drop_at_every_await(
            async |polls| {
                for step in 0..3 {
                    reached.push((polls, step));
                    tokio::task::yield_now().await;
                }
                polls
            },
            async |_| {},
        )
        .await;

        assert_eq!(completed, Completed { drops: 3, output: 4 });
        assert_eq!(reached, [(1, 0), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2), (4, 0), (4, 1), (4, 2)]);
    }
}
