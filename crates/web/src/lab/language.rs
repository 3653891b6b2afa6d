use std::sync::Arc;

use kernel::Locale;
use poem::{Endpoint, Request, Response, RouteMethod, http::header};

use super::{
    Lab,
    booth::{LANGUAGE, Visit},
};
use crate::office::Fields;

/// How long the choice of a language is remembered.
const LANGUAGE_SECONDS: i64 = 365 * 86_400;

/// `GET /lab/language?to=en&back=/lab/…`.
pub(super) fn language(lab: &Arc<Lab>) -> RouteMethod {
    poem::get(Choose(Arc::clone(lab)))
}

struct Choose(Arc<Lab>);

impl Endpoint for Choose {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let visit = Visit::of(&self.0, &request);
        let query = Fields::parse(request.uri().query().unwrap_or_default().as_bytes()).unwrap_or_default();
        let to = Some(query.text("back")).filter(|back| is_ours(back)).unwrap_or("/lab");
        let chosen = [Locale::ZhCn, Locale::En].into_iter().find(|locale| locale.tag() == query.text("to"));
        let response = visit.see_other(to);
        Ok(match chosen {
            Some(locale) => {
                response.header(header::SET_COOKIE, visit.cookie(LANGUAGE, locale.tag(), LANGUAGE_SECONDS)).finish()
            }
            None => response.finish(),
        })
    }
}

/// A voting page, and nothing a browser could take for another host.
fn is_ours(address: &str) -> bool {
    let is_page = address == "/lab" || address.starts_with("/lab/");
    is_page
        && address.len() <= 200
        && !address.contains("//")
        && address.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn goes_back_to_voting_pages_alone() {
        for address in ["/lab", "/lab/sy_1/ballot"] {
            assert!(is_ours(address), "{address}");
        }
        for address in
            ["", "/", "//evil.example", "/lab//evil.example", "/label", "/office", "/lab/\\evil", "/lab/../office"]
        {
            assert!(!is_ours(address), "{address}");
        }
    }
}
