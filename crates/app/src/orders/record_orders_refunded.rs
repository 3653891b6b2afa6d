use std::collections::BTreeMap;

use ::orders::{
    Order, OrderRefunded,
    store::{find_order, find_refund_hash, insert_refund, list_known_orders, update_refunded},
};
use db::{Tx, outbox};
use kernel::{Fault, Money};
use ledger::{Cause, events::PointsPosted, points_to_claw_back};

use super::told::{EventRefusal, ToldAnswer};
use crate::App;

impl App {
    /// Notes a refund and claws back what the refunded lines earned, by the earn's own snapshot.
    pub(super) async fn record_order_refunded(
        &self,
        tx: &mut Tx,
        told: &OrderRefunded,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let known = list_known_orders(tx, &[&told.order_ref]).await?.remove(&told.order_ref);
        let Some(known) = known else { return Ok(Err(EventRefusal::UnknownOrder)) };
        let mut wallets = ledger::store::lock_wallets_with_lots(tx, &[known.household]).await?;
        let mut order = find_order(tx, &known).await?;
        let hash = told.content_hash();
        let told_before = find_refund_hash(tx, &order, &told.refund_ref, hash).await?;
        let earn = ledger::store::find_earn_record(tx, order.household, &order.id.to_string()).await?;

        match told_before {
            Some(true) => return Ok(Ok(ToldAnswer::Duplicate)),
            Some(false) => return Ok(Err(EventRefusal::RefundDiffers)),
            None => {}
        }
        let refund = match order.refund(told) {
            Ok(refund) => refund,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let today = self.settings().zone.date_of(tx.now());
        let cause = Cause {
            id: tx.new_id(),
            reference: format!("{} {}", order.id, refund.refund_ref),
            actor: tx.actor(),
            posted_at: tx.now(),
            business_date: self.settings().zone.date_of(told.refunded_at),
        };
        let wallet = wallets.get_mut(&known.household).expect("the wallet was locked just now");
        let posting = earn.and_then(|earn| {
            let lines = points_to_claw_back(&earn, &refunded_cash(&order));
            wallet.claw_back(cause, &earn, lines, today)
        });

        insert_refund(tx, &order, &refund, hash).await?;
        update_refunded(tx, &order).await?;
        ledger::store::update_wallets(tx, wallets.values()).await?;
        ledger::store::insert_postings(tx, posting.as_slice()).await?;
        posting.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
        Ok(Ok(ToldAnswer::Accepted))
    }
}

/// Each line's cash, and how much of it has been refunded by now.
fn refunded_cash(order: &Order) -> BTreeMap<u32, (Money, Money)> {
    order.lines.iter().map(|line| (line.line_no, (line.cash, line.refunded_cash()))).collect()
}
