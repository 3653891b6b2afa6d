//! Pages rendered on the server, for people.
//!
//! Owns what a page says and looks like, in Chinese and in English, and the back office's door: its cookies and form tokens. Never
//! decides, never asks for more than a page shows, and needs no script. Start reading at [`routes`], for the office at `office/mod.rs`, for
//! the voting pages at `lab/mod.rs`, for the payer's at `family/mod.rs`, for a senior's own at `family/my/mod.rs`.

mod csv;
mod export;
mod family;
mod home;
mod lab;
mod limit;
mod office;
mod sandbox;
mod seat;
mod statement;

use std::{fmt, net::IpAddr, sync::Arc};

use app::App;
use poem::{Request, Response, Route, endpoint, http::header};

pub use csv::csv_row;
pub use home::DemoPerson;
pub use statement::{statement_csv, statement_file};

static STYLE: &str = include_str!("../static/hearth.css");
static OFFICE_STYLE: &str = include_str!("../static/office.css");
static LAB_STYLE: &str = include_str!("../static/lab.css");

/// Where a request comes from, as far as the proxies before us are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The caller's network: an IPv4 address, or the first 64 bits of an IPv6 one.
    pub network: IpAddr,
    /// Whether the caller's connection is encrypted, as a proxy we believe says.
    pub is_encrypted: bool,
}

/// Finds out where a request comes from.
pub type PeerOf = Arc<dyn Fn(&Request) -> Peer + Send + Sync>;

/// Says whether a webhook may be at an address, as far as the address tells.
pub type IsWebhookAllowed = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// What pages show besides what the use-cases say.
#[derive(Clone, Default)]
pub struct WebOptions {
    /// People of the demo who can sign in, in the order they are shown; none where there is no demo.
    pub demo_people: Vec<DemoPerson>,
    /// Whether GraphiQL is closed, and the office's cookies are for encrypted connections alone.
    pub is_production: bool,
    /// Where requests come from; without it nobody has an address, and no connection counts as encrypted.
    pub peer_of: Option<PeerOf>,
    /// Which addresses webhooks may have; without it none.
    pub is_webhook_allowed: Option<IsWebhookAllowed>,
}

impl fmt::Debug for WebOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebOptions({} demo people, production {})", self.demo_people.len(), self.is_production)
    }
}

/// Every page, to be served at the root.
pub fn routes(app: &App, options: WebOptions) -> Route {
    family::routes(app, &options)
        .nest("/office", office::routes(app, &options))
        .nest("/lab", lab::routes(app, &options))
        .at("/", home::page(app.settings(), options))
        .at("/households/:household/statements/:month", statement::StatementPage::new(app.clone()))
        .at("/exports/:file", export::ExportPage::new(app.clone()))
        .at("/sandbox-pay/:attempt", sandbox::SandboxCashier::new(app.clone()))
        .at("/seats/:file", seat::SeatPage::new(app.clone()))
        .at("/static/hearth.css", endpoint::make_sync(|_| style(STYLE)))
        .at("/static/office.css", endpoint::make_sync(|_| style(OFFICE_STYLE)))
        .at("/static/lab.css", endpoint::make_sync(|_| style(LAB_STYLE)))
}

fn style(text: &'static str) -> Response {
    Response::builder()
        .content_type("text/css; charset=utf-8")
        .header(header::CACHE_CONTROL, "public, max-age=300")
        .header("x-content-type-options", "nosniff")
        .body(text)
}
