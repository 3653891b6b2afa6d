use std::net::IpAddr;

use kernel::{Id, Locale};
use poem::{
    Request, Response, ResponseBuilder,
    http::{HeaderMap, StatusCode, header},
};

use super::{Frame, Office, token};

/// The cookies of the office. Where the connection is encrypted their names begin with `__Host-`: no other host of the domain can
/// set them.
const SESSION: &str = "hearth-office";
const FORM_KEY: &str = "hearth-office-form";
const NOTICE: &str = "hearth-office-notice";
const LANGUAGE: &str = "hearth-office-language";

/// How long a notice waits for the page that shows it.
const NOTICE_SECONDS: u32 = 60;

/// How long the choice of a language is remembered.
const LANGUAGE_SECONDS: u32 = 365 * 86_400;

/// What a request brings before it is known who asks.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) locale: Locale,
    pub(super) here: String,
    pub(super) network: Option<IpAddr>,
    /// What the session's cookie holds.
    pub(super) session: Option<String>,
    /// The secret of forms shown before anybody is signed in.
    pub(super) form_key: Option<String>,
    notice: Option<String>,
    /// Whether a site that is not ours had the browser ask.
    pub(super) is_foreign: bool,
    is_encrypted: bool,
}

impl Visit {
    pub(super) fn of(office: &Office, request: &Request) -> Self {
        let peer = office.peer_of.as_ref().map(|peer_of| peer_of(request));
        // In production a password never goes over a bare connection: there cookies are for encrypted ones alone.
        let is_encrypted = office.is_production || peer.is_some_and(|peer| peer.is_encrypted);
        let cookie = |name: &str| cookie_of(request.headers(), &full_name(name, is_encrypted));
        // The routes of the office are nested at its address, which is cut off what a request says by now.
        let here = request.uri().path_and_query().map_or("/", |address| address.as_str());
        let here = format!(
            "/office{}",
            here.strip_prefix('/').filter(|rest| rest.is_empty() || rest.starts_with('?')).unwrap_or(here)
        );
        let site = request.header("sec-fetch-site");
        Self {
            locale: locale_of(cookie(LANGUAGE).as_deref(), request),
            here,
            network: peer.map(|peer| peer.network),
            session: cookie(SESSION),
            form_key: cookie(FORM_KEY),
            notice: cookie(NOTICE),
            // A browser too old to say so sends the form's token all the same.
            is_foreign: site.is_some_and(|site| !matches!(site, "same-origin" | "none")),
            is_encrypted,
        }
    }

    /// The frame of a page for somebody who is not signed in.
    pub(super) fn bare_frame(&self, office: &Office) -> Frame {
        Frame {
            locale: self.locale,
            zone: office.app.settings().zone,
            who: String::new(),
            roles: None,
            form_token: self.form_key.as_deref().map(token::form_token).unwrap_or_default(),
            here: self.here.clone(),
            notice: None,
        }
    }

    /// The notice an act left for the next page of the same session.
    pub(super) fn notice(&self) -> Option<String> {
        token::read_signed(self.session.as_deref()?, self.notice.as_deref()?)
    }

    /// An answer nobody on the way keeps, and no other page frames or scripts.
    pub(super) fn private(&self, status: StatusCode, content_type: &str) -> ResponseBuilder {
        let response = Response::builder()
            .status(status)
            .content_type(content_type)
            .header(header::CACHE_CONTROL, "no-store")
            .header("content-security-policy", POLICY)
            .header("x-content-type-options", "nosniff")
            .header("x-robots-tag", "noindex")
            .header("referrer-policy", "same-origin")
            .header("cross-origin-opener-policy", "same-origin")
            .header("cross-origin-resource-policy", "same-origin");
        // Shown once: gone with the answer that shows it.
        if self.notice.is_some() { response.header(header::SET_COOKIE, self.cookie(NOTICE, "", 0)) } else { response }
    }

    /// To another page of ours, by GET, as is right after an act: going back in the browser does not send the form again.
    pub(super) fn see_other(&self, to: &str) -> ResponseBuilder {
        self.private(StatusCode::SEE_OTHER, TEXT).header(header::LOCATION, to)
    }

    pub(super) fn session_cookie(&self, token: &str, hours: u16) -> String {
        self.cookie(SESSION, token, u32::from(hours) * 3_600)
    }

    pub(super) fn no_session_cookie(&self) -> String {
        self.cookie(SESSION, "", 0)
    }

    pub(super) fn form_key_cookie(&self, key: &str) -> String {
        self.cookie(FORM_KEY, key, 86_400)
    }

    pub(super) fn language_cookie(&self, tag: &str) -> String {
        self.cookie(LANGUAGE, tag, LANGUAGE_SECONDS)
    }

    /// For the page that is seen next by whoever holds this session.
    pub(super) fn notice_cookie(&self, text: &str) -> Option<String> {
        let marked = token::signed(self.session.as_deref()?, text);
        Some(self.cookie(NOTICE, &marked, NOTICE_SECONDS))
    }

    fn cookie(&self, name: &str, value: &str, seconds: u32) -> String {
        let secure = if self.is_encrypted { "; Secure" } else { "" };
        let name = full_name(name, self.is_encrypted);
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
    }

    /// Logs a fault once, and returns the number by which somebody can ask about it.
    pub(super) fn log(&self, office: &Office, fault: &kernel::Fault) -> String {
        let db = office.app.db();
        let id: Id<()> = db.ids().next_id(db.clock().now());
        tracing::error!(request.id = %id.uuid(), "Request {} failed: {}", id.uuid(), fault.chain());
        id.uuid().to_string()
    }
}

/// Styles and pictures of ours alone, forms to us alone, and no script: there is none.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

pub(super) const TEXT: &str = "text/plain; charset=utf-8";
pub(super) const HTML: &str = "text/html; charset=utf-8";

/// An address of the office to go to after signing in or changing the language: ours alone, or none.
pub(super) fn own_address(text: &str) -> Option<&str> {
    let is_office = text == "/office" || ["/office/", "/office?"].iter().any(|begin| text.starts_with(begin));
    let is_plain = text.len() <= 1_000 && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (is_office && is_plain && !text.contains("//")).then_some(text)
}

pub(crate) fn full_name(name: &str, is_encrypted: bool) -> String {
    if is_encrypted { format!("__Host-{name}") } else { name.to_owned() }
}

pub(crate) fn cookie_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned()).filter(|value| !value.is_empty())
}

/// What was chosen, else what the browser prefers.
fn locale_of(chosen: Option<&str>, request: &Request) -> Locale {
    let known = [Locale::ZhCn, Locale::En].into_iter().find(|locale| Some(locale.tag()) == chosen);
    known.unwrap_or_else(|| Locale::from_accept_language(request.header(header::ACCEPT_LANGUAGE).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::own_address;

    #[test]
    fn goes_to_pages_of_the_office_alone() {
        for address in ["/office", "/office/perks?after=pk_1", "/office?x=1"] {
            assert_eq!(own_address(address), Some(address));
        }
        for address in [
            "",
            "/",
            "//evil.example",
            "/office/../..//evil.example",
            "https://evil.example/office",
            "/officer",
            "/office/\\evil",
            "/office/a b",
            "/office/\r\nx",
        ] {
            assert_eq!(own_address(address), None, "{address:?}");
        }
    }
}
