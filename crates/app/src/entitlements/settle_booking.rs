use accounts::StaffRole;
use db::{
    AuditLine, Tx,
    outbox::{self, ClaimedEvent},
};
use entitlements::{
    CancelRefusal, Grant,
    events::{GrantUsed, SlotMissed},
    store::{list_unsettled_bookings, lock_booking_of_order, update_grant_used},
};
use kernel::{Actor, ExternalRef, Fault, FaultKind, Id, Label, Points, Timestamp, kinds};
use ledger::{AdjustRefusal, Cause, Contributor, LotKey, Posting, RestoreRefusal};

use super::{
    CancelGrantRefusal,
    cancelling::{Books, Which},
};
use crate::{App, Settings, StaffPrincipal, ledger::current_id, staff::NotAllowed};

/// Whether an order was delivered in the slot it was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingOutcome {
    /// It was.
    Kept,
    /// It was not: all points come back, and some more.
    Missed,
}

/// The operator says what became of a booking.
#[derive(Debug, Clone)]
pub struct SettleBooking {
    /// The operator's number of the order.
    pub order_ref: ExternalRef,
    /// What became of it.
    pub outcome: BookingOutcome,
}

/// What was done about a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookingSettled {
    /// The grant.
    pub grant: Grant,
    /// How many points were given as an apology.
    pub apology: Points,
}

/// Why a booking is not settled. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettleBookingRefusal {
    /// None of their roles keeps perks.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// No slot was ever booked for an order of this number.
    #[error("no slot is booked for the order")]
    NoSuchBooking,
    /// Until the cut-off the household may give it back: nothing was delivered yet.
    #[error("the slot is not cut off before {at}")]
    NotCutOff {
        /// When.
        at: Timestamp,
    },
    /// It does not stand any more: it was settled or given back.
    #[error(transparent)]
    NotStanding(#[from] CancelRefusal),
    /// The household cannot hold the points.
    #[error(transparent)]
    NotRestored(#[from] RestoreRefusal),
    /// The household cannot hold the apology.
    #[error(transparent)]
    NotGiven(#[from] AdjustRefusal),
}

/// For how many days after a slot the operator may say what became of its bookings. Then their points come back: nobody pays for a
/// promise nobody vouches for.
const WORD_DAYS: i64 = 3;

/// Most bookings that lapse in one run of the clockwork.
const BOOKINGS_PER_RUN: u64 = 50;

/// The reaction's name in receipts.
pub(crate) const RETURN_BOOKING: &str = "return_booking";

#[derive(serde::Deserialize)]
struct OfOrder {
    household_id: String,
    order_id: String,
}

impl App {
    /// Notes that an order was delivered in its slot, or that it was not: then all its points come back with the age of their lots, and
    /// the household gets [`Settings::apology_points`] beside them, once. For staff with the role perks.
    ///
    /// # Errors
    /// A [`Fault`]; trying again is safe: a booking that was settled says so.
    pub async fn settle_booking(
        &self,
        principal: &StaffPrincipal,
        settle: &SettleBooking,
    ) -> Result<Result<BookingSettled, SettleBookingRefusal>, Fault> {
        db::retry_contention(async || self.settle_booking_once(principal, settle).await).await
    }

    async fn settle_booking_once(
        &self,
        principal: &StaffPrincipal,
        settle: &SettleBooking,
    ) -> Result<Result<BookingSettled, SettleBookingRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, &[StaffRole::Perks]).await? {
            return Ok(Err(refusal.into()));
        }
        let known = orders::store::list_known_orders(&mut tx, &[&settle.order_ref]).await?.remove(&settle.order_ref);
        let Some(known) = known else { return Ok(Err(SettleBookingRefusal::NoSuchBooking)) };
        let Some(mut books) = self.load_booking(&mut tx, known.household, known.order).await? else {
            return Ok(Err(SettleBookingRefusal::NoSuchBooking));
        };

        let decided = match settle.outcome {
            BookingOutcome::Kept => keep(&mut books, tx.now()).map(|()| (Vec::new(), Points::ZERO)),
            BookingOutcome::Missed => miss(&mut books, &tx, self.settings()),
        };
        let (postings, apology) = match decided {
            Ok(decided) => decided,
            Err(refusal) => return Ok(Err(refusal)),
        };

        let grant = books.grants[0].grant;
        record(&mut tx, &books, &postings, (settle, apology)).await?;

        tx.commit().await?;
        Ok(Ok(BookingSettled { grant, apology }))
    }

    /// The newest booking of an order with all that cancelling it takes, locked. `None`: there is none.
    async fn load_booking(
        &self,
        tx: &mut Tx,
        household: Id<kinds::Household>,
        order: Id<kinds::Order>,
    ) -> Result<Option<Books>, Fault> {
        let household = current_id(tx, household).await?;
        // Read before its wallet is locked, and once more by the books: which booking is the newest changes under the wallet alone.
        let Some(noted) = lock_booking_of_order(tx, household, order).await? else { return Ok(None) };
        let books = Books::load(tx, self.settings(), household, Which::Grant(noted.id)).await?;
        let newest = lock_booking_of_order(tx, household, order).await?;
        if newest.map(|grant| grant.id) != Some(noted.id) {
            return Err(Fault::new(FaultKind::Contention, "lock a booking that another followed just now"));
        }
        Ok(books)
    }

    /// Gives the points of bookings back whose operator said nothing for three days; how many.
    ///
    /// # Errors
    /// A [`Fault`] of the database; running it again is safe.
    pub async fn lapse_bookings(&self) -> Result<usize, Fault> {
        let over_at = self.db().clock().now() - chrono::TimeDelta::days(WORD_DAYS);
        let due = list_unsettled_bookings(&self.reader(), over_at, BOOKINGS_PER_RUN).await?;
        let mut lapsed = 0;
        for (household, grant) in due {
            lapsed += usize::from(self.return_booking(household, Which::Grant(grant), "nobody spoke of it").await?);
        }
        Ok(lapsed)
    }

    /// Gives the points of a booking back whose order was called off.
    pub(crate) async fn return_booking_of_order(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: OfOrder = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read an order_cancelled event", error))?;
        let read = || Fault::inconsistent("read the ids of an order");
        let household = told.household_id.parse().map_err(|_| read())?;
        let order: Id<kinds::Order> = told.order_id.parse().map_err(|_| read())?;
        let grant = db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let household = current_id(&mut tx, household).await?;
            let grant = lock_booking_of_order(&mut tx, household, order).await?;
            tx.rollback().await?;
            Ok::<_, Fault>(grant)
        })
        .await?;
        let Some(grant) = grant else { return Ok(()) };
        self.return_booking(grant.household, Which::Grant(grant.id), "the order was cancelled").await.map(drop)
    }

    /// Cancels a booking that still stands with all its points; whether it stood.
    async fn return_booking(&self, of: Id<kinds::Household>, which: Which, why: &'static str) -> Result<bool, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let Some(mut books) = Books::load(&mut tx, self.settings(), of, which).await? else { return Ok(false) };

            let price = books.grants[0].grant.price;
            let postings = match books.cancel(&tx, self.settings(), 0, price) {
                Ok(postings) => postings,
                Err(CancelGrantRefusal::NotCancelled(_) | CancelGrantRefusal::NoSuchGrant) => return Ok(false),
                Err(CancelGrantRefusal::NotRestored(why)) => {
                    return Err(Fault::because(FaultKind::Broken, "return a booking's points", why));
                }
            };

            books.record(&mut tx, &postings, why).await?;

            tx.commit().await?;
            Ok(true)
        })
        .await
    }
}

fn keep(books: &mut Books, now: Timestamp) -> Result<(), SettleBookingRefusal> {
    let cut_off_at = books.slot_of(0).map(|slot| slot.cut_off_at);
    let grant = &mut books.grants[0].grant;
    if let Some(at) = grant.cancelled_at {
        return Err(CancelRefusal::AlreadyCancelled { at }.into());
    }
    if let Some(at) = grant.used_at {
        return Err(CancelRefusal::Used { at }.into());
    }
    if let Some(at) = cut_off_at.filter(|at| *at > now) {
        return Err(SettleBookingRefusal::NotCutOff { at });
    }
    grant.used_at = Some(now);
    Ok(())
}

/// All points back, then the apology, under a reference that only this grant has.
fn miss(books: &mut Books, tx: &Tx, settings: &Settings) -> Result<(Vec<Posting>, Points), SettleBookingRefusal> {
    let price = books.grants[0].grant.price;
    let mut postings = books.cancel(tx, settings, 0, price).map_err(|refusal| match refusal {
        CancelGrantRefusal::NoSuchGrant => SettleBookingRefusal::NoSuchBooking,
        CancelGrantRefusal::NotCancelled(refusal) => refusal.into(),
        CancelGrantRefusal::NotRestored(refusal) => refusal.into(),
    })?;
    let grant = &mut books.grants[0].grant;
    if let Some(booking) = &mut grant.booking {
        booking.missed_at = Some(tx.now());
    }
    let (reference, apology) = (format!("apology {}", grant.id), settings.apology_points);
    if apology.is_zero() {
        return Ok((postings, apology));
    }
    let today = settings.zone.date_of(tx.now());
    let cause = Cause { id: tx.new_id(), reference, actor: tx.actor(), posted_at: tx.now(), business_date: today };
    let key =
        LotKey { expires_on: settings.expires_on(today), available_from: today, contributor: Contributor::Household };
    postings.push(books.own_wallet().credit(cause, apology, key, apology_reason())?);
    Ok((postings, apology))
}

fn apology_reason() -> Label {
    "错过配送时段致歉 / apology for a missed delivery slot".parse().expect("a reason of our own is a label")
}

async fn record(
    tx: &mut Tx,
    books: &Books,
    postings: &[Posting],
    (settle, apology): (&SettleBooking, Points),
) -> Result<(), Fault> {
    let grant = &books.grants[0].grant;
    let (subject, household) = (grant.id.to_string(), Some(grant.household));
    match settle.outcome {
        BookingOutcome::Kept => {
            update_grant_used(tx, grant).await?;
            outbox::append(tx, &GrantUsed::of(grant));
        }
        BookingOutcome::Missed => {
            books.record(tx, postings, "the slot was missed").await?;
            let slot = grant.booking.map(|booking| booking.slot);
            let slot = slot.ok_or_else(|| Fault::inconsistent("miss a slot that a grant does not book"))?;
            outbox::append(tx, &SlotMissed::of(grant, slot, apology));
        }
    }
    let outcome = match settle.outcome {
        BookingOutcome::Kept => "delivered in its slot",
        BookingOutcome::Missed => "missed its slot",
    };
    let detail = format!("order {} {outcome}, {apology} points as an apology", settle.order_ref);
    tx.audit(AuditLine { action: "settle_booking", household, subject, detail });
    Ok(())
}
