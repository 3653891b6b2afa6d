//! Pages rendered on the server, for people.
//!
//! Owns what a page says and looks like, in Chinese and in English. Never decides, never asks for more than one use-case, and
//! needs no script. Start reading at [`routes`].

mod csv;
mod export;
mod home;
mod seat;
mod statement;

use app::App;
use poem::{Response, Route, endpoint, http::header};

pub use csv::csv_row;
pub use home::DemoPerson;
pub use statement::{statement_csv, statement_file};

static STYLE: &str = include_str!("../static/hearth.css");

/// What pages show besides what the use-cases say.
#[derive(Debug, Clone, Default)]
pub struct WebOptions {
    /// People of the demo who can sign in, in the order they are shown; none where there is no demo.
    pub demo_people: Vec<DemoPerson>,
    /// Whether GraphiQL is closed.
    pub is_production: bool,
}

/// Every page, to be served at the root.
pub fn routes(app: &App, options: WebOptions) -> Route {
    Route::new()
        .at("/", home::page(app.settings(), options))
        .at("/households/:household/statements/:month", statement::StatementPage::new(app.clone()))
        .at("/exports/:file", export::ExportPage::new(app.clone()))
        .at("/seats/:file", seat::SeatPage::new(app.clone()))
        .at("/static/hearth.css", endpoint::make_sync(|_| style()))
}

fn style() -> Response {
    Response::builder()
        .content_type("text/css; charset=utf-8")
        .header(header::CACHE_CONTROL, "public, max-age=300")
        .header("x-content-type-options", "nosniff")
        .body(STYLE)
}
