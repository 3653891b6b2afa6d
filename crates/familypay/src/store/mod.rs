//! Requests, attempts, payments, refunds and mandates in the database. Whoever changes a request, or what belongs to it, holds its row;
//! the order of locks is request, mandates, then offers.

mod attempts;
mod mandates;
mod payers;
mod payments;
mod reconciled;
mod refunds;
mod requests;
mod sandbox;
mod stored_request;
mod unsettled;
mod verify;

pub use attempts::{FoundAttempt, find_attempt, insert_attempt, list_attempts_of_payer, list_attempts_of_request};
pub use mandates::{
    find_mandate, insert_mandate, list_mandates_ever, list_mandates_of, lock_mandate_book, lock_mandates_for,
    lock_mandates_of, update_mandate_revoked, update_mandate_used,
};
pub use payers::{is_payer_confirmed, list_payer_places, update_payer_confirmed, update_payer_places};
pub use payments::{
    NotedPayment, Origin, count_payments, find_paid_with, find_payment, insert_paid_request, insert_payment,
    list_payments_of_request,
};
pub use reconciled::{ReconciledDay, find_money_moved, is_reconciled, list_reconciled_days, upsert_reconciled_day};
pub use refunds::{
    RefundOrigin, RefundState, StoredRefund, count_refunds, find_refund, find_refund_by_id, insert_refund,
    list_open_refunds, list_refunds_of_request, list_refunds_to_ask, lock_refund, update_refund_asked,
    update_refund_state,
};
pub use requests::{
    RequestPlace, find_link, find_request, find_request_place, insert_request, list_due_requests, list_requests,
    list_requests_of_payer, list_requests_of_senior, lock_request, lock_waiting_requests_of, update_request,
};
pub use sandbox::{
    find_sandbox_moved, find_sandbox_payment, insert_sandbox_payment, insert_sandbox_refund, list_due_sandbox_payments,
};
pub use unsettled::{
    UnsettledAttempt, delete_unsettled_attempt, insert_unsettled_attempt, list_due_attempts, list_unsettled_of_request,
    update_asked,
};
pub use verify::{PayFinding, list_pay_findings};

use kernel::{Currency, Fault, Money, Timestamp};

fn money(minor: i64) -> Result<Money, Fault> {
    Money::from_minor(minor, Currency::Cny).ok_or_else(impossible)
}

fn instant(millis: i64) -> Result<Timestamp, Fault> {
    Timestamp::from_timestamp_millis(millis).ok_or_else(impossible)
}

fn impossible() -> Fault {
    Fault::inconsistent("read what is kept of paying: a column is out of range")
}
