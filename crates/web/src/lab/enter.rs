use std::sync::Arc;

use askama::Template;
use poem::{Endpoint, Request, Response, RouteMethod, http::StatusCode, http::header};

use super::{
    Lab,
    booth::{Away, Frame, Visit},
};

/// Asks for the press of a button.
#[derive(Template)]
#[template(path = "lab/enter.html")]
struct EnterPage {
    frame: Frame,
}

/// `/lab/enter/TOKEN`: GET shows a button and uses nothing up, so whatever looks at links before people do leaves the link whole; POST opens
/// the pages in this browser.
pub(super) fn door(lab: &Arc<Lab>) -> RouteMethod {
    poem::get(Ask(Arc::clone(lab))).post(Open(Arc::clone(lab)))
}

struct Ask(Arc<Lab>);

impl Endpoint for Ask {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let visit = Visit::of(&self.0, &request);
        let page = EnterPage { frame: visit.frame() };
        Ok(visit.private(StatusCode::OK).body(page.render().expect("writing to memory does not fail")))
    }
}

struct Open(Arc<Lab>);

impl Endpoint for Open {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let visit = Visit::of(&self.0, &request);
        if visit.is_foreign {
            return Ok(visit.turn_away(&Away::Forged));
        }
        let token = request.raw_path_param("token").unwrap_or_default();
        Ok(match self.0.app.open_voting_link(token).await {
            Ok(Some(browser)) => {
                let cookie = visit.session_cookie(&browser.to_text());
                visit.see_other("/lab").header(header::SET_COOKIE, cookie).finish()
            }
            Ok(None) => visit.turn_away(&Away::UsedUp),
            Err(fault) => visit.turn_away(&Away::Broken(fault)),
        })
    }
}
