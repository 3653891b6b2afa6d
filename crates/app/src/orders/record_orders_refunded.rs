use std::collections::BTreeMap;

use ::orders::{
    Order, OrderRefunded, Refund,
    store::{find_order, find_refund_hash, insert_refund, list_known_orders, update_refunded},
};
use db::{Tx, outbox};
use kernel::{Fault, Id, Money, kinds};
use ledger::{Cause, EarnRecord, LineRefunded, Posting, Wallet, events::PointsPosted, points_to_claw_back};

use super::told::{EventRefusal, ToldAnswer};
use crate::{App, Settings};

impl App {
    /// Notes a refund and claws back what the refunded lines earned, by the earn's own snapshot.
    pub(super) async fn record_order_refunded(
        &self,
        tx: &mut Tx,
        told: &OrderRefunded,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let known = list_known_orders(tx, &[&told.order_ref]).await?.remove(&told.order_ref);
        let Some(known) = known else { return Ok(Err(EventRefusal::UnknownOrder)) };
        let holders = ledger::store::list_holders(tx, known.household, known.order).await?;
        let mut wallets = crate::ledger::lock_wallets(tx, self.settings(), &holders).await?;
        let mut order = find_order(tx, &known).await?;
        let hash = told.content_hash();
        let told_before = find_refund_hash(tx, &order, &told.refund_ref, hash).await?;
        let today = self.settings().zone.date_of(tx.now());
        let earns = ledger::store::list_earn_records(tx, order.household, &holders, order.id, today).await?;

        match told_before {
            Some(true) => return Ok(Ok(ToldAnswer::Duplicate)),
            Some(false) => return Ok(Err(EventRefusal::RefundDiffers)),
            None => {}
        }
        let before = refunded_cash(&order);
        let refund = match order.refund(told) {
            Ok(refund) => refund,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let refunded = order.lines.iter().zip(before).map(|(line, before)| {
            (line.line_no, LineRefunded { cash: line.cash, before, after: line.refunded_cash() })
        });
        let postings = claw_back(tx, self.settings(), &mut wallets, &earns, &refunded.collect(), &refund);

        insert_refund(tx, &order, &refund, hash).await?;
        update_refunded(tx, &order).await?;
        ledger::store::update_wallets(tx, wallets.values()).await?;
        ledger::store::insert_postings(tx, &postings).await?;
        postings.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
        Ok(Ok(ToldAnswer::Accepted))
    }
}

/// Takes back what the refunded lines earned: each earn by its own snapshot, from the wallet that has its lot now.
fn claw_back(
    tx: &Tx,
    settings: &Settings,
    wallets: &mut BTreeMap<Id<kinds::Household>, Wallet>,
    earns: &[EarnRecord],
    refunded: &BTreeMap<u32, LineRefunded>,
    refund: &Refund,
) -> Vec<Posting> {
    let today = settings.zone.date_of(tx.now());
    let taken = earns.iter().filter_map(|earn| {
        let cause = Cause {
            id: tx.new_id(),
            reference: format!("{} {}", earn.reference, refund.refund_ref),
            actor: tx.actor(),
            posted_at: tx.now(),
            business_date: settings.zone.date_of(refund.refunded_at),
        };
        let wallet = wallets.get_mut(&earn.holder).expect("all wallets the lots may be in were locked just now");
        let due = points_to_claw_back(earn, refunded);
        wallet.claw_back(cause, earn, due, settings.refund_policy, today)
    });
    taken.collect()
}

/// How much of each line's cash has been refunded by now, in the order of the lines.
fn refunded_cash(order: &Order) -> Vec<Money> {
    order.lines.iter().map(::orders::OrderLine::refunded_cash).collect()
}
