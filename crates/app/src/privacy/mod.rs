//! Use-cases about what people decide over their own data: consents, health tags, contacts.

mod give_consent;
mod household_health_tags;
mod index_contacts;
mod list_consents;
mod my_contacts;
mod my_health_tags;
mod parties;
mod reseal_health_tags;
mod set_health_tags;
mod set_phone;
mod withdraw_consent;

pub use give_consent::GiveConsent;
pub use household_health_tags::PersonHealthTags;
pub use set_health_tags::{SetHealthTags, SetHealthTagsRefusal};
pub use withdraw_consent::{WithdrawConsent, WithdrawConsentRefusal};
