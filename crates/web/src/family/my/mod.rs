//! A senior's own page, `/my/LINK`: what she ordered, each in a sentence with one next step, and the family who pays for her.
//!
//! Whoever has the link is the senior for as long as the session that asked for it is open; there is no cookie. Reading changes nothing. Her
//! acts move no money out of anybody's hand: she calls an order off, pays at pick-up, or takes a mandate back. Each is a form with a token,
//! and what cannot be taken back is asked once more on a page of its own.

mod page;
mod words;

use std::sync::Arc;

use app::{
    App, Principal,
    familypay::{EndRequestRefusal, PayRequestShown, RevokeMandateRefusal},
};
use kernel::{Fault, Id, Locale, kinds};
use poem::{
    Endpoint, Request, Response, Route,
    http::{Method, StatusCode, header},
};

use super::{Hall, broken, form_of, page::too_often, private, see_other};
use crate::office::is_form_token;
use words::Act;

/// How long the text of a link is.
const LINK_LENGTH: usize = 64;

/// A senior's pages, to be nested at `/my`.
pub(super) fn routes(hall: &Arc<Hall>) -> Route {
    let door = |step| SeniorDoor { hall: Arc::clone(hall), step };
    Route::new()
        .at("/:link", door(Step::Orders))
        .at("/:link/family", door(Step::Family))
        .at("/:link/orders/:id/pick-up", door(Step::End(Act::PayAtPickUp)))
        .at("/:link/orders/:id/cancel", door(Step::End(Act::Cancel)))
        .at("/:link/mandates/:id/revoke", door(Step::Revoke))
}

/// Which page of a link.
#[derive(Clone, Copy)]
enum Step {
    /// What she ordered.
    Orders,
    /// Who pays for her, and the mandates.
    Family,
    /// Whether an order is to end so.
    End(Act),
    /// A mandate is taken back; a form only.
    Revoke,
}

struct SeniorDoor {
    hall: Arc<Hall>,
    step: Step,
}

/// A senior who came by her link.
struct Visit<'a> {
    app: &'a App,
    principal: Principal,
    link: String,
    locale: Locale,
}

impl SeniorDoor {
    async fn answer(&self, mut request: Request) -> Response {
        let locale = Locale::from_accept_language(request.header(header::ACCEPT_LANGUAGE).unwrap_or_default());
        let link = request.raw_path_param("link").unwrap_or_default().to_owned();
        // A link has one length; what is longer is none, and is not kept to be counted.
        if !self.hall.let_in(&request, link.get(..LINK_LENGTH).unwrap_or_default()) {
            return too_often(locale);
        }
        let principal = match self.hall.app.authenticate_senior(&link).await {
            Ok(Some(principal)) => principal,
            Ok(None) => return page::message(StatusCode::NOT_FOUND, locale, words::nowhere(locale), None),
            Err(fault) => return broken(locale, &fault),
        };
        let visit = Visit { app: &self.hall.app, principal, link, locale };
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let is_form = *request.method() == Method::POST;
        let answered = match self.step {
            Step::Orders if is_read => visit.orders().await,
            Step::Family if is_read => visit.family().await,
            Step::End(act) if is_read => visit.ask(act, id_of(&request)).await,
            Step::End(_) | Step::Revoke if is_form => {
                let id = request.raw_path_param("id").unwrap_or_default().to_owned();
                if is_ours(&visit.link, &form_of(&mut request).await) {
                    visit.act(self.step, &id).await
                } else {
                    Ok(visit.forged())
                }
            }
            _ => Ok(private(StatusCode::METHOD_NOT_ALLOWED).body(String::new())),
        };
        answered.unwrap_or_else(|fault| broken(locale, &fault))
    }
}

impl Endpoint for SeniorDoor {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.answer(request).await)
    }
}

impl Visit<'_> {
    fn address(&self) -> String {
        format!("/my/{}", self.link)
    }

    async fn orders(&self) -> Result<Response, Fault> {
        let shown = self.app.list_asked_pay_requests(&self.principal).await?;
        Ok(page::orders(self, &shown))
    }

    async fn family(&self) -> Result<Response, Fault> {
        let payers = self.app.list_payers(&self.principal).await?;
        let mandates = self.app.list_mandates(&self.principal).await?;
        Ok(page::family(self, &payers, &mandates))
    }

    /// Asks whether an order is to end so; where it cannot, what is so instead.
    async fn ask(&self, act: Act, id: Option<Id<kinds::PayRequest>>) -> Result<Response, Fault> {
        let Some(shown) = self.own(id).await? else { return Ok(self.not_there()) };
        if words::steps(&shown, self.app.db().clock().now()).contains(&act) {
            Ok(page::ask(self, act, &shown))
        } else {
            Ok(see_other(&self.address()))
        }
    }

    async fn act(&self, step: Step, id: &str) -> Result<Response, Fault> {
        match step {
            Step::End(act) => self.end(act, id.parse().ok()).await,
            Step::Revoke => self.revoke(id.parse().ok()).await,
            Step::Orders | Step::Family => Ok(self.not_there()),
        }
    }

    /// Ends an order so. Pressed twice it ends once: the second press meets what the first one did, and the page says that.
    async fn end(&self, act: Act, id: Option<Id<kinds::PayRequest>>) -> Result<Response, Fault> {
        let Some(shown) = self.own(id).await? else { return Ok(self.not_there()) };
        let request = shown.book.request.id();
        let ended = match act {
            Act::PayAtPickUp => self.app.pay_at_pick_up(&self.principal, request).await?,
            Act::Cancel => self.app.cancel_pay_request(&self.principal, request).await?,
        };
        match ended {
            Err(EndRequestRefusal::SoldOut) => {
                Ok(page::message(StatusCode::OK, self.locale, words::sold_out(self.locale), Some(self.address())))
            }
            Ok(())
            | Err(EndRequestRefusal::NoSuchRequest | EndRequestRefusal::NotNow(_) | EndRequestRefusal::Closed) => {
                Ok(see_other(&self.address()))
            }
        }
    }

    /// Takes a mandate back, in one press and at once. A second press finds nothing left to take.
    async fn revoke(&self, id: Option<Id<kinds::Mandate>>) -> Result<Response, Fault> {
        let Some(mandate) = id else { return Ok(self.not_there()) };
        let revoked = self.app.revoke_mandate(&self.principal, mandate).await?;
        match revoked {
            Err(RevokeMandateRefusal::NotYours) => Ok(self.not_there()),
            Ok(_) | Err(RevokeMandateRefusal::AlreadyRevoked) => Ok(see_other(&format!("{}/family", self.address()))),
        }
    }

    /// An order she asked for herself.
    async fn own(&self, id: Option<Id<kinds::PayRequest>>) -> Result<Option<PayRequestShown>, Fault> {
        let Some(id) = id else { return Ok(None) };
        let shown = self.app.find_pay_request(&self.principal, id).await?;
        Ok(shown.filter(|shown| shown.book.request.asked_by() == self.principal.person))
    }

    fn not_there(&self) -> Response {
        page::message(StatusCode::NOT_FOUND, self.locale, words::not_there(self.locale), Some(self.address()))
    }

    fn forged(&self) -> Response {
        page::message(StatusCode::FORBIDDEN, self.locale, words::forged(self.locale), Some(self.address()))
    }
}

fn id_of(request: &Request) -> Option<Id<kinds::PayRequest>> {
    request.raw_path_param("id").and_then(|id| id.parse().ok())
}

/// Whether a form came from a page that this link opened.
fn is_ours(link: &str, form: &str) -> bool {
    form.strip_prefix("form_token=").is_some_and(|token| is_form_token(link, token))
}
