use std::collections::HashSet;

use ::orders::store::{StoredOrder, StoredRefund, list_stored_orders, list_stored_refunds};
use db::{Snapshot, idempotency::InputHash};
use kernel::Fault;

use crate::orders::{paid_hash, picked_up_hash};

/// The inputs of order events that were taken, and which of them led to something. Only the inputs are remembered, not the
/// orders: an imported history has many orders and no keys.
#[derive(Default)]
pub(super) struct Tellings {
    unexplained: HashSet<[u8; 32]>,
}

impl Tellings {
    /// Notes the input of an event that was taken.
    pub(super) fn add(&mut self, input: [u8; 32]) {
        self.unexplained.insert(input);
    }

    /// Reads orders and refunds, for as long as some event is unexplained.
    pub(super) async fn explain(&mut self, snapshot: &mut Snapshot) -> Result<(), Fault> {
        let mut last = None;
        while !self.unexplained.is_empty() {
            let orders = list_stored_orders(snapshot, last.as_ref()).await?;
            orders.iter().for_each(|order| self.explain_by_order(order));
            let Some(newest) = orders.into_iter().next_back() else { break };
            last = Some(newest);
        }
        let mut last = None;
        while !self.unexplained.is_empty() {
            let refunds: Vec<StoredRefund> = list_stored_refunds(snapshot, last.as_ref()).await?;
            refunds.iter().for_each(|refund| {
                self.unexplained.remove(&refund.content);
            });
            let Some(newest) = refunds.into_iter().next_back() else { break };
            last = Some(newest);
        }
        Ok(())
    }

    /// Whether every event led to something.
    pub(super) fn is_explained(&self) -> bool {
        self.unexplained.is_empty()
    }

    /// Whether an event led to nothing.
    pub(super) fn misses(&self, input: [u8; 32]) -> bool {
        self.unexplained.contains(&input)
    }

    /// An order may have been told when it was paid, with its pick-up or without, and again when it was picked up.
    fn explain_by_order(&mut self, order: &StoredOrder) {
        let content = InputHash::from_bytes(order.content);
        let picked_up =
            order.picked_up_at.map(|at| [paid_hash(content, Some(at)), picked_up_hash(&order.order_ref, at)]);
        for input in [paid_hash(content, None)].into_iter().chain(picked_up.into_iter().flatten()) {
            self.unexplained.remove(&input.bytes());
        }
    }
}
