use db::{
    Tx,
    idempotency::{self, InputHash, Known},
};
use kernel::{Fault, Id, IdempotencyKey, kinds};

use crate::StaffPrincipal;

/// The operations of the staff that keep keys, as the keys name them, and what an answer must be: stored, so neither ever changes.
const OPERATIONS: [(&str, fn(&str) -> bool); 5] = [
    ("adjust_points", is_posting_or_approval),
    ("change_staff_roles", is_approval),
    ("decide_approval", is_approval),
    ("record_death", is_approval),
    ("reverse_adjustment", is_posting_or_approval),
];

/// What is wrong with a kept key of the staff's; the outer `None` when its operation is none of theirs.
pub(crate) fn check_kept(operation: &str, principal: &str, answer: &str) -> Option<Option<&'static str>> {
    let (_, is_answer) = OPERATIONS.into_iter().find(|(name, _)| *name == operation)?;
    Some(match (principal.parse::<Id<kinds::Staff>>(), is_answer(answer)) {
        (Err(_), _) => Some("it is nobody's of the staff"),
        (Ok(_), false) => Some("it answers with nothing that such an act makes"),
        (Ok(_), true) => None,
    })
}

fn is_approval(answer: &str) -> bool {
    answer.parse::<Id<kinds::Approval>>().is_ok()
}

fn is_posting_or_approval(answer: &str) -> bool {
    answer.parse::<Id<kinds::Posting>>().is_ok() || is_approval(answer)
}

/// "This very act" of one of the staff: whose key, for which use-case, with which input.
#[derive(Debug, Clone)]
pub(crate) struct ActKey {
    key: idempotency::Key,
    input: InputHash,
}

impl ActKey {
    /// The key of an act whose input is these texts.
    pub(crate) fn new(
        principal: &StaffPrincipal,
        operation: &'static str,
        key: &IdempotencyKey,
        input: &[&str],
    ) -> Self {
        let key = idempotency::Key { principal: principal.staff.to_string(), operation, key: key.to_string() };
        Self { key, input: InputHash::of(input) }
    }

    /// What an earlier act under this key left. Call it holding the row of whoever acts: a twin is then over or has not begun.
    pub(crate) async fn find(&self, tx: &mut Tx) -> Result<Option<Known>, Fault> {
        let wanted = (self.key.principal.as_str(), self.key.key.as_str());
        let kept = idempotency::list_kept(tx, self.key.operation, &[wanted]).await?;
        Ok(kept.into_values().next().map(|kept| kept.known(self.input)))
    }

    /// Keeps the answer, in the transaction that has the effect.
    pub(crate) async fn keep(self, tx: &mut Tx, answer: String) -> Result<(), Fault> {
        idempotency::insert_answers(tx, vec![(self.key, self.input, answer)]).await
    }
}
