use ::familypay::{
    Mandate, PayRequestBook,
    store::{self, FoundAttempt},
};
use kernel::{Fault, Id, Timestamp, kinds};

use super::personal_data::{MAX_ROWS, Section, instant, optional};
use crate::App;

const REQUEST_COLUMNS: &[&str] =
    &["household", "request", "as", "asked_at", "state", "amount_minor", "refunded_minor", "goods", "declined_because"];

const ATTEMPT_COLUMNS: &[&str] = &["request", "attempt", "provider", "amount_minor", "begun_at", "mandate"];

const MANDATE_COLUMNS: &[&str] =
    &["mandate", "payer", "senior", "per_order_minor", "per_month_minor", "given_at", "revoked_at"];

impl App {
    /// What is kept of somebody's paying for others and being paid for: requests on either side, tries to pay, mandates. Whether that is all.
    pub(super) async fn paying_sections(&self, person: Id<kinds::Person>) -> Result<(Vec<Section>, bool), Fault> {
        let (reader, limit, now) = (self.reader(), MAX_ROWS as u64, self.db().clock().now());
        let asked = store::list_requests_of_senior(&reader, person, limit).await?;
        let to_pay = store::list_requests_of_payer(&reader, person, limit).await?;
        let attempts = store::list_attempts_of_payer(&reader, person, limit).await?;
        let mandates = store::list_past_mandates_of(&reader, person, limit).await?;
        let lengths = [asked.len(), to_pay.len(), attempts.len(), mandates.len()];
        let requests = asked.iter().map(|book| request_row(book, person, now));
        let requests = requests.chain(to_pay.iter().map(|book| request_row(book, person, now))).collect();
        let section = |name, columns, rows| Section { name, columns, rows };
        let sections = vec![
            section("pay_requests", REQUEST_COLUMNS, requests),
            section("payment_attempts", ATTEMPT_COLUMNS, attempts.iter().map(attempt_row).collect()),
            section("mandates", MANDATE_COLUMNS, mandates.iter().map(mandate_row).collect()),
        ];
        Ok((sections, lengths.iter().all(|rows| *rows < MAX_ROWS)))
    }
}

/// To somebody who may only pay, no more than the request itself told them.
fn request_row(book: &PayRequestBook, person: Id<kinds::Person>, now: Timestamp) -> Vec<String> {
    let request = &book.request;
    let is_senior = request.asked_by() == person;
    let turn = request.payers().iter().position(|payer| *payer == person);
    let was_asked = is_senior || turn.is_some_and(|turn| turn <= request.declined_count());
    let goods: Vec<&str> = book.lines.iter().filter(|_| was_asked).map(|line| line.name.as_str()).collect();
    let own = book.payers.iter().find(|payer| payer.person == person).and_then(|payer| payer.declined);
    vec![
        if is_senior { request.household().to_string() } else { String::new() },
        request.id().to_string(),
        if is_senior { "senior" } else { "payer" }.to_owned(),
        optional(request.asked_at()),
        request.state_at(now).word().to_owned(),
        if was_asked { request.amount().minor().to_string() } else { String::new() },
        if was_asked { request.refunded().minor().to_string() } else { String::new() },
        goods.join("、"),
        own.map_or_else(String::new, |(reason, _)| reason.word().to_owned()),
    ]
}

fn attempt_row(FoundAttempt { attempt, .. }: &FoundAttempt) -> Vec<String> {
    vec![
        attempt.request.to_string(),
        attempt.id.to_string(),
        attempt.provider.word().to_owned(),
        attempt.amount.minor().to_string(),
        instant(attempt.begun_at),
        attempt.mandate.map_or_else(String::new, |(mandate, _)| mandate.to_string()),
    ]
}

fn mandate_row((mandate, given_at): &(Mandate, Timestamp)) -> Vec<String> {
    vec![
        mandate.id.to_string(),
        mandate.payer.to_string(),
        mandate.senior.to_string(),
        mandate.per_order.minor().to_string(),
        mandate.per_month.minor().to_string(),
        instant(*given_at),
        optional(mandate.revoked_at),
    ]
}
