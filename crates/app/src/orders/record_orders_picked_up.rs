use std::collections::BTreeMap;

use ::orders::{
    OrderPaid, OrderPickedUp, PickUpRefusal,
    store::{KnownOrder, find_order, list_known_orders, list_picked_up_at, update_picked_up},
};
use db::{Tx, outbox};
use kernel::{ExternalRef, Fault, Id, Timestamp, kinds};
use ledger::{Cause, EarnRecord, Posting, Wallet, events::PointsPosted};

use super::{
    record_orders_paid::{Announce, RecordOrderRefusal, Recorded},
    told::{EventRefusal, ToldAnswer},
};
use crate::{App, Settings};

impl App {
    /// Notes a pick-up and gives the order's pending points their first day.
    pub(super) async fn record_order_picked_up(
        &self,
        tx: &mut Tx,
        told: &OrderPickedUp,
    ) -> Result<Result<ToldAnswer, EventRefusal>, Fault> {
        let known = list_known_orders(tx, &[&told.order_ref]).await?.remove(&told.order_ref);
        let Some(known) = known else { return Ok(Err(EventRefusal::UnknownOrder)) };
        Ok(match self.pick_up(tx, &known, told.picked_up_at, Announce::Yes).await? {
            Ok(true) => Ok(ToldAnswer::Accepted),
            Ok(false) => Ok(ToldAnswer::Duplicate),
            Err(refusal) => Err(refusal.into()),
        })
    }

    /// A sale told again in the same words may bring one piece of news: that it was picked up since.
    pub(super) async fn record_late_pick_ups(
        &self,
        tx: &mut Tx,
        paid: &[&OrderPaid],
        answers: &mut [Result<Recorded, RecordOrderRefusal>],
        announce: Announce,
    ) -> Result<(), Fault> {
        let told_again = paid.iter().zip(answers.iter_mut()).filter(|(_, answer)| **answer == Ok(Recorded::Duplicate));
        let late: Vec<_> =
            told_again.filter_map(|(paid, answer)| paid.picked_up_at.map(|at| (paid, at, answer))).collect();
        if late.is_empty() {
            return Ok(());
        }
        let refs: Vec<&ExternalRef> = late.iter().map(|(paid, ..)| &paid.order_ref).collect();
        let known = list_known_orders(tx, &refs).await?;
        let noted = list_picked_up_at(tx, known.values()).await?;
        for (paid, at, answer) in late {
            let order = &known[&paid.order_ref];
            if noted.get(&order.order) == Some(&at) {
                continue;
            }
            *answer = match self.pick_up(tx, order, at, announce).await? {
                Ok(true) => Ok(Recorded::PickedUp { order: order.order }),
                Ok(false) => Ok(Recorded::Duplicate),
                Err(refusal) => Err(refusal.into()),
            };
        }
        Ok(())
    }

    /// Whether it was news.
    async fn pick_up(
        &self,
        tx: &mut Tx,
        known: &KnownOrder,
        at: Timestamp,
        announce: Announce,
    ) -> Result<Result<bool, PickUpRefusal>, Fault> {
        let holders = ledger::store::list_holders(tx, known.household, known.order).await?;
        let mut wallets = crate::ledger::lock_wallets(tx, self.settings(), &holders).await?;
        let mut order = find_order(tx, known).await?;
        let today = self.settings().zone.date_of(tx.now());
        let earns = ledger::store::list_earn_records(tx, order.household, &holders, order.id, today).await?;

        match order.pick_up(at) {
            Ok(true) => {}
            known_or_refused => return Ok(known_or_refused),
        }
        let postings = schedule(tx, self.settings(), &mut wallets, &earns, at);

        update_picked_up(tx, &order).await?;
        ledger::store::update_wallets(tx, wallets.values()).await?;
        ledger::store::insert_postings(tx, &postings).await?;
        if announce == Announce::Yes {
            postings.iter().for_each(|posting| outbox::append(tx, &PointsPosted::of(posting)));
        }
        Ok(Ok(true))
    }
}

/// Gives the points of an order's earns their first day, in the wallets that have their lots now.
fn schedule(
    tx: &Tx,
    settings: &Settings,
    wallets: &mut BTreeMap<Id<kinds::Household>, Wallet>,
    earns: &[EarnRecord],
    picked_up_at: Timestamp,
) -> Vec<Posting> {
    let today = settings.zone.date_of(tx.now());
    let scheduled = earns.iter().filter_map(|earn| {
        let cause = Cause {
            id: tx.new_id(),
            reference: earn.reference.clone(),
            actor: tx.actor(),
            posted_at: tx.now(),
            business_date: settings.zone.date_of(picked_up_at),
        };
        let wallet = wallets.get_mut(&earn.holder).expect("all wallets the lots may be in were locked just now");
        wallet.schedule(cause, earn, settings.available_from(picked_up_at), today)
    });
    scheduled.collect()
}
