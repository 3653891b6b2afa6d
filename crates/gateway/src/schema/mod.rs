//! The consumer's schema: types of its own, conversions, resolvers that call one use-case and translate.
//!
//! A folder per domain, a file per verb or noun. Nothing here decides; what a use-case refuses becomes a user error. A nullable
//! field that may fail answers `Nullable<T>`, never `Result<Option<T>>`: see `nullable.rs`.

mod accounts;
mod cocreation;
mod communities;
mod connection;
mod entitlements;
mod familypay;
mod feed;
mod ids;
mod ledger;
mod money;
mod node;
mod nullable;
mod privacy;
mod scalars;
mod session;
mod staff;
mod user_error;

use std::sync::Arc;

use app::App;
use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, Schema, SchemaBuilder};

use crate::{identity::Identity, webhooks::PrivateAddresses};
pub(crate) use session::{Notes, Session};

/// Reads. Every field but the catalogue of perks shows only what belongs to the household of whoever is signed in, or what the
/// roles of somebody of the operator's staff let them see.
#[derive(MergedObject, Default)]
pub(crate) struct Query(
    accounts::AccountsQuery,
    accounts::InvitationQuery,
    accounts::PreviewsQuery,
    accounts::MergePreviewQuery,
    accounts::SplitPreviewQuery,
    communities::CommunitiesQuery,
    communities::GrowthSharesQuery,
    communities::LedCommunitiesQuery,
    cocreation::StudiesQuery,
    entitlements::PerksQuery,
    entitlements::DeliverySlotsQuery,
    familypay::FamilyPayQuery,
    familypay::PaymentsQuery,
    feed::HouseholdEventsCursorQuery,
    node::NodeQuery,
    privacy::ConsentsQuery,
    privacy::ContactsQuery,
    privacy::ErasureQuery,
    privacy::HealthTagsQuery,
    staff::StaffQuery,
    staff::HouseholdAccountQuery,
    staff::PreviewDeathQuery,
    staff::WebhooksQuery,
);

/// Acts. Each takes one input and answers with a payload whose `userErrors` say what was refused; a refused act moves nothing.
// In groups: a request is looked up in one member after another, each waiting within the one before it, and fifty in one row are more
// than a thread's stack holds in a debug build.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    accounts::SignInMutations,
    accounts::MembershipMutations,
    accounts::HouseholdMutations,
    cocreation::StudyMutations,
    communities::CommunityMutations,
    entitlements::PerkMutations,
    entitlements::GatheringMutations,
    entitlements::SlotMutations,
    familypay::FamilyPayMutations,
    privacy::PrivacyMutations,
    staff::StaffMutations,
    staff::WebhookMutations,
);

/// What is told while one listens, over `GET /graphql/ws`. Only to people who are signed in.
#[derive(MergedSubscription, Default)]
pub(crate) struct Subscription(feed::HouseholdEventsSubscription);

pub(crate) type HearthSchema = Schema<Query, Mutation, Subscription>;

type Builder = SchemaBuilder<Query, Mutation, Subscription>;

/// The schema on an app. Built at start, shared by all requests.
pub(crate) fn build(app: App, identity: Option<Arc<Identity>>, private: PrivateAddresses) -> Builder {
    without_app().data(app).data(identity).data(private)
}

fn without_app() -> Builder {
    let builder = Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .register_output_type::<user_error::UserError>();
    connection::describe(builder)
}

/// The schema in its definition language, as `GET /schema.graphql` answers and as it is committed.
#[must_use]
pub fn sdl() -> String {
    without_app().finish().sdl_with_options(SDLExportOptions::new().include_specified_by().use_space_ident())
}

#[cfg(test)]
mod tests;
