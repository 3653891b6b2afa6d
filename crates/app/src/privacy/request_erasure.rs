use accounts::{Erasure, ErasureBasis, ErasurePeriods, Party, RequestErasureRefusal, Role, store};
use db::AuditLine;
use kernel::{BusinessDate, Fault};

use crate::{App, Principal};

impl App {
    /// Begins to forget whoever is signed in: every session ends in this very transaction, also the one that asks. Signing in again
    /// within the cooling days is the way to cancel. Asking again answers with the erasure that is under way.
    ///
    /// # Errors
    /// [`RequestErasureRefusal`]; a [`Fault`] of the database.
    pub async fn request_erasure(
        &self,
        principal: &Principal,
        basis: ErasureBasis,
    ) -> Result<Result<Erasure, RequestErasureRefusal>, Fault> {
        let answer = db::retry_contention(|| self.try_request_erasure(principal, basis)).await?;
        if answer.is_ok() {
            // After the commit: no answer remembered before it may outlive it. Whose sessions are whose is not remembered.
            self.sessions().invalidate_all();
        }
        Ok(answer)
    }

    async fn try_request_erasure(
        &self,
        principal: &Principal,
        basis: ErasureBasis,
    ) -> Result<Result<Erasure, RequestErasureRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let party = self.lock_parties(&mut tx, principal, None).await?.by;
        let under_way = store::lock_erasure(&mut tx, principal.person).await?;
        let others = match party.household {
            Some((household, Role::Owner)) => store::count_other_members(&mut tx, household, principal.person).await?,
            Some(_) | None => 0,
        };

        if let Err(refusal) = judge(&party, others, self.day_of(&tx)) {
            tx.rollback().await?;
            return Ok(Err(refusal));
        }
        let settings = self.settings();
        let periods =
            ErasurePeriods { cooling_days: settings.erasure_cooling_days, record_days: settings.record_keeping_days };
        let fresh = Erasure::request(tx.new_id(), principal.person, basis, periods, tx.now());

        if under_way.is_none() {
            store::insert_erasure(&mut tx, &fresh).await?;
        }
        store::update_sessions_revoked(&mut tx, principal.person).await?;
        let erasure = under_way.unwrap_or(fresh);
        tx.audit(AuditLine {
            action: "request_erasure",
            household: party.household.map(|(household, _)| household),
            subject: erasure.id.to_string(),
            detail: format!("{}, basis {}", erasure.person, erasure.basis.word()),
        });

        tx.commit().await?;
        Ok(Ok(erasure))
    }
}

fn judge(party: &Party, others: usize, today: BusinessDate) -> Result<(), RequestErasureRefusal> {
    if others > 0 {
        return Err(RequestErasureRefusal::OwnerMustHandOver);
    }
    if party.needs_guardian(today) { Err(RequestErasureRefusal::GuardianNeeded) } else { Ok(()) }
}
