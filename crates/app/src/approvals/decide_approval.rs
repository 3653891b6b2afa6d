use std::collections::BTreeSet;

use accounts::{Approval, DecideRefusal, RecoveryCode, Staff, StaffRole, Verdict, store};
use db::{AuditLine, Tx, idempotency::Known};
use kernel::{Fault, Id, IdempotencyKey, kinds};

use super::{Act, ActKey, ActRefusal, carry_out::CarriedOut, list_approvals::READERS};
use crate::{App, StaffPrincipal, staff::NotAllowed};

/// The use-case, as idempotency keys and the audit log have it.
const OPERATION: &str = "decide_approval";

/// A second one of the staff decides what a first one proposed; or the first takes it back.
#[derive(Debug, Clone)]
pub struct DecideApproval {
    /// What was proposed.
    pub approval: Id<kinds::Approval>,
    /// What becomes of it.
    pub verdict: Verdict,
    /// The key of this very act.
    pub idempotency_key: IdempotencyKey,
}

/// What was proposed is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalDecided {
    /// It, as it stands now.
    pub approval: Approval,
    /// What lets somebody in whose second factor was reset, for whoever approved it to hand over: told once, not to whoever asks again.
    pub recovery_codes: Vec<RecoveryCode>,
    /// Whether this is the answer of an earlier act under the same key.
    pub is_replay: bool,
}

/// Why nothing was decided. Nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecideApprovalRefusal {
    /// None of their roles decides such acts.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such approval.
    #[error("there is no such approval")]
    NoSuchApproval,
    /// The key was used for something else.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
    /// Who decides, or when, is wrong.
    #[error(transparent)]
    NotDecided(#[from] DecideRefusal),
    /// The act is about whoever decides.
    #[error("nobody decides about themselves")]
    AboutYourself,
    /// Whoever proposed it works here no more, or lost the role it took: their word alone is not half of two.
    #[error("whoever proposed it may not propose it any more")]
    ProposerMayNoLonger,
    /// The act cannot be carried out now.
    #[error(transparent)]
    NotDone(#[from] ActRefusal),
}

impl App {
    /// Decides what was proposed. Approving carries the act out, in the same transaction and once, whoever else decides at that time.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn decide_approval(
        &self,
        principal: &StaffPrincipal,
        decide: &DecideApproval,
    ) -> Result<Result<ApprovalDecided, DecideApprovalRefusal>, Fault> {
        let answer = db::retry_contention(|| self.try_decide_approval(principal, decide)).await?;
        // After the commit: where people belong must not be believed from before it.
        self.sessions().invalidate_all();
        Ok(answer)
    }

    async fn try_decide_approval(
        &self,
        principal: &StaffPrincipal,
        decide: &DecideApproval,
    ) -> Result<Result<ApprovalDecided, DecideApprovalRefusal>, Fault> {
        // Read before anything is locked, only to learn whom to lock: what was proposed, and by whom, never changes. Whoever reads no
        // approvals learns of none but their own whether it is there.
        let known = store::find_approval(&self.reader(), decide.approval).await?;
        let may_read = principal.roles.has_any(&READERS);
        let Some(known) = known.filter(|known| may_read || known.proposed_by == principal.staff) else {
            let is_takeback = decide.verdict == Verdict::Withdraw;
            let refusal =
                if may_read || is_takeback { DecideApprovalRefusal::NoSuchApproval } else { NotAllowed.into() };
            return Ok(Err(refusal));
        };
        let act = Act::from_payload(&known.payload)?;
        let people = [Some(principal.staff), Some(known.proposed_by), act.about()];
        let people: BTreeSet<Id<kinds::Staff>> = people.into_iter().flatten().collect();
        let mut tx = self.begin(principal.actor()).await?;
        let held = store::lock_staff(&mut tx, &people.into_iter().collect::<Vec<_>>()).await?;
        let approval = store::lock_approval(&mut tx, decide.approval).await?;
        let approval = approval.ok_or_else(|| Fault::inconsistent("lock an approval that was there"))?;
        let input = [decide.approval.to_string(), decide.verdict.state().to_owned()];
        let key = ActKey::new(principal, OPERATION, &decide.idempotency_key, &[&input[0], &input[1]]);

        // Who may is asked first, also of whoever asks again.
        if let Err(refusal) = may_decide(&held, principal.staff, &act, decide.verdict) {
            return Ok(Err(refusal));
        }
        match key.find(&mut tx).await? {
            Some(Known::SameInput(_)) => {
                return Ok(Ok(ApprovalDecided { approval, recovery_codes: Vec::new(), is_replay: true }));
            }
            Some(Known::OtherInput) => return Ok(Err(DecideApprovalRefusal::IdempotencyKeyReused)),
            None => {}
        }
        // Whether it can be decided at all comes before what it does; the outcome is known only afterwards.
        if let Err(refusal) = approval.clone().decide(decide.verdict, principal.staff, None, tx.now()) {
            return Ok(Err(refusal.into()));
        }
        let carried_out = match decide.verdict {
            Verdict::Approve => match self.approve_in(&mut tx, &act, &approval, &held).await? {
                Ok(carried_out) => Some(carried_out),
                Err(refusal) => return Ok(Err(refusal)),
            },
            Verdict::Reject | Verdict::Withdraw => None,
        };
        let (outcome, recovery_codes) = carried_out.map(|done| (done.made, done.recovery_codes)).unzip();
        let approval = match approval.decide(decide.verdict, principal.staff, outcome, tx.now()) {
            Ok(approval) => approval,
            Err(refusal) => return Ok(Err(refusal.into())),
        };

        store::update_approval(&mut tx, &approval).await?;
        key.keep(&mut tx, approval.id.to_string()).await?;
        note(&mut tx, &approval, decide.verdict);

        tx.commit().await?;
        Ok(Ok(ApprovalDecided { approval, recovery_codes: recovery_codes.unwrap_or_default(), is_replay: false }))
    }

    async fn approve_in(
        &self,
        tx: &mut Tx,
        act: &Act,
        approval: &Approval,
        held: &[Staff],
    ) -> Result<Result<CarriedOut, DecideApprovalRefusal>, Fault> {
        if !approval.is_as_proposed() {
            return Err(Fault::inconsistent("carry out an act that is not what was proposed"));
        }
        let proposer = held.iter().find(|staff| staff.id == approval.proposed_by);
        if !proposer.is_some_and(|proposer| proposer.may(act.proposers())) {
            return Ok(Err(DecideApprovalRefusal::ProposerMayNoLonger));
        }
        Ok(self.carry_out(tx, act, approval, held).await?.map_err(DecideApprovalRefusal::from))
    }
}

fn may_decide(
    held: &[Staff],
    decider: Id<kinds::Staff>,
    act: &Act,
    verdict: Verdict,
) -> Result<(), DecideApprovalRefusal> {
    // Whoever proposed may take it back, whatever became of their roles, as long as they work here.
    let roles: &[StaffRole] = match verdict {
        Verdict::Approve | Verdict::Reject => act.deciders(),
        Verdict::Withdraw => &StaffRole::ALL,
    };
    let may = held.iter().any(|staff| staff.id == decider && staff.may(roles));
    if !may {
        return Err(NotAllowed.into());
    }
    match verdict {
        Verdict::Approve | Verdict::Reject if act.about() == Some(decider) => Err(DecideApprovalRefusal::AboutYourself),
        Verdict::Approve | Verdict::Reject | Verdict::Withdraw => Ok(()),
    }
}

fn note(tx: &mut Tx, approval: &Approval, verdict: Verdict) {
    let outcome = approval.decision.as_ref().and_then(|decision| decision.outcome.as_deref());
    let made = outcome.map_or_else(String::new, |made| format!(", made {made}"));
    tx.audit(AuditLine {
        action: OPERATION,
        household: approval.household,
        subject: approval.id.to_string(),
        detail: format!("{} {}{made}", approval.act, verdict.state()),
    });
}
