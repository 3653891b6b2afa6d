use ::orders::{
    OrderPickedUp,
    store::{find_order, list_known_orders, update_picked_up},
};
use db::{Tx, outbox};
use kernel::Fault;
use ledger::{Cause, events::PointsPosted};

use super::told::{EventRefusal, ToldAnswer};
use crate::App;

impl App {
    /// Notes a pick-up and gives the order's pending points their first day.
    pub(super) async fn record_order_picked_up(
        &self,
        tx: &mut Tx,
        told: &OrderPickedUp,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let known = list_known_orders(tx, &[&told.order_ref]).await?.remove(&told.order_ref);
        let Some(known) = known else { return Ok(Err(EventRefusal::UnknownOrder)) };
        let mut wallets = ledger::store::lock_wallets_with_lots(tx, &[known.household]).await?;
        let mut order = find_order(tx, &known).await?;
        let reference = order.id.to_string();
        let earn = ledger::store::find_earn_record(tx, order.household, &reference).await?;

        match order.pick_up(told.picked_up_at) {
            Ok(true) => {}
            Ok(false) => return Ok(Ok(ToldAnswer::Duplicate)),
            Err(refusal) => return Ok(Err(refusal.into())),
        }
        let cause = Cause {
            id: tx.new_id(),
            reference,
            actor: tx.actor(),
            posted_at: tx.now(),
            business_date: self.settings().zone.date_of(told.picked_up_at),
        };
        let wallet = wallets.get_mut(&known.household).expect("the wallet was locked just now");
        let available_from = self.settings().available_from(told.picked_up_at);
        let posting = earn.and_then(|earn| wallet.schedule(cause, &earn, available_from));

        update_picked_up(tx, &order).await?;
        ledger::store::update_wallets(tx, wallets.values()).await?;
        ledger::store::insert_postings(tx, posting.as_slice()).await?;
        posting.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
        Ok(Ok(ToldAnswer::Accepted))
    }
}
