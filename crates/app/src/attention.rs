//! What waits for somebody of the staff.

use accounts::StaffRole;
use kernel::{Fault, Timestamp};

use crate::{App, StaffPrincipal};

/// What waits, as far as it is the business of whoever asks; `None` where it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attention {
    /// Proposed acts that nobody decided and that can still be.
    pub pending_approvals: Option<u64>,
    /// Events whose reactions are due or will be.
    pub waiting_events: Option<u64>,
    /// Events whose reactions failed for the last time.
    pub parked_events: Option<u64>,
    /// Messages to webhooks that were tried for the last time.
    pub parked_deliveries: Option<u64>,
    /// When the ledger was last sealed; also `None` while it never was.
    pub sealed_at: Option<Timestamp>,
}

impl App {
    /// What waits for somebody of the staff, by their roles.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_attention(&self, principal: &StaffPrincipal) -> Result<Attention, Fault> {
        use StaffRole::{Admin, Auditor, Finance, Support};
        let (reader, now) = (self.reader(), self.db().clock().now());
        let mut attention = Attention::default();
        if principal.roles.has_any(&[Support, Finance, Auditor, Admin]) {
            let pending = accounts::store::count_all_pending_approvals(&reader, now).await?;
            attention.pending_approvals = Some(pending);
        }
        if principal.roles.has_any(&[Auditor, Admin]) {
            let (waiting, parked) = self.count_outbox().await?;
            attention.waiting_events = Some(waiting);
            attention.parked_events = Some(parked);
            attention.parked_deliveries = Some(db::outbox::parked::count_parked_deliveries(&reader).await?);
        }
        if principal.roles.has_any(&[Finance, Auditor]) {
            attention.sealed_at = ledger::store::find_sealed_at(&reader).await?;
        }
        Ok(attention)
    }
}
