use ::orders::OrderPaid;
use db::AuditLine;
use kernel::{Actor, Fault};

use super::record_orders_paid::{Announce, RecordOrderRefusal, Recorded, record_paid};
use crate::{App, ImportMode};

impl App {
    /// Most orders taken in one call: one transaction, so what a crash can undo.
    pub const MAX_ORDERS_PER_IMPORT: usize = 1_000;

    /// Takes part of an order history: each order is kept and earns as on its own day; nobody is told of it as news.
    ///
    /// One call is one transaction with one answer per order. Told again, an order changes nothing.
    ///
    /// # Errors
    /// A [`Fault`]; nothing of the call is kept unless the commit itself broke, and taking it again is safe either way.
    ///
    /// # Panics
    /// With more than [`App::MAX_ORDERS_PER_IMPORT`] orders.
    pub async fn import_orders(
        &self,
        orders: &[OrderPaid],
        mode: ImportMode,
    ) -> Result<Vec<Result<Recorded, RecordOrderRefusal>>, Fault> {
        assert!(orders.len() <= Self::MAX_ORDERS_PER_IMPORT, "too many orders for one transaction");
        db::retry_contention(async || self.import_orders_once(orders, mode).await).await
    }

    async fn import_orders_once(
        &self,
        orders: &[OrderPaid],
        mode: ImportMode,
    ) -> Result<Vec<Result<Recorded, RecordOrderRefusal>>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;

        let paid: Vec<&OrderPaid> = orders.iter().collect();
        let mut answers = record_paid(&mut tx, self.settings(), &paid, Announce::No).await?;
        self.record_late_pick_ups(&mut tx, &paid, &mut answers, Announce::No).await?;

        // A dry run does all the work and then lets go of it, so that it cannot say something else than the real one.
        if mode == ImportMode::DryRun {
            tx.rollback().await?;
            return Ok(answers);
        }
        let new = answers
            .iter()
            .filter(|answer| matches!(answer, Ok(Recorded::New { .. } | Recorded::PickedUp { .. })))
            .count();
        if new > 0 {
            let detail = format!("{new} of {} orders were new", orders.len());
            tx.audit(AuditLine { action: "import_orders", household: None, subject: "orders".to_owned(), detail });
        }

        tx.commit().await?;
        Ok(answers)
    }
}
