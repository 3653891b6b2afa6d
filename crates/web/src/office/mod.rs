//! The back office, `/office`: pages for the operator's staff.
//!
//! A page is a file here: its handlers take a [`Desk`] (who asks, in which language, what was typed), call one use-case as that one of the
//! staff, and fill a template of the same name. Signing in, cookies, form tokens, limits and what a refusal looks like are in
//! `visit.rs` and `desk.rs`, once for all. Which roles meet which page is a row of `tests/src/conformance/access_office.rs`; what a
//! role may do is decided by the use-case alone.
//!
//! To add a page: a file with `pub(super) async fn name(desk: Desk) -> Answer`, a template that extends `office/base.html`, a line in
//! [`routes`], a link in `frame.rs` if it belongs in the menu, a row in the access table, its address in `tests/npm/office.test.mjs`.

mod desk;
mod fields;
mod frame;
mod home;
mod limit;
mod sign_in;
mod sign_out;
mod token;
mod visit;

use std::sync::Arc;

use app::App;
use poem::{Route, RouteMethod};

use crate::WebOptions;
use desk::{Answer, Away, Desk, Reply, Screen};
use frame::Frame;
use limit::SignInLimit;

/// What every page of the office stands on.
pub(crate) struct Office {
    app: App,
    peer_of: Option<crate::PeerOf>,
    is_production: bool,
    sign_ins: SignInLimit,
}

/// Every page of the office, to be nested at `/office`.
pub(crate) fn routes(app: &App, options: &WebOptions) -> Route {
    let office = Arc::new(Office {
        app: app.clone(),
        peer_of: options.peer_of.clone(),
        is_production: options.is_production,
        sign_ins: SignInLimit::new(),
    });
    Route::new()
        .at("/", read(&office, home::home))
        .at("/sign-in", sign_in::door(&office))
        .at("/language", sign_in::language(&office))
        .at("/sign-out", write(&office, sign_out::sign_out))
}

/// A page to read.
fn read<H, F>(office: &Arc<Office>, handler: H) -> RouteMethod
where
    H: Fn(Desk) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    poem::get(Screen::new(office, handler))
}

/// An act: a form sent from a page of ours.
fn write<H, F>(office: &Arc<Office>, handler: H) -> RouteMethod
where
    H: Fn(Desk) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    poem::post(Screen::new(office, handler))
}
