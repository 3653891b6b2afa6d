use std::collections::{BTreeMap, BTreeSet};

use accounts::{
    HouseholdSplit, Invitation, InvitationAnswer, InvitedAs, OFFER_LIFE, OfferSplitRefusal, OwnershipOffer, Role,
    SplitOffer, check_split_offer,
    events::{HouseholdDivided, HouseholdFounded, MemberJoined, MemberLeft, SplitOffered},
    store::{self, LockedPerson},
};
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash},
    outbox,
};
use kernel::{BusinessDate, Fault, FaultKind, Id, IdempotencyKey, Points, kinds};
use ledger::{Contributor, MoveRefusal, Moved, Wallet};

use super::{
    answer_invitation::record_answer,
    change_version::ChangeVersion,
    locked_people::lock_people,
    moved_answer::{MovedAnswer, find_answer},
};
use crate::{App, Principal, ledger::Carry};

const OPERATION: &str = "split_household";

type Members = Vec<(Id<kinds::Person>, Role)>;

/// What going by the offer would do, and by which state of the books: whoever goes by it gets exactly this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitPreview {
    /// Names this very state; splitting takes it back.
    pub version: ChangeVersion,
    /// The offer.
    pub offer: SplitOffer,
    /// How many stay.
    pub members_staying: usize,
    /// What moves: the free points of the lots that those who go brought, with their dates.
    pub moving: Moved,
    /// How many of them can be spent today.
    pub available: Points,
    /// How many of them wait for their first day.
    pub pending: Points,
    /// Points they brought that stay, because they are held for something unfinished.
    pub held: Points,
    /// All points of the household afterwards.
    pub staying: Points,
    /// What the household owes, which stays with it.
    pub owed: Points,
    /// How many rights that still stand stay with the household.
    pub rights_staying: u64,
    /// How many invitations that those who go made into the household end.
    pub invitations_ending: usize,
}

/// Why a household is not split. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitRefusal {
    /// Nothing was offered to this person, or not any more.
    #[error("there is no such offer")]
    NoSuchOffer,
    /// The books changed since the preview: look again.
    #[error("the preview is out of date")]
    Stale,
    /// The key was used for another act.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
}

/// What a decision looks at, all of it locked.
struct Books {
    person: LockedPerson,
    offer: SplitOffer,
    community: Option<Id<kinds::Community>>,
    members: Members,
    invitations: Vec<Invitation>,
    ownership: Option<OwnershipOffer>,
    wallet: Wallet,
    rights: u64,
    today: BusinessDate,
}

/// Everything there is to decide on, or what the same key answered before.
enum Loaded {
    Books(Box<Books>),
    Before(MovedAnswer),
}

impl App {
    /// Offers a grown-up member to go with others to a household of their own, in place of any such offer before. It waits fourteen days.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn offer_split(
        &self,
        principal: &Principal,
        to: Id<kinds::Person>,
        with: &[Id<kinds::Person>],
    ) -> Result<Result<SplitOffer, OfferSplitRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let person = principal.person;
            let Some(household) = store::lock_person(&mut tx, person).await?.household else {
                return Ok(Err(OfferSplitRefusal::NotOwner));
            };
            store::lock_households(&mut tx, &[household]).await?;
            let members = store::lock_members(&mut tx, household).await?;

            let going: BTreeSet<Id<kinds::Person>> = with.iter().copied().chain([to]).collect();
            if let Err(refusal) = check_split_offer(person, to, &going, &members) {
                return Ok(Err(refusal));
            }
            let (offered_at, expires_at) = (tx.now(), tx.now() + OFFER_LIFE);
            let offer = SplitOffer { household, offered_by: person, offered_to: to, going, offered_at, expires_at };

            store::update_split_offer(&mut tx, &offer).await?;
            outbox::append(&mut tx, &SplitOffered::of(&offer));
            let (household, subject) = (Some(household), to.to_string());
            let detail = format!("{} would go", offer.going.len());
            tx.audit(AuditLine { action: "offer_split", household, subject, detail });

            tx.commit().await?;
            Ok(Ok(offer))
        })
        .await
    }

    /// What going by the offer would do now. Changes nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn preview_split(&self, principal: &Principal) -> Result<Result<SplitPreview, SplitRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let loaded = self.load_splitting(&mut tx, principal.person, None).await?;
            tx.rollback().await?;
            Ok(match loaded {
                Ok(Loaded::Books(books)) => Ok(preview(&books)),
                Ok(Loaded::Before(_)) => Err(SplitRefusal::NoSuchOffer),
                Err(refusal) => Err(refusal),
            })
        })
        .await
    }

    /// Goes by the offer and a preview, with all it names, to a household of their own: exactly what it said, or nothing. Told again with
    /// the same key it answers again.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn split_household(
        &self,
        principal: &Principal,
        version: &ChangeVersion,
        key: &IdempotencyKey,
    ) -> Result<Result<MovedAnswer, SplitRefusal>, Fault> {
        let split = db::retry_contention(async || self.split_once(principal, version, key).await).await?;
        // After the commit: where people belong must not be believed from before it.
        self.sessions().invalidate_all();
        Ok(split)
    }

    async fn split_once(
        &self,
        principal: &Principal,
        version: &ChangeVersion,
        key: &IdempotencyKey,
    ) -> Result<Result<MovedAnswer, SplitRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let input = InputHash::of(&[version.as_str()]);
        let principal = principal.person;
        let asked = idempotency::Key { principal: principal.to_string(), operation: OPERATION, key: key.to_string() };
        let books = match self.load_splitting(&mut tx, principal, Some((&asked, input))).await? {
            Ok(Loaded::Books(books)) => books,
            Ok(Loaded::Before(answer)) => return Ok(Ok(answer)),
            Err(refusal) => return Ok(Err(refusal)),
        };

        let preview = preview(&books);
        if preview.version != *version {
            return Ok(Err(SplitRefusal::Stale));
        }

        let founded = self.record_split(&mut tx, *books).await?;
        let answer = MovedAnswer { household: founded, moved: preview.moving.points(), is_replay: false };
        idempotency::insert_answers(&mut tx, vec![(asked, input, answer.to_string())]).await?;

        tx.commit().await?;
        Ok(Ok(answer))
    }

    /// Locks persons, the household, memberships, offers, invitations, the wallet, in this order.
    async fn load_splitting(
        &self,
        tx: &mut Tx,
        person: Id<kinds::Person>,
        asked: Option<(&idempotency::Key, InputHash)>,
    ) -> Result<Result<Loaded, SplitRefusal>, Fault> {
        let (locked, people) = lock_people(tx, person).await?;
        if let Some((key, input)) = asked
            && let Some(known) = find_answer(tx, key, input).await?
        {
            return Ok(known.map(Loaded::Before).map_err(|_| SplitRefusal::IdempotencyKeyReused));
        }
        let Some(household) = locked.household else { return Ok(Err(SplitRefusal::NoSuchOffer)) };
        let community = store::lock_households(tx, &[household]).await?.pop().and_then(|(_, _, community)| community);
        let members = store::lock_members(tx, household).await?;
        let invitations = store::list_unanswered_invitations(tx, household).await?;
        let ownership = store::lock_ownership_offer(tx, household).await?;
        let offer = store::lock_split_offer(tx, household).await?;
        let Some(offer) = offer.filter(|offer| offer.is_open_to(person, &members, tx.now())) else {
            return Ok(Err(SplitRefusal::NoSuchOffer));
        };
        if offer.going.iter().any(|who| !people.contains(who)) {
            return Err(Fault::new(FaultKind::Contention, "lock a household that was joined just now"));
        }
        let mut wallets = crate::ledger::lock_wallets(tx, self.settings(), &[household]).await?;
        let wallet = wallets.remove(&household).ok_or_else(|| Fault::inconsistent("find a household's wallet"))?;
        let today = self.settings().zone.date_of(tx.now());
        let rights = entitlements::store::count_standing_grants(tx, household, today).await?;
        let person = locked;
        let books = Books { person, offer, community, members, invitations, ownership, wallet, rights, today };
        Ok(Ok(Loaded::Books(Box::new(books))))
    }

    async fn record_split(&self, tx: &mut Tx, books: Books) -> Result<Id<kinds::Household>, Fault> {
        let (household, founded, now) = (books.offer.household, tx.new_id(), tx.now());
        let owner = books.offer.offered_to;
        store::insert_household(tx, founded, &books.person.name, books.community).await?;
        ledger::store::insert_wallets(tx, &[founded]).await?;
        let going = books.members.iter().filter(|(who, _)| books.offer.going.contains(who));
        let roles: Members = going.map(|(who, role)| (*who, if *who == owner { Role::Owner } else { *role })).collect();
        store::update_members_moved(tx, (household, founded), &roles, Some(owner)).await?;
        for invitation in ending(&books).cloned().collect::<Vec<_>>() {
            record_answer(tx, invitation.answered(InvitationAnswer::Withdrawn, Some(owner), now)).await?;
        }
        if books.ownership.is_some_and(|offer| books.offer.going.contains(&offer.offered_to)) {
            store::delete_ownership_offer(tx, household).await?;
        }
        store::delete_split_offer(tx, household).await?;
        let split = HouseholdSplit {
            household,
            founded,
            offered_by: books.offer.offered_by,
            accepted_by: owner,
            split_at: now,
            undone: None,
        };
        store::insert_split(tx, &split).await?;
        let mut wallets = crate::ledger::lock_both(tx, self.settings(), household, founded).await?;
        let moved = self.carry_parts(tx, &mut wallets, &books, founded).await?;

        outbox::append(tx, &HouseholdFounded::new(founded));
        outbox::append(tx, &HouseholdDivided::of(&split));
        for (person, role) in roles {
            outbox::append(tx, &MemberLeft::new(household, person));
            outbox::append(tx, &MemberJoined::new(founded, person, role));
        }
        tx.audit(AuditLine {
            action: OPERATION,
            household: Some(household),
            subject: founded.to_string(),
            detail: format!("{} members with {moved} points", books.offer.going.len()),
        });
        Ok(founded)
    }

    /// A move for each of those who go, of what they brought, so that a later refund follows them.
    async fn carry_parts(
        &self,
        tx: &mut Tx,
        wallets: &mut BTreeMap<Id<kinds::Household>, Wallet>,
        books: &Books,
        founded: Id<kinds::Household>,
    ) -> Result<Points, Fault> {
        let parts: Vec<_> = parts(books).into_iter().filter(|(_, part)| !part.lots.is_empty()).collect();
        let references: Vec<String> = parts.iter().map(|(person, _)| format!("{person} went to {founded}")).collect();
        let carries = parts.iter().zip(&references).map(|((person, part), reference)| Carry {
            from: books.offer.household,
            to: founded,
            moved: part,
            reference,
            reason: Moved::scope(Some(Contributor::Person(*person))),
        });
        let carried = self.carry_all(tx, wallets, carries.collect(), OPERATION).await?;
        carried.map_err(|_: MoveRefusal| Fault::inconsistent("move what a preview just showed"))?;
        let moved = Points::sum(parts.iter().map(|(_, part)| part.points()));
        moved.map_err(|_| Fault::inconsistent("sum what parts of a household take"))
    }
}

/// What each of those who go takes along.
fn parts(books: &Books) -> Vec<(Id<kinds::Person>, Moved)> {
    let part = |who: &Id<kinds::Person>| (*who, books.wallet.free_of(Contributor::Person(*who), books.today));
    books.offer.going.iter().map(part).collect()
}

fn preview(books: &Books) -> SplitPreview {
    let lots = parts(books).into_iter().flat_map(|(_, part)| part.lots).collect();
    let moving = Moved { lots, owed: Points::ZERO };
    let sum = |points: &mut dyn Iterator<Item = Points>| Points::sum(points).expect("no more than a wallet may hold");
    let of = |is_wanted: &dyn Fn(&ledger::LotKey) -> bool| {
        sum(&mut moving.lots.iter().filter(|(key, _)| is_wanted(key)).map(|(_, points)| *points))
    };
    let held = |who: &Id<kinds::Person>| books.wallet.held_of(Contributor::Person(*who));
    SplitPreview {
        version: version(books, &moving),
        offer: books.offer.clone(),
        members_staying: books.members.len() - books.offer.going.len(),
        available: of(&|key| key.is_available(books.today)),
        pending: of(&|key| key.is_pending(books.today)),
        held: sum(&mut books.offer.going.iter().map(held)),
        staying: books.wallet.total().minus(moving.points()).expect("what moves is a part of it"),
        owed: books.wallet.owed(),
        rights_staying: books.rights,
        invitations_ending: ending(books).count(),
        moving,
    }
}

/// The invitations into the household that end with whoever made them. Those between persons stay.
fn ending(books: &Books) -> impl Iterator<Item = &Invitation> {
    books.invitations.iter().filter(|invitation| {
        books.offer.going.contains(&invitation.invited_by)
            && matches!(invitation.invited_as, InvitedAs::Member(_) | InvitedAs::Household)
    })
}

fn version(books: &Books, moving: &Moved) -> ChangeVersion {
    let members = books.members.iter().map(|(person, role)| format!("{person} {role}")).collect::<Vec<_>>();
    let going = books.offer.going.iter().map(ToString::to_string).collect::<Vec<_>>();
    let lots = moving.lots.iter().map(|(key, points)| format!("{} {points}", key.lot_id())).collect::<Vec<_>>();
    ChangeVersion::of(&[
        "split",
        &books.offer.household.to_string(),
        &books.offer.offered_to.to_string(),
        &books.offer.offered_at.timestamp_millis().to_string(),
        &books.wallet.last_no().to_string(),
        &books.rights.to_string(),
        &ending(books).count().to_string(),
        &members.join(","),
        &going.join(","),
        &lots.join(","),
    ])
}
