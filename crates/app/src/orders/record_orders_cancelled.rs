use ::orders::{
    Order, OrderCancelled, OrderLine,
    events::OrderCancelled as OrderCancelledEvent,
    store::{find_order, list_known_orders, update_cancelled},
};
use db::{Tx, outbox};
use kernel::Fault;
use ledger::{LineRefunded, events::PointsPosted};

use super::{
    record_orders_refunded::{Taken, claw_back},
    told::{EventRefusal, ToldAnswer},
};
use crate::App;

/// What stands for a refund's number where a whole order was called off. Never both: after the one the other is refused.
const REFERENCE: &str = "cancelled";

impl App {
    /// Notes that an order was called off and claws back all it had earned, by the earn's own snapshot.
    pub(super) async fn record_order_cancelled(
        &self,
        tx: &mut Tx,
        told: &OrderCancelled,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let known = list_known_orders(tx, &[&told.order_ref]).await?.remove(&told.order_ref);
        let Some(known) = known else { return Ok(Err(EventRefusal::UnknownOrder)) };
        let holders = ledger::store::list_holders(tx, known.household, known.order).await?;
        let mut wallets = crate::ledger::lock_wallets(tx, self.settings(), &holders).await?;
        let mut order = find_order(tx, &known).await?;
        let today = self.settings().zone.date_of(tx.now());
        let earns = ledger::store::list_earn_records(tx, order.household, &holders, order.id, today).await?;

        match order.cancel(told.cancelled_at) {
            Ok(true) => {}
            Ok(false) => return Ok(Ok(ToldAnswer::Duplicate)),
            Err(refusal) => return Ok(Err(refusal.into())),
        }
        let taken = Taken { reference: REFERENCE, at: told.cancelled_at, cash: whole_cash(&order) };
        let postings = claw_back(tx, self.settings(), &mut wallets, &earns, &taken);

        update_cancelled(tx, &order).await?;
        ledger::store::update_wallets(tx, wallets.values()).await?;
        ledger::store::insert_postings(tx, &postings).await?;
        outbox::append(tx, &OrderCancelledEvent::of(&order));
        postings.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
        Ok(Ok(ToldAnswer::Accepted))
    }
}

/// Each line's cash, all of it gone back.
fn whole_cash(order: &Order) -> super::record_orders_refunded::RefundedCash {
    let whole = |line: &OrderLine| LineRefunded { cash: line.cash, before: line.refunded_cash(), after: line.cash };
    order.lines.iter().map(|line| (line.line_no, whole(line))).collect()
}
