use accounts::{Invitation, LifeState, Role, Succession, SuccessionRefusal, heirs, store, succession};
use db::{AuditLine, Tx};
use kernel::{Fault, Id, Label, Points, kinds};
use ledger::Contributor;

use super::change_version::ChangeVersion;
use crate::{App, StaffPrincipal, approvals::Act, staff::NotAllowed};

/// What recording a member's death would do: what ends, what stays, who owns the household then. Nothing moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeathPreview {
    /// Names this very state; recording takes it back.
    pub version: ChangeVersion,
    /// Who died.
    pub person: Id<kinds::Person>,
    /// Who owns the household then, or why that is not settled.
    pub succession: Result<Succession, SuccessionRefusal>,
    /// The household; `None` where they belong to none.
    pub household: Option<HouseholdOfDead>,
    /// How many kin links end.
    pub kin_links_ending: usize,
}

/// The household of somebody who died, as a preview shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdOfDead {
    /// Which.
    pub household: Id<kinds::Household>,
    /// What they were in it.
    pub role: Role,
    /// Who of the others may own it.
    pub heirs: Vec<Id<kinds::Person>>,
    /// How many others belong to it, and stay.
    pub members_staying: usize,
    /// All its points, which stay in it: also those that whoever died had brought, with their dates.
    pub points_staying: Points,
    /// How many of them whoever died had brought.
    pub contributed: Points,
    /// What it owes, which stays with it.
    pub owed: Points,
    /// How many rights that still stand stay with it.
    pub rights_staying: u64,
    /// How many invitations end that whoever died had made into it.
    pub invitations_ending: usize,
}

/// Why no death is recorded. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoDeath {
    /// Nobody of this id is known, or they were forgotten.
    #[error("there is no such person")]
    NoSuchPerson,
    /// It was recorded before.
    #[error("their death was recorded before")]
    AlreadyRecorded,
}

/// What a decision looks at, all of it locked.
pub(super) struct Books {
    pub(super) household: Option<(Id<kinds::Household>, Role)>,
    pub(super) members: Vec<(Id<kinds::Person>, Role)>,
    /// Unanswered ones that whoever died made.
    pub(super) invitations: Vec<Invitation>,
    pub(super) kin: Vec<Id<kinds::Person>>,
}

impl App {
    /// What recording a death would do now, for support and admins; the audit log keeps who looked and why. Changes nothing else.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn preview_death(
        &self,
        principal: &StaffPrincipal,
        person: Id<kinds::Person>,
        heir: Option<Id<kinds::Person>>,
        reason: &Label,
    ) -> Result<Result<Result<DeathPreview, NoDeath>, NotAllowed>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            if let Err(refusal) = principal.lock(&mut tx, Act::RECORDERS_OF_DEATHS).await? {
                return Ok(Err(refusal));
            }
            let books = match load_life(&mut tx, person).await? {
                Ok(books) => books,
                Err(no_death) => return Ok(Ok(Err(no_death))),
            };

            let preview = self.preview_of(&mut tx, person, heir, &books).await?;

            tx.audit(AuditLine {
                action: "preview_death",
                household: books.household.map(|(household, _)| household),
                subject: person.to_string(),
                detail: reason.to_string(),
            });

            tx.commit().await?;
            Ok(Ok(Ok(preview)))
        })
        .await
    }

    async fn preview_of(
        &self,
        tx: &mut Tx,
        person: Id<kinds::Person>,
        heir: Option<Id<kinds::Person>>,
        books: &Books,
    ) -> Result<DeathPreview, Fault> {
        let household = match books.household {
            Some((household, role)) => Some(self.household_of_dead(tx, person, household, role, books).await?),
            None => None,
        };
        Ok(DeathPreview {
            version: version(person, heir, books),
            person,
            succession: succession(person, heir, &books.members),
            household,
            kin_links_ending: books.kin.len(),
        })
    }

    async fn household_of_dead(
        &self,
        tx: &mut Tx,
        person: Id<kinds::Person>,
        household: Id<kinds::Household>,
        role: Role,
        books: &Books,
    ) -> Result<HouseholdOfDead, Fault> {
        let wallets = crate::ledger::lock_wallets(tx, self.settings(), &[household]).await?;
        let wallet = wallets.into_values().next().ok_or_else(|| Fault::inconsistent("find a household's wallet"))?;
        let today = self.settings().zone.date_of(tx.now());
        let rights_staying = entitlements::store::count_standing_grants(tx, household, today).await?;
        let contributor = Contributor::Person(person);
        let free = wallet.free_of(contributor, today).points();
        let contributed = free.plus(wallet.held_of(contributor));
        Ok(HouseholdOfDead {
            household,
            role,
            heirs: heirs(person, &books.members),
            members_staying: books.members.len().saturating_sub(1),
            points_staying: wallet.total(),
            contributed: contributed.map_err(|_| Fault::inconsistent("sum what somebody contributed"))?,
            owed: wallet.owed(),
            rights_staying,
            invitations_ending: books.invitations.len(),
        })
    }
}

/// Locks the person, the household with its members and invitations, and the kin links.
pub(super) async fn load_life(tx: &mut Tx, person: Id<kinds::Person>) -> Result<Result<Books, NoDeath>, Fault> {
    match store::lock_life(tx, person).await? {
        None | Some(LifeState::Erased) => return Ok(Err(NoDeath::NoSuchPerson)),
        Some(LifeState::Died(_)) => return Ok(Err(NoDeath::AlreadyRecorded)),
        Some(LifeState::Living) => {}
    }
    let (mut members, mut invitations, mut household) = (Vec::new(), Vec::new(), None);
    if let Some(own) = store::lock_person(tx, person).await?.household {
        store::lock_households(tx, &[own]).await?;
        members = store::lock_members(tx, own).await?;
        store::lock_ownership_offer(tx, own).await?;
        invitations = store::list_unanswered_invitations(tx, own).await?;
        invitations.retain(|invitation| invitation.invited_by == person);
        let role = members.iter().find(|(member, _)| *member == person).map(|(_, role)| *role);
        household = Some((own, role.ok_or_else(|| Fault::inconsistent("find the membership of a person"))?));
    }
    let kin = store::lock_kin(tx, person).await?;
    Ok(Ok(Books { household, members, invitations, kin }))
}

/// What the two who decide have agreed to: who belongs to the household, as what, who inherits it, and what ends. Its points are no part
/// of it: they stay, however many there are when it is decided.
pub(super) fn version(person: Id<kinds::Person>, heir: Option<Id<kinds::Person>>, books: &Books) -> ChangeVersion {
    let members = books.members.iter().map(|(person, role)| format!("{person} {role}")).collect::<Vec<_>>();
    let invitations = books.invitations.iter().map(|invitation| invitation.id.to_string()).collect::<Vec<_>>();
    let kin = books.kin.iter().map(ToString::to_string).collect::<Vec<_>>();
    ChangeVersion::of(&[
        "death",
        &person.to_string(),
        &heir.map_or_else(String::new, |heir| heir.to_string()),
        &books.household.map_or_else(String::new, |(household, _)| household.to_string()),
        &members.join(","),
        &invitations.join(","),
        &kin.join(","),
    ])
}
