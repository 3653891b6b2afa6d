//! The use-cases: the only place that begins and commits.
//!
//! Owns authorization, orchestration across domains, reactions to events, and clockwork. Never parses a request, renders
//! a page or spells SQL. A folder per domain, a file per verb; each use-case reads load, decide, record, commit.
//! Start reading at [`App`], then at `entitlements/redeem_perk.rs`, the walk through every layer.

pub mod accounts;
mod app;
pub mod approvals;
pub mod attention;
pub mod audit;
pub mod cocreation;
pub mod communities;
mod count_list;
mod deployment;
pub mod entitlements;
pub mod familypay;
pub mod feed;
mod import_mode;
mod lane;
pub mod ledger;
pub mod orders;
mod page;
pub mod parked_events;
mod principal;
pub mod privacy;
mod react;
mod secret;
mod settings;
pub mod staff;
pub mod webhooks;

pub use app::App;
pub use count_list::CountedList;
pub use import_mode::ImportMode;
pub use page::{Page, PageSize, Paged};
pub use principal::{Bearer, Principal, StaffPrincipal};
pub use secret::Secret;
pub use settings::{InvalidLotLife, LotLife, Maturity, Settings, minute_of_day};
