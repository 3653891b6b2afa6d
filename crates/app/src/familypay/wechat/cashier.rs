use ::familypay::{
    PaymentAttempt, Provider,
    store::{self, RequestPlace},
    wechat::{CallFault, CashierCall, CashierKind, Prepay, WeChatPay},
};
use kernel::{Fault, Timestamp};

use super::{fault, is_gone, is_paid};
use crate::{App, familypay::PayDoor};

/// How much of what is bought the cashier shows, in bytes of UTF-8: as much as WeChat Pay takes.
const MAX_DESCRIPTION: usize = 127;

/// Who is led to the cashier, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenCashier {
    /// By which door the payer comes.
    pub door: PayDoor,
    /// The payer's address, which WeChat Pay wants to know of a browser.
    pub payer_ip: String,
    /// Who the payer is to the merchant's app (openid), inside WeChat; none in a browser.
    pub open_id: Option<String>,
}

/// Where a payer pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cashier {
    /// At an address that opens WeChat.
    Address(String),
    /// By scanning a code of this content.
    Code(String),
    /// Inside WeChat, by a call of its app.
    InWeChat(CashierCall),
}

/// Why no cashier opens. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenCashierRefusal {
    /// The payer is not at a cashier of WeChat Pay: not begun, over, or paid by now.
    #[error("the payer is not at the cashier")]
    NotThere,
    /// The provider does not answer, or refuses.
    #[error("the provider does not answer")]
    ProviderAway,
}

impl App {
    /// Opens the cashier of the attempt a payer began. Again it opens the same one: its number at the provider is the attempt's.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn open_cashier(&self, open: &OpenCashier) -> Result<Result<Cashier, OpenCashierRefusal>, Fault> {
        let Some(wechat) = self.wechat_pay() else { return Ok(Err(OpenCashierRefusal::NotThere)) };
        let Some((tx, payer, book)) = self.open_door(&open.door).await? else {
            return Ok(Err(OpenCashierRefusal::NotThere));
        };
        let place = RequestPlace { household: book.request.household(), request: book.request.id() };
        let attempts = store::list_attempts_of_request(&self.reader(), place).await?;
        let now = tx.now();
        let at_cashier = self.open_attempt(&book, payer, &attempts, now).await?;
        let description = describe(book.lines.iter().map(|line| line.name.as_str()));
        tx.rollback().await?;
        let Some((attempt, until)) = at_cashier.filter(|(attempt, _)| attempt.provider == Provider::WeChatPay) else {
            return Ok(Err(OpenCashierRefusal::NotThere));
        };

        let prepay = prepay(&wechat, &attempt, description, until);
        match self.prepare(&wechat, &prepay, open).await {
            Ok(cashier) => Ok(Ok(cashier)),
            Err(CallFault::Refused { code }) if is_paid(&code) => {
                self.ask_about(&attempt).await?;
                Ok(Err(OpenCashierRefusal::NotThere))
            }
            Err(CallFault::Refused { code }) if is_gone(&code) => Ok(Err(OpenCashierRefusal::NotThere)),
            Err(error) => {
                let error = fault("open a cashier of WeChat Pay", error);
                tracing::warn!(attempt = %attempt.id, error = error.chain(), "No cashier opens");
                Ok(Err(OpenCashierRefusal::ProviderAway))
            }
        }
    }

    async fn prepare(&self, wechat: &WeChatPay, prepay: &Prepay, open: &OpenCashier) -> Result<Cashier, CallFault> {
        let clock = self.db().clock();
        let client = wechat.client(clock.as_ref());
        if let Some(open_id) = &open.open_id {
            let prepay_id = client.prepay_in_wechat(prepay, open_id).await?;
            let nonce = self.db().ids().next_id::<()>(clock.now()).uuid().simple().to_string();
            return Ok(Cashier::InWeChat(wechat.merchant.cashier_call(&prepay_id, &nonce, clock.now())?));
        }
        match wechat.cashier {
            CashierKind::Browser => client.prepay_in_browser(prepay, &open.payer_ip).await.map(Cashier::Address),
            CashierKind::Code => client.prepay_by_code(prepay).await.map(Cashier::Code),
        }
    }
}

fn prepay(wechat: &WeChatPay, attempt: &PaymentAttempt, description: String, until: Timestamp) -> Prepay {
    Prepay {
        attempt: attempt.id,
        description,
        amount: attempt.amount,
        ends_at: until,
        notify_url: wechat.notify_url.clone(),
    }
}

/// What is bought, as long as it may be; names are left out whole.
fn describe<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const MORE: &str = "…";
    let mut said = String::new();
    for name in names {
        let between = if said.is_empty() { "" } else { "、" };
        if said.len() + between.len() + name.len() + MORE.len() > MAX_DESCRIPTION {
            said.push_str(MORE);
            return said;
        }
        said.push_str(between);
        said.push_str(name);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::{MAX_DESCRIPTION, describe};

    #[test]
    fn says_what_is_bought_in_whole_names() {
        assert_eq!(describe(["橘子", "鸡蛋"].into_iter()), "橘子、鸡蛋");
        let many = describe(std::iter::repeat_n("红富士苹果", 20));
        assert!(many.ends_with("红富士苹果…") && many.len() <= MAX_DESCRIPTION, "{many}");
        assert_eq!(describe(std::iter::once("长".repeat(50).as_str())), "…");
    }
}
