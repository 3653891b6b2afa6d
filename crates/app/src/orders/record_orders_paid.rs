use std::collections::{BTreeMap, BTreeSet, HashMap};

use ::accounts::{HouseholdsByRef, PersonPlace};
use ::orders::{
    InvalidOrder, Order, OrderPaid, PickUpRefusal, Resolved,
    events::OrderRecorded,
    store::{KnownOrder, insert_orders, list_categories, list_known_orders},
};
use db::{Tx, idempotency::InputHash, outbox};
use kernel::{BusinessDate, ExternalRef, Fault, Id, Label, Points, kinds};
use ledger::{
    BasisLine, Cause, Contributor, EarnRule, EarnSnapshot, LinePoints, LotKey, Posting, UNSCHEDULED, Wallet,
    WalletFull, events::PointsPosted,
};

use super::told::{EventRefusal, ToldAnswer};
use crate::{App, Settings};

/// What became of a paid order that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is kept, and earned this many points.
    New {
        /// Our id of it.
        order: Id<kinds::Order>,
        /// What it earned; zero where the sale was too small or no rule held.
        points: Points,
    },
    /// The sale was told before; that it was picked up is news, and its points got their first day.
    PickedUp {
        /// Our id of it.
        order: Id<kinds::Order>,
    },
    /// It was told before, in the same words; nothing changed.
    Duplicate,
}

/// Why a paid order is not recorded. Nothing of it is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordOrderRefusal {
    /// The reference was told before with other content.
    #[error("an order of this number was told before with other content")]
    OrderDiffers,
    /// The order contradicts itself.
    #[error(transparent)]
    Invalid(#[from] InvalidOrder),
    /// The person is not known.
    #[error("nobody is known by this person number")]
    UnknownPerson,
    /// The person belongs elsewhere.
    #[error("this person does not belong to the household")]
    PersonElsewhere,
    /// The sale is known, its pick-up is refused.
    #[error(transparent)]
    PickedUp(#[from] PickUpRefusal),
    /// The household would hold more points than can be shown.
    #[error(transparent)]
    WalletFull(#[from] WalletFull),
}

/// What decisions about a batch of paid orders look at, loaded once for all of them.
struct Books {
    households: HouseholdsByRef,
    persons: HashMap<ExternalRef, PersonPlace>,
    wallets: BTreeMap<Id<kinds::Household>, Wallet>,
    known: HashMap<ExternalRef, KnownOrder>,
    /// Orders of this very batch, so that one told twice in it is recognised.
    taken: HashMap<ExternalRef, InputHash>,
    categories: HashMap<ExternalRef, Label>,
    rules: Vec<EarnRule>,
}

/// What a batch decided to write.
#[derive(Default)]
struct Decided {
    orders: Vec<(Order, InputHash)>,
    postings: Vec<Posting>,
}

/// Whether others are told: of today's orders yes, of an imported history no, or a year of it would be announced as news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Announce {
    Yes,
    No,
}

/// Records paid orders and posts what they earn, all in the caller's transaction. One answer per order, in order.
pub(super) async fn record_paid(
    tx: &mut Tx,
    settings: &Settings,
    paid: &[&OrderPaid],
    announce: Announce,
) -> Result<Vec<Result<Recorded, RecordOrderRefusal>>, Fault> {
    let mut books = load(tx, paid).await?;

    let mut decided = Decided::default();
    let answers = paid.iter().map(|paid| decide(&mut books, &mut decided, tx, settings, paid)).collect();

    ledger::store::update_wallets(tx, books.wallets.values()).await?;
    insert_orders(tx, &decided.orders).await?;
    ledger::store::insert_postings(tx, &decided.postings).await?;
    if announce == Announce::Yes {
        decided.orders.iter().for_each(|(order, _)| outbox::append(tx, &OrderRecorded::of(order)));
        decided.postings.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
    }
    Ok(answers)
}

impl App {
    /// Records one order told by event and posts what it earns.
    pub(super) async fn record_order_paid(
        &self,
        tx: &mut Tx,
        paid: &OrderPaid,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let mut answers = record_paid(tx, self.settings(), &[paid], Announce::Yes).await?;
        self.record_late_pick_ups(tx, &[paid], &mut answers, Announce::Yes).await?;
        Ok(match answers.pop().expect("one answer per order") {
            Ok(Recorded::New { .. } | Recorded::PickedUp { .. }) => Ok(ToldAnswer::Accepted),
            Ok(Recorded::Duplicate) => Ok(ToldAnswer::Duplicate),
            Err(refusal) => Err(refusal.into()),
        })
    }
}

/// Loads in the lock order of `db/src/tx.rs`: references, households, wallets. Earning needs no lots, only wallets.
async fn load(tx: &mut Tx, paid: &[&OrderPaid]) -> Result<Books, Fault> {
    // An order that cannot be taken founds nobody: not one that contradicts itself, nor one that names a member, since a
    // household not heard of has none.
    let refs_of = |may_found: bool| -> Vec<ExternalRef> {
        let orders = paid.iter().filter(|paid| (paid.person_ref.is_none() && paid.check().is_ok()) == may_found);
        orders.map(|paid| paid.household_ref.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let mut households = ::accounts::store::lock_or_insert_households(tx, &refs_of(true)).await?;
    households.by_ref.extend(::accounts::store::find_households_by_ref(tx, &refs_of(false)).await?);
    ledger::store::insert_wallets(tx, &households.founded).await?;
    let ids: BTreeSet<Id<kinds::Household>> = households.by_ref.values().copied().collect();
    let wallets = ledger::store::lock_wallets(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let order_refs: BTreeSet<&ExternalRef> = paid.iter().map(|paid| &paid.order_ref).collect();
    let known = list_known_orders(tx, &order_refs.into_iter().collect::<Vec<_>>()).await?;
    let person_refs: BTreeSet<ExternalRef> = paid.iter().filter_map(|paid| paid.person_ref.clone()).collect();
    let persons = ::accounts::store::find_person_refs(tx, &person_refs.into_iter().collect::<Vec<_>>()).await?;
    let lines = paid.iter().flat_map(|paid| &paid.lines).filter(|line| line.category.is_none());
    let product_refs: BTreeSet<&ExternalRef> = lines.filter_map(|line| line.product_ref.as_ref()).collect();
    let categories = list_categories(tx, &product_refs.into_iter().collect::<Vec<_>>()).await?;
    let rules = ledger::store::list_earn_rules_for_sale(tx).await?;
    Ok(Books { households, persons, wallets, known, taken: HashMap::new(), categories, rules })
}

fn decide(
    books: &mut Books,
    decided: &mut Decided,
    tx: &Tx,
    settings: &Settings,
    paid: &OrderPaid,
) -> Result<Recorded, RecordOrderRefusal> {
    let hash = paid.content_hash();
    let told_before = books.known.get(&paid.order_ref).map(|known| known.has_content(hash));
    let told_just_now = books.taken.get(&paid.order_ref).map(|&taken| taken == hash);
    match told_before.or(told_just_now) {
        Some(true) => return Ok(Recorded::Duplicate),
        Some(false) => return Err(RecordOrderRefusal::OrderDiffers),
        None => {}
    }
    paid.check()?;
    let household = books.households.by_ref.get(&paid.household_ref).copied();
    let person = person_of(books, household, paid)?;
    let household = household.ok_or(RecordOrderRefusal::PersonElsewhere)?;
    let order = Order::from_paid(paid, Resolved { id: tx.new_id(), household, person }, &books.categories)?;

    let wallet = books.wallets.get_mut(&household).expect("every household of the batch has its wallet locked");
    let posting = earn(wallet, &books.rules, tx, settings, &order)?;

    let points = posting.as_ref().map_or(Points::ZERO, |posting| posting.points);
    let recorded = Recorded::New { order: order.id, points };
    books.taken.insert(paid.order_ref.clone(), hash);
    decided.postings.extend(posting);
    decided.orders.push((order, hash));
    Ok(recorded)
}

fn person_of(
    books: &Books,
    household: Option<Id<kinds::Household>>,
    paid: &OrderPaid,
) -> Result<Option<Id<kinds::Person>>, RecordOrderRefusal> {
    let Some(person_ref) = &paid.person_ref else { return Ok(None) };
    let place = books.persons.get(person_ref).ok_or(RecordOrderRefusal::UnknownPerson)?;
    let belongs = place.household.is_some_and(|(own, _)| Some(own) == household);
    if belongs { Ok(Some(place.person)) } else { Err(RecordOrderRefusal::PersonElsewhere) }
}

/// Posts what an order earns by the rule of its day. No rule, or less than a point: no posting.
fn earn(
    wallet: &mut Wallet,
    rules: &[EarnRule],
    tx: &Tx,
    settings: &Settings,
    order: &Order,
) -> Result<Option<Posting>, WalletFull> {
    let business_date = settings.zone.date_of(order.ordered_at);
    let Some(rule) = ledger::rule_in_force(rules, business_date) else { return Ok(None) };
    let basis: Vec<BasisLine> = order
        .lines
        .iter()
        .map(|line| BasisLine { line_no: line.line_no, category: line.category.clone(), cash: line.cash })
        .collect();
    let points = rule.points_for(&basis);
    if points.iter().all(|points| points.is_zero()) {
        return Ok(None);
    }
    let lines = order.lines.iter().zip(points).map(|(line, points)| LinePoints { line_no: line.line_no, points });
    let snapshot =
        EarnSnapshot { rule: rule.id, rule_version: rule.version, basis: order.cash, lines: lines.collect() };
    let cause = Cause {
        id: tx.new_id(),
        reference: order.id.to_string(),
        actor: tx.actor(),
        posted_at: tx.now(),
        business_date,
    };
    let today = settings.zone.date_of(tx.now());
    wallet.earn(cause, snapshot, lot_key(settings, order, business_date), today).map(Some)
}

/// Points wait for the pick-up and its return window, and lapse a set number of days after the day they were earned.
fn lot_key(settings: &Settings, order: &Order, business_date: BusinessDate) -> LotKey {
    let available_from = order.picked_up_at.map_or(UNSCHEDULED, |at| settings.available_from(at));
    let expires_on = settings.expires_on(business_date);
    LotKey {
        expires_on: if available_from == UNSCHEDULED { expires_on } else { expires_on.max(available_from) },
        available_from,
        contributor: order.person.map_or(Contributor::Household, Contributor::Person),
    }
}
