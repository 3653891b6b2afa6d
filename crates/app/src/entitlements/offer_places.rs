use db::{
    AuditLine, Tx,
    outbox::{self, ClaimedEvent},
};
use entitlements::{Shelf, WaitingPlace, events::PlaceOffered, store};
use kernel::{Actor, Fault, FaultKind, Id, kinds};

use super::join_waiting_list::record_ended;
use crate::App;

/// Most places looked at in one transaction.
const PLACES_PER_BATCH: u64 = 100;

/// Most perks looked at by one run of the clockwork.
const PERKS_PER_RUN: u64 = 50;

/// What the events have in common that this reacts to.
#[derive(serde::Deserialize)]
struct OfPerk {
    perk_id: String,
}

/// The reaction's name in receipts.
pub(crate) const OFFER_PLACES: &str = "offer_places";

impl App {
    /// Moves every waiting list on where something is due: ends offers that nobody took, closes lists of what has closed, and keeps
    /// what is left for those who are next. Returns how many places changed.
    ///
    /// # Errors
    /// A [`Fault`] of the database; running it again is safe.
    pub async fn advance_waiting_lists(&self) -> Result<usize, Fault> {
        let now = self.db().clock().now();
        let mut changed = 0;
        for perk in store::list_due_perks(&self.reader(), now, PERKS_PER_RUN).await? {
            changed += self.offer_places(perk).await?;
        }
        Ok(changed)
    }

    /// Moves the waiting list of the perk on that an event names. Running it again is safe.
    pub(crate) async fn offer_places_after(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: OfPerk = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read which perk an event names", error))?;
        let perk = told.perk_id.parse().map_err(|_| Fault::inconsistent("read the id of a perk"))?;
        self.offer_places(perk).await.map(drop)
    }

    /// Moves the waiting list of one perk on; how many of its places changed. Each place is offered once and told of it in the same
    /// commit, however often this runs and wherever it dies.
    ///
    /// # Errors
    /// A [`Fault`] of the database; running it again is safe.
    pub(crate) async fn offer_places(&self, perk: Id<kinds::Perk>) -> Result<usize, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let shelf = store::lock_shelves(&mut tx, &[perk], &[]).await?.remove(&perk);
            let shelf = shelf.ok_or_else(|| Fault::inconsistent("find the perk of a waiting list"))?;
            if shelf.stock().waiting + shelf.stock().offered == 0 {
                tx.rollback().await?;
                return Ok(0);
            }
            let places = store::lock_places(&mut tx, perk, PLACES_PER_BATCH).await?;
            let mut shelf = shelf.with_places(places);

            let ended = shelf.end_due_places(tx.now());
            let offered = shelf.offer_places(tx.now());
            let changed = ended.len() + offered.len();
            if changed == 0 {
                tx.rollback().await?;
                return Ok(0);
            }

            record(&mut tx, &shelf, &ended, &offered).await?;

            tx.commit().await?;
            Ok(changed)
        })
        .await
    }
}

async fn record(tx: &mut Tx, shelf: &Shelf, ended: &[WaitingPlace], offered: &[WaitingPlace]) -> Result<(), Fault> {
    store::update_places(tx, shelf.changed_places()).await?;
    store::update_stocks(tx, [shelf]).await?;
    record_ended(tx, ended, OFFER_PLACES);
    for place in offered {
        let Some(offer) = place.offer else { continue };
        outbox::append(tx, &PlaceOffered::of(place, offer));
        tx.audit(AuditLine {
            action: OFFER_PLACES,
            household: Some(place.household),
            subject: place.id.to_string(),
            detail: format!("number {} for {} until {}", place.number, place.perk, offer.ends_at),
        });
    }
    Ok(())
}
