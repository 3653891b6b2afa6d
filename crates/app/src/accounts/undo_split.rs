use std::collections::{BTreeMap, BTreeSet};

use accounts::{
    HouseholdSplit, Invitation, InvitationAnswer, PartRefusal, Role,
    events::{MemberJoined, MemberLeft, SplitUndone},
    store,
};
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash},
    outbox,
};
use kernel::{Fault, FaultKind, Id, IdempotencyKey, Points, kinds};
use ledger::{MoveRefusal, Moved, Wallet};

use super::{
    answer_invitation::record_answer,
    moved_answer::{MovedAnswer, find_answer},
};
use crate::{App, Principal, ledger::Carry};

const OPERATION: &str = "undo_split";

type Members = Vec<(Id<kinds::Person>, Role)>;

/// Why a part of a household does not come back. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UndoSplitRefusal {
    /// The split says no.
    #[error(transparent)]
    NotRejoined(#[from] PartRefusal),
    /// The new household spent points, or holds some for something unfinished.
    #[error("points were spent since")]
    SpentSince,
    /// The key was used for another act.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
}

/// What a decision looks at, all of it locked.
struct Books {
    split: HouseholdSplit,
    went: Members,
    here: Members,
    there: Members,
    unanswered: Vec<Invitation>,
    wallets: BTreeMap<Id<kinds::Household>, Wallet>,
    has_spent: bool,
    returning: Result<Moved, MoveRefusal>,
}

/// Everything there is to decide on, or what the same key answered before.
enum Loaded {
    Books(Box<Books>),
    Before(MovedAnswer),
}

impl App {
    /// Lets a part of a household come back within seven days, as either owner: with everything the household founded by it has, debt
    /// included, unless it spent points. Its id and number stand for the household they came from then. `founded` is its id; the answer
    /// is the household they are in again, with the points that came back. Told again with the same key it answers again.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn undo_split(
        &self,
        principal: &Principal,
        founded: Id<kinds::Household>,
        key: &IdempotencyKey,
    ) -> Result<Result<MovedAnswer, UndoSplitRefusal>, Fault> {
        let undone = db::retry_contention(async || self.undo_split_once(principal, founded, key).await).await?;
        // After the commit: where people belong must not be believed from before it.
        self.sessions().invalidate_all();
        Ok(undone)
    }

    async fn undo_split_once(
        &self,
        principal: &Principal,
        founded: Id<kinds::Household>,
        key: &IdempotencyKey,
    ) -> Result<Result<MovedAnswer, UndoSplitRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let person = principal.person;
        let input = InputHash::of(&[&founded.to_string()]);
        let asked = idempotency::Key { principal: person.to_string(), operation: OPERATION, key: key.to_string() };
        let books = match self.load_rejoining(&mut tx, person, founded, (&asked, input)).await? {
            Ok(Loaded::Books(books)) => books,
            Ok(Loaded::Before(answer)) => return Ok(Ok(answer)),
            Err(refusal) => return Ok(Err(refusal)),
        };

        let places = (books.here.as_slice(), books.there.as_slice());
        if let Err(refusal) = books.split.check_rejoin(person, &books.went, places, tx.now()) {
            return Ok(Err(refusal.into()));
        }
        let returning = match &books.returning {
            Ok(returning) if !books.has_spent => returning.clone(),
            Ok(_) | Err(_) => return Ok(Err(UndoSplitRefusal::SpentSince)),
        };
        let answer = MovedAnswer { household: books.split.household, moved: returning.points(), is_replay: false };

        if !self.record_rejoining(&mut tx, *books, &returning, person).await? {
            return Ok(Err(UndoSplitRefusal::SpentSince));
        }
        idempotency::insert_answers(&mut tx, vec![(asked, input, answer.to_string())]).await?;

        tx.commit().await?;
        Ok(Ok(answer))
    }

    /// Locks persons, households, memberships, the split, wallets, in this order. Who went is read before any lock, and again under it.
    async fn load_rejoining(
        &self,
        tx: &mut Tx,
        person: Id<kinds::Person>,
        founded: Id<kinds::Household>,
        (asked, input): (&idempotency::Key, InputHash),
    ) -> Result<Result<Loaded, UndoSplitRefusal>, Fault> {
        // Who parted never changes: for anybody else nothing is locked, and nothing shows that there was a split.
        let noted = store::find_split(tx, founded).await?;
        let noted = noted.filter(|split| [split.offered_by, split.accepted_by].contains(&person));
        let mut people = BTreeSet::from([person]);
        if noted.is_some() {
            people.extend(store::find_members(tx, founded).await?);
        }
        store::lock_persons(tx, &people).await?;
        if let Some(known) = find_answer(tx, asked, input).await? {
            return Ok(known.map(Loaded::Before).map_err(|_| UndoSplitRefusal::IdempotencyKeyReused));
        }
        let nothing = UndoSplitRefusal::NotRejoined(PartRefusal::NothingToUndo);
        let Some(household) = noted.map(|noted| noted.household) else { return Ok(Err(nothing)) };
        let mut both = [household, founded];
        both.sort();
        store::lock_households(tx, &both).await?;
        let mut belonging = BTreeMap::new();
        for household in both {
            belonging.insert(household, store::lock_members(tx, household).await?);
        }
        let unanswered = store::list_unanswered_invitations(tx, founded).await?;
        store::lock_ownership_offer(tx, founded).await?;
        store::lock_split_offer(tx, founded).await?;
        let split =
            store::lock_split(tx, household, founded).await?.ok_or_else(|| Fault::inconsistent("lock a split"))?;
        let went = store::list_members_moved(tx, (household, founded), split.split_at).await?;
        let there = belonging.remove(&founded).expect("both were locked just now");
        if there.iter().any(|(who, _)| !people.contains(who)) {
            return Err(Fault::new(FaultKind::Contention, "lock a household that was joined just now"));
        }
        let wallets = crate::ledger::lock_both(tx, self.settings(), household, founded).await?;
        let has_spent = ledger::store::has_spent(tx, founded).await?;
        let returning = match wallets[&founded].movable(None, self.settings().zone.date_of(tx.now())) {
            Err(MoveRefusal::NothingToMove) => Ok(Moved { lots: Vec::new(), owed: Points::ZERO }),
            other => other,
        };
        let here = belonging.remove(&household).expect("both were locked just now");
        let books = Books { split, went, here, there, unanswered, wallets, has_spent, returning };
        Ok(Ok(Loaded::Books(Box::new(books))))
    }

    /// Whether the points could go back; nothing is written when not.
    async fn record_rejoining(
        &self,
        tx: &mut Tx,
        mut books: Books,
        returning: &Moved,
        person: Id<kinds::Person>,
    ) -> Result<bool, Fault> {
        let HouseholdSplit { household, founded, .. } = books.split;
        // Also when there is nothing to move: a later refund follows this move back. What it is called tells it from a move taken back,
        // since all that the household earned since comes along.
        let reference = format!("{founded} came back");
        let carry =
            Carry { from: founded, to: household, moved: returning, reference: &reference, reason: Moved::scope(None) };
        if self.carry(tx, &mut books.wallets, carry, OPERATION).await?.is_err() {
            return Ok(false);
        }
        // Those it redeemed stand in the way of undoing; others came with a household that went into it.
        let rights = entitlements::store::update_grants_moved(tx, (founded, household), |_| true).await?;
        entitlements::store::update_places_moved(tx, (founded, household), |_| true).await?;
        let now = tx.now();
        for invitation in books.unanswered {
            record_answer(tx, invitation.answered(InvitationAnswer::Withdrawn, Some(person), now)).await?;
        }
        store::delete_ownership_offer(tx, founded).await?;
        store::delete_split_offer(tx, founded).await?;
        store::update_members_returned(tx, (founded, household), &books.went).await?;
        store::update_split_undone(tx, &books.split, person).await?;
        let mut ids = store::list_absorbed(tx, founded).await?;
        ids.insert(founded);
        store::update_directory(tx, &ids, household).await?;

        outbox::append(tx, &SplitUndone::of(&books.split));
        for (who, role) in books.went {
            outbox::append(tx, &MemberLeft::new(founded, who));
            outbox::append(tx, &MemberJoined::new(household, who, role));
        }
        tx.audit(AuditLine {
            action: OPERATION,
            household: Some(household),
            subject: founded.to_string(),
            detail: format!("with {} points, {} owed, {rights} grants", returning.points(), returning.owed),
        });
        Ok(true)
    }
}
