use accounts::{SpendRight, Spender};
use db::{AuditLine, Tx, outbox};
use entitlements::{
    JoinRefusal, PlaceOutcome, Shelf, WaitingPlace,
    events::{PlaceEnded, WaitingListJoined},
};
use kernel::{Fault, Id, kinds};

use super::applicants::Applicants;
use crate::{App, Principal};

/// Why a household gets no place on a waiting list. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinWaitingListRefusal {
    /// The person belongs to no household.
    #[error("the person belongs to no household")]
    NoHousehold,
    /// The member may spend nothing, so there is nothing to wait for.
    #[error("the member may spend nothing")]
    NotAllowed,
    /// There is no such perk.
    #[error("there is no such perk")]
    NoSuchPerk,
    /// The list says no.
    #[error(transparent)]
    NotJoined(#[from] JoinRefusal),
}

/// Why no place on a waiting list is given up. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeaveWaitingListRefusal {
    /// The member may spend nothing, so it is not theirs to give up.
    #[error("the member may spend nothing")]
    NotAllowed,
    /// The household has no place there.
    #[error("the household does not wait for it")]
    NotWaiting,
}

impl App {
    /// Gives the household of whoever asks a place on the waiting list of a perk that is sold out. No points are set aside: when one
    /// comes free, it is kept for two hours for whoever is next, who then redeems it. Asked again it answers the place it has.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn join_waiting_list(
        &self,
        principal: &Principal,
        perk: Id<kinds::Perk>,
    ) -> Result<Result<WaitingPlace, JoinWaitingListRefusal>, Fault> {
        db::retry_contention(async || self.join_waiting_list_once(principal, perk).await).await
    }

    async fn join_waiting_list_once(
        &self,
        principal: &Principal,
        perk: Id<kinds::Perk>,
    ) -> Result<Result<WaitingPlace, JoinWaitingListRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let Some(spender) = self.lock_spender(&mut tx, principal).await? else {
            return Ok(Err(JoinWaitingListRefusal::NoHousehold));
        };
        let household = spender.household;
        let Some(mut shelf) = lock_shelf(&mut tx, perk, household).await? else {
            return Ok(Err(JoinWaitingListRefusal::NoSuchPerk));
        };
        let applicants = Applicants::load(&mut tx, [&shelf].into_iter(), &[household]).await?;

        let today = self.settings().zone.date_of(tx.now());
        if spender.right(today) == SpendRight::None {
            return Ok(Err(JoinWaitingListRefusal::NotAllowed));
        }
        let applicant = applicants.applicant(principal.person, &spender, (tx.now(), today));
        let id = tx.new_id();
        let place = match shelf.join(id, &applicant) {
            Ok(place) => place,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        if place.id != id {
            tx.rollback().await?;
            return Ok(Ok(place));
        }

        entitlements::store::insert_place(&mut tx, &place).await?;
        entitlements::store::update_stocks(&mut tx, [&shelf]).await?;
        outbox::append(&mut tx, &WaitingListJoined::of(&place));
        let detail = format!("number {} for {perk}", place.number);
        let subject = place.id.to_string();
        tx.audit(AuditLine { action: "join_waiting_list", household: Some(household), subject, detail });

        tx.commit().await?;
        Ok(Ok(place))
    }

    /// Gives up the places of one's own household on the waiting list of a perk, and what is kept for them; how many there were.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn leave_waiting_list(
        &self,
        principal: &Principal,
        perk: Id<kinds::Perk>,
    ) -> Result<Result<usize, LeaveWaitingListRefusal>, Fault> {
        use LeaveWaitingListRefusal::{NotAllowed, NotWaiting};
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let Some(spender) = self.lock_spender(&mut tx, principal).await? else { return Ok(Err(NotWaiting)) };
            let shelf = lock_shelf(&mut tx, perk, spender.household).await?;
            let Some(mut shelf) = shelf else { return Ok(Err(NotWaiting)) };

            if spender.right(self.settings().zone.date_of(tx.now())) == SpendRight::None {
                return Ok(Err(NotAllowed));
            }
            let left = shelf.leave(spender.household, PlaceOutcome::Left, tx.now());
            if left.is_empty() {
                tx.rollback().await?;
                return Ok(Err(NotWaiting));
            }

            record_ended(&mut tx, &left, "leave_waiting_list");
            entitlements::store::update_places(&mut tx, shelf.changed_places()).await?;
            entitlements::store::update_stocks(&mut tx, [&shelf]).await?;

            tx.commit().await?;
            Ok(Ok(left.len()))
        })
        .await
    }

    /// Locks what a member may spend, and with the household's wallet its grants and its places on waiting lists.
    async fn lock_spender(&self, tx: &mut Tx, principal: &Principal) -> Result<Option<Spender>, Fault> {
        let spender = accounts::store::lock_spenders(tx, &[principal.person]).await?.remove(&principal.person);
        if let Some(spender) = &spender {
            crate::ledger::lock_wallets(tx, self.settings(), &[spender.household]).await?;
        }
        Ok(spender)
    }
}

async fn lock_shelf(
    tx: &mut Tx,
    perk: Id<kinds::Perk>,
    household: Id<kinds::Household>,
) -> Result<Option<Shelf>, Fault> {
    Ok(entitlements::store::lock_shelves(tx, &[perk], &[household]).await?.remove(&perk))
}

/// Tells of places that ended without a grant.
pub(super) fn record_ended(tx: &mut Tx, ended: &[WaitingPlace], action: &'static str) {
    for place in ended {
        let Some((outcome, _)) = place.ended else { continue };
        outbox::append(tx, &PlaceEnded::of(place, outcome));
        tx.audit(AuditLine {
            action,
            household: Some(place.household),
            subject: place.id.to_string(),
            detail: format!("number {} for {}: {}", place.number, place.perk, outcome.word()),
        });
    }
}
