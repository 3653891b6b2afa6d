//! The back office, `/office`: pages for the operator's staff.
//!
//! A page is a file here: its handlers take a [`Desk`] (who asks, in which language, what was typed), call one use-case as that one of the
//! staff, and fill a template of the same name. Signing in, cookies, form tokens, limits and what a refusal looks like are in
//! `visit.rs` and `desk.rs`, once for all. Which roles meet which page is a row of `tests/src/conformance/access_office.rs`; what a
//! role may do is decided by the use-case alone.
//!
//! To add a page: a file with `pub(super) async fn name(desk: Desk) -> Answer`, a template that extends `office/base.html`, a line in
//! [`routes`], a link in `frame.rs` if it belongs in the menu, a row in the access table, its address in `tests/npm/office.test.mjs`.

mod account;
mod adjust;
mod approvals;
mod audit;
mod call_off;
mod chart;
mod check_in;
mod deliveries;
mod desk;
mod earn_rules;
mod event_keys;
mod fields;
mod frame;
mod gathering_form;
mod gatherings;
mod home;
mod households;
mod listing;
mod names;
mod parked;
mod payments;
mod perks;
mod pictures;
mod postings;
mod secret;
mod settings;
mod settle;
mod sign_in;
mod sign_out;
mod slot_form;
mod slots;
mod staff;
mod studies;
mod study_end;
mod study_new;
mod study_result;
mod token;
mod typed;
mod visit;
mod waiting;
mod webhooks;

use std::{net::IpAddr, num::NonZeroU32, sync::Arc};

use app::App;
use poem::{Route, RouteMethod};

use crate::{WebOptions, limit::Limit};
use desk::{Answer, Away, Desk, Reply, Screen};
pub(crate) use fields::{Fields, MAX_FORM_BYTES};
use frame::Frame;

/// How often one network may try to sign in, a minute: each try costs a slow hash. Guessing one name is ended by its lock-out.
const SIGN_INS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(20).expect("twenty is not zero");
pub(crate) use token::{form_token, is_form_token};
pub(crate) use visit::{cookie_of, full_name};

/// What every page of the office stands on.
pub(crate) struct Office {
    app: App,
    peer_of: Option<crate::PeerOf>,
    is_webhook_allowed: Option<crate::IsWebhookAllowed>,
    is_production: bool,
    sign_ins: Limit<IpAddr>,
}

/// Every page of the office, to be nested at `/office`.
pub(crate) fn routes(app: &App, options: &WebOptions) -> Route {
    let office = Arc::new(Office {
        app: app.clone(),
        peer_of: options.peer_of.clone(),
        is_webhook_allowed: options.is_webhook_allowed.clone(),
        is_production: options.is_production,
        sign_ins: Limit::per_minute(SIGN_INS_PER_MINUTE),
    });
    with_perks(Route::new(), &office)
        .at("/", read(&office, home::home))
        .at("/sign-in", sign_in::door(&office))
        .at("/language", sign_in::language(&office))
        .at("/sign-out", write(&office, sign_out::sign_out))
        .at("/account", both(&office, account::account, account::change_password))
        .at("/approvals", read(&office, approvals::approvals))
        .at("/approvals/:id", both(&office, approvals::approval, approvals::decide))
        .at("/households", both(&office, households::ask, households::search))
        .at("/households/:id", both(&office, households::household, households::household))
        .at("/households/:id/statement", read(&office, households::statement))
        .at("/households/:id/adjust", both(&office, adjust::ask, adjust::adjust))
        .at("/households/:id/reverse", both(&office, adjust::ask_to_reverse, adjust::reverse))
        .at("/studies", read(&office, studies::studies))
        .at("/studies/new", both(&office, study_new::ask, study_new::draft))
        .at("/studies/:id", both(&office, studies::study, studies::advance))
        .at("/studies/:id/end", both(&office, study_end::ask, study_end::end))
        .at("/studies/:id/export", read(&office, studies::export))
        .at("/pictures", read(&office, pictures::pictures))
        .at("/payments", read(&office, payments::payments))
        .at("/payments/:id", read(&office, payments::payment))
        .at("/parked", read(&office, parked::parked))
        .at("/parked/:id", write(&office, parked::retry))
        .at("/staff", read(&office, staff::staff))
        .at("/staff/:id", both(&office, staff::roles, staff::change_roles))
        .at("/audit", read(&office, audit::audit))
        .at("/audit.csv", read(&office, audit::audit_file))
        .at("/settings", read(&office, settings::settings))
        .at("/webhooks", both(&office, webhooks::webhooks, webhooks::add))
        .at("/webhooks/:id", read(&office, webhooks::webhook))
        .at("/webhooks/:id/types", write(&office, webhooks::change_types))
        .at("/webhooks/:id/key", write(&office, webhooks::rotate_key))
        .at("/webhooks/:id/disable", write(&office, webhooks::disable))
        .at("/deliveries", read(&office, deliveries::deliveries))
        .at("/deliveries/:id", write(&office, deliveries::redeliver))
        .at("/event-keys", both(&office, event_keys::event_keys, event_keys::issue))
        .at("/event-keys/:id", write(&office, event_keys::revoke))
}

/// The pages of what points buy, and of how they are earned.
fn with_perks(route: Route, office: &Arc<Office>) -> Route {
    route
        .at("/perks", read(office, perks::perks))
        .at("/perks.csv", read(office, perks::perks_file))
        .at("/perks/new", both(office, perks::new, perks::create))
        .at("/perks/:id", both(office, perks::perk, perks::change))
        .at("/perks/:id/waiting", read(office, waiting::waiting))
        .at("/perks/:id/waiting.csv", read(office, waiting::waiting_file))
        .at("/gatherings", read(office, gatherings::gatherings))
        .at("/gatherings.csv", read(office, gatherings::gatherings_file))
        .at("/gatherings/new", both(office, gathering_form::new, gathering_form::create))
        .at("/gatherings/:id", both(office, gatherings::gathering, gathering_form::change))
        .at("/gatherings/:id/call-off", both(office, call_off::ask, call_off::call_off))
        .at("/slots", read(office, slots::slots))
        .at("/slots.csv", read(office, slots::slots_file))
        .at("/slots/new", both(office, slot_form::new, slot_form::create))
        .at("/slots/settle", both(office, settle::ask, settle::settle))
        .at("/slots/:id", both(office, slots::slot, slot_form::change))
        .at("/check-in", both(office, check_in::ask, check_in::check_in))
        .at("/earn-rules", read(office, earn_rules::earn_rules))
        .at("/earn-rules.csv", read(office, earn_rules::earn_rules_file))
        .at("/earn-rules/simulate", both(office, earn_rules::ask, earn_rules::dry_run))
}

/// A page to read.
fn read<H, F>(office: &Arc<Office>, handler: H) -> RouteMethod
where
    H: Fn(Desk) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    poem::get(Screen::new(office, handler))
}

/// A page with a form that is sent to its own address.
fn both<R, W, F, G>(office: &Arc<Office>, reader: R, writer: W) -> RouteMethod
where
    R: Fn(Desk) -> F + Send + Sync + 'static,
    W: Fn(Desk) -> G + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
    G: Future<Output = Answer> + Send + 'static,
{
    read(office, reader).post(Screen::new(office, writer))
}

/// An act: a form sent from a page of ours.
fn write<H, F>(office: &Arc<Office>, handler: H) -> RouteMethod
where
    H: Fn(Desk) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    poem::post(Screen::new(office, handler))
}
