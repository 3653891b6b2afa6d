use accounts::{Erasure, ErasureState, store};
use db::{AuditLine, Tx};
use kernel::{Actor, Fault, Id, kinds};

use crate::{App, familypay::end_mandates};

/// Most persons forgotten at once.
const MAX_ADVANCED: u64 = 50;

impl App {
    /// Takes the next step of every erasure that is due: blocked after the cooling days, erased when the legal period is over. Each
    /// person in a transaction of their own, so that a crash leaves each in one state or the other. Clockwork.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn advance_erasures(&self) -> Result<usize, Fault> {
        let due = store::list_erasures_due(&self.reader(), self.db().clock().now(), MAX_ADVANCED).await?;
        let mut advanced = 0;
        for person in due {
            advanced += usize::from(db::retry_contention(|| self.try_advance_erasure(person)).await?);
        }
        if advanced > 0 {
            self.sessions().invalidate_all();
        }
        Ok(advanced)
    }

    async fn try_advance_erasure(&self, person: Id<kinds::Person>) -> Result<bool, Fault> {
        let mut tx = self.begin(Actor::System).await?;
        store::lock_parties(&mut tx, &[person]).await?;
        let erasure = store::lock_erasure(&mut tx, person).await?;

        // Another process may have been first, or the person changed their mind.
        let Some((before, after)) = erasure.and_then(|before| Some((before, before.advance(tx.now())?))) else {
            tx.rollback().await?;
            return Ok(false);
        };

        if after.state == ErasureState::Blocked {
            store::insert_blocked_person(&mut tx, self.health_keys(), self.db().ids(), &after).await?;
        }
        let household = match before.state {
            ErasureState::Requested => {
                end_mandates(&mut tx, person, |_| true).await?;
                store::update_person_erased(&mut tx, person).await?
            }
            ErasureState::Blocked | ErasureState::Cancelled | ErasureState::Erased => None,
        };
        if after.state == ErasureState::Erased {
            store::update_blocked_person_erased(&mut tx, person).await?;
        }
        store::update_erasure(&mut tx, &after).await?;
        note(&mut tx, &after, household);

        tx.commit().await?;
        Ok(true)
    }
}

fn note(tx: &mut Tx, erasure: &Erasure, household: Option<Id<kinds::Household>>) {
    tx.audit(AuditLine {
        action: "advance_erasure",
        household,
        subject: erasure.id.to_string(),
        detail: format!("{} {}, basis {}", erasure.person, erasure.state.word(), erasure.basis.word()),
    });
}
