use std::{sync::Arc, time::Duration};

use app::{App, Principal, cocreation::StudyView};
use askama::Template;
use kernel::{Fault, Id, Locale, Timestamp, Zone, kinds};
use poem::{
    Endpoint, Request, Response, ResponseBuilder,
    http::{Method, StatusCode, header},
};

use super::Lab;
use crate::office::{Fields, MAX_FORM_BYTES, cookie_of, form_token, full_name, is_form_token};

const SESSION: &str = "hearth-lab";
pub(super) const LANGUAGE: &str = "hearth-lab-language";

/// How long a form may take to arrive.
const FORM_TIMEOUT: Duration = Duration::from_secs(10);

/// Styles of ours alone, forms to us alone, and no script: there is none.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";
const HTML: &str = "text/html; charset=utf-8";

/// What a handler comes to.
pub(super) type Answer = Result<Reply, Away>;

/// What is shown.
pub(super) enum Reply {
    /// A page.
    Page(String),
    /// The page of a form again, with what is wrong with it.
    NotTaken(String),
    /// To another page, by GET.
    Go(String),
}

/// Why nothing is shown.
#[derive(Debug)]
pub(super) enum Away {
    /// No link was opened in this browser, or its time is over.
    NotOpened,
    /// A link that opens nothing any more.
    UsedUp,
    /// There is no such page or study.
    NotThere,
    /// The form is none of ours.
    Forged,
    /// The machinery failed.
    Broken(Fault),
}

impl From<Fault> for Away {
    fn from(fault: Fault) -> Self {
        Self::Broken(fault)
    }
}

/// What a request brings before it is known who asks.
pub(super) struct Visit {
    pub(super) locale: Locale,
    pub(super) session: Option<String>,
    /// Whether a site that is not ours had the browser ask.
    pub(super) is_foreign: bool,
    is_encrypted: bool,
    here: String,
    zone: Zone,
}

impl Visit {
    pub(super) fn of(lab: &Lab, request: &Request) -> Self {
        let is_encrypted =
            lab.is_production || lab.peer_of.as_ref().is_some_and(|peer_of| peer_of(request).is_encrypted);
        let cookie = |name: &str| cookie_of(request.headers(), &full_name(name, is_encrypted));
        let chosen = cookie(LANGUAGE);
        let locale = [Locale::ZhCn, Locale::En].into_iter().find(|locale| Some(locale.tag()) == chosen.as_deref());
        let preferred = request.header(header::ACCEPT_LANGUAGE).unwrap_or_default();
        let site = request.header("sec-fetch-site");
        Self {
            locale: locale.unwrap_or_else(|| Locale::from_accept_language(preferred)),
            session: cookie(SESSION),
            is_foreign: site.is_some_and(|site| !matches!(site, "same-origin" | "none")),
            is_encrypted,
            // What the nesting cut off is put back.
            here: format!("/lab{}", request.uri().path().trim_end_matches('/')),
            zone: lab.app.settings().zone,
        }
    }

    pub(super) fn frame(&self) -> Frame {
        let form_token = self.session.as_deref().map(form_token).unwrap_or_default();
        Frame { locale: self.locale, zone: self.zone, form_token, here: self.here.clone() }
    }

    /// An answer nobody on the way keeps, and no other page frames or scripts.
    pub(super) fn private(&self, status: StatusCode) -> ResponseBuilder {
        Response::builder()
            .status(status)
            .content_type(HTML)
            .header(header::CACHE_CONTROL, "no-store")
            .header("content-security-policy", POLICY)
            .header("x-content-type-options", "nosniff")
            .header("x-robots-tag", "noindex")
            .header("referrer-policy", "no-referrer")
            .header("cross-origin-opener-policy", "same-origin")
            .header("cross-origin-resource-policy", "same-origin")
    }

    pub(super) fn see_other(&self, to: &str) -> ResponseBuilder {
        self.private(StatusCode::SEE_OTHER).header(header::LOCATION, to)
    }

    pub(super) fn session_cookie(&self, token: &str) -> String {
        self.cookie(SESSION, token, accounts::VOTING_LIFE.num_seconds())
    }

    pub(super) fn cookie(&self, name: &str, value: &str, seconds: i64) -> String {
        let secure = if self.is_encrypted { "; Secure" } else { "" };
        let name = full_name(name, self.is_encrypted);
        format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
    }

    /// Says why nothing is shown.
    pub(super) fn turn_away(&self, away: &Away) -> Response {
        let frame = self.frame();
        let (status, title, text) = match away {
            Away::NotOpened => (
                StatusCode::UNAUTHORIZED,
                frame.t("请从家账应用打开投票", "Open the vote from the Hearth app"),
                frame.t(
                    "投票页面打开后两小时内有效。请回到家账应用，再点一次“去投票”。没有任何改动。",
                    "The voting pages stay open for two hours. Go back to the app and tap “Vote” again. Nothing was changed.",
                ),
            ),
            Away::UsedUp => (
                StatusCode::GONE,
                frame.t("这个链接已经失效", "This link opens nothing any more"),
                frame.t(
                    "链接十分钟内有效，只能打开一次。请回到家账应用，再点一次“去投票”。",
                    "A link works once, within ten minutes. Go back to the app and tap “Vote” again.",
                ),
            ),
            Away::NotThere => (
                StatusCode::NOT_FOUND,
                frame.t("没有这一页", "There is no such page"),
                frame.t("可能还没有开始投票。", "Perhaps the vote has not begun yet."),
            ),
            Away::Forged => (
                StatusCode::FORBIDDEN,
                frame.t("请重新打开投票页", "Please open the voting page again"),
                frame.t("刚才的选票没有收下，请再填一次。", "What was sent was not taken. Please fill it in once more."),
            ),
            Away::Broken(fault) => {
                tracing::error!("A voting page failed: {}", fault.chain());
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    frame.t("现在不行，请稍后再试", "Not just now, please try again"),
                    frame.t(
                        "如果刚才投了票，请先看看回执。同一张票再投一次不会算两次。",
                        "If you had just voted, look at your receipt first. The same ballot sent twice counts once.",
                    ),
                )
            }
        };
        let has_home = matches!(away, Away::NotThere | Away::Forged | Away::Broken(_));
        let page = AwayPage { frame: frame.clone(), title, text, has_home };
        self.private(status).body(page.render().expect("writing to memory does not fail"))
    }
}

/// What stands around a page, and how a template says things.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) locale: Locale,
    zone: Zone,
    pub(super) form_token: String,
    pub(super) here: String,
}

impl Frame {
    /// One of two wordings.
    pub(super) fn t<'a>(&self, zh_cn: &'a str, en: &'a str) -> &'a str {
        self.locale.choose(zh_cn, en)
    }

    /// The other language, in its own words, and its tag.
    pub(super) fn other_language(&self) -> (&'static str, &'static str) {
        match self.locale {
            Locale::ZhCn => ("English", Locale::En.tag()),
            Locale::En => ("中文", Locale::ZhCn.tag()),
        }
    }

    /// An instant on the operator's clock, to the minute, as it is said.
    pub(super) fn minute(&self, at: Timestamp) -> String {
        let local = self.zone.local(at);
        match self.locale {
            Locale::ZhCn => local.format("%Y年%-m月%-d日 %H:%M").to_string(),
            Locale::En => local.format("%-d %B %Y, %H:%M").to_string(),
        }
    }
}

/// A page that says why there is none.
#[derive(Template)]
#[template(path = "lab/away.html")]
struct AwayPage<'a> {
    frame: Frame,
    title: &'a str,
    text: &'a str,
    has_home: bool,
}

/// Everything a handler works with.
pub(super) struct Booth {
    pub(super) app: App,
    pub(super) principal: Principal,
    pub(super) frame: Frame,
    pub(super) form: Fields,
    id: Option<String>,
}

impl Booth {
    /// The study in the address, as this member sees it.
    pub(super) async fn study(&self) -> Result<StudyView, Away> {
        let id: Id<kinds::Study> = self.id.as_deref().and_then(|id| id.parse().ok()).ok_or(Away::NotThere)?;
        self.app.find_study(&self.principal, id).await?.ok_or(Away::NotThere)
    }
}

/// A template as a page.
pub(super) fn show(page: &impl Template) -> Answer {
    Ok(Reply::Page(page.render().expect("writing to memory does not fail")))
}

/// A template as the page of a form that was not taken.
pub(super) fn not_taken(page: &impl Template) -> Answer {
    Ok(Reply::NotTaken(page.render().expect("writing to memory does not fail")))
}

/// A page behind the curtain: for whoever opened a link.
pub(super) struct Curtain<H> {
    lab: Arc<Lab>,
    handler: H,
}

impl<H> Curtain<H> {
    pub(super) fn new(lab: &Arc<Lab>, handler: H) -> Self {
        Self { lab: Arc::clone(lab), handler }
    }
}

impl<H, F> Endpoint for Curtain<H>
where
    H: Fn(Booth) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let visit = Visit::of(&self.lab, &request);
        let answered = match step_in(&self.lab, &visit, request).await {
            Ok(booth) => (self.handler)(booth).await,
            Err(away) => Err(away),
        };
        Ok(match answered {
            Ok(Reply::Page(page)) => visit.private(StatusCode::OK).body(page),
            Ok(Reply::NotTaken(page)) => visit.private(StatusCode::UNPROCESSABLE_ENTITY).body(page),
            Ok(Reply::Go(to)) => visit.see_other(&to).finish(),
            Err(away) => visit.turn_away(&away),
        })
    }
}

/// Who votes is known before anything they sent is looked at, and a form is believed only with the token of what they opened.
async fn step_in(lab: &Lab, visit: &Visit, mut request: Request) -> Result<Booth, Away> {
    let token = visit.session.as_deref().ok_or(Away::NotOpened)?;
    let principal = lab.app.authenticate_voter(token).await?.ok_or(Away::NotOpened)?;
    let form = match *request.method() {
        Method::POST => read_form(visit, &mut request, token).await?,
        _ => Fields::default(),
    };
    let id = request.raw_path_param("id").map(str::to_owned);
    Ok(Booth { app: lab.app.clone(), principal, frame: visit.frame(), form, id })
}

async fn read_form(visit: &Visit, request: &mut Request, secret: &str) -> Result<Fields, Away> {
    let media = request.content_type().unwrap_or_default();
    if media.split(';').next() != Some("application/x-www-form-urlencoded") || visit.is_foreign {
        return Err(Away::Forged);
    }
    let body = request.take_body().into_bytes_limit(MAX_FORM_BYTES);
    let bytes = tokio::time::timeout(FORM_TIMEOUT, body).await.map_err(|_| Away::Forged)?;
    let fields = Fields::parse(&bytes.map_err(|_| Away::Forged)?).map_err(|_| Away::Forged)?;
    if is_form_token(secret, fields.text("form_token")) { Ok(fields) } else { Err(Away::Forged) }
}
