//! The payer's page, `/pay/LINK`: for a child elsewhere who opens a link on a phone, and for old eyes and fingers too.
//!
//! Whoever has the link is the payer; there is no account and no cookie. Reading changes nothing, so whatever looks at links before people
//! do, does no harm; only the two forms act, and each is one decision: to pay, or to pass it on. What a request
//! says is put in words in `words.rs`, and on pages in `page.rs`. Large type and targets of 60 px, no script, nothing that tempts or hurries.

mod cashier;
mod my;
mod page;
mod words;

use std::{net::IpAddr, num::NonZeroU32, sync::Arc};

use app::{
    App,
    familypay::{BeginPayment, BeginPaymentRefusal, DeclineReason, PayDoor, PayLink, PayRequestByLink, Provider},
};
use kernel::{Fault, Locale};
use poem::{
    Endpoint, Request, Response, Route,
    http::{Method, StatusCode, header},
};

use crate::{PeerOf, WebOptions, limit::Limit};

/// The longest form read, in bytes: a word or two.
const MAX_FORM: usize = 256;

/// How often a minute one network opens pages and sends forms: a whole house may be behind one address, and each link is looked up.
const OF_A_NETWORK: NonZeroU32 = NonZeroU32::new(120).expect("it is not zero");

/// How often a minute one link is opened and its forms are sent, from wherever it was passed on to.
const OF_A_LINK: NonZeroU32 = NonZeroU32::new(60).expect("it is not zero");

/// The payer's pages, at `/pay`, and the senior's, at `/my`: both count against the same limits.
pub(crate) fn routes(app: &App, options: &WebOptions) -> Route {
    let hall = Arc::new(Hall {
        app: app.clone(),
        networks: Limit::per_minute(OF_A_NETWORK),
        links: Limit::per_minute(OF_A_LINK),
        peer_of: options.peer_of.clone(),
    });
    Route::new().nest("/pay", payer_routes(&hall)).nest("/my", my::routes(&hall))
}

/// What every page of the family stands on.
struct Hall {
    app: App,
    networks: Limit<IpAddr>,
    links: Limit<String>,
    peer_of: Option<PeerOf>,
}

impl Hall {
    /// Whether whoever comes by a link may, or came too often.
    fn let_in(&self, request: &Request, link: &str) -> bool {
        let network = self.peer_of.as_ref().map(|peer_of| peer_of(request).network);
        self.networks.take_of(network) && self.links.take(&link.to_owned())
    }
}

fn payer_routes(hall: &Arc<Hall>) -> Route {
    let door = |step| PayerDoor { hall: Arc::clone(hall), step };
    Route::new()
        .at("/:link", door(Step::Look))
        .at("/:link/pay", door(Step::Pay))
        .at("/:link/cashier", door(Step::Cashier))
        .at("/:link/decline", door(Step::Decline))
}

/// Which page of a link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// What is asked for.
    Look,
    /// On to the cashier; a form only.
    Pay,
    /// How to get to a cashier that is elsewhere.
    Cashier,
    /// Why it is passed on.
    Decline,
}

struct PayerDoor {
    hall: Arc<Hall>,
    step: Step,
}

/// A payer who came by their link.
struct Visit {
    link: PayLink,
    locale: Locale,
    seen: PayRequestByLink,
}

impl PayerDoor {
    async fn answer(&self, mut request: Request) -> Response {
        let locale = Locale::from_accept_language(request.header(header::ACCEPT_LANGUAGE).unwrap_or_default());
        let Some(link) = request.raw_path_param("link").and_then(PayLink::parse) else { return nowhere(locale) };
        if !self.hall.let_in(&request, &link.to_text()) {
            return page::too_often(locale);
        }
        let seen = match self.hall.app.view_pay_request(&link).await {
            Ok(Some(seen)) => seen,
            Ok(None) => return nowhere(locale),
            Err(fault) => return broken(locale, &fault),
        };
        let visit = Visit { link, locale, seen };
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        match (self.step, is_read) {
            (Step::Look, true) => {
                let says_who = request.uri().query() == Some("me=yes");
                page::look(&visit, says_who, self.hall.app.settings().zone)
            }
            (Step::Cashier, true) => self.cashier(&visit, &request).await,
            (Step::Decline, true) => page::why(&visit, self.hall.app.settings().zone),
            (Step::Pay, false) if *request.method() == Method::POST => {
                self.pay(&visit, &form_of(&mut request).await).await
            }
            (Step::Decline, false) if *request.method() == Method::POST => {
                self.decline(&visit, &form_of(&mut request).await).await
            }
            _ => private(StatusCode::METHOD_NOT_ALLOWED).body(String::new()),
        }
    }

    /// On to the cashier. Pressed twice it leads to the same one.
    async fn pay(&self, visit: &Visit, form: &str) -> Response {
        let door = PayDoor::Link(visit.link.clone());
        let begin = BeginPayment { door, confirms_name: form == "me=yes" };
        match self.hall.app.begin_payment(&begin).await {
            Ok(Ok(begun)) => match begun.provider {
                Provider::Sandbox => {
                    see_other(&format!("/sandbox-pay/{}?back={}", begun.attempt, visit.link.to_text()))
                }
                Provider::WeChatPay => see_other(&format!("{}/cashier", visit.address())),
            },
            // The page says what is so now.
            Ok(Err(BeginPaymentRefusal::NotNow(_) | BeginPaymentRefusal::NameNotConfirmed)) => {
                see_other(&visit.address())
            }
            Ok(Err(BeginPaymentRefusal::NoProvider)) => page::no_cashier(visit, words::no_provider(visit.locale)),
            Ok(Err(BeginPaymentRefusal::ProviderAway)) => page::no_cashier(visit, words::provider_away(visit.locale)),
            Ok(Err(BeginPaymentRefusal::TooManyAttempts)) => {
                page::no_cashier(visit, words::too_many_attempts(visit.locale))
            }
            Err(fault) => broken(visit.locale, &fault),
        }
    }

    /// Passes it on. Pressed twice it is passed on once: who passed it on has nothing more to pass, and the page says so.
    async fn decline(&self, visit: &Visit, form: &str) -> Response {
        let Some(reason) = form.strip_prefix("reason=").and_then(DeclineReason::from_word) else {
            return page::why(visit, self.hall.app.settings().zone);
        };
        match self.hall.app.decline_pay_request(&PayDoor::Link(visit.link.clone()), reason).await {
            Ok(Ok(_) | Err(_)) => see_other(&visit.address()),
            Err(fault) => broken(visit.locale, &fault),
        }
    }
}

impl Endpoint for PayerDoor {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.answer(request).await)
    }
}

impl Visit {
    fn address(&self) -> String {
        format!("/pay/{}", self.link.to_text())
    }
}

/// What a form of one field holds; nothing where it is longer than any of ours.
async fn form_of(request: &mut Request) -> String {
    let bytes = request.take_body().into_bytes_limit(MAX_FORM).await.unwrap_or_default();
    String::from_utf8(bytes.to_vec()).unwrap_or_default()
}

fn nowhere(locale: Locale) -> Response {
    page::message(StatusCode::NOT_FOUND, locale, words::nowhere(locale))
}

fn broken(locale: Locale, fault: &Fault) -> Response {
    tracing::error!("A payer's page failed: {}", fault.chain());
    page::message(StatusCode::SERVICE_UNAVAILABLE, locale, words::broken(locale))
}

fn see_other(to: &str) -> Response {
    private(StatusCode::SEE_OTHER).header(header::LOCATION, to).body(String::new())
}

/// Nobody on the way keeps it, lists it, or passes its address on.
fn private(status: StatusCode) -> poem::ResponseBuilder {
    Response::builder()
        .status(status)
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::VARY, "accept-language")
        .header("x-robots-tag", "noindex")
        .header("referrer-policy", "no-referrer")
        .header("x-content-type-options", "nosniff")
        .header(
            "content-security-policy",
            "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        )
}
