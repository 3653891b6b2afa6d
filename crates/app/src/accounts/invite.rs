use accounts::{
    AddressHash, INVITATION_LIFE, Invitation, InvitationToken, InviteRefusal, InvitedAs, Relation, Role,
    events::InvitationMade, judge_invite, store,
};
use chrono::TimeDelta;
use db::{AuditLine, Tx, outbox};
use kernel::{EmailAddress, Fault, Id, Label, Locale, kinds};

use crate::{App, Principal};

/// Whom a member invites by mail.
#[derive(Debug, Clone)]
pub struct Invite {
    /// Where the mail goes.
    pub address: EmailAddress,
    /// What the inviter calls the person.
    pub name: Label,
    /// The language of the mail.
    pub locale: Locale,
}

/// Which side of a kin link the invited person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KinSide {
    /// The senior; the inviter is the relative.
    Senior,
    /// The relative; the inviter is the senior.
    Relative,
}

impl App {
    /// Invites somebody by mail into one's own household: an adult, a senior or a child. The answer is the same whether or not the
    /// address is known. While an invitation to the same address waits, it answers that one and mails nothing again.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn invite_member(
        &self,
        principal: &Principal,
        invite: &Invite,
        role: Role,
    ) -> Result<Result<Id<kinds::Invitation>, InviteRefusal>, Fault> {
        if role == Role::Owner {
            return Ok(Err(InviteRefusal::NotAllowed));
        }
        db::retry_contention(async || self.invite_once(principal, invite, InvitedAs::Member(role)).await).await
    }

    /// Invites somebody, usually of another household, to be linked as kin.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn invite_kin(
        &self,
        principal: &Principal,
        invite: &Invite,
        side: KinSide,
        relation: Relation,
    ) -> Result<Result<Id<kinds::Invitation>, InviteRefusal>, Fault> {
        let invited_as = match side {
            KinSide::Senior => InvitedAs::Senior(relation),
            KinSide::Relative => InvitedAs::Relative(relation),
        };
        db::retry_contention(async || self.invite_once(principal, invite, invited_as).await).await
    }

    /// Asks by mail the owner of another household to bring it along into one's own, as its owner.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn invite_household(
        &self,
        principal: &Principal,
        invite: &Invite,
    ) -> Result<Result<Id<kinds::Invitation>, InviteRefusal>, Fault> {
        db::retry_contention(async || self.invite_once(principal, invite, InvitedAs::Household).await).await
    }

    async fn invite_once(
        &self,
        principal: &Principal,
        invite: &Invite,
        invited_as: InvitedAs,
    ) -> Result<Result<Id<kinds::Invitation>, InviteRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let person = principal.person;
        let Some(household) = store::lock_person(&mut tx, person).await?.household else {
            return Ok(Err(InviteRefusal::NotAllowed));
        };
        store::lock_households(&mut tx, &[household]).await?;
        let members = store::lock_members(&mut tx, household).await?;
        let role = members.iter().find(|(member, _)| *member == person).map(|(_, role)| *role);
        let unanswered = store::list_unanswered_invitations(&mut tx, household).await?;
        let yesterday = tx.now() - TimeDelta::days(1);
        let made_today = store::count_invitations_since(&mut tx, household, yesterday).await?;

        let address_hash = AddressHash::of(self.secret().bytes(), &invite.address);
        let wanted = (invited_as, address_hash, person);
        match judge_invite(role, wanted, &unanswered, made_today, tx.now()) {
            Ok(None) => {}
            Ok(Some(open)) => return Ok(Ok(open)),
            Err(refusal) => return Ok(Err(refusal)),
        }
        let now = tx.now();
        let invitation = Invitation {
            id: tx.new_id(),
            household,
            invited_as,
            name: invite.name.clone(),
            address: Some(invite.address.clone()),
            address_hash,
            locale: invite.locale,
            invited_by: person,
            created_at: now,
            expires_at: now + INVITATION_LIFE,
            answer: None,
            answered_by: None,
        };

        // Those whose time is over make room for a new one to the same address.
        super::answer_invitation::book_lapsed(&mut tx, unanswered).await?;
        let token = InvitationToken::of(self.secret().bytes(), invitation.id);
        store::insert_invitation(&mut tx, &invitation, &token.hash()).await?;
        note(&mut tx, &invitation);

        tx.commit().await?;
        Ok(Ok(invitation.id))
    }

    /// The invitations of one's own household that wait for an answer. `None` for whoever may not invite.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_open_invitations(
        &self,
        principal: &Principal,
        household: Id<kinds::Household>,
    ) -> Result<Option<Vec<Invitation>>, Fault> {
        let may_see = matches!(principal.household, Some((own, Role::Owner | Role::Adult)) if own == household);
        if !may_see {
            return Ok(None);
        }
        store::list_open_invitations(&self.reader(), household, self.db().clock().now()).await.map(Some)
    }
}

/// Told without a name or an address: whoever mails it finds both.
fn note(tx: &mut Tx, invitation: &Invitation) {
    outbox::append(tx, &InvitationMade::of(invitation));
    tx.audit(AuditLine {
        action: match invitation.invited_as {
            InvitedAs::Member(_) => "invite_member",
            InvitedAs::Senior(_) | InvitedAs::Relative(_) => "invite_kin",
            InvitedAs::Household => "invite_household",
        },
        household: Some(invitation.household),
        subject: invitation.id.to_string(),
        detail: match invitation.invited_as {
            InvitedAs::Member(role) => format!("as {role}"),
            InvitedAs::Senior(relation) => format!("as the senior of a {relation}"),
            InvitedAs::Relative(relation) => format!("as a {relation}"),
            InvitedAs::Household => "with a household".to_owned(),
        },
    });
}
