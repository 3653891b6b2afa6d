//! The schema's history, oldest first, for both engines.
//!
//! Owns every table, index, constraint and trigger. Never reads or changes what people entered. Each migration is one file that
//! says why in its first line, runs in one transaction, and works beside yesterday's code. Statements are written once with
//! the markers of `dialect.rs`; what truly differs between the engines is spelled out there. Start reading at the oldest file.

mod dialect;
mod m20261123_000001_accounts;
mod m20261123_000002_orders;
mod m20261123_000003_ledger;
mod m20261123_000004_entitlements;
mod m20261123_000005_platform;
mod m20261123_000006_ledger_depth;
mod m20261123_000007_earn_rules;
mod m20261123_000008_orders;
mod m20261123_000009_lapse_notices;
mod m20261124_000010_staff_actors;
mod m20261124_000011_staff;
mod m20261124_000012_household_life;
mod m20261124_000013_privacy;
mod m20261124_000014_cancelled_orders;
mod m20261124_000015_household_feed;
mod m20261124_000016_used_assertions;
mod m20261124_000017_webhooks;
mod m20261124_000018_erasures;
mod m20261124_000019_point_tenders;
mod m20261125_000020_deaths;
mod m20261125_000030_merged_households;
mod m20261125_000031_split_households;
mod m20261125_000036_next_lapse;
mod m20261125_000040_postings_by_number;
mod m20261130_000050_departures;
mod m20261130_000051_leaders;
mod m20261130_000060_waiting_lists;
mod m20261130_000061_gatherings;
mod m20261130_000062_used_grants;
mod m20261130_000070_search_by_name;
mod m20261130_000080_studies;
mod m20261130_000090_offers;
mod m20261201_000032_hot_rows_without_parents;
mod m20261201_000033_open_lots;
mod m20261201_000052_growth_shares;
mod m20261201_000057_languages;
mod m20261201_000063_delivery_slots;
mod m20261201_000071_parked_by_id;
mod m20261201_000081_voting_pages;
mod m20261201_000084_study_endings;
mod m20261201_000091_pay_requests;
mod m20261201_000092_asked_providers;

use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

/// Runs what a database has not seen yet.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_accounts::Migration),
            Box::new(m20261123_000002_orders::Migration),
            Box::new(m20261123_000003_ledger::Migration),
            Box::new(m20261123_000004_entitlements::Migration),
            Box::new(m20261123_000005_platform::Migration),
            Box::new(m20261123_000006_ledger_depth::Migration),
            Box::new(m20261123_000007_earn_rules::Migration),
            Box::new(m20261123_000008_orders::Migration),
            Box::new(m20261123_000009_lapse_notices::Migration),
            Box::new(m20261124_000010_staff_actors::Migration),
            Box::new(m20261124_000011_staff::Migration),
            Box::new(m20261124_000012_household_life::Migration),
            Box::new(m20261124_000013_privacy::Migration),
            Box::new(m20261124_000014_cancelled_orders::Migration),
            Box::new(m20261124_000015_household_feed::Migration),
            Box::new(m20261124_000016_used_assertions::Migration),
            Box::new(m20261124_000017_webhooks::Migration),
            Box::new(m20261124_000018_erasures::Migration),
            Box::new(m20261124_000019_point_tenders::Migration),
            Box::new(m20261125_000020_deaths::Migration),
            Box::new(m20261125_000030_merged_households::Migration),
            Box::new(m20261125_000031_split_households::Migration),
            Box::new(m20261125_000036_next_lapse::Migration),
            Box::new(m20261125_000040_postings_by_number::Migration),
            Box::new(m20261130_000050_departures::Migration),
            Box::new(m20261130_000051_leaders::Migration),
            Box::new(m20261130_000060_waiting_lists::Migration),
            Box::new(m20261130_000061_gatherings::Migration),
            Box::new(m20261130_000062_used_grants::Migration),
            Box::new(m20261130_000070_search_by_name::Migration),
            Box::new(m20261130_000080_studies::Migration),
            Box::new(m20261130_000090_offers::Migration),
            Box::new(m20261201_000032_hot_rows_without_parents::Migration),
            Box::new(m20261201_000052_growth_shares::Migration),
            Box::new(m20261201_000063_delivery_slots::Migration),
            Box::new(m20261201_000071_parked_by_id::Migration),
            Box::new(m20261201_000081_voting_pages::Migration),
            Box::new(m20261201_000084_study_endings::Migration),
            Box::new(m20261201_000091_pay_requests::Migration),
            Box::new(m20261201_000092_asked_providers::Migration),
            Box::new(m20261201_000033_open_lots::Migration),
            Box::new(m20261201_000057_languages::Migration),
        ]
    }
}

/// Whether a database has seen every migration. Changes nothing.
///
/// # Errors
/// The engine's own error; or that the database has seen a migration this program does not know.
pub async fn is_up_to_date(
    connection: &sea_orm_migration::sea_orm::DatabaseConnection,
) -> Result<bool, sea_orm_migration::DbErr> {
    // Asking what is pending makes the table of what was seen, so we ask only where it is already.
    if !SchemaManager::new(connection).has_table("seaql_migrations").await? {
        return Ok(false);
    }
    Ok(Migrator::get_pending_migrations(connection).await?.is_empty())
}

/// Brings a database up to date. Safe to run from several processes at once on PostgreSQL, and again on any.
///
/// # Errors
/// The engine's own error, naming the statement that failed; the failing migration is rolled back whole.
pub async fn migrate(
    connection: &sea_orm_migration::sea_orm::DatabaseConnection,
) -> Result<(), sea_orm_migration::DbErr> {
    dialect::with_migration_lock(connection, || Migrator::up(connection, None)).await
}
