use accounts::{
    Departure, Invitation, InvitationAnswer, InvitedAs, REJOIN_AFTER, Role,
    events::{HouseholdFounded, MemberJoined, MemberLeft},
    store::{self, LockedPerson},
};
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash},
    outbox,
};
use kernel::{BusinessDate, Fault, Id, IdempotencyKey, Points, kinds};
use ledger::{Contributor, MoveRefusal, Moved, Wallet};

use super::{
    answer_invitation::record_answer,
    change_version::ChangeVersion,
    moved_answer::{MovedAnswer, find_answer},
};
use crate::{App, Principal, familypay::end_mandates, ledger::Carry};

const OPERATION: &str = "leave_household";

/// What leaving would do, and by which state of the books: whoever leaves by it gets exactly this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeavePreview {
    /// Names this very state; leaving takes it back.
    pub version: ChangeVersion,
    /// The household left.
    pub household: Id<kinds::Household>,
    /// What moves to a household of one's own: the free points of the lots one brought, with their dates.
    pub moving: Moved,
    /// How many of them can be spent today.
    pub available: Points,
    /// How many of them wait for their first day.
    pub pending: Points,
    /// Points one brought that stay, because they are held for something unfinished.
    pub held: Points,
    /// All points of the household afterwards.
    pub staying: Points,
    /// What the household owes, which stays with it.
    pub owed: Points,
    /// How many rights that still stand stay with the household.
    pub rights_staying: u64,
    /// How many invitations one made into the household end.
    pub invitations_ending: usize,
    /// How many of one's requests to pay wait for a payer, and are called off.
    pub pay_requests_ending: usize,
    /// The first day on which one can join another household.
    pub rejoin_on: BusinessDate,
}

/// A person left, and has a household of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HouseholdLeft {
    /// The household of one's own.
    pub founded: Id<kinds::Household>,
    /// How many points moved there.
    pub moved: Points,
    /// Whether this answers an earlier act again.
    pub is_replay: bool,
}

impl From<MovedAnswer> for HouseholdLeft {
    fn from(MovedAnswer { household, moved, is_replay }: MovedAnswer) -> Self {
        Self { founded: household, moved, is_replay }
    }
}

impl From<HouseholdLeft> for MovedAnswer {
    fn from(HouseholdLeft { founded, moved, is_replay }: HouseholdLeft) -> Self {
        Self { household: founded, moved, is_replay }
    }
}

/// Why nobody leaves. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeaveRefusal {
    /// The person belongs to no household, or nobody else does.
    #[error("there is no household to leave")]
    NothingToLeave,
    /// A child does not leave alone.
    #[error("a child does not leave alone")]
    NotAllowed,
    /// An owner leaves once another has accepted the household.
    #[error("an owner hands the household over first")]
    OwnerStays,
    /// The books changed since the preview: look again.
    #[error("the preview is out of date")]
    Stale,
    /// The key was used for another act.
    #[error("the idempotency key was used for something else")]
    IdempotencyKeyReused,
}

/// What a decision looks at, all of it locked.
pub(super) struct Books {
    person: Id<kinds::Person>,
    locked: LockedPerson,
    household: Id<kinds::Household>,
    community: Option<Id<kinds::Community>>,
    pub(super) members: Vec<(Id<kinds::Person>, Role)>,
    invitations: Vec<Invitation>,
    wallet: Wallet,
    rights_standing: u64,
    pay_requests: usize,
    today: BusinessDate,
}

impl App {
    /// What leaving would do now. Changes nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn preview_leave(&self, principal: &Principal) -> Result<Result<LeavePreview, LeaveRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let person = store::lock_person(&mut tx, principal.person).await?;
            let books = self.load_leaving(&mut tx, principal.person, person).await?;
            let preview = books.ok_or(LeaveRefusal::NothingToLeave).and_then(|books| self.preview(&books, &tx));
            tx.rollback().await?;
            Ok(preview)
        })
        .await
    }

    /// Leaves the household by a preview: exactly what it said, or nothing. Told again with the same key it answers again.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn leave_household(
        &self,
        principal: &Principal,
        version: &ChangeVersion,
        key: &IdempotencyKey,
    ) -> Result<Result<HouseholdLeft, LeaveRefusal>, Fault> {
        let left = db::retry_contention(async || self.leave_once(principal, version, key).await).await?;
        // After the commit: where people belong must not be believed from before it.
        self.sessions().invalidate_all();
        Ok(left)
    }

    async fn leave_once(
        &self,
        principal: &Principal,
        version: &ChangeVersion,
        key: &IdempotencyKey,
    ) -> Result<Result<HouseholdLeft, LeaveRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let locked = store::lock_person(&mut tx, principal.person).await?;
        let input = InputHash::of(&[version.as_str()]);
        let asked =
            idempotency::Key { principal: principal.person.to_string(), operation: OPERATION, key: key.to_string() };
        if let Some(known) = find_answer(&mut tx, &asked, input).await? {
            return Ok(known.map(HouseholdLeft::from).map_err(|_| LeaveRefusal::IdempotencyKeyReused));
        }
        let Some(books) = self.load_leaving(&mut tx, principal.person, locked).await? else {
            return Ok(Err(LeaveRefusal::NothingToLeave));
        };

        let preview = match self.preview(&books, &tx) {
            Ok(preview) if preview.version == *version => preview,
            Ok(_) => return Ok(Err(LeaveRefusal::Stale)),
            Err(refusal) => return Ok(Err(refusal)),
        };

        let left = self.record_leaving(&mut tx, books, &preview, (OPERATION, Departure::Left)).await?;
        idempotency::insert_answers(&mut tx, vec![(asked, input, MovedAnswer::from(left).to_string())]).await?;

        tx.commit().await?;
        Ok(Ok(left))
    }

    /// The person is locked; then the household, its members, its wallet. `None` where nobody else would stay.
    pub(super) async fn load_leaving(
        &self,
        tx: &mut Tx,
        person: Id<kinds::Person>,
        locked: LockedPerson,
    ) -> Result<Option<Books>, Fault> {
        let Some(household) = locked.household else { return Ok(None) };
        let community = store::lock_households(tx, &[household]).await?.pop().and_then(|(_, _, community)| community);
        let members = store::lock_members(tx, household).await?;
        if members.len() < 2 {
            return Ok(None);
        }
        let invitations = store::list_unanswered_invitations(tx, household).await?;
        let wallets = crate::ledger::lock_wallets(tx, self.settings(), &[household]).await?;
        let wallet = wallets.into_values().next().ok_or_else(|| Fault::inconsistent("find a household's wallet"))?;
        let today = self.settings().zone.date_of(tx.now());
        let rights_standing = entitlements::store::count_standing_grants(tx, household, today).await?;
        let requests = ::familypay::store::lock_waiting_requests_of(tx, household, person).await?;
        let pay_requests = requests.iter().filter(|book| book.request.state_at(tx.now()).is_waiting()).count();
        Ok(Some(Books {
            person,
            locked,
            household,
            community,
            members,
            invitations,
            wallet,
            rights_standing,
            pay_requests,
            today,
        }))
    }

    pub(super) fn preview(&self, books: &Books, tx: &Tx) -> Result<LeavePreview, LeaveRefusal> {
        let role = books.members.iter().find(|(person, _)| *person == books.person).map(|(_, role)| *role);
        match role {
            None => return Err(LeaveRefusal::NothingToLeave),
            Some(Role::Owner) => return Err(LeaveRefusal::OwnerStays),
            Some(Role::Child) => return Err(LeaveRefusal::NotAllowed),
            Some(Role::Adult | Role::Senior) => {}
        }
        let moving = books.wallet.free_of(Contributor::Person(books.person), books.today);
        let sum = |is_wanted: &dyn Fn(&ledger::LotKey) -> bool| {
            let wanted = moving.lots.iter().filter(|(key, _)| is_wanted(key)).map(|(_, points)| *points);
            Points::sum(wanted).expect("no more than a wallet may hold")
        };
        let staying = books.wallet.total().minus(moving.points()).expect("what moves is a part of it");
        Ok(LeavePreview {
            version: version(books, &moving),
            household: books.household,
            available: sum(&|key| key.is_available(books.today)),
            pending: sum(&|key| key.is_pending(books.today)),
            held: books.wallet.held_of(Contributor::Person(books.person)),
            staying,
            owed: books.wallet.owed(),
            rights_staying: books.rights_standing,
            invitations_ending: ending(books).count(),
            pay_requests_ending: books.pay_requests,
            rejoin_on: self.settings().zone.date_of(tx.now() + REJOIN_AFTER),
            moving,
        })
    }

    /// Lets the person go by a preview; `operation` is the use-case that decided it, and whether it was their own.
    pub(super) async fn record_leaving(
        &self,
        tx: &mut Tx,
        books: Books,
        preview: &LeavePreview,
        (operation, departure): (&'static str, Departure),
    ) -> Result<HouseholdLeft, Fault> {
        let (person, household, founded) = (books.person, books.household, tx.new_id());
        store::update_membership_left(tx, household, person, departure).await?;
        store::insert_household(tx, founded, &books.locked.name, books.community).await?;
        ledger::store::insert_wallets(tx, &[founded]).await?;
        store::insert_membership(tx, founded, person, Role::Owner).await?;
        let now = tx.now();
        for invitation in ending(&books).cloned().collect::<Vec<_>>() {
            record_answer(tx, invitation.answered(InvitationAnswer::Withdrawn, Some(person), now)).await?;
        }
        if !preview.moving.lots.is_empty() {
            let mut wallets = crate::ledger::lock_both(tx, self.settings(), household, founded).await?;
            let reason = Moved::scope(Some(Contributor::Person(person)));
            let reference = format!("{person} left {founded}");
            let carry = Carry { from: household, to: founded, moved: &preview.moving, reference: &reference, reason };
            let carried = self.carry(tx, &mut wallets, carry, operation).await?;
            carried.map_err(|_: MoveRefusal| Fault::inconsistent("move what a preview just showed"))?;
        }
        // What was ordered would go to another household now, or be paid for one that was left: whoever pays says so anew.
        let stays = |other| books.members.iter().any(|(member, _)| *member == other);
        end_mandates(tx, person, |mandate| mandate.senior == person || stays(mandate.senior)).await?;
        outbox::append(tx, &MemberLeft::new(household, person));
        outbox::append(tx, &HouseholdFounded::new(founded));
        outbox::append(tx, &MemberJoined::new(founded, person, Role::Owner));
        let moved = preview.moving.points();
        tx.audit(AuditLine {
            action: operation,
            household: Some(household),
            subject: person.to_string(),
            detail: format!("to {founded} with {moved} points"),
        });
        Ok(HouseholdLeft { founded, moved, is_replay: false })
    }
}

/// The invitations into the household that end with whoever made them. Those between persons stay.
fn ending(books: &Books) -> impl Iterator<Item = &Invitation> {
    books.invitations.iter().filter(|invitation| {
        invitation.invited_by == books.person
            && matches!(invitation.invited_as, InvitedAs::Member(_) | InvitedAs::Household)
    })
}

fn version(books: &Books, moving: &Moved) -> ChangeVersion {
    let members = books.members.iter().map(|(person, role)| format!("{person} {role}")).collect::<Vec<_>>();
    let lots = moving.lots.iter().map(|(key, points)| format!("{} {points}", key.lot_id())).collect::<Vec<_>>();
    ChangeVersion::of(&[
        "leave",
        &books.household.to_string(),
        &books.person.to_string(),
        &books.wallet.last_no().to_string(),
        &books.wallet.held_of(Contributor::Person(books.person)).to_string(),
        &books.rights_standing.to_string(),
        &ending(books).count().to_string(),
        &books.pay_requests.to_string(),
        &members.join(","),
        &lots.join(","),
    ])
}
