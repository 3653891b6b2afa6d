use accounts::Spender;
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash, Known},
    outbox,
};
use entitlements::{
    Applicant, DeliverySlot, Grant, GrantRefusal, NotForThem, Shelf, SlotRefusal, Taker,
    events::{PerkRedeemed as PerkRedeemedEvent, SlotBooked},
    store,
};
use kernel::{Actor, ExternalRef, Fault, Id, IdempotencyKey, kinds};
use ledger::{Cause, Posting, Wallet, events::PointsPosted};
use orders::Order;

use super::{
    redeem_lane::{Spent, check_right, spent_this_week},
    redeem_perk::{PerkRedeemed, RedeemPerkRefusal},
};
use crate::{
    App, Principal,
    ledger::{current_id, lock_wallets},
};

const OPERATION: &str = "book_slot";

/// A member books a delivery slot for an order of the household, with the household's points.
#[derive(Debug, Clone)]
pub struct BookSlot {
    /// Which.
    pub slot: Id<kinds::DeliverySlot>,
    /// The operator's number of the order.
    pub order_ref: ExternalRef,
    /// The member's key for this very act.
    pub idempotency_key: IdempotencyKey,
}

/// Why a slot is not booked. Nothing moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BookSlotRefusal {
    /// There is no such slot.
    #[error("there is no such slot")]
    NoSuchSlot,
    /// The household has no order of this number that is still to be delivered.
    #[error("the household has no such order that is still to be delivered")]
    NoSuchOrder,
    /// A slot is booked for the order already.
    #[error("a slot is booked for the order already")]
    OrderBooked,
    /// The slot says no.
    #[error("{refusal}")]
    NotTaken {
        /// Why.
        refusal: SlotRefusal,
        /// The next one of the same perk in the community that can be booked, if there is one now.
        next_free: Option<DeliverySlot>,
    },
    /// It cannot be redeemed, for what stands in the way of any perk.
    #[error(transparent)]
    NotRedeemed(#[from] RedeemPerkRefusal),
}

/// What a decision looks at, all of it locked.
struct Books {
    spender: Spender,
    spent: Spent,
    wallet: Wallet,
    shelf: Shelf,
    applicant: Applicant,
    slot: DeliverySlot,
    order: Order,
    is_order_booked: bool,
    next_free: Option<DeliverySlot>,
}

/// The input of booking a slot.
pub(crate) fn book_hash(slot: Id<kinds::DeliverySlot>, order: Id<kinds::Order>) -> InputHash {
    InputHash::of(&[&slot.to_string(), &order.to_string()])
}

impl App {
    /// Books a delivery slot for an order: spends the price of its perk, once per key, atomically, or not at all.
    ///
    /// # Errors
    /// A [`Fault`]; trying again with the same key is safe.
    pub async fn book_slot(
        &self,
        principal: &Principal,
        book: &BookSlot,
    ) -> Result<Result<PerkRedeemed, BookSlotRefusal>, Fault> {
        db::retry_contention(async || self.book_slot_once(principal, book).await).await
    }

    async fn book_slot_once(
        &self,
        principal: &Principal,
        book: &BookSlot,
    ) -> Result<Result<PerkRedeemed, BookSlotRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let spenders = accounts::store::lock_spenders(&mut tx, &[principal.person]).await?;
        let Some(&spender) = spenders.get(&principal.person) else {
            return Ok(Err(RedeemPerkRefusal::NoHousehold.into()));
        };
        let wallet = lock_wallets(&mut tx, self.settings(), &[spender.household]).await?.remove(&spender.household);
        let wallet = wallet.ok_or_else(|| Fault::inconsistent("lock the wallet of a spender"))?;
        let Some(order) = find_own_order(&mut tx, spender.household, &book.order_ref).await? else {
            return Ok(Err(BookSlotRefusal::NoSuchOrder));
        };
        let (input, asked_by) = (book_hash(book.slot, order.id), principal.person.to_string());
        let keys = [(asked_by.as_str(), book.idempotency_key.as_str())];
        if let Some(kept) = idempotency::list_kept(&mut tx, OPERATION, &keys).await?.into_values().next() {
            return answer_again(&mut tx, spender.household, kept.known(input)).await;
        }
        let spent = spent_this_week(&mut tx, &spenders, self.settings().zone).await?;
        let Some(perk) = store::find_perk_of_slot(&mut tx, book.slot).await? else {
            return Ok(Err(BookSlotRefusal::NoSuchSlot));
        };
        let (shelf, slot) = lock_slot(&mut tx, perk, book.slot, spender.household).await?;
        let today = self.settings().zone.date_of(tx.now());
        let communities = accounts::store::find_communities_of(&mut tx, &[spender.household]).await?;
        let applicant = Applicant {
            household: spender.household,
            person: principal.person,
            community: communities.get(&spender.household).copied(),
            born_on: spender.born_on,
            barred_until: None,
            now: tx.now(),
            today,
        };
        let booking = store::lock_booking_of_order(&mut tx, spender.household, order.id).await?;
        let is_order_booked = booking.is_some_and(|grant| grant.cancelled_at.is_none());
        let next_free = store::find_next_free_slot(&mut tx, perk, slot.community).await?;
        let mut books = Books { spender, spent, wallet, shelf, applicant, slot, order, is_order_booked, next_free };

        let (grant, posting) = match books.decide(&tx) {
            Ok(booked) => booked,
            Err(refusal) => return Ok(Err(refusal)),
        };

        books.record(&mut tx, &grant, &posting).await?;
        let key = idempotency::Key { principal: asked_by, operation: OPERATION, key: book.idempotency_key.to_string() };
        idempotency::insert_answers(&mut tx, vec![(key, input, grant.id.to_string())]).await?;

        tx.commit().await?;
        Ok(Ok(PerkRedeemed { grant, is_replay: false }))
    }
}

/// An order of the household, or of one that went into it.
async fn find_own_order(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    order_ref: &ExternalRef,
) -> Result<Option<Order>, Fault> {
    let known = orders::store::list_known_orders(tx, &[order_ref]).await?.remove(order_ref);
    let Some(known) = known else { return Ok(None) };
    if current_id(tx, known.household).await? != household {
        return Ok(None);
    }
    orders::store::find_order(tx, &known).await.map(Some)
}

/// The perk's stock, then the slot, as `db/src/tx.rs` orders them.
async fn lock_slot(
    tx: &mut Tx,
    perk: Id<kinds::Perk>,
    slot: Id<kinds::DeliverySlot>,
    household: Id<kinds::Household>,
) -> Result<(Shelf, DeliverySlot), Fault> {
    let shelf = store::lock_shelves(tx, &[perk], &[household]).await?.remove(&perk);
    let slot = store::lock_slots(tx, &[slot]).await?.remove(&slot);
    shelf.zip(slot).ok_or_else(|| Fault::inconsistent("lock a slot that was there, and its perk"))
}

async fn answer_again(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    known: Known,
) -> Result<Result<PerkRedeemed, BookSlotRefusal>, Fault> {
    let Known::SameInput(answer) = known else {
        return Ok(Err(RedeemPerkRefusal::IdempotencyKeyReused.into()));
    };
    let grant = answer.parse().map_err(|_| Fault::inconsistent("read an idempotent answer"))?;
    let grant = store::lock_grant(tx, household, grant).await?;
    let grant = grant.ok_or_else(|| Fault::inconsistent("find the grant of an idempotent answer"))?;
    Ok(Ok(PerkRedeemed { grant, is_replay: true }))
}

impl Books {
    /// The place must be there before a point is spent, and the points must be spent before it is granted.
    fn decide(&mut self, tx: &Tx) -> Result<(Grant, Posting), BookSlotRefusal> {
        let (applicant, price) = (self.applicant, self.shelf.perk().price);
        if self.order.cancelled_at.is_some() || self.order.picked_up_at.is_some() {
            return Err(BookSlotRefusal::NoSuchOrder);
        }
        if self.is_order_booked {
            return Err(BookSlotRefusal::OrderBooked);
        }
        check_right(&self.spent, &self.spender, (applicant.person, price), applicant.today)?;
        if applicant.community != Some(self.slot.community) {
            return Err(not_granted(NotForThem::OtherCommunity.into()));
        }
        self.slot.check(applicant.now).map_err(|refusal| self.not_taken(refusal))?;
        self.shelf.check(&applicant).map_err(not_granted)?;
        let grant_id: Id<kinds::Grant> = tx.new_id();
        let cause = Cause {
            id: tx.new_id(),
            reference: grant_id.to_string(),
            actor: Actor::Member(applicant.person),
            posted_at: tx.now(),
            business_date: applicant.today,
        };
        let posting = self.wallet.spend(cause, price, applicant.today).map_err(RedeemPerkRefusal::from)?;
        let taker = Taker { grant: grant_id, posting: posting.cause.id, applicant };
        let grant = self.shelf.grant(taker).map_err(not_granted)?;
        self.slot.take(applicant.now).map_err(|refusal| self.not_taken(refusal))?;
        Ok((grant.booked(&self.slot, self.order.id), posting))
    }

    fn not_taken(&self, refusal: SlotRefusal) -> BookSlotRefusal {
        BookSlotRefusal::NotTaken { refusal, next_free: self.next_free }
    }

    async fn record(&self, tx: &mut Tx, grant: &Grant, posting: &Posting) -> Result<(), Fault> {
        ledger::store::update_wallets(tx, [&self.wallet]).await?;
        ledger::store::insert_postings(tx, std::slice::from_ref(posting)).await?;
        store::update_places(tx, self.shelf.changed_places()).await?;
        store::update_stocks(tx, [&self.shelf]).await?;
        store::update_slots(tx, [&self.slot].into_iter()).await?;
        store::insert_grants(tx, std::slice::from_ref(grant)).await?;
        outbox::append(tx, &PointsPosted::of(posting));
        outbox::append(tx, &PerkRedeemedEvent::of(grant));
        outbox::append(tx, &SlotBooked::of(grant, &self.slot, &self.order.order_ref));
        let detail = format!("{} for order {}, {} points", self.slot.id, self.order.order_ref, grant.price);
        let (subject, household) = (grant.id.to_string(), Some(grant.household));
        tx.audit(AuditLine { action: OPERATION, household, subject, detail });
        Ok(())
    }
}

fn not_granted(refusal: GrantRefusal) -> BookSlotRefusal {
    RedeemPerkRefusal::NotGranted(refusal).into()
}
