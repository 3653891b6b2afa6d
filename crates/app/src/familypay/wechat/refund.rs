use ::familypay::{
    Provider,
    events::PaymentRefundSucceeded,
    refund_number,
    store::{self, RefundState, StoredRefund},
    wechat::{CallFault, RefundNotice, RefundOrder, RefundProgress},
};
use chrono::TimeDelta;
use db::{AuditLine, outbox};
use kernel::{Actor, Fault, FaultKind, Id, kinds};
use uuid::Uuid;

use super::fault;
use crate::{App, familypay::SEND_REFUND};

/// How long a refund on its way is silent before it is asked about.
const ASK_AFTER: TimeDelta = TimeDelta::minutes(10);

/// Most refunds asked about by one run of the clockwork.
const REFUNDS_PER_RUN: u64 = 20;

impl App {
    /// Orders a refund under its own number, which is the same each time, and keeps what is said of it.
    pub(in crate::familypay) async fn send_wechat_refund(&self, refund: &StoredRefund) -> Result<(), Fault> {
        let wechat = self.wechat_pay();
        let wechat = wechat.ok_or_else(|| Fault::new(FaultKind::Broken, "send a refund: WeChat Pay is not set up"))?;
        let mut tx = self.begin(Actor::System).await?;
        let payment = store::find_payment(&mut tx, Provider::WeChatPay, &refund.payment).await?;
        tx.rollback().await?;
        let payment = payment.ok_or_else(|| Fault::inconsistent("find the payment of a refund"))?;
        let order = RefundOrder {
            refund_number: refund_number(refund.id),
            payment: refund.payment.clone(),
            amount: refund.amount,
            paid: payment.payment.amount,
        };
        // Whatever keeps it from being sent is told to whoever sends it again: it stays to be sent.
        let sent = wechat.client(self.db().clock().as_ref()).refund(&order).await;
        let notice = sent.map_err(|error| fault("send a refund by WeChat Pay", error))?;
        self.note_progress(refund.id, &notice).await
    }

    /// Keeps what WeChat Pay tells of a refund. One nobody here knows is not ours to keep; the day's books name it.
    pub(super) async fn note_wechat_refund(&self, notice: &RefundNotice) -> Result<(), Fault> {
        let Ok(id) = Uuid::try_parse(&notice.refund_number) else {
            tracing::warn!(number = notice.refund_number, "WeChat Pay tells of a refund that is none of ours");
            return Ok(());
        };
        self.note_progress(Id::from_uuid(id), notice).await
    }

    /// Asks about refunds on their way that nothing was heard of for a while; how many are over now.
    ///
    /// # Errors
    /// A [`Fault`]; running it again is safe.
    pub async fn ask_about_refunds(&self) -> Result<usize, Fault> {
        let Some(wechat) = self.wechat_pay() else { return Ok(0) };
        let before = self.db().clock().now() - ASK_AFTER;
        let silent = store::list_refunds_to_ask(&self.reader(), Provider::WeChatPay, before, REFUNDS_PER_RUN).await?;
        let mut over = 0;
        for refund in silent {
            match wechat.client(self.db().clock().as_ref()).find_refund(&refund_number(refund.id)).await {
                Ok(Some(notice)) => {
                    self.note_progress(refund.id, &notice).await?;
                    over += usize::from(notice.progress != RefundProgress::Processing);
                }
                // It never got there: sent again, under the same number. One that cannot be sent keeps no other from being asked about.
                Ok(None) => {
                    if let Err(fault) = self.send_wechat_refund(&refund).await {
                        tracing::error!(refund = %refund.id, error = fault.chain(), "A refund could not be sent again");
                        self.note_asked(refund.id).await?;
                    }
                }
                Err(error @ (CallFault::Unanswered(_) | CallFault::NotBelieved(_))) => {
                    let fault = fault("ask about a refund", error);
                    tracing::warn!(refund = %refund.id, error = fault.chain(), "WeChat Pay was asked in vain");
                    break;
                }
                Err(error) => {
                    let fault = fault("ask about a refund", error);
                    tracing::error!(refund = %refund.id, error = fault.chain(), "WeChat Pay does not say where a refund stands");
                    self.note_asked(refund.id).await?;
                }
            }
        }
        Ok(over)
    }

    async fn note_asked(&self, id: Id<kinds::PaymentRefund>) -> Result<(), Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            store::update_refund_asked(&mut tx, id).await?;
            tx.commit().await
        })
        .await
    }

    async fn note_progress(&self, id: Id<kinds::PaymentRefund>, notice: &RefundNotice) -> Result<(), Fault> {
        let state = match notice.progress {
            RefundProgress::Processing => RefundState::Sent,
            RefundProgress::Done => RefundState::Succeeded,
            RefundProgress::Stuck => RefundState::Failed,
        };
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::System).await?;
            let refund = store::lock_refund(&mut tx, id).await?.filter(|it| it.provider == Provider::WeChatPay);
            let Some(refund) = refund else {
                tracing::warn!(refund = %id, "WeChat Pay tells of a refund that is none of ours");
                return tx.rollback().await;
            };
            // What is over stays over: told late or twice, it is told in vain. One that got stuck may still come through.
            let is_over = refund.state == RefundState::Succeeded;
            if is_over || notice.amount != refund.amount {
                if notice.amount != refund.amount {
                    tracing::error!(refund = %id, "WeChat Pay tells of a refund with another amount than ours");
                }
                return tx.rollback().await;
            }

            store::update_refund_state(&mut tx, id, state).await?;
            if state == RefundState::Succeeded {
                outbox::append(&mut tx, &PaymentRefundSucceeded::of(&refund));
            }
            if state != refund.state {
                let household = refund.origin.map(|origin| origin.household);
                let detail = state.word().to_owned();
                tx.audit(AuditLine { action: SEND_REFUND, household, subject: id.to_string(), detail });
            }
            tx.commit().await
        })
        .await
    }
}
