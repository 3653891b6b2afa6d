use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    mem,
};

use ::accounts::HouseholdsByRef;
use ::orders::{
    Cancelled, InvalidOrder, Order, OrderPaid, PickUpRefusal, PointTender, Resolved,
    events::OrderRecorded,
    store::{
        KnownOrder, insert_orders, insert_point_tenders, list_cancelled_at, list_categories, list_known_orders,
        list_picked_up_at,
    },
};
use db::{Tx, idempotency::InputHash, outbox};
use kernel::{ExternalRef, Fault, FaultKind, Id, Label, Points, Timestamp, kinds};
use ledger::{Buyer, CapUses, EarnRules, Hold, Posting, Wallet, WalletFull, cap_keys, events::PointsPosted};

use super::{
    belonging::{Belonging, Places},
    earn_of_order::earn,
    record_orders_refunded::list_order_holders,
    tender::{self, TenderRefusal},
    told::{EventRefusal, ToldAnswer},
};
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
    /// The person belongs elsewhere, and never belonged to this household.
    #[error("this person does not belong to the household")]
    PersonElsewhere,
    /// The points it is paid with cannot be spent.
    #[error(transparent)]
    NotTendered(#[from] TenderRefusal),
    /// The sale is known, its pick-up is refused.
    #[error(transparent)]
    PickedUp(#[from] PickUpRefusal),
    /// The sale is known, and was called off since.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The household would hold more points than can be shown.
    #[error(transparent)]
    WalletFull(#[from] WalletFull),
}

/// What decisions about a batch of paid orders look at, loaded once for all of them.
struct Books {
    /// Whose each of the orders is, in their order.
    belongings: Vec<Result<Belonging, RecordOrderRefusal>>,
    wallets: BTreeMap<Id<kinds::Household>, Wallet>,
    known: HashMap<ExternalRef, KnownOrder>,
    /// Which of the known ones were called off, and when.
    cancelled: HashMap<Id<kinds::Order>, Timestamp>,
    /// Orders of this very batch, so that one told twice in it is recognised.
    taken: HashMap<ExternalRef, InputHash>,
    categories: HashMap<ExternalRef, Label>,
    rules: EarnRules,
    /// How much of the rules' caps is used up, by these very orders too.
    uses: CapUses,
    /// The holds of orders that are paid with points.
    holds: HashMap<ExternalRef, Hold>,
    announce: Announce,
}

/// What a batch decided to write.
#[derive(Default)]
struct Decided {
    orders: Vec<(Order, InputHash)>,
    postings: Vec<Posting>,
    tenders: Vec<PointTender>,
    /// Holds that ended.
    holds: Vec<Hold>,
}

impl Decided {
    /// Notes what an order was paid with; nothing tendered: it was spent elsewhere.
    fn note_tender(&mut self, order: &Order, tendered: Option<tender::Tendered>) {
        let posting = tendered.as_ref().map(|tendered| tendered.posting.cause.id);
        let (household, points) = (order.household, order.points());
        self.tenders.push(PointTender { household, order: order.id, points, posting });
        if let Some(tendered) = tendered {
            self.postings.push(tendered.posting);
            self.holds.extend(tendered.hold);
        }
    }
}

/// Whether others are told: of today's orders yes, of an imported history no, or a year of it would be announced as news. And a
/// history's points were spent long ago, where it comes from: they are noted and spend nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Announce {
    Yes,
    No,
}

/// Records paid orders and posts what they earn, all in the caller's transaction. One answer per order, in order. Its rows are
/// gathered: who reads in the same transaction afterwards flushes first.
pub(super) async fn record_paid(
    tx: &mut Tx,
    settings: &Settings,
    paid: &[&OrderPaid],
    announce: Announce,
) -> Result<Vec<Result<Recorded, RecordOrderRefusal>>, Fault> {
    tx.flush().await?;
    let mut books = load(tx, settings, paid, announce).await?;

    let mut decided = Decided::default();
    let belongings = mem::take(&mut books.belongings);
    let orders = paid.iter().zip(belongings);
    let answers = orders.map(|(paid, whose)| decide(&mut books, &mut decided, tx, settings, (paid, whose))).collect();

    tender::record_holds(tx, &decided.holds).await?;
    tx.gather();
    ledger::store::update_wallets(tx, books.wallets.values()).await?;
    insert_orders(tx, &decided.orders).await?;
    ledger::store::insert_postings(tx, &decided.postings).await?;
    insert_point_tenders(tx, &decided.tenders).await?;
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
/// orders told before, and those of `named` households: for a batch that will record both in turns, and must have all its locks before, in the order of
/// `db/src/tx.rs`.
pub(super) async fn lock_in_order(
    tx: &mut Tx,
    settings: &Settings,
    paid: &[&OrderPaid],
    others: impl Iterator<Item = &KnownOrder>,
    named: impl Iterator<Item = Id<kinds::Household>>,
) -> Result<(), Fault> {
    let (households, known) = lock_households(tx, settings, paid).await?;
    let mut wallets = list_wallets_of(tx, paid, &households, &known).await?;
    for order in others {
        wallets.extend(list_order_holders(tx, order).await?);
    }
    wallets.extend(named);
    ledger::store::lock_wallets(tx, &wallets.into_iter().collect::<Vec<_>>()).await?;
    if !paid.is_empty() {
        // Once more, for the caps behind the wallets: what it locks before them is held already.
        load(tx, settings, paid, Announce::No).await?;
    }
    Ok(())
}

/// The wallets that recording orders looks at: of those who bought, where members of theirs are now, and where the points of a known order are whose pick-up is news.
async fn list_wallets_of(
    tx: &mut Tx,
    paid: &[&OrderPaid],
    households: &HouseholdsByRef,
    known: &KnownOrders,
) -> Result<BTreeSet<Id<kinds::Household>>, Fault> {
    let mut wallets: BTreeSet<Id<kinds::Household>> = households.by_ref.values().copied().collect();
    wallets.extend(Places::find(tx, paid, &households.by_ref).await?.moved_to(paid, &households.by_ref));
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
pub(super) async fn lock_households(
    tx: &mut Tx,
    settings: &Settings,
    paid: &[&OrderPaid],
) -> Result<(HouseholdsByRef, KnownOrders), Fault> {
    let order_refs: BTreeSet<&ExternalRef> = paid.iter().map(|paid| &paid.order_ref).collect();
    let known = list_known_orders(tx, &order_refs.into_iter().collect::<Vec<_>>()).await?;
    let mut first_told = HashSet::new();
    let (founding, others): (Vec<&OrderPaid>, Vec<&OrderPaid>) = paid.iter().partition(|paid| {
        let can_be_true = paid.check(worth_minor(settings, paid)).is_ok();
        let may_be_taken = paid.person_ref.is_none() && can_be_true && !known.contains_key(&paid.order_ref);
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

/// What the points an order is paid with are worth.
fn worth_minor(settings: &Settings, paid: &OrderPaid) -> i64 {
    settings.point_value.of(paid.points_tendered.get())
}

/// Loads in the lock order of `db/src/tx.rs`: references, households, wallets. Earning needs no lots, only wallets; spending needs
/// them.
async fn load(tx: &mut Tx, settings: &Settings, paid: &[&OrderPaid], announce: Announce) -> Result<Books, Fault> {
    let (households, known) = lock_households(tx, settings, paid).await?;
    let ids = list_wallets_of(tx, paid, &households, &known).await?;
    let mut wallets = ledger::store::lock_wallets(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    let places = Places::find(tx, paid, &households.by_ref).await?;
    let whose: BTreeSet<_> = places.moved_to(paid, &households.by_ref).collect();
    if whose.iter().any(|household| !wallets.contains_key(household)) {
        return Err(Fault::new(FaultKind::Contention, "lock the wallets of orders: somebody moved on just now"));
    }
    crate::ledger::check_current(tx, households.by_ref.values().copied().chain(whose)).await?;
    let cancelled = list_cancelled_at(tx, known.values()).await?;
    let holds = match announce {
        Announce::Yes => {
            let unknown = paid.iter().filter(|paid| !known.contains_key(&paid.order_ref));
            tender::load(tx, settings, &households, &places, &mut wallets, unknown.copied()).await?
        }
        Announce::No => HashMap::new(),
    };
    let belongings: Vec<_> =
        paid.iter().map(|paid| places.of_paid_with(holds.get(&paid.order_ref), paid, &households.by_ref)).collect();
    let lines = paid.iter().flat_map(|paid| &paid.lines).filter(|line| line.category.is_none());
    let product_refs: BTreeSet<&ExternalRef> = lines.filter_map(|line| line.product_ref.as_ref()).collect();
    let categories = list_categories(tx, &product_refs.into_iter().collect::<Vec<_>>()).await?;
    let buyers = buyers(settings, paid, &belongings);
    let dates = buyers.iter().map(|buyer| buyer.date).collect();
    let rules = ledger::store::list_earn_rules_for_sales(tx, &dates).await?;
    let uses = ledger::store::lock_cap_uses(tx, &cap_keys(&rules, buyers)).await?;
    let taken = HashMap::new();
    Ok(Books { belongings, wallets, known, cancelled, taken, categories, rules, uses, holds, announce })
}

/// Who buys on which day, as caps count it. Orders that will be refused for another reason may be among them.
fn buyers(
    settings: &Settings,
    paid: &[&OrderPaid],
    belongings: &[Result<Belonging, RecordOrderRefusal>],
) -> Vec<Buyer> {
    let buyer = |(paid, whose): (&&OrderPaid, &Result<Belonging, RecordOrderRefusal>)| {
        let Belonging { household, person } = *whose.as_ref().ok()?;
        Some(Buyer { household, member: person, date: settings.zone.date_of(paid.ordered_at) })
    };
    paid.iter().zip(belongings).filter_map(buyer).collect()
}

fn decide(
    books: &mut Books,
    decided: &mut Decided,
    tx: &Tx,
    settings: &Settings,
    (paid, whose): (&OrderPaid, Result<Belonging, RecordOrderRefusal>),
) -> Result<Recorded, RecordOrderRefusal> {
    let hash = paid.content_hash();
    let known = books.known.get(&paid.order_ref);
    let cancelled_at = known.and_then(|known| books.cancelled.get(&known.order).copied());
    if let Some(cancelled_at) = cancelled_at {
        return Err(Cancelled { cancelled_at }.into());
    }
    let told_before = known.map(|known| known.has_content(hash));
    let told_just_now = books.taken.get(&paid.order_ref).map(|&taken| taken == hash);
    match told_before.or(told_just_now) {
        Some(true) => return Ok(Recorded::Duplicate),
        Some(false) => return Err(RecordOrderRefusal::OrderDiffers),
        None => {}
    }
    let worth = worth_minor(settings, paid);
    paid.check(worth)?;
    let Belonging { household, person } = whose?;
    let order = Order::from_paid(paid, Resolved { id: tx.new_id(), household, person }, &books.categories, worth)?;

    let wallet = books.wallets.get_mut(&household).expect("every household of the batch has its wallet locked");
    // Both or neither; and spent before anything is earned, so that no order pays for itself.
    let mut copy = (!paid.points_tendered.is_zero()).then(|| wallet.clone());
    let mut tendered = None;
    if let (Some(copy), Announce::Yes) = (&mut copy, books.announce) {
        tendered = Some(tender::spend(copy, books.holds.get(&paid.order_ref), tx, settings, &order)?);
    }
    let postings = earn(copy.as_mut().unwrap_or(wallet), &books.rules, &mut books.uses, tx, settings, &order)?;
    if let Some(copy) = copy {
        *wallet = copy;
        decided.note_tender(&order, tendered);
    }

    let points = Points::sum(postings.iter().map(|posting| posting.points)).expect("no more than the wallet may hold");
    let recorded = Recorded::New { order: order.id, points };
    books.taken.insert(paid.order_ref.clone(), hash);
    decided.postings.extend(postings);
    decided.orders.push((order, hash));
    Ok(recorded)
}
