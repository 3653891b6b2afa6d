//! Who is told what of a request, by mail. The same events go to the operator's webhooks, for messages and calls to phones.

use ::familypay::{
    PayLink, PayRequestBook,
    events::{
        PayAtPickUpChosen, PayRequestAsked, PayRequestCancelled, PayRequestDeclined, PayRequestExpired,
        PayRequestReminded, PaymentRefundSucceeded,
    },
    store,
};
use db::outbox::{ClaimedEvent, Event};
use kernel::{Currency, Fault, FaultKind, Id, Money, kinds};
use mail::{FamilyPay, FamilyPayKind as Kind, Mail, MailKey, Message};

use crate::App;

/// The reactions' names in receipts and mail keys.
pub(crate) const MAIL_PAY_REQUEST: &str = "mail_pay_request";
pub(crate) const MAIL_PAID: &str = "mail_paid";
pub(crate) const MAIL_REFUNDED: &str = "mail_refunded";

/// What the events of a request have in common.
#[derive(serde::Deserialize)]
struct OfRequest {
    pay_request_id: String,
    payer_id: String,
    #[serde(default)]
    place: u32,
    #[serde(default)]
    is_last: bool,
    #[serde(default)]
    is_departure: bool,
    #[serde(default)]
    is_by_mandate: bool,
}

/// Whom a mail goes to.
#[derive(Clone, Copy)]
enum Reader {
    Senior,
    Payer,
}

impl App {
    /// Tells the senior and the payer what became of a request. Runs at least once; the mails' keys tell repeats apart.
    pub(crate) async fn mail_pay_request(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: OfRequest = read(event)?;
        let mails: &[(Reader, Kind)] = match event.kind.as_str() {
            PayRequestAsked::KIND if told.place > 1 => {
                &[(Reader::Payer, Kind::Asked), (Reader::Senior, Kind::PassedOn)]
            }
            PayRequestAsked::KIND => &[(Reader::Payer, Kind::Asked)],
            PayRequestReminded::KIND => &[(Reader::Payer, Kind::Reminded)],
            PayRequestDeclined::KIND if told.is_last => &[(Reader::Senior, Kind::DeclinedByAll)],
            // Who is asked next is told with `PayRequestAsked`.
            PayRequestDeclined::KIND => &[],
            PayRequestExpired::KIND => &[(Reader::Senior, Kind::Expired), (Reader::Payer, Kind::NotNeeded)],
            PayRequestCancelled::KIND if told.is_departure => {
                &[(Reader::Senior, Kind::CalledOff), (Reader::Payer, Kind::NotNeeded)]
            }
            PayRequestCancelled::KIND | PayAtPickUpChosen::KIND => &[(Reader::Payer, Kind::NotNeeded)],
            _ => return Err(Fault::inconsistent("find the mail of an event about a request")),
        };
        self.mail_of_request(event, MAIL_PAY_REQUEST, &told, mails).await
    }

    /// Tells both that a request was paid. Runs at least once.
    pub(crate) async fn mail_paid(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: OfRequest = read(event)?;
        let of_payer = if told.is_by_mandate { Kind::PaidByMandate } else { Kind::PaidByYou };
        self.mail_of_request(event, MAIL_PAID, &told, &[(Reader::Senior, Kind::Paid), (Reader::Payer, of_payer)]).await
    }

    /// Tells both that money went back; of a payment that was not needed, the payer. Runs at least once.
    pub(crate) async fn mail_refunded(&self, event: &ClaimedEvent) -> Result<(), Fault> {
        let told: PaymentRefundSucceeded = read(event)?;
        let (Some(request), Some(payer)) = (told.pay_request_id, told.payer_id) else { return Ok(()) };
        let amount = Money::from_minor(told.amount_minor, Currency::Cny)
            .ok_or_else(|| Fault::inconsistent("read how much went back"))?;
        let (book, payer) = self.find_of(&request, &payer).await?;
        let mails: &[(Reader, Kind)] = if told.is_surplus {
            &[(Reader::Payer, Kind::SurplusBack), (Reader::Senior, Kind::SurplusTold)]
        } else {
            &[(Reader::Payer, Kind::RefundedToYou), (Reader::Senior, Kind::Refunded)]
        };
        for &(reader, kind) in mails {
            self.mail_one(event, MAIL_REFUNDED, (&book, payer), (reader, kind), amount).await?;
        }
        Ok(())
    }

    async fn mail_of_request(
        &self,
        event: &ClaimedEvent,
        reaction: &'static str,
        told: &OfRequest,
        mails: &[(Reader, Kind)],
    ) -> Result<(), Fault> {
        let (book, payer) = self.find_of(&told.pay_request_id, &told.payer_id).await?;
        for &(reader, kind) in mails {
            self.mail_one(event, reaction, (&book, payer), (reader, kind), book.request.amount()).await?;
        }
        Ok(())
    }

    async fn find_of(&self, request: &str, payer: &str) -> Result<(PayRequestBook, Id<kinds::Person>), Fault> {
        let impossible = || Fault::inconsistent("find the request an event tells of");
        let request: Id<kinds::PayRequest> = request.parse().map_err(|_| impossible())?;
        let book = store::find_request(&self.reader(), request).await?.ok_or_else(impossible)?;
        Ok((book, payer.parse().map_err(|_| impossible())?))
    }

    async fn mail_one(
        &self,
        event: &ClaimedEvent,
        reaction: &'static str,
        (book, payer): (&PayRequestBook, Id<kinds::Person>),
        (reader, kind): (Reader, Kind),
        amount: Money,
    ) -> Result<(), Fault> {
        let senior = book.request.asked_by();
        let to = match reader {
            Reader::Senior => senior,
            Reader::Payer => payer,
        };
        let person = ::accounts::store::find_person(&self.reader(), to).await?;
        // Who has no address is told by the operator's other channels, which hear of the same by webhook.
        let Some((address, locale)) = person.and_then(::accounts::PersonView::mailbox) else { return Ok(()) };
        let names = ::accounts::store::find_names(&self.reader(), &[senior, payer]).await?;
        let name = |person| names.get(&person).cloned().ok_or_else(|| Fault::inconsistent("find a name for a mail"));
        let goods: Vec<&str> = book.lines.iter().map(|line| line.name.as_str()).collect();
        let link = PayLink::of(self.secret().bytes(), book.request.id(), payer).to_text();
        let message = FamilyPay {
            kind,
            senior: name(senior)?,
            payer: name(payer)?,
            amount,
            goods: goods.join("、"),
            until: book.request.deadline().map(|at| self.settings().zone.local(at)),
            link: self.settings().pay_link.as_ref().map(|place| format!("{place}{link}")),
            token: link,
        };

        let mail = Mail {
            key: MailKey { event: event.id, reaction, person: Some(to) },
            to: address,
            locale,
            message: Message::FamilyPay(message),
            sent_at: event.occurred_at,
        };
        self.mailer().send(&mail).await
    }
}

fn read<T: serde::de::DeserializeOwned>(event: &ClaimedEvent) -> Result<T, Fault> {
    serde_json::from_str(&event.payload)
        .map_err(|error| Fault::because(FaultKind::Broken, "read an event about a request", error))
}
