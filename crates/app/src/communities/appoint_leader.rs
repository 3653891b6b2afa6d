use accounts::{GrowthShare, LeaderRefusal, StaffRole, check_leader, store};
use db::AuditLine;
use kernel::{Fault, Id, Label, kinds};

use crate::{App, StaffPrincipal, staff::NotAllowed};

/// Somebody shall lead a community.
#[derive(Debug, Clone)]
pub struct AppointLeader {
    /// Which community.
    pub community: Id<kinds::Community>,
    /// Who.
    pub person: Id<kinds::Person>,
    /// What of the growth of their households was agreed to be theirs.
    pub growth_share: GrowthShare,
    /// Why; stays in the audit log for ever.
    pub reason: Label,
}

/// Why nobody was appointed. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppointLeaderRefusal {
    /// Only admins say who leads.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such community.
    #[error("there is no such community")]
    NoSuchCommunity,
    /// The person says no.
    #[error(transparent)]
    CannotLead(#[from] LeaderRefusal),
}

impl App {
    /// Lets a person lead a community, beside whoever leads it. Appointing a leader again changes nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn appoint_leader(
        &self,
        principal: &StaffPrincipal,
        appoint: &AppointLeader,
    ) -> Result<Result<(), AppointLeaderRefusal>, Fault> {
        db::retry_contention(|| self.try_appoint_leader(principal, appoint)).await
    }

    async fn try_appoint_leader(
        &self,
        principal: &StaffPrincipal,
        appoint: &AppointLeader,
    ) -> Result<Result<(), AppointLeaderRefusal>, Fault> {
        let &AppointLeader { community, person, .. } = appoint;
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, &[StaffRole::Admin]).await? {
            return Ok(Err(refusal.into()));
        }
        let life = store::lock_life(&mut tx, person).await?;
        let role = store::lock_membership(&mut tx, person).await?.map(|(_, role)| role);
        if store::find_community(&mut tx, community).await?.is_none() {
            return Ok(Err(AppointLeaderRefusal::NoSuchCommunity));
        }
        let leads = store::lock_leader(&mut tx, community, person).await?;

        if let Err(refusal) = check_leader(life, role) {
            return Ok(Err(refusal.into()));
        }
        if leads {
            return Ok(Ok(()));
        }

        store::insert_leader(&mut tx, community, person, appoint.growth_share).await?;
        tx.audit(AuditLine {
            action: "appoint_leader",
            household: None,
            subject: person.to_string(),
            detail: format!(
                "of {community}, growth share {} thousandths: {}",
                appoint.growth_share.permille(),
                appoint.reason
            ),
        });

        tx.commit().await?;
        Ok(Ok(()))
    }
}
