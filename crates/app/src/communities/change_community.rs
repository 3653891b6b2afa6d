use accounts::{StaffRole, store};
use db::AuditLine;
use kernel::{Fault, FaultKind, Id, Label, kinds};

use crate::{App, StaffPrincipal, ledger::current_id, staff::NotAllowed};

/// Who says in which community a household lives.
const CHANGERS: [StaffRole; 2] = [StaffRole::Support, StaffRole::Admin];

/// A household shall belong to another community, and so to its leaders.
#[derive(Debug, Clone)]
pub struct ChangeCommunity {
    /// Which household; also by the id of one that went into it.
    pub household: Id<kinds::Household>,
    /// Where it lives from now on.
    pub community: Id<kinds::Community>,
    /// Why; stays in the audit log for ever.
    pub reason: Label,
}

/// Why the household stays where it is. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeCommunityRefusal {
    /// None of their roles says so.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such household.
    #[error("there is no such household")]
    NoSuchHousehold,
    /// There is no such community.
    #[error("there is no such community")]
    NoSuchCommunity,
}

impl App {
    /// Lets a household belong to another community: from the commit on its leaders see it, and those of the old one do not. Where it
    /// lives there already nothing changes.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn change_community(
        &self,
        principal: &StaffPrincipal,
        change: &ChangeCommunity,
    ) -> Result<Result<(), ChangeCommunityRefusal>, Fault> {
        db::retry_contention(|| self.try_change_community(principal, change)).await
    }

    async fn try_change_community(
        &self,
        principal: &StaffPrincipal,
        change: &ChangeCommunity,
    ) -> Result<Result<(), ChangeCommunityRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, &CHANGERS).await? {
            return Ok(Err(refusal.into()));
        }
        let household = current_id(&mut tx, change.household).await?;
        let Some((_, _, from)) = store::lock_households(&mut tx, &[household]).await?.pop() else {
            return Ok(Err(ChangeCommunityRefusal::NoSuchHousehold));
        };
        if !store::list_merged(&mut tx, [household]).await?.is_empty() {
            return Err(Fault::new(FaultKind::Contention, "lock a household that went into another just now"));
        }
        if store::find_community(&mut tx, change.community).await?.is_none() {
            return Ok(Err(ChangeCommunityRefusal::NoSuchCommunity));
        }

        if from == Some(change.community) {
            return Ok(Ok(()));
        }

        store::update_household_community(&mut tx, household, from, change.community).await?;
        let from = from.map_or_else(|| "nowhere".to_owned(), |from| from.to_string());
        tx.audit(AuditLine {
            action: "change_community",
            household: Some(household),
            subject: household.to_string(),
            detail: format!("from {from} to {}: {}", change.community, change.reason),
        });

        tx.commit().await?;
        Ok(Ok(()))
    }
}
