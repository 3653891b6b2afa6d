//! What people decide over their own data.

mod consent;
mod contacts;
mod give_consent;
mod health_tags;
mod set_health_tags;
mod set_phone;
mod withdraw_consent;

pub(super) use consent::{Consent, ConsentsQuery};
pub(super) use contacts::ContactsQuery;
pub(super) use give_consent::{GiveConsentError, GiveConsentMutation};
pub(super) use health_tags::HealthTagsQuery;
pub(super) use set_health_tags::{SetHealthTagsError, SetHealthTagsMutation};
pub(super) use set_phone::{SetPhoneError, SetPhoneMutation};
pub(super) use withdraw_consent::{WithdrawConsentError, WithdrawConsentMutation};
