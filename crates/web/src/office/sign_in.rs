use std::sync::Arc;

use app::staff::{StaffSignIn, StaffSignInRefused};
use askama::Template;
use kernel::Locale;
use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode, header},
};

use super::{
    Away, Frame, Office,
    desk::{no_such_method, read_form, render, turn_away},
    fields::Fields,
    token,
    visit::{HTML, Visit, own_address},
};

/// Where somebody of the staff signs in.
#[derive(Template)]
#[template(path = "office/sign_in.html")]
struct SignInPage<'a> {
    frame: Frame,
    /// Where to go afterwards.
    next: &'a str,
    /// The name that was typed.
    name: &'a str,
    problem: Option<&'a str>,
    has_ended: bool,
}

/// `GET` and `POST /office/sign-in`.
pub(super) fn door(office: &Arc<Office>) -> impl Endpoint<Output = Response> + use<> {
    let office = Arc::clone(office);
    poem::endpoint::make(move |mut request: Request| {
        let office = Arc::clone(&office);
        async move {
            let visit = Visit::of(&office, &request);
            let response = match *request.method() {
                Method::GET | Method::HEAD => ask(&office, visit, &request),
                Method::POST => match take(&office, &visit, &mut request).await {
                    Ok(response) => response,
                    Err(away) => turn_away(&office, &visit, &away, true),
                },
                _ => no_such_method(&visit, "GET, HEAD, POST"),
            };
            Ok::<_, poem::Error>(response)
        }
    })
}

/// Nobody is signed in here whom a token could belong to, so the form has a secret of its own.
fn ask(office: &Office, mut visit: Visit, request: &Request) -> Response {
    let query = Fields::parse(request.uri().query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let mut bytes = [0; 32];
    office.app.db().ids().fill(&mut bytes);
    let key = visit.form_key.clone().filter(|key| key.len() == 64).unwrap_or_else(|| token::hex(&bytes));
    visit.form_key = Some(key.clone());
    let page = SignInPage {
        frame: visit.bare_frame(office),
        next: own_address(query.text("next")).unwrap_or("/office"),
        name: "",
        problem: None,
        has_ended: query.is_ticked("ended"),
    };
    visit
        .private(StatusCode::OK, HTML)
        .header(header::SET_COOKIE, visit.form_key_cookie(&key))
        .body(if *request.method() == Method::HEAD { String::new() } else { render(&page) })
}

async fn take(office: &Office, visit: &Visit, request: &mut Request) -> Result<Response, Away> {
    let key = visit.form_key.as_deref().ok_or(Away::Forged)?;
    let form = read_form(visit, request, key).await?;
    let next = own_address(form.text("next")).unwrap_or("/office");
    if !office.sign_ins.take_of(visit.network) {
        let problem =
            ["尝试次数过多。请等一分钟再试。", "There were too many tries from here. Wait a minute, then try again."];
        return Ok(refused(office, visit, &form, next, problem, StatusCode::TOO_MANY_REQUESTS));
    }
    let command = StaffSignIn {
        name: form.text("name").to_owned(),
        password: form.exact("password").to_owned(),
        code: form.text("code").to_owned(),
    };
    match office.app.staff_sign_in(command).await? {
        Ok(signed_in) => {
            let hours = office.app.settings().staff_session_hours;
            let cookie = visit.session_cookie(&signed_in.token.to_text(), hours);
            Ok(visit.see_other(next).header(header::SET_COOKIE, cookie).finish())
        }
        Err(StaffSignInRefused::WrongCredentials) => {
            let problem = [
                "用户名、密码或验证码不正确。验证码每个只能用一次；连续错五次，这个用户名要等 15 分钟才能再试。",
                "The name, the password or the code is wrong. A code works once; after five failures in a row nobody signs in by that \
                 name for 15 minutes.",
            ];
            Ok(refused(office, visit, &form, next, problem, StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

fn refused(
    office: &Office,
    visit: &Visit,
    form: &Fields,
    next: &str,
    [zh_cn, en]: [&str; 2],
    status: StatusCode,
) -> Response {
    let frame = visit.bare_frame(office);
    let problem = Some(frame.t(zh_cn, en));
    let page = SignInPage { next, name: form.text("name"), problem, has_ended: false, frame: frame.clone() };
    visit.private(status, HTML).body(render(&page))
}

/// `GET /office/language?to=en&back=/office/…`: remembers a language. It changes nothing but how pages read.
pub(super) fn language(office: &Arc<Office>) -> impl Endpoint<Output = Response> + use<> {
    let office = Arc::clone(office);
    poem::endpoint::make_sync(move |request: Request| {
        let visit = Visit::of(&office, &request);
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return no_such_method(&visit, "GET, HEAD");
        }
        let query = Fields::parse(request.uri().query().unwrap_or_default().as_bytes()).unwrap_or_default();
        let tag = [Locale::ZhCn, Locale::En].map(Locale::tag).into_iter().find(|tag| *tag == query.text("to"));
        let back = visit.see_other(own_address(query.text("back")).unwrap_or("/office"));
        match tag {
            Some(tag) => back.header(header::SET_COOKIE, visit.language_cookie(tag)).finish(),
            None => back.finish(),
        }
    })
}
