use ::familypay::{DeclineReason as Reason, PayLine, PayRequestState as State};
use app::familypay::PayRequestShown;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use crate::schema::{
    ids,
    money::Money,
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
};

/// Where a request to pay stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum PayRequestState {
    /// Read back to the senior, who has not said yes.
    Draft,
    /// A payer was asked.
    Asked,
    /// A payer is at the cashier, or a mandate pays.
    Claimed,
    /// Paid.
    Paid,
    /// Every payer declined; it can still be paid at pick-up.
    Declined,
    /// Nobody answered in time; it can still be paid at pick-up.
    Expired,
    /// Called off.
    Cancelled,
    /// The senior pays when she picks it up.
    PayAtPickUp,
    /// Paid, and a part of it went back to the payer.
    RefundedPartly,
    /// Paid, and all of it went back to the payer.
    Refunded,
}

impl From<State> for PayRequestState {
    fn from(state: State) -> Self {
        match state {
            State::Draft => Self::Draft,
            State::Asked => Self::Asked,
            State::Claimed { .. } => Self::Claimed,
            State::Paid => Self::Paid,
            State::Declined => Self::Declined,
            State::Expired => Self::Expired,
            State::Cancelled => Self::Cancelled,
            State::PayAtPickUp => Self::PayAtPickUp,
            State::RefundedPartly => Self::RefundedPartly,
            State::Refunded => Self::Refunded,
        }
    }
}

/// Why a payer passes a request on.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum DeclineReason {
    /// I cannot pay just now.
    Busy,
    /// We have this at home.
    NotNeeded,
    /// Let us talk about it first.
    TalkFirst,
    /// Please ask somebody else.
    SomebodyElse,
}

impl From<Reason> for DeclineReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Busy => Self::Busy,
            Reason::NotNeeded => Self::NotNeeded,
            Reason::TalkFirst => Self::TalkFirst,
            Reason::SomebodyElse => Self::SomebodyElse,
        }
    }
}

impl From<DeclineReason> for Reason {
    fn from(reason: DeclineReason) -> Self {
        match reason {
            DeclineReason::Busy => Self::Busy,
            DeclineReason::NotNeeded => Self::NotNeeded,
            DeclineReason::TalkFirst => Self::TalkFirst,
            DeclineReason::SomebodyElse => Self::SomebodyElse,
        }
    }
}

/// One thing that was ordered, at the price that was read out.
#[derive(SimpleObject)]
pub(super) struct PayRequestLine {
    /// The operator's number of the product.
    product_ref: String,
    /// What it was called.
    name: String,
    /// How much of it, in the unit it was sold by: a decimal such as `1.5`.
    quantity: String,
    /// The word it was sold by, such as 斤.
    unit: String,
    /// What one unit cost.
    price: Money,
    /// What the line cost.
    amount: Money,
}

impl From<&PayLine> for PayRequestLine {
    fn from(line: &PayLine) -> Self {
        Self {
            product_ref: line.product_ref.to_string(),
            name: line.name.to_string(),
            quantity: line.quantity.to_string(),
            unit: line.unit.to_string(),
            price: line.price.into(),
            amount: line.amount.into(),
        }
    }
}

/// One who may pay a request.
#[derive(SimpleObject)]
pub(super) struct PayRequestPayer {
    /// Who.
    person_id: ID,
    /// By name: the people of one request know each other.
    name: String,
    /// Why they passed it on; null while they did not.
    declined: Option<DeclineReason>,
}

pub(in crate::schema) struct PayRequest(PayRequestShown);

impl From<PayRequestShown> for PayRequest {
    fn from(shown: PayRequestShown) -> Self {
        Self(shown)
    }
}

/// A senior's wish that one of her relatives pays an order. Shown to her, to her household and to those who may pay.
#[Object]
impl PayRequest {
    /// Its id; its order, once paid, has it as its number.
    async fn id(&self) -> ID {
        ids::write(self.0.book.request.id())
    }

    /// The senior.
    async fn asked_by_id(&self) -> ID {
        ids::write(self.0.book.request.asked_by())
    }

    /// The senior, by name.
    async fn asked_by_name(&self) -> &str {
        self.0.asked_by_name.as_str()
    }

    /// Where it stands now.
    async fn state(&self) -> PayRequestState {
        self.0.state.into()
    }

    /// What is ordered.
    async fn lines(&self) -> Vec<PayRequestLine> {
        self.0.book.lines.iter().map(PayRequestLine::from).collect()
    }

    /// What it costs.
    async fn amount(&self) -> Money {
        self.0.book.request.amount().into()
    }

    /// What went back to the payer.
    async fn refunded(&self) -> Money {
        self.0.book.request.refunded().into()
    }

    /// Where it will be picked up, in the operator's words; null when nobody said.
    async fn pick_up(&self) -> Option<&str> {
        self.0.book.pick_up.as_ref().map(kernel::Label::as_str)
    }

    /// When the order closes.
    async fn cut_off(&self) -> Instant {
        Instant(self.0.book.request.cut_off())
    }

    /// Until when it waits: 24 hours, or half an hour before the order closes. Null before somebody was asked.
    async fn deadline(&self) -> Option<Instant> {
        self.0.book.request.deadline().map(Instant)
    }

    /// Who may pay it, in the order they are asked.
    async fn payers(&self) -> Vec<PayRequestPayer> {
        let payers = self.0.book.payers.iter().zip(&self.0.payer_names);
        let payer = |(payer, name): (&::familypay::Payer, &kernel::Label)| PayRequestPayer {
            person_id: ids::write(payer.person),
            name: name.to_string(),
            declined: payer.declined.map(|(reason, _)| reason.into()),
        };
        payers.map(payer).collect()
    }

    /// Who is asked now; null once all have declined, or it is over.
    async fn asked_payer_id(&self) -> Option<ID> {
        self.0.state.is_waiting().then(|| self.0.book.request.current_payer().map(ids::write)).flatten()
    }

    /// Who paid; null while nobody did.
    async fn paid_by_id(&self) -> Option<ID> {
        self.0.paid_by.map(ids::write)
    }

    /// The secret of your own link to the payer's page; null for whoever cannot pay it.
    async fn pay_token(&self, ctx: &Context<'_>) -> Nullable<String> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            let link = app(ctx).find_pay_link(principal, self.0.book.request.id()).await?;
            Ok(link.map(|link| link.to_text()))
        })
        .await
    }
}
