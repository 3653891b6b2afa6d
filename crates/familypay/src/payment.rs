//! Money that came in, and where it goes: one payment pays the order, every other goes back to whoever paid it.

use kernel::{Currency, Id, Money, Month, Timestamp, kinds};

use crate::{PayRequest, PayRequestState};

#[cfg(test)]
mod tests;

/// One try to pay, with a number of its own at the provider. Never changed: another try is another attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentAttempt {
    /// Its id; the number the provider knows it by is made of it.
    pub id: Id<kinds::PaymentAttempt>,
    /// What it was to pay.
    pub request: Id<kinds::PayRequest>,
    /// Who pays.
    pub payer: Id<kinds::Person>,
    /// How much.
    pub amount: Money,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// Where.
    pub provider: Provider,
    /// The mandate it is paid by, and the month it counts in; none: the payer pays it at the cashier.
    pub mandate: Option<(Id<kinds::Mandate>, Month)>,
}

/// Who moves the money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Nobody: whoever tries a deployment plays the bank.
    Sandbox,
    /// WeChat Pay (微信支付).
    WeChatPay,
}

impl Provider {
    /// The word as stored and told.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::WeChatPay => "wechat_pay",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Sandbox, Self::WeChatPay].into_iter().find(|provider| provider.word() == word)
    }
}

/// What a provider says it took, checked to be from the provider. Not yet believed to be ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The provider's own number: one payment, however often it is told.
    pub provider_ref: ProviderRef,
    /// How much the provider took.
    pub amount: Money,
    /// When it took it.
    pub paid_at: Timestamp,
}

/// A provider's number of a payment or a refund.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderRef(String);

impl ProviderRef {
    /// From 1 to 64 visible ASCII characters.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let is_plain = (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_plain.then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number a refund has at its provider (out_refund_no): the same each time it is sent, or the money goes back twice.
#[must_use]
pub fn refund_number(refund: Id<kinds::PaymentRefund>) -> String {
    refund.uuid().simple().to_string()
}

/// What becomes of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It pays the order.
    Pays,
    /// It is not needed, and goes back to its payer whole.
    Surplus(Surplus),
}

/// Why a payment goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surplus {
    /// Another payment was first.
    AlreadyPaid,
    /// The order ended meanwhile: cancelled, or to be paid at pick-up.
    Ended,
    /// It came after the deadline, and the order could not be had any more.
    TooLate,
    /// Not what the attempt was for.
    WrongAmount,
    /// No attempt of ours, or one for another request.
    UnknownAttempt,
}

impl Settled {
    /// The word as stored and told.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::Surplus(Surplus::AlreadyPaid) => "already_paid",
            Self::Surplus(Surplus::Ended) => "ended",
            Self::Surplus(Surplus::TooLate) => "too_late",
            Self::Surplus(Surplus::WrongAmount) => "wrong_amount",
            Self::Surplus(Surplus::UnknownAttempt) => "unknown_attempt",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let surpluses =
            [Surplus::AlreadyPaid, Surplus::Ended, Surplus::TooLate, Surplus::WrongAmount, Surplus::UnknownAttempt];
        let all = surpluses.into_iter().map(Self::Surplus).chain([Self::Pays]);
        all.into_iter().find(|settled| settled.word() == word)
    }
}

/// Whether an order whose time is over can still be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// Its goods can be reserved again.
    CanBeReserved,
    /// They are gone.
    Gone,
}

/// Money to give back: always to the payment it came by, and so to its payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The payment.
    pub payment: ProviderRef,
    /// How much.
    pub amount: Money,
}

/// Why nothing goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefusal {
    /// Nothing was paid.
    #[error("it has not been paid")]
    NotPaid,
    /// Nothing is asked for.
    #[error("there is nothing to give back")]
    Nothing,
    /// More than is left of the payment.
    #[error("only {left} are left of the payment")]
    MoreThanLeft {
        /// What is left.
        left: Money,
    },
}

impl PayRequest {
    /// What becomes of a payment that was told for the first time. A payment told again is known by its number and never comes here.
    ///
    /// Believed is what was kept: the attempt as it was begun, not what the provider says it was for.
    pub fn settle(
        &mut self,
        attempt: Option<&PaymentAttempt>,
        payment: &Payment,
        availability: Availability,
        now: Timestamp,
    ) -> Settled {
        let Some(attempt) = attempt.filter(|attempt| attempt.request == self.id()) else {
            return Settled::Surplus(Surplus::UnknownAttempt);
        };
        if payment.amount != attempt.amount || attempt.amount != self.amount() {
            return Settled::Surplus(Surplus::WrongAmount);
        }
        match self.state_at(now) {
            PayRequestState::Asked | PayRequestState::Claimed { .. } => {}
            // The money is there and so are the goods: sending both back would help nobody.
            PayRequestState::Declined | PayRequestState::Expired => {
                if availability == Availability::Gone || now >= self.cut_off() {
                    return Settled::Surplus(Surplus::TooLate);
                }
            }
            PayRequestState::Paid | PayRequestState::RefundedPartly | PayRequestState::Refunded => {
                return Settled::Surplus(Surplus::AlreadyPaid);
            }
            PayRequestState::Draft | PayRequestState::Cancelled | PayRequestState::PayAtPickUp => {
                return Settled::Surplus(Surplus::Ended);
            }
        }
        self.paid();
        Settled::Pays
    }

    /// Gives back a part of the payment that counts, to its payer.
    ///
    /// # Errors
    /// [`RefundRefusal`]; nothing changed.
    pub fn refund(&mut self, payment: &ProviderRef, amount: Money) -> Result<Refund, RefundRefusal> {
        // Of a paid one no date changes anything.
        if !matches!(self.state_at(self.cut_off()), PayRequestState::Paid | PayRequestState::RefundedPartly) {
            return Err(RefundRefusal::NotPaid);
        }
        if amount == Money::ZERO {
            return Err(RefundRefusal::Nothing);
        }
        let left_minor = self.amount().minor() - self.refunded().minor();
        if amount.minor() > left_minor {
            let left = Money::from_minor(left_minor, Currency::Cny).unwrap_or(Money::ZERO);
            return Err(RefundRefusal::MoreThanLeft { left });
        }
        let in_all = Money::from_minor(self.refunded().minor() + amount.minor(), Currency::Cny)
            .expect("no more is refunded than was paid");
        self.refunded_in_all(in_all);
        Ok(Refund { payment: payment.clone(), amount })
    }
}
