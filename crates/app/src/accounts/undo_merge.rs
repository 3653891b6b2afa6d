use std::collections::{BTreeMap, BTreeSet};

use accounts::{
    HouseholdMerge, Invitation, InvitationAnswer, InvitedAs, OwnershipOffer, PartRefusal, Role,
    events::{MemberJoined, MemberLeft, MergeUndone},
    store,
};
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash},
    outbox,
};
use kernel::{Fault, FaultKind, Id, IdempotencyKey, kinds};
use ledger::{Moved, Wallet};

use super::{
    answer_invitation::record_answer,
    moved_answer::{MovedAnswer, find_answer},
};
use crate::{
    App, Principal,
    ledger::{Carry, MovePoints, undone},
};

const OPERATION: &str = "undo_merge";

// The points go back only as long as any move can be taken back.
const _: () = assert!(accounts::MERGE_UNDO_LIFE.num_days() == MovePoints::UNDO_WITHIN_DAYS);

type Members = Vec<(Id<kinds::Person>, Role)>;

/// Why two households that became one do not become two again. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UndoMergeRefusal {
    /// The merge says no.
    #[error(transparent)]
    NotParted(#[from] PartRefusal),
    /// Points were spent since or are held for something begun since, or those that came along were taken back by a refund or given back
    /// by a cancellation: they cannot be told apart any more.
    #[error("points were spent since")]
    SpentSince,
    /// The key was used for another act.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
}

/// What a decision looks at, all of it locked.
struct Books {
    merge: HouseholdMerge,
    came: Members,
    members: Members,
    unanswered: Vec<Invitation>,
    offer: Option<OwnershipOffer>,
    wallets: BTreeMap<Id<kinds::Household>, Wallet>,
    /// The household that went into the other, and all that had gone into it before.
    ids: BTreeSet<Id<kinds::Household>>,
    returning: Moved,
    is_spent_since: bool,
}

/// Everything there is to decide on, or what the same key answered before.
enum Loaded {
    Books(Box<Books>),
    Before(MovedAnswer),
}

impl App {
    /// Makes two households of one again, within seven days, as either who owned one of them: exactly the points that came along go back
    /// with the people and the rights, unless points were spent since. What was earned since stays. `merged` is the id of the
    /// household that went into the other; the answer is that household with the points it has back. Told again with the
    /// same key it answers again.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn undo_merge(
        &self,
        principal: &Principal,
        merged: Id<kinds::Household>,
        key: &IdempotencyKey,
    ) -> Result<Result<MovedAnswer, UndoMergeRefusal>, Fault> {
        let undone = db::retry_contention(async || self.undo_merge_once(principal, merged, key).await).await?;
        // After the commit: where people belong must not be believed from before it.
        self.sessions().invalidate_all();
        Ok(undone)
    }

    async fn undo_merge_once(
        &self,
        principal: &Principal,
        merged: Id<kinds::Household>,
        key: &IdempotencyKey,
    ) -> Result<Result<MovedAnswer, UndoMergeRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let person = principal.person;
        let input = InputHash::of(&[&merged.to_string()]);
        let asked = idempotency::Key { principal: person.to_string(), operation: OPERATION, key: key.to_string() };
        let books = match self.load_parting(&mut tx, person, merged, (&asked, input)).await? {
            Ok(Loaded::Books(books)) => books,
            Ok(Loaded::Before(answer)) => return Ok(Ok(answer)),
            Err(refusal) => return Ok(Err(refusal)),
        };

        if let Err(refusal) = books.merge.check_part(person, &books.came, &books.members, tx.now()) {
            return Ok(Err(refusal.into()));
        }
        if books.is_spent_since {
            return Ok(Err(UndoMergeRefusal::SpentSince));
        }
        let answer = MovedAnswer { household: merged, moved: books.returning.points(), is_replay: false };

        if !self.record_parting(&mut tx, *books, person).await? {
            return Ok(Err(UndoMergeRefusal::SpentSince));
        }
        idempotency::insert_answers(&mut tx, vec![(asked, input, answer.to_string())]).await?;

        tx.commit().await?;
        Ok(Ok(answer))
    }

    /// Locks persons, households, memberships, the merge, wallets, in this order. Who came along is read before any lock, and the merge
    /// again under it.
    async fn load_parting(
        &self,
        tx: &mut Tx,
        person: Id<kinds::Person>,
        merged: Id<kinds::Household>,
        (asked, input): (&idempotency::Key, InputHash),
    ) -> Result<Result<Loaded, UndoMergeRefusal>, Fault> {
        let no_such = Ok(Err(UndoMergeRefusal::NotParted(PartRefusal::NothingToUndo)));
        let place = store::find_households_of(tx, &[person]).await?.remove(&person);
        let noted = match place {
            Some(household) => store::find_standing_merge(tx, household, merged).await?,
            None => None,
        };
        let mut people = BTreeSet::from([person]);
        if let Some(noted) = &noted {
            people.extend(
                store::list_members_moved(tx, (merged, noted.household), noted.merged_at)
                    .await?
                    .into_iter()
                    .map(|(who, _)| who),
            );
        }
        store::lock_persons(tx, &people).await?;
        if let Some(known) = find_answer(tx, asked, input).await? {
            return Ok(known.map(Loaded::Before).map_err(|_| UndoMergeRefusal::IdempotencyKeyReused));
        }
        let Some(household) = noted.map(|noted| noted.household) else { return no_such };
        let mut both = [household, merged];
        both.sort();
        store::lock_households(tx, &both).await?;
        let members = store::lock_members(tx, household).await?;
        let unanswered = store::list_unanswered_invitations(tx, household).await?;
        let offer = store::lock_ownership_offer(tx, household).await?;
        let Some(merge) = store::lock_standing_merge(tx, household, merged).await? else { return no_such };
        let came = store::list_members_moved(tx, (merged, household), merge.merged_at).await?;
        if came.iter().any(|(who, _)| !people.contains(who)) {
            return Err(Fault::new(FaultKind::Contention, "lock who came along by another merge"));
        }
        let wallets = crate::ledger::lock_both(tx, self.settings(), household, merged).await?;
        let mut ids = store::list_absorbed(tx, merged).await?;
        ids.insert(merged);
        let (moved_in, reference) = (ledger::PostingKind::MoveIn, merge.invitation.to_string());
        let came_by = ledger::store::find_posting_of(tx, household, moved_in, &reference).await?;
        let came_by = came_by.ok_or_else(|| Fault::inconsistent("find the points of a merge"))?;
        // What is held since may be for an order of either: nobody can say whose it would be.
        let is_spent_since = ledger::store::is_spent_since(tx, &came_by, &ids).await?
            || ledger::store::is_held_since(tx, household, merge.merged_at).await?;
        let mut returning = ledger::store::find_moved(tx, &came_by).await?;
        // What lapsed since would have lapsed where it was.
        let today = self.settings().zone.date_of(tx.now());
        returning.lots.retain(|(key, _)| !key.is_lapsed(today));
        let books = Books { merge, came, members, unanswered, offer, wallets, ids, returning, is_spent_since };
        Ok(Ok(Loaded::Books(Box::new(books))))
    }

    /// Whether the points were all there to go back; nothing is written when not.
    async fn record_parting(&self, tx: &mut Tx, mut books: Books, person: Id<kinds::Person>) -> Result<bool, Fault> {
        let HouseholdMerge { household, merged, invitation, .. } = books.merge;
        let now = tx.now();
        let reference = format!("undo {invitation}");
        let carry =
            Carry { from: household, to: merged, moved: &books.returning, reference: &reference, reason: undone() };
        if self.carry(tx, &mut books.wallets, carry, OPERATION).await?.is_err() {
            return Ok(false);
        }
        let is_theirs = |payer| books.ids.contains(&payer);
        let rights = entitlements::store::update_grants_moved(tx, (household, merged), is_theirs).await?;
        entitlements::store::update_places_moved(tx, (household, merged), is_theirs).await?;
        let is_returning = |who: Id<kinds::Person>| books.came.iter().any(|(came, _)| *came == who);
        if books.offer.is_some_and(|offer| is_returning(offer.offered_to) || is_returning(offer.offered_by)) {
            store::delete_ownership_offer(tx, household).await?;
        }
        let ending = books.unanswered.into_iter().filter(|invitation| {
            let into_household = matches!(invitation.invited_as, InvitedAs::Member(_) | InvitedAs::Household);
            into_household && is_returning(invitation.invited_by)
        });
        for invitation in ending.collect::<Vec<_>>() {
            record_answer(tx, invitation.answered(InvitationAnswer::Withdrawn, Some(person), now)).await?;
        }
        store::update_members_returned(tx, (household, merged), &books.came).await?;
        store::update_merge_undone(tx, &books.merge, person).await?;
        store::update_directory(tx, &books.ids, merged).await?;

        outbox::append(tx, &MergeUndone::of(&books.merge));
        for (who, role) in books.came {
            outbox::append(tx, &MemberLeft::new(household, who));
            outbox::append(tx, &MemberJoined::new(merged, who, role));
        }
        let (points, owed) = (books.returning.points(), books.returning.owed);
        tx.audit(AuditLine {
            action: OPERATION,
            household: Some(household),
            subject: merged.to_string(),
            detail: format!("with {points} points, {owed} owed, {rights} grants"),
        });
        Ok(true)
    }
}
