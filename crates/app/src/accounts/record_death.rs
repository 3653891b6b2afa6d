use accounts::{
    Approval, Departure, InvitationAnswer, OwnershipOffer, Succession, SuccessionRefusal,
    events::{KinUnlinked, MemberLeft, OwnershipHandedOver},
    store, succession,
};
use db::{AuditLine, Tx, idempotency::Known, outbox};
use kernel::{BusinessDate, Fault, Id, IdempotencyKey, Label, kinds};

use super::{
    answer_invitation::record_answer,
    change_version::ChangeVersion,
    preview_death::{Books, NoDeath, load_life, version},
};
use crate::{
    App, StaffPrincipal,
    approvals::{Act, ActKey, TooManyPending},
    familypay::end_mandates,
    staff::NotAllowed,
};

/// One of the staff was told that a member died; a second one decides.
#[derive(Debug, Clone)]
pub struct RecordDeath {
    /// What is proposed.
    pub death: Death,
    /// How it is known, for the audit log.
    pub reason: Label,
    /// The key of this very act.
    pub idempotency_key: IdempotencyKey,
}

/// A death as two of the staff agree on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Death {
    /// Who died.
    pub person: Id<kinds::Person>,
    /// Who owns the household from now on, where whoever died owned it and somebody else may.
    pub heir: Option<Id<kinds::Person>>,
    /// When, in the operator's time zone.
    pub died_on: BusinessDate,
    /// The preview it was proposed by: it is done exactly so, or not.
    pub version: ChangeVersion,
}

/// A death waits for a second one of the staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeathProposed {
    /// What waits.
    pub approval: Approval,
    /// Whether this is the answer of an earlier act under the same key.
    pub is_replay: bool,
}

/// Why no death is recorded. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordDeathRefusal {
    /// Only support and admins record deaths.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is nobody, or nobody any more.
    #[error(transparent)]
    NoDeath(#[from] NoDeath),
    /// The day is still to come.
    #[error("the day of a death cannot be still to come")]
    NotYet,
    /// It is not settled who owns the household.
    #[error(transparent)]
    NoSuccession(#[from] SuccessionRefusal),
    /// The household changed since the preview: look again, and propose it anew.
    #[error("the preview is out of date")]
    Stale,
    /// The key was used for something else.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
    /// Too many acts of theirs wait.
    #[error(transparent)]
    TooManyPending(#[from] TooManyPending),
}

impl App {
    /// Proposes to record a death by a preview. Nothing changes until a second one of the staff approves.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn record_death(
        &self,
        principal: &StaffPrincipal,
        record: &RecordDeath,
    ) -> Result<Result<DeathProposed, RecordDeathRefusal>, Fault> {
        db::retry_contention(|| self.try_record_death(principal, record)).await
    }

    async fn try_record_death(
        &self,
        principal: &StaffPrincipal,
        record: &RecordDeath,
    ) -> Result<Result<DeathProposed, RecordDeathRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let staff = match principal.lock(&mut tx, Act::RECORDERS_OF_DEATHS).await? {
            Ok(staff) => staff,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let input = record.death.texts();
        let input: Vec<&str> = input.iter().map(String::as_str).chain([record.reason.as_str()]).collect();
        let key = ActKey::new(principal, "record_death", &record.idempotency_key, &input);
        match key.find(&mut tx).await? {
            Some(Known::SameInput(answer)) => {
                let id = answer.parse().map_err(|_| Fault::inconsistent("read the answer of recording a death"))?;
                let approval = store::lock_approval(&mut tx, id).await?;
                let approval = approval.ok_or_else(|| Fault::inconsistent("find an approval that was proposed"))?;
                return Ok(Ok(DeathProposed { approval, is_replay: true }));
            }
            Some(Known::OtherInput) => return Ok(Err(RecordDeathRefusal::IdempotencyKeyReused)),
            None => {}
        }
        let books = load_life(&mut tx, record.death.person).await?;
        let household = match self.judge(&tx, &record.death, books) {
            Ok((books, _)) => books.household.map(|(household, _)| household),
            Err(refusal) => return Ok(Err(refusal)),
        };

        let act = Act::RecordDeath { death: record.death.clone(), household };
        let approval = match self.propose_in(&mut tx, act, &record.reason, &staff).await? {
            Ok(approval) => approval,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        key.keep(&mut tx, approval.id.to_string()).await?;

        tx.commit().await?;
        Ok(Ok(DeathProposed { approval, is_replay: false }))
    }

    /// Records a death in the transaction that approves it: membership, sessions, invitations, kin links, mandates, consents and health tags end,
    /// the household passes to the heir, and what it owns and owes stays. Forget the sessions remembered after the commit.
    pub(crate) async fn record_death_in(
        &self,
        tx: &mut Tx,
        death: &Death,
        reason: &Label,
    ) -> Result<Result<Id<kinds::Person>, RecordDeathRefusal>, Fault> {
        let books = load_life(tx, death.person).await?;

        let (books, succession) = match self.judge(tx, death, books) {
            Ok(judged) => judged,
            Err(refusal) => return Ok(Err(refusal)),
        };

        let detail = format!("died {}, {}: {reason}", death.died_on, told(succession, &books));
        let household = books.household.map(|(household, _)| household);
        record_end(tx, death, books, succession).await?;
        tx.audit(AuditLine { action: "record_death", household, subject: death.person.to_string(), detail });
        Ok(Ok(death.person))
    }

    fn judge(
        &self,
        tx: &Tx,
        death: &Death,
        books: Result<Books, NoDeath>,
    ) -> Result<(Books, Succession), RecordDeathRefusal> {
        let books = books?;
        if death.died_on > self.settings().zone.date_of(tx.now()) {
            return Err(RecordDeathRefusal::NotYet);
        }
        let succession = succession(death.person, death.heir, &books.members)?;
        if version(death.person, death.heir, &books) != death.version {
            return Err(RecordDeathRefusal::Stale);
        }
        Ok((books, succession))
    }
}

impl Death {
    /// All of it, part by part.
    fn texts(&self) -> [String; 4] {
        let heir = self.heir.map_or_else(String::new, |heir| heir.to_string());
        [self.person.to_string(), heir, self.died_on.to_string(), self.version.to_string()]
    }
}

async fn record_end(tx: &mut Tx, death: &Death, books: Books, succession: Succession) -> Result<(), Fault> {
    let (person, now) = (death.person, tx.now());
    if let Some((household, _)) = books.household {
        for invitation in books.invitations {
            record_answer(tx, invitation.answered(InvitationAnswer::Withdrawn, None, now)).await?;
        }
        // Whoever it was offered to or by: the household is another one now.
        store::delete_ownership_offer(tx, household).await?;
        if let Succession::PassesTo(heir) = succession {
            store::update_owner(tx, household, person, heir).await?;
            let handed =
                OwnershipOffer { household, offered_by: person, offered_to: heir, offered_at: now, expires_at: now };
            outbox::append(tx, &OwnershipHandedOver::of(&handed));
        }
        store::update_membership_left(tx, household, person, Departure::Moved).await?;
        outbox::append(tx, &MemberLeft::new(household, person));
    }
    end_mandates(tx, person, |_| true).await?;
    for other in books.kin {
        outbox::append(tx, &KinUnlinked::new(person, other));
    }
    store::update_person_died(tx, person, death.died_on).await
}

fn told(succession: Succession, books: &Books) -> String {
    let ownership = match succession {
        Succession::Unchanged => "the owner stays".to_owned(),
        Succession::PassesTo(heir) => format!("the household passes to {heir}"),
        Succession::Vacant => "nobody owns the household".to_owned(),
    };
    format!("{ownership}, {} invitations and {} kin links ended", books.invitations.len(), books.kin.len())
}
