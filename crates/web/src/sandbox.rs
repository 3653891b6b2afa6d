//! The sandbox's cashier: whoever tries a deployment plays the bank. Not there where another provider moves the money.

use app::{
    App,
    familypay::{PayLink, SandboxOutcome, SandboxPage, SandboxRefusal},
};
use askama::Template;
use kernel::{Fault, Id, kinds};
use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode, header},
};

/// The longest form read, in bytes: one word.
const MAX_FORM: usize = 64;

/// `GET` and `POST /sandbox-pay/ATTEMPT`. Reading changes nothing; a form with one of five words does.
pub(crate) struct SandboxCashier {
    app: App,
}

#[derive(Template)]
#[template(path = "sandbox.html")]
struct Page {
    amount: String,
    attempt: String,
    chosen: Option<&'static str>,
    /// The page of the payer's link, where they came from it.
    back: Option<String>,
    choices: Vec<(&'static str, &'static str, &'static str)>,
}

impl SandboxCashier {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn answer(&self, mut request: Request) -> Response {
        let attempt = request.raw_path_param("attempt").and_then(|text| text.parse::<Id<kinds::PaymentAttempt>>().ok());
        let Some(attempt) = attempt else { return text(StatusCode::NOT_FOUND, "There is no such attempt.") };
        let back = request.uri().query().and_then(|query| query.strip_prefix("back=")).and_then(PayLink::parse);
        match *request.method() {
            Method::GET => match self.app.view_sandbox_page(attempt).await {
                Ok(Some(page)) => show(&page, back.as_ref()),
                Ok(None) => text(StatusCode::NOT_FOUND, "There is no such attempt."),
                Err(fault) => failed(&fault),
            },
            Method::POST => {
                let form = request.take_body().into_bytes_limit(MAX_FORM).await.unwrap_or_default();
                let word = std::str::from_utf8(&form).ok().and_then(|form| form.strip_prefix("outcome="));
                match word.and_then(SandboxOutcome::from_word) {
                    Some(outcome) => self.choose(attempt, outcome, back.as_ref()).await,
                    None => text(StatusCode::BAD_REQUEST, "Choose one of the five."),
                }
            }
            _ => text(StatusCode::METHOD_NOT_ALLOWED, "A page to read, and a form."),
        }
    }

    async fn choose(
        &self,
        attempt: Id<kinds::PaymentAttempt>,
        outcome: SandboxOutcome,
        back: Option<&PayLink>,
    ) -> Response {
        match self.app.choose_sandbox_outcome(attempt, outcome).await {
            // Reloading what comes then does nothing twice.
            Ok(Ok(_) | Err(SandboxRefusal::AlreadyChosen)) => private(StatusCode::SEE_OTHER)
                .header(header::LOCATION, back.map_or_else(|| format!("/sandbox-pay/{attempt}"), page_of))
                .body(String::new()),
            Ok(Err(SandboxRefusal::NoSuchAttempt)) => text(StatusCode::NOT_FOUND, "There is no such attempt."),
            Err(fault) => failed(&fault),
        }
    }
}

impl Endpoint for SandboxCashier {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.answer(request).await)
    }
}

/// What each choice is called, in both languages.
fn wording(outcome: SandboxOutcome) -> (&'static str, &'static str, &'static str) {
    match outcome {
        SandboxOutcome::Succeed => (outcome.word(), "付款成功", "Succeed"),
        SandboxOutcome::Fail => (outcome.word(), "付款失败", "Fail"),
        SandboxOutcome::Late => (outcome.word(), "过期后才到账", "Paid after the deadline"),
        SandboxOutcome::Twice => (outcome.word(), "成功，通知两次", "Paid, told twice"),
        SandboxOutcome::Never => (outcome.word(), "成功，从不通知", "Paid, never told"),
    }
}

/// The payer's page.
fn page_of(link: &PayLink) -> String {
    format!("/pay/{}", link.to_text())
}

/// What leads back to the payer's page, as it came.
fn query_of(back: Option<&PayLink>) -> String {
    back.map_or_else(String::new, |link| format!("?back={}", link.to_text()))
}

fn show(page: &SandboxPage, back: Option<&PayLink>) -> Response {
    let template = Page {
        amount: page.amount.to_string(),
        attempt: format!("{}{}", page.attempt, query_of(back)),
        back: back.map(page_of),
        chosen: page.chosen.map(|outcome| wording(outcome).1),
        choices: SandboxOutcome::ALL.into_iter().map(wording).collect(),
    };
    match template.render() {
        Ok(html) => private(StatusCode::OK).content_type("text/html; charset=utf-8").body(html),
        Err(error) => {
            tracing::error!(%error, "The sandbox's page could not be rendered");
            text(StatusCode::INTERNAL_SERVER_ERROR, "Try again.")
        }
    }
}

fn failed(fault: &Fault) -> Response {
    tracing::error!("The sandbox's cashier failed: {}", fault.chain());
    text(StatusCode::SERVICE_UNAVAILABLE, "Try again.")
}

fn text(status: StatusCode, body: &'static str) -> Response {
    private(status).content_type("text/plain; charset=utf-8").body(body)
}

/// Nobody on the way keeps it, lists it, or passes its address on.
fn private(status: StatusCode) -> poem::ResponseBuilder {
    Response::builder()
        .status(status)
        .header(header::CACHE_CONTROL, "no-store")
        .header("x-robots-tag", "noindex")
        .header("referrer-policy", "no-referrer")
        .header("x-content-type-options", "nosniff")
        .header(
            "content-security-policy",
            "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        )
}
