use std::collections::BTreeSet;

use app::{LotLife, Settings};
use askama::Template;
use kernel::Locale;
use poem::{
    Endpoint, Request, Response, endpoint,
    http::{Method, StatusCode, header},
};

use crate::WebOptions;

/// Somebody of the demo who can sign in.
#[derive(Debug, Clone)]
pub struct DemoPerson {
    /// The household's name.
    pub household: String,
    /// The community; empty for those who live elsewhere.
    pub community: String,
    /// The person's name.
    pub person: String,
    /// The mail address that codes go to.
    pub address: String,
}

/// What both languages show.
struct Facts {
    pending_days: u16,
    lot_life: LotLife,
    zone: &'static str,
    is_production: bool,
    households: usize,
    groups: Vec<Group>,
    demo_people: Vec<DemoPerson>,
}

/// The people of one community.
struct Group {
    community: String,
    people: Vec<DemoPerson>,
}

#[derive(Template)]
#[template(path = "home/zh-CN.html")]
struct ZhCn<'a> {
    locale: Locale,
    facts: &'a Facts,
}

#[derive(Template)]
#[template(path = "home/en.html")]
struct En<'a> {
    locale: Locale,
    facts: &'a Facts,
}

/// The home page. It says the same until the process ends, so it is rendered once in each language.
pub(super) fn page(settings: &Settings, options: WebOptions) -> impl Endpoint<Output = Response> + use<> {
    let facts = Facts::of(settings, options);
    let [zh_cn, en] = [Locale::ZhCn, Locale::En].map(|locale| facts.render(locale));
    endpoint::make_sync(move |request: Request| {
        let page = match language_of(&request) {
            Locale::ZhCn => &zh_cn,
            Locale::En => &en,
        };
        match *request.method() {
            Method::GET => html(page.clone()),
            Method::HEAD => html(String::new()),
            _ => Response::builder().status(StatusCode::METHOD_NOT_ALLOWED).header(header::ALLOW, "GET, HEAD").finish(),
        }
    })
}

impl Facts {
    fn of(settings: &Settings, options: WebOptions) -> Self {
        let households: BTreeSet<&str> = options.demo_people.iter().map(|person| person.household.as_str()).collect();
        Self {
            pending_days: settings.pending_days,
            lot_life: settings.lot_life,
            zone: settings.zone.name(),
            is_production: options.is_production,
            households: households.len(),
            groups: by_community(&options.demo_people),
            demo_people: options.demo_people,
        }
    }

    fn render(&self, locale: Locale) -> String {
        let rendered = match locale {
            Locale::ZhCn => ZhCn { locale, facts: self }.render(),
            Locale::En => En { locale, facts: self }.render(),
        };
        rendered.expect("writing to memory does not fail")
    }
}

/// Groups in the order in which their first person stands; those who live elsewhere last.
fn by_community(people: &[DemoPerson]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for person in people {
        match groups.iter_mut().find(|group| group.community == person.community) {
            Some(group) => group.people.push(person.clone()),
            None => groups.push(Group { community: person.community.clone(), people: vec![person.clone()] }),
        }
    }
    groups.sort_by_key(|group| group.community.is_empty());
    groups
}

/// What the link in the corner asked for, else what the browser prefers.
pub(crate) fn language_of(request: &Request) -> Locale {
    match request.uri().query() {
        Some("lang=en") => Locale::En,
        Some("lang=zh-CN") => Locale::ZhCn,
        _ => Locale::from_accept_language(request.header(header::ACCEPT_LANGUAGE).unwrap_or_default()),
    }
}

fn html(body: String) -> Response {
    Response::builder()
        .content_type("text/html; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-cache")
        .header(header::VARY, "accept-language")
        .header("content-security-policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "no-referrer")
        .body(body)
}

#[cfg(test)]
mod tests;
