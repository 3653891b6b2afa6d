//! WeChat Pay as the provider: the cashier a payer is led to, what it tells us, and what it is asked because it did not tell.
//!
//! No transaction is open while it is asked: what it answers is settled by its number afterwards, as if it had told it by itself.

mod ask;
mod cashier;
mod refund;
mod take_notice;

use std::sync::Arc;

use ::familypay::wechat::{CallFault, WeChatPay};
use kernel::{Fault, FaultKind};

use crate::App;

pub use cashier::{Cashier, OpenCashier, OpenCashierRefusal};
pub use take_notice::NoticeRefusal;

impl App {
    /// The merchant's account, where there is one.
    fn wechat_pay(&self) -> Option<Arc<WeChatPay>> {
        self.settings().wechat_pay.clone()
    }
}

/// What it says of a call, for the log: without what is asked for, and without secrets.
fn fault(what: &'static str, error: CallFault) -> Fault {
    Fault::because(FaultKind::Broken, what, error)
}

/// Whether a refusal says that the attempt cannot be paid any more, or never could.
fn is_gone(code: &str) -> bool {
    matches!(code, "ORDER_CLOSED" | "ORDERCLOSED" | "ORDER_NOT_EXIST" | "ORDERNOTEXIST" | "TRADE_CLOSED")
}

/// Whether a refusal says that it was paid.
fn is_paid(code: &str) -> bool {
    matches!(code, "ORDERPAID" | "ORDER_PAID")
}
