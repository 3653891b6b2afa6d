use std::{sync::Arc, time::Duration};

use app::{App, Page, PageSize, StaffPrincipal, staff::NotAllowed};
use askama::Template;
use kernel::{Fault, FaultKind, Id, IdempotencyKey, Kind};
use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode, header},
};

use super::{
    Frame, Office,
    fields::{Fields, MAX_FORM_BYTES, Malformed},
    token,
    visit::{HTML, TEXT, Visit},
};

/// How many rows a page of a list shows.
const ROWS: i64 = 50;

/// How long a form may take to arrive: a slow sender keeps a connection, not more.
const FORM_TIMEOUT: Duration = Duration::from_secs(10);

/// What a handler comes to.
pub(super) type Answer = Result<Reply, Away>;

/// What is shown.
pub(super) enum Reply {
    /// A page.
    Page(String),
    /// The page of a form again, with what is wrong with it.
    NotTaken(String),
    /// An act is done: go to a page, and say so there.
    Done {
        /// The page.
        to: String,
        /// What was done, in the reader's words.
        notice: String,
    },
    /// A file to keep.
    File(Download),
    /// Signed out.
    SignedOut,
}

/// A file to keep.
pub(super) struct Download {
    /// What it is called: ASCII, no quotes.
    pub(super) name: String,
    /// What it is.
    pub(super) content_type: &'static str,
    /// What is in it.
    pub(super) text: String,
}

/// Why nothing is shown.
#[derive(Debug)]
pub(super) enum Away {
    /// Nobody is signed in, or not any more.
    SignIn,
    /// None of their roles allows it.
    NotAllowed,
    /// There is no such page or thing.
    NotThere,
    /// What was sent cannot be read.
    BadRequest,
    /// The form does not carry this session's token.
    Forged,
    /// The form is too long.
    TooLarge,
    /// The machinery failed.
    Broken(Fault),
}

impl From<Fault> for Away {
    fn from(fault: Fault) -> Self {
        Self::Broken(fault)
    }
}

impl From<NotAllowed> for Away {
    fn from(NotAllowed: NotAllowed) -> Self {
        Self::NotAllowed
    }
}

impl From<Malformed> for Away {
    fn from(Malformed: Malformed) -> Self {
        Self::BadRequest
    }
}

/// Everything a handler works with.
pub(super) struct Desk {
    /// The use-cases.
    pub(super) app: App,
    /// Who asks.
    pub(super) principal: StaffPrincipal,
    /// What stands around the page.
    pub(super) frame: Frame,
    /// What stands behind the question mark of the address.
    pub(super) query: Fields,
    /// What was sent; empty for a page that is read.
    pub(super) form: Fields,
    id: Option<String>,
    office: Arc<Office>,
}

impl Desk {
    /// Whether a webhook may be at this address, as far as the address tells.
    pub(super) fn may_tell(&self, url: &str) -> bool {
        self.office.is_webhook_allowed.as_ref().is_some_and(|is_allowed| is_allowed(url))
    }

    /// The id in the address; what is none names nothing.
    pub(super) fn id<K: Kind>(&self) -> Result<Id<K>, Away> {
        self.id.as_deref().and_then(|id| id.parse().ok()).ok_or(Away::NotThere)
    }

    /// Which part of a list is asked for: `after` or `before` a place, as `read` understands it.
    pub(super) fn page<K>(&self, read: impl Fn(&str) -> Option<K>) -> Result<Page<K>, Away> {
        let size = PageSize::new(ROWS).expect("fifty rows are a page");
        let place = |text: &str| read(text).ok_or(Away::BadRequest);
        match (self.query.text("after"), self.query.text("before")) {
            ("", "") => Ok(Page::Forward { size, after: None }),
            (after, "") => Ok(Page::Forward { size, after: Some(place(after)?) }),
            ("", before) => Ok(Page::Backward { size, before: Some(place(before)?) }),
            _ => Err(Away::BadRequest),
        }
    }

    /// The key of the act that a form is: the same when it is sent twice.
    pub(super) fn key(&self) -> Result<IdempotencyKey, Away> {
        self.form.text("key").parse().map_err(|_| Away::BadRequest)
    }

    /// A key for a form that is shown now.
    pub(super) fn new_key(&self) -> String {
        let mut bytes = [0; 16];
        self.app.db().ids().fill(&mut bytes);
        token::hex(&bytes)
    }

    /// One of two wordings.
    pub(super) fn t<'a>(&self, zh_cn: &'a str, en: &'a str) -> &'a str {
        self.frame.t(zh_cn, en)
    }
}

/// A template as a page.
pub(super) fn show(page: &impl Template) -> Answer {
    Ok(Reply::Page(render(page)))
}

pub(super) fn render(page: &impl Template) -> String {
    page.render().expect("writing to memory does not fail")
}

/// A page behind the sign-in.
pub(super) struct Screen<H> {
    office: Arc<Office>,
    handler: H,
}

impl<H> Screen<H> {
    pub(super) fn new(office: &Arc<Office>, handler: H) -> Self {
        Self { office: Arc::clone(office), handler }
    }
}

impl<H, F> Endpoint for Screen<H>
where
    H: Fn(Desk) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let visit = Visit::of(&self.office, &request);
        let is_act = !matches!(*request.method(), Method::GET | Method::HEAD);
        let answered = match sit_down(&self.office, &visit, request, is_act).await {
            Ok(desk) => (self.handler)(desk).await,
            Err(away) => Err(away),
        };
        Ok(match answered {
            Ok(reply) => answer(&visit, reply),
            Err(away) => turn_away(&self.office, &visit, &away, is_act),
        })
    }
}

/// Who asks is known before anything they sent is looked at, and a form is believed only with their session's token.
async fn sit_down(office: &Arc<Office>, visit: &Visit, mut request: Request, is_act: bool) -> Result<Desk, Away> {
    let token = visit.session.as_deref().ok_or(Away::SignIn)?;
    let principal = office.app.authenticate_staff(token).await?.ok_or(Away::SignIn)?;
    let staff = office.app.find_staff(&principal).await?.ok_or(Away::SignIn)?;
    let form = if is_act { read_form(visit, &mut request, token).await? } else { Fields::default() };
    Ok(Desk {
        app: office.app.clone(),
        principal,
        frame: Frame {
            who: staff.name.to_string(),
            roles: Some(principal.roles),
            form_token: token::form_token(token),
            notice: visit.notice(),
            ..visit.bare_frame(office)
        },
        query: Fields::parse(request.uri().query().unwrap_or_default().as_bytes())?,
        form,
        id: request.raw_path_param("id").map(str::to_owned),
        office: Arc::clone(office),
    })
}

/// Reads a form, if it is one of ours.
pub(super) async fn read_form(visit: &Visit, request: &mut Request, secret: &str) -> Result<Fields, Away> {
    let media = request.content_type().unwrap_or_default();
    if media.split(';').next() != Some("application/x-www-form-urlencoded") || visit.is_foreign {
        return Err(Away::Forged);
    }
    let body = request.take_body().into_bytes_limit(MAX_FORM_BYTES);
    let bytes = tokio::time::timeout(FORM_TIMEOUT, body).await.map_err(|_| Away::BadRequest)?;
    let bytes = bytes.map_err(|_| Away::TooLarge)?;
    let fields = Fields::parse(&bytes)?;
    if token::is_form_token(secret, fields.text("form_token")) { Ok(fields) } else { Err(Away::Forged) }
}

fn answer(visit: &Visit, reply: Reply) -> Response {
    match reply {
        Reply::Page(page) => visit.private(StatusCode::OK, HTML).body(page),
        Reply::NotTaken(page) => visit.private(StatusCode::UNPROCESSABLE_ENTITY, HTML).body(page),
        Reply::Done { to, notice } => {
            let response = visit.see_other(&to);
            match visit.notice_cookie(&notice) {
                Some(cookie) => response.header(header::SET_COOKIE, cookie).finish(),
                None => response.finish(),
            }
        }
        Reply::File(Download { name, content_type, text }) => visit
            .private(StatusCode::OK, content_type)
            .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""))
            .body(text),
        Reply::SignedOut => {
            visit.see_other("/office/sign-in").header(header::SET_COOKIE, visit.no_session_cookie()).finish()
        }
    }
}

/// A page that says why there is none.
#[derive(Template)]
#[template(path = "office/away.html")]
struct AwayPage<'a> {
    frame: Frame,
    title: &'a str,
    text: &'a str,
    request_id: Option<String>,
}

/// Says why. Somebody who was signed in and is not any more learns so on the page to sign in.
pub(super) fn turn_away(office: &Office, visit: &Visit, away: &Away, is_act: bool) -> Response {
    let frame = visit.bare_frame(office);
    let has_ended = visit.session.is_some();
    if matches!(away, Away::SignIn) && !is_act {
        let reason = if has_ended { "ended=yes&" } else { "" };
        let to = format!("/office/sign-in?{reason}next={}", frame.here_encoded());
        return visit.see_other(&to).header(header::SET_COOKIE, visit.no_session_cookie()).finish();
    }
    let mut request_id = None;
    let (status, zh_cn, en) = match away {
        Away::SignIn => (
            StatusCode::UNAUTHORIZED,
            ["登录已结束", "没有做任何改动。请重新登录，然后再提交一次。"],
            ["Your session has ended", "Nothing was changed. Sign in again, then send the form once more."],
        ),
        Away::NotAllowed => (
            StatusCode::FORBIDDEN,
            ["您没有这项权限", "您的岗位不能查看或执行这一项。如有需要，请联系管理员。"],
            ["None of your roles allows this", "If it belongs to your work, ask an admin."],
        ),
        Away::NotThere => (
            StatusCode::NOT_FOUND,
            ["没有这一页", "地址可能不完整，或者内容已经不在了。"],
            ["There is no such page", "The address may be incomplete, or what it led to is gone."],
        ),
        Away::BadRequest => (
            StatusCode::BAD_REQUEST,
            ["看不懂这个请求", "没有做任何改动。请返回上一页，重新填写。"],
            ["This could not be read", "Nothing was changed. Go back and fill in the page again."],
        ),
        Away::Forged => (
            StatusCode::FORBIDDEN,
            ["表单已失效", "没有做任何改动。请打开页面，重新填写后提交。"],
            ["This form is not valid any more", "Nothing was changed. Open the page again, fill it in and send it."],
        ),
        Away::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            ["内容太长", "没有做任何改动。请缩短后再提交。"],
            ["This is too long", "Nothing was changed. Shorten it and send it again."],
        ),
        Away::Broken(fault) => {
            request_id = Some(visit.log(office, fault));
            let status = match fault.kind() {
                FaultKind::Broken => StatusCode::INTERNAL_SERVER_ERROR,
                FaultKind::Contention | FaultKind::Busy | FaultKind::StorageFull => StatusCode::SERVICE_UNAVAILABLE,
            };
            (
                status,
                ["现在不行", "请稍后再试。如果刚才提交了表单，请先看看是否已经生效。"],
                ["Not just now", "Try again in a while. If you had sent a form, look first whether it took effect."],
            )
        }
    };
    let [title, text] = [frame.t(zh_cn[0], en[0]), frame.t(zh_cn[1], en[1])];
    let page = AwayPage { title, text, request_id, frame: frame.clone() };
    visit.private(status, HTML).body(render(&page))
}

/// A page that is asked for in a way it does not know.
pub(super) fn no_such_method(visit: &Visit, allowed: &str) -> Response {
    visit.private(StatusCode::METHOD_NOT_ALLOWED, TEXT).header(header::ALLOW, allowed).finish()
}
