//! What people decide over their own data.

mod cancel_erasure;
mod consent;
mod contacts;
mod erasure;
mod find_persons_by_contact;
mod give_consent;
mod health_tags;
mod read_health_tags;
mod request_data_export;
mod request_erasure;
mod set_health_tags;
mod set_phone;
mod withdraw_consent;

use async_graphql::MergedObject;

pub(super) use cancel_erasure::{CancelErasureMutation, CancelErasureUserError};
pub(super) use consent::{Consent, ConsentsQuery};
pub(super) use contacts::ContactsQuery;
pub(super) use erasure::ErasureQuery;
pub(super) use find_persons_by_contact::{FindPersonsByContactMutation, FindPersonsByContactUserError};
pub(super) use give_consent::{GiveConsentMutation, GiveConsentUserError};
pub(super) use health_tags::{HealthTag, HealthTagsQuery};
pub(super) use read_health_tags::{ReadHealthTagsMutation, ReadHealthTagsUserError};
pub(super) use request_data_export::{RequestDataExportMutation, RequestDataExportUserError};
pub(super) use request_erasure::{RequestErasureMutation, RequestErasureUserError};
pub(super) use set_health_tags::{SetHealthTagsMutation, SetHealthTagsUserError};
pub(super) use set_phone::{SetPhoneMutation, SetPhoneUserError};
pub(super) use withdraw_consent::{WithdrawConsentMutation, WithdrawConsentUserError};

/// What people decide over their data, and what the staff may see of it.
#[derive(MergedObject, Default)]
pub(super) struct PrivacyMutations(
    CancelErasureMutation,
    FindPersonsByContactMutation,
    GiveConsentMutation,
    ReadHealthTagsMutation,
    RequestDataExportMutation,
    RequestErasureMutation,
    SetHealthTagsMutation,
    SetPhoneMutation,
    WithdrawConsentMutation,
);
