use kernel::{Currency, Money};

use super::{AskRefusal, Declined, EndRefusal, NewPayRequest, PayRefusal, PayRequest, PayRequestState};
use crate::testing::{at, id};

fn draft(payers: &[u128]) -> PayRequest {
    PayRequest::draft(NewPayRequest {
        id: id(1),
        household: id(2),
        asked_by: id(3),
        amount: Money::from_minor(5_680, Currency::Cny).expect("an amount"),
        payers: payers.iter().map(|payer| id(*payer)).collect(),
        cut_off: at(240),
    })
}

fn asked() -> PayRequest {
    let mut request = draft(&[11, 12]);
    assert_eq!(request.ask(at(0)), Ok(id(11)));
    request
}

#[test]
fn waits_until_half_an_hour_before_the_cut_off_or_a_day() {
    assert_eq!(asked().deadline(), Some(at(210)));

    let mut early = draft(&[11]);
    assert_eq!(early.ask(at(-2_000)), Ok(id(11)));
    assert_eq!(early.deadline(), Some(at(-2_000 + 24 * 60)));
}

#[test]
fn asks_nobody_when_it_is_too_late_or_nobody_is_there() {
    let mut late = draft(&[11]);
    assert_eq!(late.ask(at(210)), Err(AskRefusal::TooLate));
    assert_eq!(late.state_at(at(210)), PayRequestState::Draft);
    assert_eq!(late.ask(at(209)), Ok(id(11)));
    assert_eq!(late.ask(at(209)), Err(AskRefusal::NotADraft));

    assert_eq!(draft(&[]).ask(at(0)), Err(AskRefusal::NoPayers));
    assert_eq!(draft(&[11, 12, 11]).ask(at(0)), Err(AskRefusal::BadPayers));
    assert_eq!(draft(&(11..20).collect::<Vec<_>>()).ask(at(0)), Err(AskRefusal::BadPayers));
}

#[test]
fn a_decline_passes_it_on_in_the_seniors_order_and_at_last_ends_it() {
    let mut request = asked();
    assert_eq!(request.decline(id(12), at(1)), Err(PayRefusal::NotYours), "not asked yet");
    assert_eq!(request.decline(id(11), at(1)), Ok(Declined::PassedOn { to: id(12) }));
    assert_eq!(request.decline(id(11), at(2)), Err(PayRefusal::NotYours), "passed it on already");
    assert_eq!(request.decline(id(12), at(2)), Ok(Declined::NobodyLeft));
    assert_eq!(request.state_at(at(2)), PayRequestState::Declined);
    assert_eq!(request.claim(id(12), at(2)), Err(PayRefusal::Ended));
    assert_eq!(request.pay_at_pick_up(), Ok(()), "her way out");
}

#[test]
fn a_claim_keeps_others_out_for_five_minutes_and_no_longer() {
    let mut request = asked();
    assert_eq!(request.decline(id(11), at(0)), Ok(Declined::PassedOn { to: id(12) }));
    assert_eq!(request.claim(id(12), at(0)), Ok(at(5)));
    assert_eq!(request.claim(id(11), at(4)), Err(PayRefusal::ClaimedByAnother { until: at(5) }));
    assert_eq!(request.claim(id(12), at(4)), Ok(at(9)), "who has it keeps it");
    assert_eq!(request.claim(id(11), at(9)), Ok(at(14)), "walked away from");
    assert_eq!(request.claim(id(99), at(20)), Err(PayRefusal::NotYours));
}

#[test]
fn expires_by_its_date_and_not_by_the_job() {
    let mut request = asked();
    assert_eq!(request.state_at(at(209)), PayRequestState::Asked);
    assert_eq!(request.state_at(at(210)), PayRequestState::Expired, "the job is late");
    assert_eq!(request.claim(id(11), at(210)), Err(PayRefusal::Expired));
    assert!(!request.expire(at(209)));
    assert!(request.expire(at(300)));
    assert!(!request.expire(at(301)), "told once");
    assert_eq!(request.pay_at_pick_up(), Ok(()));
}

#[test]
fn reminds_once_at_half_the_time() {
    let mut request = asked();
    assert!(!request.remind(at(104)));
    assert!(request.remind(at(105)));
    assert!(!request.remind(at(106)));

    let mut claimed = asked();
    assert_eq!(claimed.claim(id(11), at(104)), Ok(at(109)));
    assert!(!claimed.remind(at(105)), "somebody is paying");
    assert!(claimed.remind(at(109)));

    let mut over = asked();
    assert!(!over.remind(at(210)), "it is over");
}

#[test]
fn what_has_ended_stays_ended() {
    let mut cancelled = asked();
    assert_eq!(cancelled.cancel(), Ok(()));
    assert_eq!(cancelled.cancel(), Err(EndRefusal::Ended));
    assert_eq!(cancelled.pay_at_pick_up(), Err(EndRefusal::Ended));
    assert!(!cancelled.expire(at(500)));
    assert_eq!(cancelled.state_at(at(500)), PayRequestState::Cancelled);

    let mut paid = asked();
    paid.paid();
    assert_eq!(paid.cancel(), Err(EndRefusal::AlreadyPaid));
    assert_eq!(paid.claim(id(11), at(1)), Err(PayRefusal::AlreadyPaid));
    assert_eq!(paid.decline(id(11), at(1)), Err(PayRefusal::AlreadyPaid));
}
