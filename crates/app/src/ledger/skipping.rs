use std::{collections::BTreeSet, time::Duration};

use kernel::{Fault, FaultKind, Id, kinds};
use tokio::time::Instant;

/// Most households a job passes over in one run. Beyond it the fault is the database's, not theirs.
const MAX_PASSED_OVER: usize = 50;

/// After so long nobody more is passed over: a database that keeps everybody waiting is asked again in a minute.
const MAX_PATIENCE: Duration = Duration::from_secs(10);

/// The households a job could not do its work for: it passes over them, so that one poisoned row holds nobody else up.
#[derive(Debug)]
pub(super) struct Skipped {
    since: Instant,
    households: BTreeSet<Id<kinds::Household>>,
    last: Option<Fault>,
}

impl Skipped {
    /// Nobody yet.
    pub(super) fn new() -> Self {
        Self { since: Instant::now(), households: BTreeSet::new(), last: None }
    }

    /// Whether a fault may be one household's own: of its rows, or of somebody who keeps them.
    pub(super) fn may_be_ones_own(fault: &Fault) -> bool {
        matches!(fault.kind(), FaultKind::Broken | FaultKind::Busy)
    }

    pub(super) fn households(&self) -> BTreeSet<Id<kinds::Household>> {
        self.households.clone()
    }

    /// Reports a household and goes on without it. A fault that is not the household's own ends the job, and so do too many of them.
    pub(super) fn pass_over(
        &mut self,
        household: Id<kinds::Household>,
        fault: Fault,
        doing: &'static str,
    ) -> Result<(), Fault> {
        let is_patient = self.households.len() < MAX_PASSED_OVER && self.since.elapsed() < MAX_PATIENCE;
        if !is_patient || !Self::may_be_ones_own(&fault) {
            return Err(fault);
        }
        tracing::error!(
            household.id = %household,
            error = fault.chain(),
            "The clockwork could not {doing} and passes over household {household}"
        );
        self.households.insert(household);
        self.last = Some(fault);
        Ok(())
    }

    /// Whether there are more than there were.
    pub(super) fn is_news(&self, before: usize) -> bool {
        self.households.len() > before
    }

    /// What the job did; when it did nothing for somebody it should have, the fault.
    pub(super) fn answer(self, done: usize) -> Result<usize, Fault> {
        match self.last {
            Some(fault) if done == 0 => Err(fault),
            _ => Ok(done),
        }
    }
}
