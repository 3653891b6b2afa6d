//! What the staff see of family payments: figures and who by id, nobody's name.

use ::familypay::{
    PaymentAttempt as Attempt, Settled,
    store::{NotedPayment, StoredRefund},
};
use app::familypay::{PayRequestShown, PayRequestStory as Story, PaymentsInBalance as Balance};
use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::pay_request::{PayRequestLine, PayRequestState};
use crate::schema::{
    ids,
    money::Money,
    nullable::{Nullable, nullable},
    scalars::{BigInt, Instant},
    session::{app, session},
    staff::not_allowed,
};

#[derive(Default)]
pub(in crate::schema) struct PaymentsQuery;

#[Object]
impl PaymentsQuery {
    /// Requests to pay of all households, the newest first: fifty at most. For support, finance and auditor.
    async fn staff_pay_requests(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Go on with those older than this one.")] before: Option<ID>,
    ) -> Result<Vec<StaffPayRequest>> {
        let staff = session(ctx).staff_signed_in()?;
        let before = before.map(|id| ids::read(&id)).transpose()?.flatten();
        let shown = app(ctx).list_pay_requests_for_staff(staff, before).await?.map_err(not_allowed)?;
        Ok(shown.into_iter().map(StaffPayRequest::from).collect())
    }

    /// A request to pay with every attempt, payment and refund. For support, finance and auditor. Null when there is none.
    async fn pay_request_story(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request's id.")] id: ID,
    ) -> Nullable<PayRequestStory> {
        nullable(async {
            let staff = session(ctx).staff_signed_in()?;
            let Some(request) = ids::read(&id)? else { return Ok(None) };
            let story = app(ctx).find_pay_request_story(staff, request).await?.map_err(not_allowed)?;
            Ok(story.map(PayRequestStory::from))
        })
        .await
    }

    /// All money of family payments in figures: on a good day nothing is unknown, and every refund is over. For support, finance and
    /// auditor.
    async fn payments_in_balance(&self, ctx: &Context<'_>) -> Result<PaymentsInBalance> {
        let staff = session(ctx).staff_signed_in()?;
        Ok(app(ctx).balance_payments(staff).await?.map_err(not_allowed)?.into())
    }
}

/// A request to pay as the staff sees it.
#[derive(SimpleObject)]
pub(super) struct StaffPayRequest {
    /// Its id.
    id: ID,
    /// The household that receives.
    household_id: ID,
    /// The senior.
    asked_by_id: ID,
    /// Where it stands now.
    state: PayRequestState,
    /// What is ordered.
    lines: Vec<PayRequestLine>,
    /// What it costs.
    amount: Money,
    /// What went back to the payer.
    refunded: Money,
    /// When the first was asked.
    asked_at: Option<Instant>,
    /// Until when it waits.
    deadline: Option<Instant>,
    /// When the order closes.
    cut_off: Instant,
    /// Who may pay, in their order.
    payer_ids: Vec<ID>,
    /// Who paid; null while nobody did.
    paid_by_id: Option<ID>,
}

impl From<PayRequestShown> for StaffPayRequest {
    fn from(shown: PayRequestShown) -> Self {
        let request = &shown.book.request;
        Self {
            id: ids::write(request.id()),
            household_id: ids::write(request.household()),
            asked_by_id: ids::write(request.asked_by()),
            state: shown.state.into(),
            lines: shown.book.lines.iter().map(PayRequestLine::from).collect(),
            amount: request.amount().into(),
            refunded: request.refunded().into(),
            asked_at: request.asked_at().map(Instant),
            deadline: request.deadline().map(Instant),
            cut_off: Instant(request.cut_off()),
            payer_ids: request.payers().iter().map(|payer| ids::write(*payer)).collect(),
            paid_by_id: shown.paid_by.map(ids::write),
        }
    }
}

/// A request to pay with all that happened.
#[derive(SimpleObject)]
pub(super) struct PayRequestStory {
    /// The request.
    request: StaffPayRequest,
    /// Each try to pay, in the order they were begun.
    attempts: Vec<PaymentAttempt>,
    /// Each payment, in the order they were told.
    payments: Vec<Payment>,
    /// What went back.
    refunds: Vec<PaymentRefund>,
}

impl From<Story> for PayRequestStory {
    fn from(story: Story) -> Self {
        Self {
            request: story.shown.into(),
            attempts: story.attempts.into_iter().map(PaymentAttempt::from).collect(),
            payments: story.payments.into_iter().map(Payment::from).collect(),
            refunds: story.refunds.into_iter().map(PaymentRefund::from).collect(),
        }
    }
}

/// One try to pay.
#[derive(SimpleObject)]
struct PaymentAttempt {
    /// Its id, which the provider knows it by.
    id: ID,
    /// Who pays.
    payer_id: ID,
    /// How much.
    amount: Money,
    /// Where: `sandbox`, `wechat_pay`.
    provider: String,
    /// The mandate it is paid by; null: at the cashier.
    mandate_id: Option<ID>,
    /// When it was begun.
    begun_at: Instant,
}

impl From<Attempt> for PaymentAttempt {
    fn from(attempt: Attempt) -> Self {
        Self {
            id: ids::write(attempt.id),
            payer_id: ids::write(attempt.payer),
            amount: attempt.amount.into(),
            provider: attempt.provider.word().to_owned(),
            mandate_id: attempt.mandate.map(|(mandate, _)| ids::write(mandate)),
            begun_at: Instant(attempt.begun_at),
        }
    }
}

/// Money a provider took.
#[derive(SimpleObject)]
struct Payment {
    /// The provider's number.
    number: String,
    /// By which attempt; null: nobody here knows it.
    attempt_id: Option<ID>,
    /// How much.
    amount: Money,
    /// When the provider took it.
    paid_at: Instant,
    /// Whether it pays the request; if not, it goes back whole.
    pays: bool,
    /// What became of it: `pays`, `already_paid`, `ended`, `too_late`, `wrong_amount` or `unknown_attempt`.
    outcome: String,
}

impl From<NotedPayment> for Payment {
    fn from(noted: NotedPayment) -> Self {
        Self {
            number: noted.payment.provider_ref.as_str().to_owned(),
            attempt_id: noted.origin.map(|origin| ids::write(origin.attempt)),
            amount: noted.payment.amount.into(),
            paid_at: Instant(noted.payment.paid_at),
            pays: noted.settled == Settled::Pays,
            outcome: noted.settled.word().to_owned(),
        }
    }
}

/// Money that goes back to whoever paid it.
#[derive(SimpleObject)]
struct PaymentRefund {
    /// Its id, which the provider knows it by.
    id: ID,
    /// The provider's number of the payment.
    payment_number: String,
    /// The operator's number of the refund of the order; null: the whole payment was not needed.
    order_refund_ref: Option<String>,
    /// How much.
    amount: Money,
    /// Where it stands: `to_send`, `sent`, `succeeded` or `failed`.
    state: String,
    /// When it was decided.
    created_at: Instant,
}

impl From<StoredRefund> for PaymentRefund {
    fn from(refund: StoredRefund) -> Self {
        Self {
            id: ids::write(refund.id),
            payment_number: refund.payment.as_str().to_owned(),
            order_refund_ref: refund.order_refund,
            amount: refund.amount.into(),
            state: refund.state.word().to_owned(),
            created_at: Instant(refund.created_at),
        }
    }
}

/// All money of family payments in figures.
#[derive(SimpleObject)]
pub(super) struct PaymentsInBalance {
    /// How many payments were told.
    payments: BigInt,
    /// How many of them nobody here knew; they went back.
    unknown: BigInt,
    /// How many refunds were decided.
    refunds: BigInt,
    /// How many of them are over, with the money back.
    refunds_done: BigInt,
}

impl From<Balance> for PaymentsInBalance {
    fn from(balance: Balance) -> Self {
        let count = |number: u64| BigInt(i64::try_from(number).unwrap_or(i64::MAX));
        Self {
            payments: count(balance.payments),
            unknown: count(balance.unknown),
            refunds: count(balance.refunds),
            refunds_done: count(balance.refunds_done),
        }
    }
}
