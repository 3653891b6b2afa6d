use ::orders::{
    Order, OrderCancelled, OrderLine,
    events::OrderCancelled as OrderCancelledEvent,
    store::{list_known_orders, update_cancelled},
};
use db::{Tx, outbox};
use kernel::Fault;
use ledger::{LineRefunded, events::PointsPosted};

use super::{
    record_orders_refunded::{RefundedCash, Taken, load},
    told::{EventRefusal, ToldAnswer},
};
use crate::App;

/// What stands for a refund's number where a whole order was called off. Never both: after the one the other is refused.
const REFERENCE: &str = "cancelled";

impl App {
    /// Notes that an order was called off, gives back the points it was paid with, and claws back all it had earned, by the earn's
    /// own snapshot.
    pub(super) async fn record_order_cancelled(
        &self,
        tx: &mut Tx,
        told: &OrderCancelled,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let known = list_known_orders(tx, &[&told.order_ref]).await?.remove(&told.order_ref);
        let Some(known) = known else { return Ok(Err(EventRefusal::UnknownOrder)) };
        let mut books = load(tx, self.settings(), &known).await?;

        match books.order.cancel(told.cancelled_at) {
            Ok(true) => {}
            Ok(false) => return Ok(Ok(ToldAnswer::Duplicate)),
            Err(refusal) => return Ok(Err(refusal.into())),
        }
        let (cash, points) = (whole_cash(&books.order), books.order.points());
        let taken = Taken { reference: REFERENCE, at: told.cancelled_at, cash, points };
        let mut postings = match books.restore(tx, self.settings(), &taken) {
            Ok(postings) => postings,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        postings.extend(books.claw_back(tx, self.settings(), &taken));

        update_cancelled(tx, &books.order).await?;
        ledger::store::update_wallets(tx, books.wallets.values()).await?;
        ledger::store::insert_postings(tx, &postings).await?;
        outbox::append(tx, &OrderCancelledEvent::of(&books.order));
        postings.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
        Ok(Ok(ToldAnswer::Accepted))
    }
}

/// Each line's cash, all of it gone back.
fn whole_cash(order: &Order) -> RefundedCash {
    let whole = |line: &OrderLine| LineRefunded { cash: line.cash, before: line.refunded_cash(), after: line.cash };
    order.lines.iter().map(|line| (line.line_no, whole(line))).collect()
}
