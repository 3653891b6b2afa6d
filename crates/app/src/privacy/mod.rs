//! Use-cases about what people decide over their own data: consents, health tags, contacts, exports, erasure; and how long the rest is kept.

mod advance_erasures;
mod cancel_erasure;
mod download_data_export;
mod find_persons_by_contact;
mod give_consent;
mod household_health_tags;
mod index_contacts;
mod list_consents;
mod my_contacts;
mod my_health_tags;
mod parties;
mod personal_data;
mod prune;
mod read_health_tags;
mod request_data_export;
mod request_erasure;
mod reseal_health_tags;
mod set_health_tags;
mod set_phone;
mod withdraw_consent;

pub use find_persons_by_contact::FoundPerson;
pub use give_consent::GiveConsent;
pub use household_health_tags::PersonHealthTags;
pub use personal_data::{PersonalData, Section};
pub(crate) use prune::PruneDay;
pub use prune::Pruned;
pub use read_health_tags::{ReadHealthTags, ReadHealthTagsRefusal};
pub use request_data_export::RequestedExport;
pub use set_health_tags::{SetHealthTags, SetHealthTagsRefusal};
pub use withdraw_consent::{WithdrawConsent, WithdrawConsentRefusal};
