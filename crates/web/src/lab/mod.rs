//! The voting pages, `/lab`: for neighbours on their phones, old ones among them.
//!
//! A one-time link from the app opens them (`enter.rs`); the browser then shows a cookie that is good for voting and for nothing else. A
//! page is a file here: its handlers take a [`Booth`] (who votes, in which language, what was typed) and call use-cases as that member.
//! Large type, targets of 60 px, one decision on a page, and no script. No page shows what a household said, its own included: whoever can
//! be made to show a ballot can be made to cast one.

mod ballot;
mod booth;
mod enter;
mod language;
mod said;
mod studies;
mod words;

use std::sync::Arc;

use app::App;
use poem::{Route, RouteMethod};

use crate::WebOptions;
use booth::{Answer, Booth, Curtain};

/// What every voting page stands on.
pub(crate) struct Lab {
    app: App,
    peer_of: Option<crate::PeerOf>,
    is_production: bool,
}

/// Every voting page, to be nested at `/lab`.
pub(crate) fn routes(app: &App, options: &WebOptions) -> Route {
    let lab =
        Arc::new(Lab { app: app.clone(), peer_of: options.peer_of.clone(), is_production: options.is_production });
    Route::new()
        .at("/", read(&lab, studies::studies))
        .at("/enter/:token", enter::door(&lab))
        .at("/language", language::language(&lab))
        .at("/:id", read(&lab, studies::study))
        .at("/:id/ballot", read(&lab, ballot::ask).post(Curtain::new(&lab, ballot::cast)))
        .at("/:id/receipt", read(&lab, studies::receipt))
}

fn read<H, F>(lab: &Arc<Lab>, handler: H) -> RouteMethod
where
    H: Fn(Booth) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    poem::get(Curtain::new(lab, handler))
}
