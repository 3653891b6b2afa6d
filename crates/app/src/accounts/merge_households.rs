use std::collections::{BTreeMap, BTreeSet};

use accounts::{
    AddressHash, HouseholdMerge, Invitation, InvitationAnswer, InvitationToken, InvitedAs, OwnershipOffer, Role,
    events::{HouseholdsMerged, MemberJoined, MemberLeft},
    role_after_merge, store,
};
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash},
    outbox,
};
use kernel::{BusinessDate, Fault, FaultKind, Id, IdempotencyKey, Label, Points, kinds};
use ledger::{MoveRefusal, Moved, Wallet};

use super::{
    answer_invitation::record_answer,
    change_version::ChangeVersion,
    locked_people::lock_people,
    moved_answer::{MovedAnswer, find_answer},
};
use crate::{App, Principal, ledger::Carry};

const OPERATION: &str = "merge_households";

type Members = Vec<(Id<kinds::Person>, Role)>;

/// What merging would do to one's own household, and by which state of the books: whoever merges by it gets exactly this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergePreview {
    /// Names this very state; merging takes it back.
    pub version: ChangeVersion,
    /// One's own household: it ends, and its id stands for the other from then on.
    pub household: Id<kinds::Household>,
    /// The household it goes into.
    pub into: Id<kinds::Household>,
    /// Its name.
    pub into_name: Label,
    /// How many members go along, oneself included.
    pub members_moving: usize,
    /// How many belong to the other household.
    pub members_there: usize,
    /// How many of them are children: those who look after the other household look after them, too.
    pub children_moving: usize,
    /// What moves: every lot with its dates.
    pub moving: Moved,
    /// How many of the points can be spent today.
    pub available: Points,
    /// How many of them wait for their first day.
    pub pending: Points,
    /// What the other household owes: the next points of the one household pay it.
    pub owed_there: Points,
    /// How many rights that still stand go along.
    pub rights_moving: u64,
    /// How many invitations of one's own household end.
    pub invitations_ending: usize,
    /// Whether an offer of the ownership ends.
    pub offer_ending: bool,
}

/// Why households are not merged. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MergeRefusal {
    /// Wrong, ended, sent to another address, no invitation of a household, or made by somebody who owns theirs no more: all one.
    #[error("there is no such invitation")]
    NoSuchInvitation,
    /// The person owns no household.
    #[error("only the owner merges a household")]
    NotOwner,
    /// Both are the same household.
    #[error("the household is the person's own")]
    SameHousehold,
    /// The household owes points: those it goes to never agreed to its debt, nor did they see it.
    #[error("the household owes {owed} points, which would become others' debt")]
    OwesPoints {
        /// How many.
        owed: Points,
    },
    /// Some points are held, or there would be more than can be shown.
    #[error(transparent)]
    NotMoved(#[from] MoveRefusal),
    /// The books changed since the preview: look again.
    #[error("the preview is out of date")]
    Stale,
    /// The key was used for another act.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
}

/// Two households are one.
pub type HouseholdsOne = MovedAnswer;

/// What a decision looks at, all of it locked.
struct Books {
    person: Id<kinds::Person>,
    invitation: Invitation,
    household: Id<kinds::Household>,
    into: Id<kinds::Household>,
    into_name: Label,
    members: Members,
    there: Members,
    unanswered: Vec<Invitation>,
    offer: Option<OwnershipOffer>,
    wallets: BTreeMap<Id<kinds::Household>, Wallet>,
    rights: u64,
    today: BusinessDate,
}

impl App {
    /// What merging one's own household into the one that invited it would do now. Changes nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn preview_merge(
        &self,
        principal: &Principal,
        token: &str,
    ) -> Result<Result<MergePreview, MergeRefusal>, Fault> {
        let Some(token) = InvitationToken::parse(token) else { return Ok(Err(MergeRefusal::NoSuchInvitation)) };
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let books = self.load_merging(&mut tx, principal.person, &token, None).await?;
            let preview = match books {
                Ok(Loaded::Books(books)) => preview(&books),
                Ok(Loaded::Before(_)) => Err(MergeRefusal::NoSuchInvitation),
                Err(refusal) => Err(refusal),
            };
            tx.rollback().await?;
            Ok(preview)
        })
        .await
    }

    /// Merges one's own household into the one that invited it, by a preview: exactly what it said, or nothing. Told again with the same
    /// key it answers again.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn merge_households(
        &self,
        principal: &Principal,
        token: &str,
        version: &ChangeVersion,
        key: &IdempotencyKey,
    ) -> Result<Result<HouseholdsOne, MergeRefusal>, Fault> {
        let Some(token) = InvitationToken::parse(token) else { return Ok(Err(MergeRefusal::NoSuchInvitation)) };
        let merged = db::retry_contention(async || self.merge_once(principal, &token, version, key).await).await?;
        // After the commit: where people belong must not be believed from before it.
        self.sessions().invalidate_all();
        Ok(merged)
    }

    async fn merge_once(
        &self,
        principal: &Principal,
        token: &InvitationToken,
        version: &ChangeVersion,
        key: &IdempotencyKey,
    ) -> Result<Result<HouseholdsOne, MergeRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let input = InputHash::of(&[&token.to_text(), version.as_str()]);
        let asked =
            idempotency::Key { principal: principal.person.to_string(), operation: OPERATION, key: key.to_string() };
        let books = match self.load_merging(&mut tx, principal.person, token, Some((&asked, input))).await? {
            Ok(Loaded::Books(books)) => books,
            Ok(Loaded::Before(answer)) => return Ok(Ok(answer)),
            Err(refusal) => return Ok(Err(refusal)),
        };

        let moving = match preview(&books) {
            Ok(preview) if preview.version != *version => return Ok(Err(MergeRefusal::Stale)),
            Ok(preview) => preview.moving,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let answer = HouseholdsOne { household: books.into, moved: moving.points(), is_replay: false };
        // Both together must still be a number that can be shown; all else was decided by the preview.
        if let Err(refusal) = self.record_merge(&mut tx, *books, &moving).await? {
            return Ok(Err(refusal.into()));
        }
        idempotency::insert_answers(&mut tx, vec![(asked, input, answer.to_string())]).await?;

        tx.commit().await?;
        Ok(Ok(answer))
    }

    /// Locks persons, households, memberships, invitations, wallets, in this order.
    async fn load_merging(
        &self,
        tx: &mut Tx,
        person: Id<kinds::Person>,
        token: &InvitationToken,
        asked: Option<(&idempotency::Key, InputHash)>,
    ) -> Result<Result<Loaded, MergeRefusal>, Fault> {
        let Some((into, id)) = store::find_invitation_place(tx, &token.hash()).await? else {
            return Ok(Err(MergeRefusal::NoSuchInvitation));
        };
        let (locked, people) = lock_people(tx, person).await?;
        if let Some((key, input)) = asked
            && let Some(known) = find_answer(tx, key, input).await?
        {
            return Ok(known.map(Loaded::Before).map_err(|_| MergeRefusal::IdempotencyKeyReused));
        }
        let (names, mut belonging) = lock_places(tx, [Some(into), locked.household]).await?;
        let Some(invitation) = store::lock_invitation(tx, into, id).await? else {
            return Ok(Err(MergeRefusal::NoSuchInvitation));
        };
        let address = locked.address.as_ref().map(|address| AddressHash::of(self.secret().bytes(), address));
        let owner_of = |household| belonging.get(&household).and_then(owner);
        let is_good = address == Some(invitation.address_hash)
            && invitation.is_open(tx.now())
            && invitation.invited_as == InvitedAs::Household
            && owner_of(into) == Some(invitation.invited_by);
        let household = match locked.household {
            _ if !is_good => return Ok(Err(MergeRefusal::NoSuchInvitation)),
            Some(household) if household == into => return Ok(Err(MergeRefusal::SameHousehold)),
            Some(household) if owner_of(household) == Some(person) => household,
            Some(_) | None => return Ok(Err(MergeRefusal::NotOwner)),
        };
        let members = belonging.remove(&household).expect("both were locked just now");
        if members.iter().any(|(member, _)| !people.contains(member)) {
            return Err(Fault::new(FaultKind::Contention, "lock a household that was joined just now"));
        }
        let unanswered = store::list_unanswered_invitations(tx, household).await?;
        let offer = store::lock_ownership_offer(tx, household).await?;
        let wallets = crate::ledger::lock_both(tx, self.settings(), household, into).await?;
        let today = self.settings().zone.date_of(tx.now());
        let rights = entitlements::store::count_standing_grants(tx, household, today).await?;
        let there = belonging.remove(&into).expect("both were locked just now");
        let into_name = names.get(&into).expect("both were locked just now").clone();
        let books = Books {
            person,
            invitation,
            household,
            into,
            into_name,
            members,
            there,
            unanswered,
            offer,
            wallets,
            rights,
            today,
        };
        Ok(Ok(Loaded::Books(Box::new(books))))
    }

    async fn record_merge(
        &self,
        tx: &mut Tx,
        mut books: Books,
        moving: &Moved,
    ) -> Result<Result<(), MoveRefusal>, Fault> {
        let (from, to, now) = (books.household, books.into, tx.now());
        let reference = books.invitation.id.to_string();
        // Also when there is nothing to move: a later refund of the old household's orders follows this move to the new one.
        let carry = Carry { from, to, moved: moving, reference: &reference, reason: Moved::scope(None) };
        if let Err(refusal) = self.carry(tx, &mut books.wallets, carry, OPERATION).await? {
            return Ok(Err(refusal));
        }
        let rights = entitlements::store::update_grants_moved(tx, (from, to), |_| true).await?;
        entitlements::store::update_places_moved(tx, (from, to), |_| true).await?;
        let roles: Members = books.members.iter().map(|(who, role)| (*who, role_after_merge(*role))).collect();
        store::update_members_moved(tx, (from, to), &roles, None).await?;
        let merge = HouseholdMerge {
            household: to,
            invitation: books.invitation.id,
            merged: from,
            asked_by: books.invitation.invited_by,
            accepted_by: books.person,
            merged_at: now,
            undone: None,
        };
        let mut ids = store::list_absorbed(tx, from).await?;
        ids.insert(from);
        store::insert_merge(tx, &merge).await?;
        store::update_directory(tx, &ids, to).await?;
        for invitation in books.unanswered {
            record_answer(tx, invitation.answered(InvitationAnswer::Withdrawn, Some(books.person), now)).await?;
        }
        store::delete_ownership_offer(tx, from).await?;
        store::delete_split_offer(tx, from).await?;
        record_answer(tx, books.invitation.answered(InvitationAnswer::Accepted, Some(books.person), now)).await?;

        outbox::append(tx, &HouseholdsMerged::of(&merge));
        for (person, role) in roles {
            outbox::append(tx, &MemberLeft::new(from, person));
            outbox::append(tx, &MemberJoined::new(to, person, role));
        }
        tx.audit(AuditLine {
            action: OPERATION,
            household: Some(to),
            subject: from.to_string(),
            detail: format!("with {} points, {rights} grants", moving.points()),
        });
        Ok(Ok(()))
    }
}

/// Everything there is to decide on, or what the same key answered before.
enum Loaded {
    Books(Box<Books>),
    Before(HouseholdsOne),
}

type Names = BTreeMap<Id<kinds::Household>, Label>;

/// Locks households, then who belongs to each, by id.
async fn lock_places(
    tx: &mut Tx,
    households: [Option<Id<kinds::Household>>; 2],
) -> Result<(Names, BTreeMap<Id<kinds::Household>, Members>), Fault> {
    let households: BTreeSet<_> = households.into_iter().flatten().collect();
    let rows = store::lock_households(tx, &households.iter().copied().collect::<Vec<_>>()).await?;
    let mut belonging = BTreeMap::new();
    for household in households {
        belonging.insert(household, store::lock_members(tx, household).await?);
    }
    Ok((rows.into_iter().map(|(id, name, _)| (id, name)).collect(), belonging))
}

fn owner(members: &Members) -> Option<Id<kinds::Person>> {
    members.iter().find(|(_, role)| *role == Role::Owner).map(|(person, _)| *person)
}

fn preview(books: &Books) -> Result<MergePreview, MergeRefusal> {
    let (own, there) = (&books.wallets[&books.household], &books.wallets[&books.into]);
    let moving = match own.movable(None, books.today) {
        Ok(Moved { owed, .. }) if !owed.is_zero() => return Err(MergeRefusal::OwesPoints { owed }),
        Ok(moving) => moving,
        Err(MoveRefusal::NothingToMove) => Moved { lots: Vec::new(), owed: Points::ZERO },
        Err(refusal) => return Err(refusal.into()),
    };
    let sum = |is_wanted: &dyn Fn(&ledger::LotKey) -> bool| {
        let wanted = moving.lots.iter().filter(|(key, _)| is_wanted(key)).map(|(_, points)| *points);
        Points::sum(wanted).expect("no more than a wallet may hold")
    };
    let preview = MergePreview {
        version: version(books, &moving),
        household: books.household,
        into: books.into,
        into_name: books.into_name.clone(),
        members_moving: books.members.len(),
        members_there: books.there.len(),
        children_moving: books.members.iter().filter(|(_, role)| *role == Role::Child).count(),
        available: sum(&|key| key.is_available(books.today)),
        pending: sum(&|key| key.is_pending(books.today)),
        owed_there: there.owed(),
        rights_moving: books.rights,
        invitations_ending: books.unanswered.len(),
        offer_ending: books.offer.is_some(),
        moving,
    };
    Ok(preview)
}

/// Of the other household only what the preview shows: it goes on living meanwhile.
fn version(books: &Books, moving: &Moved) -> ChangeVersion {
    let members = books.members.iter().map(|(person, role)| format!("{person} {role}")).collect::<Vec<_>>();
    let lots = moving.lots.iter().map(|(key, points)| format!("{} {points}", key.lot_id())).collect::<Vec<_>>();
    ChangeVersion::of(&[
        "merge",
        &books.household.to_string(),
        &books.into.to_string(),
        &books.wallets[&books.household].last_no().to_string(),
        &books.wallets[&books.into].owed().to_string(),
        &books.there.len().to_string(),
        &books.rights.to_string(),
        &books.unanswered.len().to_string(),
        &books.offer.map_or(String::new(), |offer| offer.offered_at.timestamp_millis().to_string()),
        &members.join(","),
        &lots.join(","),
    ])
}
