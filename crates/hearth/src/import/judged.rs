//! What a dry run said of orders so far, because the database forgets each batch of it.

use std::collections::HashMap;

use app::{
    App, ImportMode,
    orders::{RecordOrderRefusal, Recorded},
};
use db::idempotency::InputHash;
use kernel::ExternalRef;
use orders::OrderPaid;

use crate::Failure;

/// Most orders a dry run remembers. At some 120 bytes an order this is about 600 MB.
pub(super) const MAX_ORDERS_JUDGED: usize = 5_000_000;

/// Orders that a dry run answered to be new, by their numbers.
pub(super) struct JudgedOrders {
    hashes: HashMap<ExternalRef, InputHash>,
    most: usize,
}

impl Default for JudgedOrders {
    fn default() -> Self {
        Self { hashes: HashMap::new(), most: MAX_ORDERS_JUDGED }
    }
}

impl JudgedOrders {
    /// Judges a batch as a real import would that has taken the batches before it.
    ///
    /// # Errors
    /// A [`Failure`] of the database, or when more orders were new than can be remembered.
    pub(super) async fn import_orders(
        &mut self,
        app: &App,
        orders: &[OrderPaid],
    ) -> Result<Vec<Result<Recorded, RecordOrderRefusal>>, Failure> {
        let told: Vec<Option<bool>> = orders.iter().map(|order| self.is_told(order)).collect();
        let unheard = orders.iter().zip(&told).filter(|(_, told)| told.is_none());
        let unheard: Vec<OrderPaid> = unheard.map(|(order, _)| order.clone()).collect();
        let mut judged = app.import_orders(&unheard, ImportMode::DryRun).await?.into_iter();

        let mut answers = Vec::with_capacity(orders.len());
        for (order, told) in orders.iter().zip(told) {
            let answer = match told {
                Some(true) => Ok(Recorded::Duplicate),
                Some(false) => Err(RecordOrderRefusal::OrderDiffers),
                None => judged.next().expect("one answer for every order that was asked about"),
            };
            if matches!(answer, Ok(Recorded::New { .. })) {
                self.remember(order)?;
            }
            answers.push(answer);
        }
        Ok(answers)
    }

    /// Whether an order of this number was new in a batch before, and then whether in the same words.
    fn is_told(&self, order: &OrderPaid) -> Option<bool> {
        self.hashes.get(&order.order_ref).map(|&hash| hash == order.content_hash())
    }

    fn remember(&mut self, order: &OrderPaid) -> Result<(), Failure> {
        if self.hashes.len() == self.most {
            return Err(Failure::new(format!(
                "a dry run compares at most {} new orders with each other, and there are more: cut the history into parts; \
                 nothing was written",
                self.most
            )));
        }
        self.hashes.insert(order.order_ref.clone(), order.content_hash());
        Ok(())
    }
}
