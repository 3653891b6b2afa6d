use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use kernel::{BusinessDate, Fault, FaultKind, Id, kinds};
use ledger::Balance;
use tokio::sync::{MutexGuard, oneshot};

/// Most requests waiting for a balance at once; beyond it a caller hears "busy, retry".
const MAX_WAITING: usize = 1_024;

/// What one caller hears: the balance and its day; none when the household has no wallet.
pub(super) type Answer = Result<Option<(Balance, BusinessDate)>, Arc<Fault>>;

/// Where those who ask for a balance at the same time meet, so that they share one statement.
///
/// Nothing runs for it. Whoever has the turn reads for all who wait, also for those who come while another reads: the busier it
/// is, the more share, and alone nobody waits. A statement begins after all it reads for have asked, so that everybody sees
/// what was committed before. Whoever is dropped in the middle of a turn leaves the others without an answer; they ask again.
#[derive(Debug, Default)]
pub(crate) struct BalanceLane {
    waiting: Mutex<Vec<Waiting>>,
    turn: tokio::sync::Mutex<()>,
}

/// One request.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) household: Id<kinds::Household>,
    answer: oneshot::Sender<Answer>,
}

impl Waiting {
    /// Answers. Whoever is gone in the meantime does not mind.
    pub(super) fn answer(self, answer: Answer) {
        drop(self.answer.send(answer));
    }
}

impl BalanceLane {
    /// Stands in line.
    pub(super) fn wait(&self, household: Id<kinds::Household>) -> Result<oneshot::Receiver<Answer>, Fault> {
        let (answer, answered) = oneshot::channel();
        // Nothing panics while holding the line, and a line is whole after every push.
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MAX_WAITING {
            return Err(Fault::new(FaultKind::Busy, "stand in line for a balance"));
        }
        waiting.push(Waiting { household, answer });
        Ok(answered)
    }

    /// Waits for the turn to read.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// All who wait now. To be called by whoever has the turn.
    pub(super) fn take(&self) -> Vec<Waiting> {
        mem::take(&mut self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
