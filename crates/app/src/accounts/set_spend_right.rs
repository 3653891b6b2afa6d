use accounts::{Role, SPENDING_AGE, SpendRight, events::SpendRightSet, store};
use db::{AuditLine, outbox};
use kernel::{Fault, Id, kinds};

use crate::{App, Principal};

/// An owner decides how much of what the household shares one member may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetSpendRight {
    /// Whose right.
    pub person: Id<kinds::Person>,
    /// What it is from now on.
    pub right: SpendRight,
}

/// Why a right is not set. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetSpendRightRefusal {
    /// The person who asks owns no household.
    #[error("only the owner of a household sets what its members may spend")]
    NotOwner,
    /// Nobody of this id belongs to the household.
    #[error("there is no such member")]
    NoSuchMember,
    /// The member is under fourteen, or a child whose age nobody knows.
    #[error("a member under {SPENDING_AGE} spends nothing")]
    TooYoung,
}

impl App {
    /// Sets what a member of one's own household may spend, from the next redemption on. Setting it again to the same changes nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn set_spend_right(
        &self,
        principal: &Principal,
        command: SetSpendRight,
    ) -> Result<Result<(), SetSpendRightRefusal>, Fault> {
        db::retry_contention(async || self.set_spend_right_once(principal, command).await).await
    }

    async fn set_spend_right_once(
        &self,
        principal: &Principal,
        command: SetSpendRight,
    ) -> Result<Result<(), SetSpendRightRefusal>, Fault> {
        let SetSpendRight { person, right } = command;
        let mut tx = self.begin(principal.actor()).await?;
        let spenders = store::lock_spenders(&mut tx, &[principal.person, person]).await?;

        let owner = spenders.get(&principal.person).filter(|owner| owner.role == Role::Owner);
        let Some(household) = owner.map(|owner| owner.household) else {
            return Ok(Err(SetSpendRightRefusal::NotOwner));
        };
        let Some(member) = spenders.get(&person).filter(|member| member.household == household) else {
            return Ok(Err(SetSpendRightRefusal::NoSuchMember));
        };
        if member.set == Some(right) {
            return Ok(Ok(()));
        }
        let today = self.settings().zone.date_of(tx.now());
        if member.is_too_young(today) && right != SpendRight::None {
            return Ok(Err(SetSpendRightRefusal::TooYoung));
        }

        store::update_spend_right(&mut tx, household, person, right).await?;
        outbox::append(&mut tx, &SpendRightSet::new(household, person, right));
        let points = right.weekly_points().map(|points| format!(" {points} points")).unwrap_or_default();
        tx.audit(AuditLine {
            action: "set_spend_right",
            household: Some(household),
            subject: person.to_string(),
            detail: format!("{}{points}", right.word()),
        });

        tx.commit().await?;
        Ok(Ok(()))
    }
}
