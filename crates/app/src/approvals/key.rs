use db::{
    Tx,
    idempotency::{self, InputHash, Known},
};
use kernel::{Fault, Id, IdempotencyKey, kinds};

use crate::StaffPrincipal;

/// What is wrong with a kept key of the staff's; the outer `None` when its operation is none of theirs. Operations and answers are stored,
/// so none here ever changes.
pub(crate) fn check_kept(operation: &str, principal: &str, answer: &str) -> Option<Option<&'static str>> {
    let is_answer = match operation {
        "adjust_points" | "reverse_adjustment" => is_posting_or_approval(answer),
        "advance_study" | "change_staff_access" | "change_staff_roles" | "decide_approval" | "record_death" => {
            is_approval(answer)
        }
        "draft_study" => answer.parse::<Id<kinds::Study>>().is_ok(),
        _ => return None,
    };
    Some(match (principal.parse::<Id<kinds::Staff>>(), is_answer) {
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
