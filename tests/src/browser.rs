//! A browser without a screen, for pages of the office: it keeps cookies and sends the forms it was shown.

use std::collections::BTreeMap;

use app::App;
use poem::{
    Endpoint, Request, Response, Route,
    http::{HeaderMap, Method, header},
};

use crate::staff::{Hired, PASSWORD};

/// What came back.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    /// Where it sends the browser.
    pub(crate) fn to(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a hidden field of the page.
    pub(crate) fn hidden(&self, name: &str) -> String {
        let begin = format!("name=\"{name}\" value=\"");
        let found = self.body.split_once(&begin).unwrap_or_else(|| panic!("no field {name} in {}", self.body)).1;
        found.split('"').next().unwrap().to_owned()
    }
}

/// One person's browser.
pub(crate) struct Browser<'r> {
    routes: &'r Route,
    pub(crate) cookies: BTreeMap<String, String>,
    form_token: String,
}

impl<'r> Browser<'r> {
    /// A fresh one, whose owner reads English.
    pub(crate) fn new(routes: &'r Route) -> Self {
        Self { routes, cookies: BTreeMap::new(), form_token: String::new() }
    }

    /// One with somebody signed in.
    pub(crate) async fn of(routes: &'r Route, app: &App, hired: &mut Hired) -> Self {
        let mut browser = Self::new(routes);
        let token = hired.sign_in(app).await;
        browser.cookies.insert("hearth-office".to_owned(), token);
        let home = browser.get("/office").await;
        assert_eq!(home.status, 200, "{}", home.body);
        browser
    }

    /// Opens a page.
    pub(crate) async fn get(&mut self, path: &str) -> Seen {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// Sends a form with the token of the page seen last.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let token = self.form_token.clone();
        let mut all = vec![("form_token", token.as_str())];
        all.extend(fields);
        self.post_bare(path, &all).await
    }

    /// Sends a form as it is.
    pub(crate) async fn post_bare(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, &[("content-type", "application/x-www-form-urlencoded")], body).await
    }

    /// Sends anything.
    pub(crate) async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Seen {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri_str(path)
            .header("accept-language", "en")
            .header("cookie", cookies.join("; "));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.routes.get_response(request.body(body)).await;
        self.keep(response).await
    }

    async fn keep(&mut self, mut response: Response) -> Seen {
        for set in response.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.take_body().into_string().await.unwrap();
        let seen = Seen { status, headers, body };
        if seen.body.contains("name=\"form_token\"") {
            self.form_token = seen.hidden("form_token");
        }
        seen
    }

    /// Signs in by the form, as a person does.
    pub(crate) async fn sign_in(&mut self, name: &str, code: &str) -> Seen {
        self.get("/office/sign-in").await;
        self.post("/office/sign-in", &[("name", name), ("password", PASSWORD), ("code", code), ("next", "/office")])
            .await
    }
}
