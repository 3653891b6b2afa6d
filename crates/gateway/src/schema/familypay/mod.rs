//! Seniors order, relatives pay.

mod ask_to_pay;
mod begin_payment;
mod cancel_pay_request;
mod decline_pay_request;
mod draft_order_from_speech;
mod give_mandate;
mod pay_at_pick_up;
mod pay_request;
mod query;
mod revoke_mandate;
mod set_payer_order;
mod spoken_draft;
mod staff;

use async_graphql::MergedObject;

use ask_to_pay::AskToPayMutation;
pub(super) use ask_to_pay::AskToPayUserError;
use begin_payment::BeginPaymentMutation;
pub(super) use begin_payment::BeginPaymentUserError;
use cancel_pay_request::CancelPayRequestMutation;
pub(super) use cancel_pay_request::CancelPayRequestUserError;
use decline_pay_request::DeclinePayRequestMutation;
pub(super) use decline_pay_request::DeclinePayRequestUserError;
use draft_order_from_speech::DraftOrderFromSpeechMutation;
pub(super) use draft_order_from_speech::DraftOrderFromSpeechUserError;
use give_mandate::GiveMandateMutation;
pub(super) use give_mandate::GiveMandateUserError;
use pay_at_pick_up::PayAtPickUpMutation;
pub(super) use pay_at_pick_up::PayAtPickUpUserError;
pub(super) use pay_request::PayRequest;
pub(super) use query::FamilyPayQuery;
use revoke_mandate::RevokeMandateMutation;
pub(super) use revoke_mandate::RevokeMandateUserError;
use set_payer_order::SetPayerOrderMutation;
pub(super) use set_payer_order::SetPayerOrderUserError;

pub(super) use staff::PaymentsQuery;

/// What seniors and relatives do about orders and paying them.
#[derive(MergedObject, Default)]
pub(super) struct FamilyPayMutations(
    DraftOrderFromSpeechMutation,
    AskToPayMutation,
    CancelPayRequestMutation,
    PayAtPickUpMutation,
    DeclinePayRequestMutation,
    BeginPaymentMutation,
    SetPayerOrderMutation,
    GiveMandateMutation,
    RevokeMandateMutation,
);
