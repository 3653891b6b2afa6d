use std::collections::{BTreeMap, BTreeSet};

use ::orders::{
    Order, OrderRefunded,
    events::OrderRefundRecorded,
    store::{
        KnownOrder, find_order, find_point_tender, find_refund_hash, insert_refund, list_known_orders, update_refunded,
    },
};
use db::{Tx, outbox};
use kernel::{Fault, Id, Money, Points, Timestamp, kinds};
use ledger::{
    Cause, EarnRecord, LineRefunded, Posting, RestoreRefusal, TenderRecord, Wallet, events::PointsPosted,
    points_to_claw_back,
};

use super::told::{EventRefusal, ToldAnswer};
use crate::{App, Settings, ledger::lock_wallets};

/// What a decision about a refund or a cancellation looks at: the order, and every wallet that points of it may be in or go to.
pub(super) struct Books {
    pub(super) order: Order,
    pub(super) wallets: BTreeMap<Id<kinds::Household>, Wallet>,
    earns: Vec<EarnRecord>,
    /// The redemption that paid for it in part, where that was here.
    tender: Option<TenderRecord>,
}

impl App {
    /// Notes a refund, gives back the points among it, and claws back what the refunded lines earned, by the earn's own snapshot.
    pub(super) async fn record_order_refunded(
        &self,
        tx: &mut Tx,
        told: &OrderRefunded,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let known = list_known_orders(tx, &[&told.order_ref]).await?.remove(&told.order_ref);
        let Some(known) = known else { return Ok(Err(EventRefusal::UnknownOrder)) };
        let mut books = load(tx, self.settings(), &known).await?;
        let hash = told.content_hash();
        let told_before = find_refund_hash(tx, &books.order, &told.refund_ref, hash).await?;

        match told_before {
            Some(true) => return Ok(Ok(ToldAnswer::Duplicate)),
            Some(false) => return Ok(Err(EventRefusal::RefundDiffers)),
            None => {}
        }
        let before = refunded_cash(&books.order);
        let refund = match books.order.refund(told) {
            Ok(refund) => refund,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        // What was spent comes back before what was earned goes: two postings, so that neither hides the other.
        let cash = books.order.lines.iter().zip(before).map(|(line, before)| {
            (line.line_no, LineRefunded { cash: line.cash, before, after: line.refunded_cash() })
        });
        let (cash, points) = (cash.collect(), refund.points);
        let taken = Taken { reference: refund.refund_ref.as_str(), at: refund.refunded_at, cash, points };
        let mut postings = match books.restore(tx, self.settings(), &taken) {
            Ok(postings) => postings,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let returned = Points::sum(postings.iter().map(|posting| posting.points)).expect("no more than were tendered");
        postings.extend(books.claw_back(tx, self.settings(), &taken));

        insert_refund(tx, &books.order, &refund, hash).await?;
        update_refunded(tx, &books.order).await?;
        ledger::store::update_wallets(tx, books.wallets.values()).await?;
        ledger::store::insert_postings(tx, &postings).await?;
        outbox::append(tx, &OrderRefundRecorded::of(&books.order, &refund, returned));
        postings.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
        Ok(Ok(ToldAnswer::Refunded { cash: refund.cash, points: refund.points, returned }))
    }
}

/// Every wallet that points of an order may be in or return to. Read before any lock, so that all of them can be locked in their
/// order.
pub(super) async fn list_order_holders(
    tx: &mut Tx,
    known: &KnownOrder,
) -> Result<BTreeSet<Id<kinds::Household>>, Fault> {
    let mut holders = BTreeSet::from_iter(ledger::store::list_holders(tx, known.household, known.order).await?);
    if let Some(posting) = find_spending(tx, known).await? {
        holders.extend(ledger::store::list_tender_holders(tx, known.household, posting).await?);
    }
    Ok(holders)
}

/// Which posting paid for an order: it never changes. None: it was paid without points, or with points that were spent elsewhere,
/// and nothing returns here.
async fn find_spending(tx: &mut Tx, known: &KnownOrder) -> Result<Option<Id<kinds::Posting>>, Fault> {
    Ok(find_point_tender(tx, known).await?.and_then(|tender| tender.posting))
}

/// Locks and loads in the order of `db/src/tx.rs`: wallets, then what they hold.
pub(super) async fn load(tx: &mut Tx, settings: &Settings, known: &KnownOrder) -> Result<Books, Fault> {
    let holders: Vec<_> = list_order_holders(tx, known).await?.into_iter().collect();
    let wallets = lock_wallets(tx, settings, &holders).await?;
    let order = find_order(tx, known).await?;
    let today = settings.zone.date_of(tx.now());
    let earns = ledger::store::list_earn_records(tx, order.household, &holders, order.id, today).await?;
    let tender = match find_spending(tx, known).await? {
        Some(posting) => Some(ledger::store::find_tender_record(tx, order.household, &holders, posting).await?),
        None => None,
    };
    Ok(Books { order, wallets, earns, tender })
}

/// For each line its cash, and how much of it had gone back before, and has by now.
pub(super) type RefundedCash = BTreeMap<u32, LineRefunded>;

/// What went back.
pub(super) struct Taken<'a> {
    /// What tells the postings from others of the same order.
    pub(super) reference: &'a str,
    /// When it went.
    pub(super) at: Timestamp,
    /// Money, and of which lines.
    pub(super) cash: RefundedCash,
    /// Points.
    pub(super) points: Points,
}

impl Books {
    /// Gives back points with the age of the lots they came from, to whoever has those lots now.
    pub(super) fn restore(
        &mut self,
        tx: &Tx,
        settings: &Settings,
        taken: &Taken<'_>,
    ) -> Result<Vec<Posting>, RestoreRefusal> {
        let Some(tender) = self.tender.as_ref().filter(|_| !taken.points.is_zero()) else {
            return Ok(Vec::new());
        };
        let today = settings.zone.date_of(tx.now());
        let restored = tender.to_return(taken.points).into_iter().map(|(holder, redemption)| {
            let cause = Cause {
                id: tx.new_id(),
                reference: format!("{} {}", self.order.id, taken.reference),
                actor: tx.actor(),
                posted_at: tx.now(),
                // The day they are there again, which their grace counts from.
                business_date: today,
            };
            let wallet = self.wallets.get_mut(&holder).expect("all wallets lots were moved to were locked just now");
            wallet.restore(cause, &redemption, redemption.left(), today, settings.restore_grace_days)
        });
        restored.collect()
    }

    /// Takes back what the refunded lines earned: each earn by its own snapshot, from the wallet that has its lot now.
    pub(super) fn claw_back(&mut self, tx: &Tx, settings: &Settings, taken: &Taken<'_>) -> Vec<Posting> {
        let today = settings.zone.date_of(tx.now());
        let clawed = self.earns.iter().filter_map(|earn| {
            let cause = Cause {
                id: tx.new_id(),
                reference: format!("{} {}", earn.reference, taken.reference),
                actor: tx.actor(),
                posted_at: tx.now(),
                business_date: settings.zone.date_of(taken.at),
            };
            let wallet =
                self.wallets.get_mut(&earn.holder).expect("all wallets the lots may be in were locked just now");
            wallet.claw_back(cause, earn, points_to_claw_back(earn, &taken.cash), settings.refund_policy, today)
        });
        clawed.collect()
    }
}

/// How much of each line's cash has been refunded by now, in the order of the lines.
fn refunded_cash(order: &Order) -> Vec<Money> {
    order.lines.iter().map(::orders::OrderLine::refunded_cash).collect()
}
