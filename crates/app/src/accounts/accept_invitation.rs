use accounts::{
    AcceptRefusal, Acceptance, Accepting, AddressHash, Departure, Invitation, InvitationAnswer, InvitationToken, Role,
    events::{KinLinked, MemberJoined},
    judge_accept, store,
};
use db::{AuditLine, Tx, outbox};
use kernel::{Fault, Id, Points, kinds};
use ledger::{MoveRefusal, Moved};

use super::answer_invitation::record_answer;
use crate::{App, Principal, ledger::Carry};

/// Why an invitation is not accepted. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AcceptInvitationRefusal {
    /// The invitation, or where the person belongs, says no.
    #[error(transparent)]
    NotAccepted(#[from] AcceptRefusal),
    /// The person's own household has rights that stand: they would be lost.
    #[error("the household that would be left empty has rights that stand")]
    RightsStand,
    /// The person's own household owes points: they would become others' debt.
    #[error("the household that would be left empty owes {owed} points")]
    OwesPoints {
        /// How many.
        owed: Points,
    },
    /// Some points of the person's own household are held, or too many to carry.
    #[error(transparent)]
    NotMoved(#[from] MoveRefusal),
}

/// What accepting did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvitationAccepted {
    /// The household that was joined; `None` for a kin link.
    pub joined: Option<Id<kinds::Household>>,
    /// The points that came along from the person's own household, where nobody is left.
    pub carried: Points,
}

impl App {
    /// Accepts the invitation of a link, as whoever signed in by the address it was sent to. Accepting again answers the same.
    ///
    /// Somebody who lives alone brings the points of the household that is left empty, lot by lot.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn accept_invitation(
        &self,
        principal: &Principal,
        token: &str,
    ) -> Result<Result<InvitationAccepted, AcceptInvitationRefusal>, Fault> {
        let Some(token) = InvitationToken::parse(token) else {
            return Ok(Err(AcceptRefusal::NoSuchInvitation.into()));
        };
        let accepted = db::retry_contention(async || self.accept_once(principal, &token).await).await?;
        // After the commit: where people belong must not be believed from before it.
        self.sessions().invalidate_all();
        Ok(accepted)
    }

    async fn accept_once(
        &self,
        principal: &Principal,
        token: &InvitationToken,
    ) -> Result<Result<InvitationAccepted, AcceptInvitationRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let Some((invitation, accepting)) = self.load_accepting(&mut tx, principal.person, token).await? else {
            return Ok(Err(AcceptRefusal::NoSuchInvitation.into()));
        };

        let acceptance = match judge_accept(&invitation, &accepting, tx.now()) {
            Ok(acceptance) => acceptance,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let household = invitation.household;
        let joined = matches!(invitation.invited_as, accounts::InvitedAs::Member(_)).then_some(household);
        let carried = match acceptance {
            Acceptance::Again => return Ok(Ok(InvitationAccepted { joined, carried: Points::ZERO })),
            Acceptance::Link { senior, relative, relation } => {
                store::insert_kin_link(&mut tx, senior, relative, relation).await?;
                outbox::append(&mut tx, &KinLinked::new(senior, relative, relation));
                Points::ZERO
            }
            Acceptance::Join { role, from } => {
                match self.join(&mut tx, principal.person, (household, role), from, invitation.id).await? {
                    Ok(carried) => carried,
                    Err(refusal) => return Ok(Err(refusal)),
                }
            }
        };

        let now = tx.now();
        record_answer(&mut tx, invitation.answered(InvitationAnswer::Accepted, Some(principal.person), now)).await?;

        tx.commit().await?;
        Ok(Ok(InvitationAccepted { joined, carried }))
    }

    /// Locks the person, then the households, then who belongs to them, then the invitation.
    async fn load_accepting(
        &self,
        tx: &mut Tx,
        person: Id<kinds::Person>,
        token: &InvitationToken,
    ) -> Result<Option<(Invitation, Accepting)>, Fault> {
        let Some((household, id)) = store::find_invitation_place(tx, &token.hash()).await? else { return Ok(None) };
        let locked = store::lock_person(tx, person).await?;
        let mut households: Vec<_> = [Some(household), locked.household].into_iter().flatten().collect();
        households.sort();
        households.dedup();
        store::lock_households(tx, &households).await?;
        let mut members = 0;
        for own in households {
            let here = store::lock_members(tx, own).await?;
            if Some(own) == locked.household {
                members = here.len();
            }
        }
        let Some(invitation) = store::lock_invitation(tx, household, id).await? else { return Ok(None) };
        let left_at = store::find_last_left(tx, person).await?;
        let address_hash = locked.address.as_ref().map(|address| AddressHash::of(self.secret().bytes(), address));
        let place = locked.household.map(|household| (household, members));
        Ok(Some((invitation, Accepting { person, address_hash, place, left_at })))
    }

    async fn join(
        &self,
        tx: &mut Tx,
        person: Id<kinds::Person>,
        (household, role): (Id<kinds::Household>, Role),
        from: Option<Id<kinds::Household>>,
        invitation: Id<kinds::Invitation>,
    ) -> Result<Result<Points, AcceptInvitationRefusal>, Fault> {
        let carried = match from {
            None => Points::ZERO,
            Some(from) => match self.bring_along(tx, from, household, invitation).await? {
                Ok(carried) => carried,
                Err(refusal) => return Ok(Err(refusal)),
            },
        };
        if let Some(from) = from {
            // Moving house is no leaving: nobody is left there.
            store::update_membership_left(tx, from, person, Departure::Moved).await?;
        }
        store::insert_membership(tx, household, person, role).await?;
        outbox::append(tx, &MemberJoined::new(household, person, role));
        tx.audit(AuditLine {
            action: "accept_invitation",
            household: Some(household),
            subject: person.to_string(),
            detail: format!("joined as {role}, bringing {carried} points"),
        });
        Ok(Ok(carried))
    }

    /// Moves all points of a household that is left empty into the one joined.
    async fn bring_along(
        &self,
        tx: &mut Tx,
        from: Id<kinds::Household>,
        to: Id<kinds::Household>,
        invitation: Id<kinds::Invitation>,
    ) -> Result<Result<Points, AcceptInvitationRefusal>, Fault> {
        let mut wallets = crate::ledger::lock_both(tx, self.settings(), from, to).await?;
        let today = self.settings().zone.date_of(tx.now());
        let standing = entitlements::store::count_standing_grants(tx, from, today).await?;

        if standing > 0 {
            return Ok(Err(AcceptInvitationRefusal::RightsStand));
        }
        let moved = match wallets[&from].movable(None, today) {
            Ok(moved) if !moved.owed.is_zero() => {
                return Ok(Err(AcceptInvitationRefusal::OwesPoints { owed: moved.owed }));
            }
            Ok(moved) => moved,
            Err(MoveRefusal::NothingToMove) => return Ok(Ok(Points::ZERO)),
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let reference = invitation.to_string();
        let carry = Carry { from, to, moved: &moved, reference: &reference, reason: Moved::scope(None) };
        match self.carry(tx, &mut wallets, carry, "accept_invitation").await? {
            Ok(_) => Ok(Ok(moved.points())),
            Err(refusal) => Ok(Err(refusal.into())),
        }
    }
}
