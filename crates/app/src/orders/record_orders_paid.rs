use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ::accounts::{HouseholdsByRef, PersonPlace};
use ::orders::{
    InvalidOrder, Order, OrderPaid, PickUpRefusal, Resolved,
    events::OrderRecorded,
    store::{KnownOrder, insert_orders, list_categories, list_known_orders, list_picked_up_at},
};
use db::{Tx, idempotency::InputHash, outbox};
use kernel::{BusinessDate, ExternalRef, Fault, Id, Label, Points, Timestamp, kinds};
use ledger::{
    Buyer, CapUses, Cause, Contributor, EarnRules, LotKey, Posting, UNSCHEDULED, Wallet, WalletFull, cap_keys,
    events::PointsPosted, plan_earns,
};

use super::told::{EventRefusal, ToldAnswer};
use crate::{App, Settings, ledger::sale_of};

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
    rules: EarnRules,
    /// How much of the rules' caps is used up, by these very orders too.
    uses: CapUses,
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
    let mut books = load(tx, settings, paid).await?;

    let mut decided = Decided::default();
    let answers = paid.iter().map(|paid| decide(&mut books, &mut decided, tx, settings, paid)).collect();

    ledger::store::update_wallets(tx, books.wallets.values()).await?;
    insert_orders(tx, &decided.orders).await?;
    ledger::store::insert_postings(tx, &decided.postings).await?;
    ledger::store::update_cap_uses(tx, &books.uses).await?;
    if announce == Announce::Yes {
        decided.orders.iter().for_each(|(order, _)| outbox::append(tx, &OrderRecorded::of(order)));
        decided.postings.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
    }
    Ok(answers)
}

impl App {
    /// Records orders told by events and posts what they earn. One answer per order, in order.
    pub(super) async fn record_orders_paid(
        &self,
        tx: &mut Tx,
        paid: &[&OrderPaid],
    ) -> Result<Vec<Result<ToldAnswer, EventRefusal>>, Fault> {
        let mut answers = record_paid(tx, self.settings(), paid, Announce::Yes).await?;
        self.record_late_pick_ups(tx, paid, &mut answers, Announce::Yes).await?;
        let told = answers.into_iter().map(|answer| match answer {
            Ok(Recorded::New { .. } | Recorded::PickedUp { .. }) => Ok(ToldAnswer::Accepted),
            Ok(Recorded::Duplicate) => Ok(ToldAnswer::Duplicate),
            Err(refusal) => Err(refusal.into()),
        });
        Ok(told.collect())
    }
}

/// Finds or founds the households of orders and takes all locks that recording them will take, with those of what comes of `others`,
/// orders told before: for a batch that will record both in turns, and must have all its locks before, in the order of
/// `db/src/tx.rs`.
pub(super) async fn lock_in_order(
    tx: &mut Tx,
    settings: &Settings,
    paid: &[&OrderPaid],
    others: impl Iterator<Item = &KnownOrder>,
) -> Result<(), Fault> {
    let (households, known) = lock_households(tx, paid).await?;
    let mut wallets = list_wallets_of(tx, paid, &households, &known).await?;
    for order in others {
        wallets.extend(ledger::store::list_holders(tx, order.household, order.order).await?);
    }
    ledger::store::lock_wallets(tx, &wallets.into_iter().collect::<Vec<_>>()).await?;
    if !paid.is_empty() {
        // Once more, for the caps behind the wallets: what it locks before them is held already.
        load(tx, settings, paid).await?;
    }
    Ok(())
}

/// The wallets that recording orders looks at: of those who bought, and where the points of a known order are whose pick-up is news.
async fn list_wallets_of(
    tx: &mut Tx,
    paid: &[&OrderPaid],
    households: &HouseholdsByRef,
    known: &KnownOrders,
) -> Result<BTreeSet<Id<kinds::Household>>, Fault> {
    let mut wallets: BTreeSet<Id<kinds::Household>> = households.by_ref.values().copied().collect();
    let told_again = paid.iter().filter_map(|paid| Some((known.get(&paid.order_ref)?, paid.picked_up_at?)));
    let told_again: Vec<(&KnownOrder, Timestamp)> = told_again.collect();
    if told_again.is_empty() {
        return Ok(wallets);
    }
    let noted = list_picked_up_at(tx, told_again.iter().map(|(order, _)| *order)).await?;
    for (order, _) in told_again.into_iter().filter(|(order, at)| noted.get(&order.order) != Some(at)) {
        wallets.extend(ledger::store::list_holders(tx, order.household, order.order).await?);
    }
    Ok(wallets)
}

type KnownOrders = HashMap<ExternalRef, KnownOrder>;

/// Finds the households of orders, founding with an empty wallet those not heard of, and which orders were told before.
///
/// An order that cannot be taken founds nobody: not one told before, nor one that contradicts itself, nor one that names a
/// member, since a household not heard of has none.
async fn lock_households(tx: &mut Tx, paid: &[&OrderPaid]) -> Result<(HouseholdsByRef, KnownOrders), Fault> {
    let order_refs: BTreeSet<&ExternalRef> = paid.iter().map(|paid| &paid.order_ref).collect();
    let known = list_known_orders(tx, &order_refs.into_iter().collect::<Vec<_>>()).await?;
    let mut first_told = HashSet::new();
    let (founding, others): (Vec<&OrderPaid>, Vec<&OrderPaid>) = paid.iter().partition(|paid| {
        let may_be_taken = paid.person_ref.is_none() && paid.check().is_ok() && !known.contains_key(&paid.order_ref);
        may_be_taken && first_told.insert(&paid.order_ref)
    });
    let refs_of = |orders: &[&OrderPaid]| -> Vec<ExternalRef> {
        orders.iter().map(|paid| paid.household_ref.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    };
    let mut households = ::accounts::store::lock_or_insert_households(tx, &refs_of(&founding)).await?;
    households.by_ref.extend(::accounts::store::find_households_by_ref(tx, &refs_of(&others)).await?);
    ledger::store::insert_wallets(tx, &households.founded).await?;
    Ok((households, known))
}

/// Loads in the lock order of `db/src/tx.rs`: references, households, wallets. Earning needs no lots, only wallets.
async fn load(tx: &mut Tx, settings: &Settings, paid: &[&OrderPaid]) -> Result<Books, Fault> {
    let (households, known) = lock_households(tx, paid).await?;
    let ids = list_wallets_of(tx, paid, &households, &known).await?;
    let wallets = ledger::store::lock_wallets(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let person_refs: BTreeSet<ExternalRef> = paid.iter().filter_map(|paid| paid.person_ref.clone()).collect();
    let persons = ::accounts::store::find_person_refs(tx, &person_refs.into_iter().collect::<Vec<_>>()).await?;
    let lines = paid.iter().flat_map(|paid| &paid.lines).filter(|line| line.category.is_none());
    let product_refs: BTreeSet<&ExternalRef> = lines.filter_map(|line| line.product_ref.as_ref()).collect();
    let categories = list_categories(tx, &product_refs.into_iter().collect::<Vec<_>>()).await?;
    let buyers = buyers(settings, paid, &households, &persons);
    let dates = buyers.iter().map(|buyer| buyer.date).collect();
    let rules = ledger::store::list_earn_rules_for_sales(tx, &dates).await?;
    let uses = ledger::store::lock_cap_uses(tx, &cap_keys(&rules, buyers)).await?;
    Ok(Books { households, persons, wallets, known, taken: HashMap::new(), categories, rules, uses })
}

/// Who buys on which day, as caps count it. Orders that will be refused may be among them.
fn buyers(
    settings: &Settings,
    paid: &[&OrderPaid],
    households: &HouseholdsByRef,
    persons: &HashMap<ExternalRef, PersonPlace>,
) -> Vec<Buyer> {
    let member = |paid: &OrderPaid| Some(persons.get(paid.person_ref.as_ref()?)?.person);
    let buyer = |paid: &&OrderPaid| {
        let household = *households.by_ref.get(&paid.household_ref)?;
        Some(Buyer { household, member: member(paid), date: settings.zone.date_of(paid.ordered_at) })
    };
    paid.iter().filter_map(buyer).collect()
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
    let postings = earn(wallet, &books.rules, &mut books.uses, tx, settings, &order)?;

    let points = Points::sum(postings.iter().map(|posting| posting.points)).expect("no more than the wallet may hold");
    let recorded = Recorded::New { order: order.id, points };
    books.taken.insert(paid.order_ref.clone(), hash);
    decided.postings.extend(postings);
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
    match place.household {
        Some((own, _)) if Some(own) == household => Ok(Some(place.person)),
        Some(_) => Err(RecordOrderRefusal::PersonElsewhere),
        // Erased, or gone without joining another: the order system may not know yet, and the sale is the household's all the same.
        None => Ok(None),
    }
}

/// Posts what an order earns by the rules of its day: one posting for each that gives points, all of them or none.
///
/// The first is known by the order's id, further ones by the order's and the rule's, so that none is posted twice.
fn earn(
    wallet: &mut Wallet,
    rules: &EarnRules,
    uses: &mut CapUses,
    tx: &Tx,
    settings: &Settings,
    order: &Order,
) -> Result<Vec<Posting>, WalletFull> {
    let sale = sale_of(order, settings.zone);
    let plan = plan_earns(rules, &sale, uses);
    let key = lot_key(settings, order, sale.buyer.date);
    let today = settings.zone.date_of(tx.now());
    // One earn changes the book or leaves it; several could be cut short between two of them.
    let mut copy = (plan.earns.len() > 1).then(|| wallet.clone());
    let mut postings = Vec::with_capacity(plan.earns.len());
    for snapshot in plan.earns {
        let reference =
            if postings.is_empty() { order.id.to_string() } else { format!("{} {}", order.id, snapshot.rule) };
        let cause = Cause {
            id: tx.new_id(),
            reference,
            actor: tx.actor(),
            posted_at: tx.now(),
            business_date: sale.buyer.date,
        };
        postings.push(copy.as_mut().unwrap_or(wallet).earn(cause, snapshot, key, today)?);
    }
    if let Some(copy) = copy {
        *wallet = copy;
    }
    uses.add(&plan.uses);
    Ok(postings)
}

/// Points wait for the pick-up and its return window, and lapse a set number of days after the day they were earned.
fn lot_key(settings: &Settings, order: &Order, business_date: BusinessDate) -> LotKey {
    let available_from = settings.first_day(business_date, order.picked_up_at);
    let expires_on = settings.expires_on(business_date);
    LotKey {
        expires_on: if available_from == UNSCHEDULED { expires_on } else { expires_on.max(available_from) },
        available_from,
        contributor: order.person.map_or(Contributor::Household, Contributor::Person),
    }
}
