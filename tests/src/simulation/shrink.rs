//! Makes a failing list short enough to read.

use std::{fmt::Write, future::Future};

use testkit::{Engine, TestDb};

use super::{
    commands::{Setup, Step},
    run::{Failure, run},
};

/// Most runs spent on shrinking: a short list is worth a minute, not ten.
const MAX_RUNS: usize = 150;

/// One thread, so that nothing happens by itself.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// As [`shrink`], from within a run: its runs want a thread to themselves.
pub(super) fn in_a_thread(engine: Engine, setup: &Setup, steps: &[Step], failure: Failure) -> String {
    std::thread::scope(|scope| scope.spawn(|| shrink(engine, setup, steps, failure)).join().unwrap())
}

/// Leaves out ever smaller pieces as long as the rest still fails, and writes down what remains.
fn shrink(engine: Engine, setup: &Setup, steps: &[Step], failure: Failure) -> String {
    let mut failure = failure;
    let mut steps: Vec<Step> = steps.iter().take(failure.step + 1).cloned().collect();
    let mut piece = steps.len() / 2;
    let mut runs = 0;
    while piece > 0 && runs < MAX_RUNS {
        let mut start = 0;
        while start < steps.len() && runs < MAX_RUNS {
            let end = steps.len().min(start + piece);
            let fewer = [&steps[..start], &steps[end..]].concat();
            runs += 1;
            match block_on(async { run(&TestDb::new(engine).await, "shrunken", setup, &fewer, 1).await }) {
                Err(still) => (failure, steps) = (still, fewer),
                Ok(()) => start = end,
            }
        }
        piece /= 2;
    }
    let mut text = format!("{}\n{setup:?}", failure.what);
    for (index, step) in steps.iter().enumerate() {
        let mark = if index == failure.step { "  <- here" } else { "" };
        write!(text, "\n{index:3} {:?} {:?}{mark}", step.command, step.crash).unwrap();
    }
    text
}
