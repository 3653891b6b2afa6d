use accounts::StaffRole;
use db::{AuditLine, outbox};
use entitlements::{
    Perk,
    events::GatheringCalledOff,
    store::{lock_shelves, update_gathering, update_perk},
};
use kernel::{Fault, Id, Label, Timestamp, kinds};

use crate::{App, StaffPrincipal, staff::NotAllowed};

/// The staff calls a gathering off.
#[derive(Debug, Clone)]
pub struct CallOffGathering {
    /// The perk whose grants are its seats.
    pub perk: Id<kinds::Perk>,
    /// The version that whoever decides saw.
    pub expected_version: u32,
    /// Why, for the audit log.
    pub reason: Label,
}

/// Why a gathering is not called off. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallOffGatheringRefusal {
    /// None of their roles keeps perks.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There is no such gathering.
    #[error("there is no such gathering")]
    NoSuchGathering,
    /// It was called off before.
    #[error("it was called off at {at}")]
    CalledOff {
        /// When.
        at: Timestamp,
    },
    /// It is over.
    #[error("it was over at {at}")]
    Over {
        /// When.
        at: Timestamp,
    },
    /// It is not as whoever decides saw it.
    #[error("it is not as it was seen")]
    VersionConflict,
}

impl App {
    /// Calls a gathering off: for staff with the role perks. From the commit on no seat is taken; all points of those that are taken
    /// come back, and everybody who has one or waits is told once, by the reaction to its event.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe: one that was called off says so.
    pub async fn call_off_gathering(
        &self,
        principal: &StaffPrincipal,
        call_off: &CallOffGathering,
    ) -> Result<Result<Perk, CallOffGatheringRefusal>, Fault> {
        db::retry_contention(async || self.call_off_gathering_once(principal, call_off).await).await
    }

    async fn call_off_gathering_once(
        &self,
        principal: &StaffPrincipal,
        call_off: &CallOffGathering,
    ) -> Result<Result<Perk, CallOffGatheringRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, &[StaffRole::Perks]).await? {
            return Ok(Err(refusal.into()));
        }
        let shelf = lock_shelves(&mut tx, &[call_off.perk], &[]).await?.remove(&call_off.perk);

        let perk = match shelf.map(|shelf| called_off(shelf.perk().clone(), call_off, tx.now())) {
            Some(Ok(perk)) => perk,
            Some(Err(refusal)) => return Ok(Err(refusal)),
            None => return Ok(Err(CallOffGatheringRefusal::NoSuchGathering)),
        };

        let gathering = perk.gathering.as_ref().ok_or_else(|| Fault::inconsistent("call off what is no gathering"))?;
        update_perk(&mut tx, &perk).await?;
        update_gathering(&mut tx, perk.id, gathering).await?;
        outbox::append(&mut tx, &GatheringCalledOff::of(perk.id));
        let (subject, detail) = (perk.id.to_string(), format!("{}: {}", perk.code, call_off.reason));
        tx.audit(AuditLine { action: "call_off_gathering", household: None, subject, detail });

        tx.commit().await?;
        Ok(Ok(perk))
    }
}

/// The perk once it is called off, if it can be.
fn called_off(mut perk: Perk, call_off: &CallOffGathering, now: Timestamp) -> Result<Perk, CallOffGatheringRefusal> {
    let gathering = perk.gathering.as_mut().ok_or(CallOffGatheringRefusal::NoSuchGathering)?;
    if let Some(at) = gathering.called_off_at {
        return Err(CallOffGatheringRefusal::CalledOff { at });
    }
    if gathering.ends_at <= now {
        return Err(CallOffGatheringRefusal::Over { at: gathering.ends_at });
    }
    if gathering.version != call_off.expected_version {
        return Err(CallOffGatheringRefusal::VersionConflict);
    }
    gathering.called_off_at = Some(now);
    gathering.version += 1;
    perk.is_open = false;
    Ok(perk)
}
