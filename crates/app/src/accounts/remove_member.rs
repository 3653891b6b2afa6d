use std::collections::BTreeSet;

use accounts::{
    Departure, MERGE_UNDO_LIFE, Role,
    events::MemberRemoved,
    store::{self, LockedPerson},
};
use db::{
    Tx,
    idempotency::{self, InputHash},
    outbox,
};
use kernel::{Fault, FaultKind, Id, IdempotencyKey, kinds};

use super::{
    change_version::ChangeVersion,
    leave_household::{Books, HouseholdLeft, LeavePreview, LeaveRefusal},
    moved_answer::{MovedAnswer, find_answer},
};
use crate::{App, Principal};

const OPERATION: &str = "remove_member";

/// An owner lets a member go, by a preview.
#[derive(Debug, Clone)]
pub struct RemoveMember {
    /// Who.
    pub person: Id<kinds::Person>,
    /// What the preview said it was like.
    pub version: ChangeVersion,
    /// The key of this very act.
    pub idempotency_key: IdempotencyKey,
}

/// Why nobody is removed. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RemoveMemberRefusal {
    /// The person who asks owns no household.
    #[error("only the owner of a household removes a member")]
    NotOwner,
    /// Nobody of this id belongs to the household.
    #[error("there is no such member")]
    NoSuchMember,
    /// An owner does not remove themselves: they hand over and leave.
    #[error("an owner hands over and leaves")]
    Yourself,
    /// A child is not put out.
    #[error("a child is not removed")]
    ChildStays,
    /// They came with a household that may still go its own way again: putting out who could undo that would keep what they brought.
    #[error("they came with a household that may still part again")]
    CameByMerge,
    /// The books changed since the preview: look again.
    #[error("the preview is out of date")]
    Stale,
    /// The key was used for another act.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
}

impl App {
    /// What removing a member would do now: for them what leaving would. Changes nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn preview_removal(
        &self,
        principal: &Principal,
        person: Id<kinds::Person>,
    ) -> Result<Result<LeavePreview, RemoveMemberRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let locked = lock_people(&mut tx, principal.person, person).await?;
            let books = self.load_removing(&mut tx, principal, person, locked).await?;
            let preview = books.and_then(|books| self.preview(&books, &tx).map_err(RemoveMemberRefusal::of));
            tx.rollback().await?;
            Ok(preview)
        })
        .await
    }

    /// Removes a member by a preview: they have a household of their own then, with the free points they brought, exactly as if they had
    /// left. Told again with the same key it answers again.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn remove_member(
        &self,
        principal: &Principal,
        remove: &RemoveMember,
    ) -> Result<Result<HouseholdLeft, RemoveMemberRefusal>, Fault> {
        let removed = db::retry_contention(|| self.try_remove_member(principal, remove)).await?;
        // After the commit: where people belong must not be believed from before it.
        self.sessions().invalidate_all();
        Ok(removed)
    }

    async fn try_remove_member(
        &self,
        principal: &Principal,
        remove: &RemoveMember,
    ) -> Result<Result<HouseholdLeft, RemoveMemberRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let locked = lock_people(&mut tx, principal.person, remove.person).await?;
        let input = InputHash::of(&[&remove.person.to_string(), remove.version.as_str()]);
        let (by, key) = (principal.person.to_string(), remove.idempotency_key.to_string());
        let asked = idempotency::Key { principal: by, operation: OPERATION, key };
        if let Some(known) = find_answer(&mut tx, &asked, input).await? {
            return Ok(known.map(HouseholdLeft::from).map_err(|_| RemoveMemberRefusal::IdempotencyKeyReused));
        }
        let books = match self.load_removing(&mut tx, principal, remove.person, locked).await? {
            Ok(books) => books,
            Err(refusal) => return Ok(Err(refusal)),
        };

        let preview = match self.preview(&books, &tx) {
            Ok(preview) if preview.version == remove.version => preview,
            Ok(_) => return Ok(Err(RemoveMemberRefusal::Stale)),
            Err(refusal) => return Ok(Err(RemoveMemberRefusal::of(refusal))),
        };

        let removed = self.record_leaving(&mut tx, books, &preview, (OPERATION, Departure::Moved)).await?;
        outbox::append(&mut tx, &MemberRemoved::new(preview.household, remove.person, removed.moved));
        idempotency::insert_answers(&mut tx, vec![(asked, input, MovedAnswer::from(removed).to_string())]).await?;

        tx.commit().await?;
        Ok(Ok(removed))
    }

    /// Who asks is locked, and the member of the same household; then the household, which must be the owner's.
    async fn load_removing(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        person: Id<kinds::Person>,
        (owner, member): (LockedPerson, Option<LockedPerson>),
    ) -> Result<Result<Books, RemoveMemberRefusal>, Fault> {
        let Some(household) = owner.household else { return Ok(Err(RemoveMemberRefusal::NotOwner)) };
        if principal.person == person {
            return Ok(Err(RemoveMemberRefusal::Yourself));
        }
        let Some(member) = member.filter(|member| member.household == Some(household)) else {
            return Ok(Err(RemoveMemberRefusal::NoSuchMember));
        };
        for (merged, at) in store::list_merged_since(tx, household, tx.now() - MERGE_UNDO_LIFE).await? {
            let came = store::list_members_moved(tx, (merged, household), at).await?;
            if came.iter().any(|(who, _)| *who == person) {
                return Ok(Err(RemoveMemberRefusal::CameByMerge));
            }
        }
        let books = self.load_leaving(tx, person, member).await?;
        let books = books.ok_or_else(|| Fault::inconsistent("find the two members of a household"))?;
        let is_owner = books.members.contains(&(principal.person, Role::Owner));
        Ok(if is_owner { Ok(books) } else { Err(RemoveMemberRefusal::NotOwner) })
    }
}

impl RemoveMemberRefusal {
    /// What stands in a member's way to leave stands in the way of removing them, too.
    fn of(refusal: LeaveRefusal) -> Self {
        match refusal {
            LeaveRefusal::NothingToLeave => Self::NoSuchMember,
            LeaveRefusal::OwnerStays => Self::Yourself,
            LeaveRefusal::NotAllowed => Self::ChildStays,
            LeaveRefusal::Stale => Self::Stale,
            LeaveRefusal::IdempotencyKeyReused => Self::IdempotencyKeyReused,
        }
    }
}

/// Locks whoever asks, and the member where both share a household. Of anybody else nothing is locked or waited for: who lives elsewhere
/// answers like who is not there, and as fast.
async fn lock_people(
    tx: &mut Tx,
    owner: Id<kinds::Person>,
    member: Id<kinds::Person>,
) -> Result<(LockedPerson, Option<LockedPerson>), Fault> {
    let places = store::find_households_of(tx, &[owner, member]).await?;
    let is_shared = places.contains_key(&owner) && places.get(&owner) == places.get(&member);
    let people = if is_shared { BTreeSet::from([owner, member]) } else { BTreeSet::from([owner]) };
    store::lock_persons(tx, &people).await?;
    let locked = store::lock_person(tx, owner).await?;
    if locked.household != places.get(&owner).copied() {
        return Err(Fault::new(FaultKind::Contention, "lock a household that was left just now"));
    }
    let member = if is_shared { Some(store::lock_person(tx, member).await?) } else { None };
    Ok((locked, member))
}
