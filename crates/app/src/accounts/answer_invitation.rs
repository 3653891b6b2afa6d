use accounts::{Invitation, InvitationAnswer, InvitationToken, Role, events::InvitationAnswered, store};
use db::{AuditLine, Tx, outbox};
use kernel::{Actor, Fault, Id, kinds};

use crate::{App, Principal};

/// Most lapsed invitations looked at by one run of the clockwork.
const LAPSES_PER_RUN: u64 = 100;

/// There is no such invitation that waits for an answer: wrong, ended, or somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such invitation")]
pub struct NoSuchInvitation;

impl App {
    /// The invitation that a link leads to while it waits, with the names of who invited and of the household: for whoever reads the
    /// mail. `None` for a wrong or ended one.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_invitation(&self, token: &str) -> Result<Option<InvitationSeen>, Fault> {
        let Some(token) = InvitationToken::parse(token) else { return Ok(None) };
        let now = self.db().clock().now();
        let found = store::find_invitation_by_token(&self.reader(), &token.hash()).await?;
        let Some(invitation) = found.filter(|invitation| invitation.is_open(now)) else { return Ok(None) };
        let inviter = store::find_person(&self.reader(), invitation.invited_by).await?;
        let household = store::find_household(&self.reader(), invitation.household).await?;
        let missing = || Fault::inconsistent("find who made an invitation");
        Ok(Some(InvitationSeen {
            inviter: inviter.ok_or_else(missing)?.name,
            household: household.ok_or_else(missing)?.name,
            invitation,
        }))
    }

    /// Says no to an invitation. The link is enough: whoever has it read the mail, and a stranger need not sign in to be left alone.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn decline_invitation(&self, token: &str) -> Result<Result<(), NoSuchInvitation>, Fault> {
        let Some(token) = InvitationToken::parse(token) else { return Ok(Err(NoSuchInvitation)) };
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::Anonymous).await?;
            let Some((household, id)) = store::find_invitation_place(&mut tx, &token.hash()).await? else {
                return Ok(Err(NoSuchInvitation));
            };
            end(tx, household, id, InvitationAnswer::Declined, None).await
        })
        .await
    }

    /// Takes back an invitation of one's own household, as whoever made it or as an owner or adult.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn withdraw_invitation(
        &self,
        principal: &Principal,
        id: Id<kinds::Invitation>,
    ) -> Result<Result<(), NoSuchInvitation>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let Some(household) = store::lock_person(&mut tx, principal.person).await?.household else {
                return Ok(Err(NoSuchInvitation));
            };
            store::lock_households(&mut tx, &[household]).await?;
            let members = store::lock_members(&mut tx, household).await?;
            let found = store::lock_invitation(&mut tx, household, id).await?;
            let is_grown = |(member, role): &(Id<kinds::Person>, Role)| {
                *member == principal.person && matches!(role, Role::Owner | Role::Adult)
            };
            let is_own = found.is_some_and(|invitation| invitation.invited_by == principal.person);
            if !is_own && !members.iter().any(is_grown) {
                return Ok(Err(NoSuchInvitation));
            }
            end(tx, household, id, InvitationAnswer::Withdrawn, Some(principal.person)).await
        })
        .await
    }

    /// Books invitations whose fourteen days are over. They could not be accepted any more before that.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn lapse_invitations(&self) -> Result<usize, Fault> {
        let now = self.db().clock().now();
        let due = store::list_households_with_lapsed_invitations(&self.reader(), now, LAPSES_PER_RUN).await?;
        let mut booked = 0;
        for household in due {
            booked += db::retry_contention(async || {
                let mut tx = self.begin(Actor::System).await?;
                store::lock_households(&mut tx, &[household]).await?;
                let unanswered = store::list_unanswered_invitations(&mut tx, household).await?;
                let count = book_lapsed(&mut tx, unanswered).await?;
                tx.commit().await?;
                Ok(count)
            })
            .await?;
        }
        Ok(booked)
    }
}

/// An invitation as whoever reads the mail sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationSeen {
    /// The invitation.
    pub invitation: Invitation,
    /// The name of who invited.
    pub inviter: kernel::Label,
    /// The name of the household.
    pub household: kernel::Label,
}

/// Locks an invitation in its household and ends it, if it waits. Saying the same again is no error.
async fn end(
    mut tx: Tx,
    household: Id<kinds::Household>,
    id: Id<kinds::Invitation>,
    answer: InvitationAnswer,
    by: Option<Id<kinds::Person>>,
) -> Result<Result<(), NoSuchInvitation>, Fault> {
    store::lock_households(&mut tx, &[household]).await?;
    let Some(invitation) = store::lock_invitation(&mut tx, household, id).await? else {
        return Ok(Err(NoSuchInvitation));
    };

    if invitation.answer.is_some_and(|(known, _)| known == answer) {
        return Ok(Ok(()));
    }
    if !invitation.is_open(tx.now()) {
        return Ok(Err(NoSuchInvitation));
    }

    let now = tx.now();
    record_answer(&mut tx, invitation.answered(answer, by, now)).await?;

    tx.commit().await?;
    Ok(Ok(()))
}

/// Writes how an invitation ended.
pub(super) async fn record_answer(tx: &mut Tx, answered: Invitation) -> Result<(), Fault> {
    store::update_invitation_answered(tx, &answered).await?;
    let Some((answer, _)) = answered.answer else { return Ok(()) };
    outbox::append(tx, &InvitationAnswered::of(&answered, answer));
    tx.audit(AuditLine {
        action: "answer_invitation",
        household: Some(answered.household),
        subject: answered.id.to_string(),
        detail: answer.word().to_owned(),
    });
    Ok(())
}

/// Books those of a locked household whose time is over; how many.
pub(super) async fn book_lapsed(tx: &mut Tx, unanswered: Vec<Invitation>) -> Result<usize, Fault> {
    let now = tx.now();
    let mut booked = 0;
    for invitation in unanswered.into_iter().filter(|invitation| !invitation.is_open(now)) {
        record_answer(tx, invitation.answered(InvitationAnswer::Lapsed, None, now)).await?;
        booked += 1;
    }
    Ok(booked)
}
