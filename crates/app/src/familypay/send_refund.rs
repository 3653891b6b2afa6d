use ::familypay::{
    Provider,
    events::{PaymentRefundDue, PaymentRefundSucceeded},
    store::{self, RefundState},
};
use db::{
    AuditLine,
    outbox::{self, ClaimedEvent},
};
use kernel::{Actor, Fault, FaultKind, Id, kinds};

use crate::App;

/// The reaction's name in receipts.
pub(crate) const SEND_REFUND: &str = "send_refund";

impl App {
    /// Sends money back by the payment it came by, under the refund's own number, which is the same each time it is sent.
    pub(crate) async fn send_refund(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: PaymentRefundDue = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a payment_refund_due event", error))?;
        let id: Id<kinds::PaymentRefund> =
            told.refund_id.parse().map_err(|_| Fault::inconsistent("read the id of a refund"))?;
        let known = store::find_refund_by_id(&self.reader(), id).await?;
        let known = known.ok_or_else(|| Fault::inconsistent("find a refund that is due"))?;
        match (known.provider, known.state) {
            (_, RefundState::Succeeded | RefundState::Failed) => Ok(()),
            (Provider::Sandbox, _) => self.send_sandbox_refund(id).await,
            // On its way: the clockwork asks after it.
            (Provider::WeChatPay, RefundState::Sent) => Ok(()),
            (Provider::WeChatPay, RefundState::ToSend) => self.send_wechat_refund(&known).await,
        }
    }

    async fn send_sandbox_refund(&self, id: Id<kinds::PaymentRefund>) -> Result<(), Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let refund = store::lock_refund(&mut tx, id).await?;
            let refund = refund.ok_or_else(|| Fault::inconsistent("find a refund that is due"))?;
            match refund.state {
                RefundState::Succeeded | RefundState::Failed => return tx.rollback().await,
                RefundState::ToSend | RefundState::Sent => {}
            }

            let is_back = store::insert_sandbox_refund(&mut tx, refund.id, &refund.payment, refund.amount).await?;

            let state = if is_back { RefundState::Succeeded } else { RefundState::Failed };
            store::update_refund_state(&mut tx, id, state).await?;
            if is_back {
                outbox::append(&mut tx, &PaymentRefundSucceeded::of(&refund));
            }
            let (household, detail) = (refund.origin.map(|origin| origin.household), state.word().to_owned());
            tx.audit(AuditLine { action: SEND_REFUND, household, subject: id.to_string(), detail });

            tx.commit().await
        })
        .await
    }
}
