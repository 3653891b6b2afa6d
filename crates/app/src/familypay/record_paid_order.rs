use ::familypay::{
    PayRequestBook,
    events::PayRequestPaid,
    store::{self, NotedPayment, RequestPlace},
};
use ::orders::{OrderPaid, OrderPaidLine};
use db::outbox::ClaimedEvent;
use kernel::{ExternalRef, Fault, FaultKind, Id, Points, kinds};

use crate::{
    App,
    orders::{EventRefusal, EventTold, RecordOrderRefusal},
};

/// The reaction's name in receipts.
pub(crate) const RECORD_PAID_ORDER: &str = "record_paid_order";

/// The channel of orders that relatives paid.
const CHANNEL: &str = "family_pay";

impl App {
    /// Records the order of a request that was paid, as the order system tells of others: it earns once, however often this runs, by
    /// an event id made of the request's.
    pub(crate) async fn record_paid_order(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: PayRequestPaid = serde_json::from_str(&event.payload)
            .map_err(|error| Fault::because(FaultKind::Broken, "read a pay_request_paid event", error))?;
        let impossible = || Fault::inconsistent("find the request of a pay_request_paid event");
        let request: Id<kinds::PayRequest> = told.pay_request_id.parse().map_err(|_| impossible())?;
        let book = store::find_request(&self.reader(), request).await?.ok_or_else(impossible)?;
        let place = RequestPlace { household: book.request.household(), request };
        let paid_with = store::find_paid_with(&self.reader(), place).await?.ok_or_else(impossible)?;
        let number = ::accounts::store::find_person_number(&self.reader(), book.request.asked_by()).await?;

        let id: ExternalRef = format!("family-pay-{request}").parse().map_err(|_| impossible())?;
        let paid = self.order_of(&book, &paid_with, number).await?;
        match self.tell_paid(&id, paid.clone()).await? {
            // Who ordered has moved on or was forgotten: the order is the household's all the same.
            Err(EventRefusal::Paid(RecordOrderRefusal::PersonElsewhere | RecordOrderRefusal::UnknownPerson)) => {
                let paid = OrderPaid { person_ref: None, ..paid };
                self.tell_paid(&id, paid).await?.map_err(refused)
            }
            // Told before, naming the person or not.
            Ok(()) | Err(EventRefusal::EventDiffers) => Ok(()),
            Err(refusal) => Err(refused(refusal)),
        }
    }

    async fn tell_paid(&self, id: &ExternalRef, paid: OrderPaid) -> Result<Result<(), EventRefusal>, Fault> {
        let answers = self.record_order_events(&[(id.clone(), EventTold::Paid(paid))]).await?;
        let answer = answers.into_iter().next();
        Ok(answer.ok_or_else(|| Fault::inconsistent("hear what became of a paid order"))?.map(drop))
    }

    async fn order_of(
        &self,
        book: &PayRequestBook,
        paid_with: &NotedPayment,
        person_ref: Option<ExternalRef>,
    ) -> Result<OrderPaid, Fault> {
        let impossible = || Fault::inconsistent("make an order of a request");
        let household_ref = ::accounts::store::find_household_number(&self.reader(), book.request.household()).await?;
        // Whole units for people; a part of one counts as one.
        let units = |thousandths: i64| u32::try_from((thousandths + 999) / 1_000).map_err(|_| impossible());
        let mut lines = Vec::with_capacity(book.lines.len());
        for line in &book.lines {
            lines.push(OrderPaidLine {
                product_ref: Some(line.product_ref.clone()),
                category: None,
                quantity: units(line.quantity.thousandths())?,
                amount: line.amount,
            });
        }
        Ok(OrderPaid {
            order_ref: book.order_ref().parse().map_err(|_| impossible())?,
            household_ref,
            person_ref,
            community: None,
            channel: Some(CHANNEL.parse().map_err(|_| impossible())?),
            ordered_at: paid_with.payment.paid_at,
            picked_up_at: None,
            amount: book.request.amount(),
            cash: book.request.amount(),
            points_tendered: Points::ZERO,
            items_count: lines.iter().map(|line| line.quantity).sum(),
            lines,
        })
    }
}

fn refused(refusal: EventRefusal) -> Fault {
    Fault::because(FaultKind::Broken, "record the order of a paid request", refusal)
}
