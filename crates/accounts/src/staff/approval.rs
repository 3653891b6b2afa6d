use chrono::TimeDelta;
use kernel::{Id, Label, Timestamp, kinds};
use sha2::{Digest, Sha256};

/// How long a proposed act waits for a second person; afterwards it must be proposed anew.
pub const APPROVAL_LIFE: TimeDelta = TimeDelta::days(7);

/// Most acts one of the staff may have waiting at once: who decides must be able to read them all.
pub const MAX_PENDING_APPROVALS: u64 = 100;

/// An act that one of the staff proposed and a second one decides. What the act is, is the proposer's: kept as text with its
/// hash, and never changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The id.
    pub id: Id<kinds::Approval>,
    /// Which act, by its name: `adjust_points`.
    pub act: String,
    /// Whose household it touches, if one.
    pub household: Option<Id<kinds::Household>>,
    /// The whole act, as versioned JSON.
    pub payload: String,
    /// Why it was proposed.
    pub reason: Label,
    /// Who proposed it.
    pub proposed_by: Id<kinds::Staff>,
    /// When.
    pub proposed_at: Timestamp,
    /// From this instant on nobody can approve it any more.
    pub expires_at: Timestamp,
    /// What became of it; `None` while nobody decided.
    pub decision: Option<Decision>,
    pub(crate) payload_hash: [u8; 32],
}

/// What became of a proposed act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was decided.
    pub verdict: Verdict,
    /// By whom: the second person, or the proposer where it was withdrawn.
    pub decided_by: Id<kinds::Staff>,
    /// When.
    pub decided_at: Timestamp,
    /// The id of what the act made, where it was carried out.
    pub outcome: Option<String>,
}

/// What can be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Carried out.
    Approve,
    /// Refused by the second person.
    Reject,
    /// Taken back by the proposer.
    Withdraw,
}

impl Verdict {
    const ALL: [Self; 3] = [Self::Approve, Self::Reject, Self::Withdraw];

    /// The state an approval is in after it, as stored: `approved`, `rejected`, `withdrawn`.
    #[must_use]
    pub const fn state(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Reject => "rejected",
            Self::Withdraw => "withdrawn",
        }
    }

    /// The verdict that led to a stored state.
    pub(crate) fn from_state(state: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.state() == state)
    }
}

/// Where an approval stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalState {
    /// It waits for a second person.
    Pending,
    /// Nobody decided in time.
    Expired,
    /// It was decided.
    Decided(Verdict),
}

/// Why an approval is not decided. Nothing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecideRefusal {
    /// It was decided before.
    #[error("it was decided before")]
    AlreadyDecided,
    /// Nobody decided in time; it must be proposed anew.
    #[error("it expired")]
    Expired,
    /// Whoever proposed it cannot be the second person.
    #[error("whoever proposed it cannot decide it")]
    SamePerson,
    /// Only whoever proposed it can take it back.
    #[error("only whoever proposed it can take it back")]
    NotYours,
}

impl Approval {
    /// An act proposed now.
    #[must_use]
    pub fn propose(
        id: Id<kinds::Approval>,
        act: &str,
        household: Option<Id<kinds::Household>>,
        payload: String,
        reason: Label,
        proposed_by: Id<kinds::Staff>,
        now: Timestamp,
    ) -> Self {
        let payload_hash = Sha256::digest(payload.as_bytes()).into();
        Self {
            id,
            act: act.to_owned(),
            household,
            payload,
            reason,
            proposed_by,
            proposed_at: now,
            expires_at: now + APPROVAL_LIFE,
            decision: None,
            payload_hash,
        }
    }

    /// Where it stands at an instant: expiry is a matter of dates, not of jobs.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ApprovalState {
        match &self.decision {
            Some(decision) => ApprovalState::Decided(decision.verdict),
            None if now >= self.expires_at => ApprovalState::Expired,
            None => ApprovalState::Pending,
        }
    }

    /// Whether the act is still what was proposed: its hash was kept apart.
    #[must_use]
    pub fn is_as_proposed(&self) -> bool {
        self.payload_hash == <[u8; 32]>::from(Sha256::digest(self.payload.as_bytes()))
    }

    /// Decides it. With which roles is the use-case's to judge; here it is judged who and when.
    ///
    /// # Errors
    /// [`DecideRefusal`].
    pub fn decide(
        self,
        verdict: Verdict,
        decided_by: Id<kinds::Staff>,
        outcome: Option<String>,
        now: Timestamp,
    ) -> Result<Self, DecideRefusal> {
        match self.state(now) {
            ApprovalState::Pending => {}
            ApprovalState::Expired => return Err(DecideRefusal::Expired),
            ApprovalState::Decided(_) => return Err(DecideRefusal::AlreadyDecided),
        }
        let is_proposer = decided_by == self.proposed_by;
        match verdict {
            Verdict::Approve | Verdict::Reject if is_proposer => return Err(DecideRefusal::SamePerson),
            Verdict::Withdraw if !is_proposer => return Err(DecideRefusal::NotYours),
            Verdict::Approve | Verdict::Reject | Verdict::Withdraw => {}
        }
        Ok(Self { decision: Some(Decision { verdict, decided_by, decided_at: now, outcome }), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::{APPROVAL_LIFE, Approval, ApprovalState, DecideRefusal, Verdict};
    use chrono::TimeDelta;
    use kernel::{Id, IdGenerator, Timestamp, kinds};

    fn now() -> Timestamp {
        Timestamp::from_timestamp_millis(1_780_286_400_000).unwrap()
    }

    fn people() -> [Id<kinds::Staff>; 2] {
        let ids = IdGenerator::from_seed(1);
        [ids.next_id(now()), ids.next_id(now())]
    }

    fn proposed() -> Approval {
        let id = IdGenerator::from_seed(2).next_id(now());
        let reason = "because".parse().unwrap();
        Approval::propose(id, "adjust_points", None, "{}".to_owned(), reason, people()[0], now())
    }

    #[test]
    fn a_second_person_decides_within_a_week() {
        let [proposer, second] = people();
        let (last, over) = (now() + APPROVAL_LIFE - TimeDelta::milliseconds(1), now() + APPROVAL_LIFE);
        for (verdict, by, at, expected) in [
            (Verdict::Approve, second, now(), Ok(())),
            (Verdict::Reject, second, last, Ok(())),
            (Verdict::Withdraw, proposer, last, Ok(())),
            (Verdict::Approve, proposer, now(), Err(DecideRefusal::SamePerson)),
            (Verdict::Reject, proposer, now(), Err(DecideRefusal::SamePerson)),
            (Verdict::Withdraw, second, now(), Err(DecideRefusal::NotYours)),
            (Verdict::Approve, second, over, Err(DecideRefusal::Expired)),
            (Verdict::Withdraw, proposer, over, Err(DecideRefusal::Expired)),
        ] {
            let decided = proposed().decide(verdict, by, None, at);
            assert_eq!(decided.as_ref().map(|_| ()).map_err(|refusal| *refusal), expected, "{verdict:?}");
            if let Ok(decided) = decided {
                assert_eq!(decided.state(over), ApprovalState::Decided(verdict));
                let again = decided.decide(verdict, by, None, at);
                assert_eq!(again, Err(DecideRefusal::AlreadyDecided));
            }
        }
    }

    #[test]
    fn an_act_that_was_changed_is_noticed() {
        assert!(proposed().is_as_proposed());
        assert!(!Approval { payload: "{ }".to_owned(), ..proposed() }.is_as_proposed());
    }
}
