use ::familypay::{
    Provider,
    wechat::{CallbackHeaders, CallbackRefusal, Notice},
};
use kernel::Fault;

use crate::{App, familypay::PaymentTold};

/// Why what somebody sent as WeChat Pay's is not taken. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeRefusal {
    /// There is no merchant's account here.
    #[error("WeChat Pay is not set up")]
    NotSetUp,
    /// It is not WeChat Pay's, or not for us.
    #[error(transparent)]
    NotBelieved(#[from] CallbackRefusal),
}

impl App {
    /// Takes what WeChat Pay tells by itself: a payment, or where a refund stands. Told again it changes nothing.
    ///
    /// # Errors
    /// A [`Fault`]; it is told again then, and that is safe.
    pub async fn take_wechat_notice(
        &self,
        headers: &CallbackHeaders<'_>,
        body: &[u8],
    ) -> Result<Result<(), NoticeRefusal>, Fault> {
        let Some(wechat) = self.wechat_pay() else { return Ok(Err(NoticeRefusal::NotSetUp)) };
        let notice = match wechat.merchant.open_callback(headers, body, self.db().clock().now()) {
            Ok(notice) => notice,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        match notice {
            Notice::Paid(paid) => {
                let told = PaymentTold { provider: Provider::WeChatPay, attempt: paid.attempt, payment: paid.payment };
                self.settle_payment(&told).await?;
            }
            Notice::Refund(refund) => self.note_wechat_refund(&refund).await?,
            Notice::Other => {}
        }
        Ok(Ok(()))
    }
}
