use db::{
    AuditLine,
    outbox::{self, ClaimedEvent},
};
use entitlements::{
    PlaceOutcome,
    events::{GatheringCalledOff, SeatsReturned},
    store::{list_holders, list_waiting_households},
};
use kernel::{Actor, Fault, FaultKind, Id, Points, kinds};

use super::cancelling::{Books, Which};
use crate::App;

/// Most households looked for at once.
const HOUSEHOLDS_PER_LOOK: u64 = 100;

/// How often all who have seats or wait are gone through: a full waiting list takes a hundred times.
const MAX_PASSES: usize = 1_000;

/// The reaction's name in receipts.
pub(crate) const RETURN_SEATS: &str = "return_seats";

impl App {
    /// Returns all seats of a gathering that was called off, and ends its waiting list: a transaction for each household, which tells
    /// it in the same commit. Run again after it died anywhere it goes on with those that are left.
    pub(crate) async fn return_seats(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: GatheringCalledOff = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a gathering_called_off event", error))?;
        let perk = told.perk_id.parse().map_err(|_| Fault::inconsistent("read the id of a gathering"))?;

        // One whose points cannot go back keeps nobody else waiting, and is what the event is parked for.
        let mut failed = None;
        for _ in 0..MAX_PASSES {
            if self.return_seats_of_all(perk, &mut failed).await? == 0 || failed.is_some() {
                return failed.map_or(Ok(()), Err);
            }
        }
        Err(Fault::inconsistent("return seats: somebody has some however often they are returned"))
    }

    /// Goes once through all who have seats or wait; how many those were. A household that goes into another meanwhile is met again.
    async fn return_seats_of_all(&self, perk: Id<kinds::Perk>, failed: &mut Option<Fault>) -> Result<usize, Fault> {
        let mut met = 0;
        let mut after = None;
        loop {
            let holders = list_holders(&self.reader(), perk, after, HOUSEHOLDS_PER_LOOK).await?;
            let Some(last) = holders.last().copied() else { break };
            after = Some(last);
            met += holders.len();
            for household in holders {
                if let Err(fault) = self.return_seats_of(household, perk).await {
                    *failed = Some(fault);
                }
            }
        }
        for household in list_waiting_households(&self.reader(), perk, HOUSEHOLDS_PER_LOOK).await? {
            met += 1;
            if let Err(fault) = self.return_seats_of(household, perk).await {
                *failed = Some(fault);
            }
        }
        Ok(met)
    }

    /// Returns what one household has of a gathering that was called off, once.
    async fn return_seats_of(&self, household: Id<kinds::Household>, perk: Id<kinds::Perk>) -> Result<(), Fault> {
        db::retry_contention(async || self.return_seats_once(household, perk).await).await
    }

    async fn return_seats_once(&self, household: Id<kinds::Household>, perk: Id<kinds::Perk>) -> Result<(), Fault> {
        let mut tx = self.begin(Actor::System).await?;
        let books = Books::load(&mut tx, self.settings(), household, Which::OfPerk(perk)).await?;
        let mut books = books.ok_or_else(|| Fault::inconsistent("find a household with seats"))?;

        let seats = books.grants.len();
        let (mut postings, mut restored) = (Vec::new(), Points::ZERO);
        for index in 0..seats {
            let price = books.grants[index].grant.price;
            let back = books.cancel(&tx, self.settings(), index, price);
            postings.extend(back.map_err(|why| Fault::because(FaultKind::Broken, "return a seat's points", why))?);
            restored = restored.plus(price).map_err(|_| Fault::inconsistent("sum the points of seats"))?;
        }
        let left = books.shelf.leave(books.household, PlaceOutcome::Closed, tx.now());
        if seats == 0 && left.is_empty() {
            return tx.rollback().await;
        }

        books.record(&mut tx, &postings, "the gathering was called off").await?;
        let gathering = books.shelf.perk().gathering.as_ref();
        let starts_at = gathering.ok_or_else(|| Fault::inconsistent("return seats of what is no gathering"))?.starts_at;
        outbox::append(&mut tx, &SeatsReturned::of(books.household, perk, (seats, restored), starts_at));
        tx.audit(AuditLine {
            action: RETURN_SEATS,
            household: Some(books.household),
            subject: perk.to_string(),
            detail: format!("{seats} seats, {} places on the waiting list", left.len()),
        });

        tx.commit().await
    }
}
