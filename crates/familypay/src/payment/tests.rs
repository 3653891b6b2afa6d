use std::collections::BTreeMap;

use kernel::{Currency, Id, Money, Timestamp, kinds};
use proptest::prelude::{Strategy, any, prop_oneof, proptest};

use super::{Availability, Payment, PaymentAttempt, ProviderRef, RefundRefusal, Settled, Surplus};
use crate::{
    NewPayRequest, PayRequest, PayRequestState,
    testing::{at, id},
};

const AMOUNT: i64 = 5_680;

fn fen(minor: i64) -> Money {
    Money::from_minor(minor, Currency::Cny).expect("an amount")
}

fn reference(no: usize) -> ProviderRef {
    ProviderRef::new(&format!("P{no}")).expect("a reference")
}

fn asked() -> PayRequest {
    let mut request = PayRequest::draft(NewPayRequest {
        id: id(1),
        household: id(2),
        asked_by: id(3),
        amount: fen(AMOUNT),
        payers: vec![id(11), id(12)],
        cut_off: at(240),
    });
    request.ask(at(0)).expect("asked");
    request
}

fn attempt(no: u128, payer: u128) -> PaymentAttempt {
    PaymentAttempt {
        id: id(no),
        request: id(1),
        payer: id(payer),
        amount: fen(AMOUNT),
        begun_at: at(1),
        provider: crate::Provider::Sandbox,
        mandate: None,
    }
}

fn payment(no: usize, minor: i64) -> Payment {
    Payment { provider_ref: reference(no), amount: fen(minor), paid_at: at(2) }
}

fn settle(request: &mut PayRequest, no: usize, now: Timestamp) -> Settled {
    request.settle(Some(&attempt(100, 11)), &payment(no, AMOUNT), Availability::CanBeReserved, now)
}

#[test]
fn the_first_payment_pays_and_the_second_of_the_same_second_goes_back() {
    let mut request = asked();
    assert_eq!(settle(&mut request, 1, at(2)), Settled::Pays);
    assert_eq!(settle(&mut request, 2, at(2)), Settled::Surplus(Surplus::AlreadyPaid));
    assert_eq!(request.state_at(at(2)), PayRequestState::Paid);
}

#[test]
fn a_late_payment_revives_an_order_that_can_still_be_had_and_no_other() {
    for (availability, now, expected) in [
        (Availability::CanBeReserved, 213, Settled::Pays),
        (Availability::CanBeReserved, 239, Settled::Pays),
        (Availability::CanBeReserved, 240, Settled::Surplus(Surplus::TooLate)),
        (Availability::Gone, 213, Settled::Surplus(Surplus::TooLate)),
    ] {
        let mut request = asked();
        assert!(request.expire(at(210)));
        let found = request.settle(Some(&attempt(100, 11)), &payment(1, AMOUNT), availability, at(now));
        assert_eq!(found, expected, "{availability:?} {now}");
    }
}

#[test]
fn money_for_a_cancelled_order_goes_back() {
    let mut request = asked();
    request.cancel().expect("cancelled");
    assert_eq!(settle(&mut request, 1, at(2)), Settled::Surplus(Surplus::Ended));
    assert_eq!(request.state_at(at(2)), PayRequestState::Cancelled);
}

#[test]
fn another_amount_another_request_or_no_attempt_pays_nothing() {
    let mut request = asked();
    let mut settle = |attempt: Option<&PaymentAttempt>, minor| {
        request.settle(attempt, &payment(1, minor), Availability::CanBeReserved, at(2))
    };
    let ours = attempt(100, 11);
    let other = PaymentAttempt { request: id(9), ..ours.clone() };
    assert_eq!(settle(Some(&ours), AMOUNT - 1), Settled::Surplus(Surplus::WrongAmount));
    assert_eq!(settle(Some(&ours), AMOUNT * 100), Settled::Surplus(Surplus::WrongAmount));
    assert_eq!(settle(Some(&other), AMOUNT), Settled::Surplus(Surplus::UnknownAttempt));
    assert_eq!(settle(None, AMOUNT), Settled::Surplus(Surplus::UnknownAttempt));
    assert_eq!(request.state_at(at(2)), PayRequestState::Asked);
}

#[test]
fn refunds_go_back_item_by_item_and_never_beyond_the_payment() {
    let mut request = asked();
    assert_eq!(request.refund(&reference(1), fen(897)), Err(RefundRefusal::NotPaid));
    assert_eq!(settle(&mut request, 1, at(2)), Settled::Pays);
    let refund = request.refund(&reference(1), fen(897)).expect("three bad oranges");
    assert_eq!((refund.payment, refund.amount), (reference(1), fen(897)));
    assert_eq!(request.state_at(at(500)), PayRequestState::RefundedPartly);
    assert_eq!(request.refund(&reference(1), fen(0)), Err(RefundRefusal::Nothing));
    let left = fen(AMOUNT - 897);
    assert_eq!(request.refund(&reference(1), fen(AMOUNT - 896)), Err(RefundRefusal::MoreThanLeft { left }));
    assert!(request.refund(&reference(1), left).is_ok());
    assert_eq!(request.state_at(at(500)), PayRequestState::Refunded);
    assert_eq!(request.refund(&reference(1), fen(1)), Err(RefundRefusal::NotPaid));
    assert_eq!(settle(&mut request, 2, at(500)), Settled::Surplus(Surplus::AlreadyPaid), "never paid again");
}

/// What can happen around one request, in any order.
#[derive(Debug, Clone)]
enum Happening {
    Claims {
        payer: u128,
    },
    Begins {
        payer: u128,
    },
    Declines {
        payer: u128,
    },
    /// The provider takes money for one of the attempts, or for one nobody knows, perhaps another amount.
    ProviderTakes {
        attempt: usize,
        off_by: i64,
    },
    /// A callback: perhaps the hundredth, perhaps of an old payment.
    IsTold {
        payment: usize,
        is_gone: bool,
    },
    Refunds {
        minor: i64,
    },
    Cancels,
    PaysAtPickUp,
    Passes {
        minutes: i64,
    },
    ClockworkRuns,
    /// The next act is decided and dies before it commits.
    Crashes,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        (10_u128..14).prop_map(|payer| Happening::Claims { payer }),
        (10_u128..14).prop_map(|payer| Happening::Begins { payer }),
        (10_u128..14).prop_map(|payer| Happening::Declines { payer }),
        (any::<usize>(), prop_oneof![4 => proptest::strategy::Just(0), 1 => -2_i64..3])
            .prop_map(|(attempt, off_by)| Happening::ProviderTakes { attempt, off_by }),
        (any::<usize>(), any::<bool>()).prop_map(|(payment, is_gone)| Happening::IsTold { payment, is_gone }),
        (any::<usize>(), any::<bool>()).prop_map(|(payment, is_gone)| Happening::IsTold { payment, is_gone }),
        (0_i64..AMOUNT + 2).prop_map(|minor| Happening::Refunds { minor }),
        proptest::strategy::Just(Happening::Cancels),
        proptest::strategy::Just(Happening::PaysAtPickUp),
        (1_i64..60).prop_map(|minutes| Happening::Passes { minutes }),
        proptest::strategy::Just(Happening::ClockworkRuns),
        proptest::strategy::Just(Happening::Crashes),
    ]
}

/// What a commit keeps.
#[derive(Debug, Clone)]
struct Kept {
    request: PayRequest,
    attempts: Vec<PaymentAttempt>,
    /// By the provider's number: known once, judged once.
    payments: BTreeMap<ProviderRef, (Payment, Settled)>,
    /// What goes back, by payment.
    refunds: BTreeMap<ProviderRef, i64>,
}

/// The provider, which no crash of ours touches: what it took, and from whom.
struct Provider {
    taken: Vec<(Option<Id<kinds::PaymentAttempt>>, Payment)>,
}

struct World {
    kept: Kept,
    provider: Provider,
    now: i64,
    is_crashing: bool,
}

impl World {
    fn new() -> Self {
        let kept = Kept { request: asked(), attempts: vec![], payments: BTreeMap::new(), refunds: BTreeMap::new() };
        Self { kept, provider: Provider { taken: vec![] }, now: 0, is_crashing: false }
    }

    fn happens(&mut self, happening: &Happening) {
        let now = at(self.now);
        match *happening {
            Happening::Passes { minutes } => return self.now += minutes,
            Happening::Crashes => return self.is_crashing = true,
            Happening::ProviderTakes { attempt, off_by } => return self.provider_takes(attempt, off_by),
            _ => {}
        }
        let before = self.kept.clone();
        match *happening {
            Happening::Claims { payer } => drop(self.kept.request.claim(id(payer), now)),
            Happening::Begins { payer } => {
                if self.kept.request.claim(id(payer), now).is_ok() {
                    let no = 100 + self.kept.attempts.len() as u128;
                    self.kept.attempts.push(PaymentAttempt { begun_at: now, ..attempt(no, payer) });
                }
            }
            Happening::Declines { payer } => drop(self.kept.request.decline(id(payer), now)),
            Happening::IsTold { payment, is_gone } => self.is_told(payment, is_gone),
            Happening::Refunds { minor } => self.refund(minor),
            Happening::Cancels => drop(self.kept.request.cancel()),
            Happening::PaysAtPickUp => drop(self.kept.request.pay_at_pick_up()),
            Happening::ClockworkRuns => {
                self.kept.request.remind(now);
                self.kept.request.expire(now);
            }
            Happening::Passes { .. } | Happening::Crashes | Happening::ProviderTakes { .. } => {}
        }
        if std::mem::take(&mut self.is_crashing) {
            self.kept = before;
        } else {
            stays_ended(&before.request, &self.kept.request);
        }
    }

    /// A payment can also be for an attempt that a crash forgot: the provider knows it, we do not.
    fn provider_takes(&mut self, attempt: usize, off_by: i64) {
        let attempts = &self.kept.attempts;
        let number = attempts.get(attempt % (attempts.len() + 1)).map(|attempt| attempt.id);
        let payment = payment(self.provider.taken.len(), AMOUNT + off_by);
        self.provider.taken.push((number, payment));
    }

    fn is_told(&mut self, payment: usize, is_gone: bool) {
        if self.provider.taken.is_empty() {
            return;
        }
        let (number, payment) = self.provider.taken[payment % self.provider.taken.len()].clone();
        if self.kept.payments.contains_key(&payment.provider_ref) {
            return;
        }
        let attempt = self.kept.attempts.iter().find(|attempt| Some(attempt.id) == number);
        let availability = if is_gone { Availability::Gone } else { Availability::CanBeReserved };
        let settled = self.kept.request.settle(attempt, &payment, availability, at(self.now));
        if matches!(settled, Settled::Surplus(_)) {
            self.kept.refunds.insert(payment.provider_ref.clone(), payment.amount.minor());
        }
        self.kept.payments.insert(payment.provider_ref.clone(), (payment, settled));
    }

    fn refund(&mut self, minor: i64) {
        let counts = self.kept.payments.values().find(|(_, settled)| *settled == Settled::Pays);
        let by = counts.map_or_else(|| reference(0), |(payment, _)| payment.provider_ref.clone());
        if let Ok(refund) = self.kept.request.refund(&by, fen(minor)) {
            *self.kept.refunds.entry(refund.payment).or_default() += refund.amount.minor();
        }
    }

    fn holds(&self) {
        let Kept { request, payments, refunds, .. } = &self.kept;
        let paid = payments.values().filter(|(_, settled)| *settled == Settled::Pays).count();
        assert!(paid <= 1, "paid twice");
        let captured: i64 = payments.values().map(|(payment, _)| payment.amount.minor()).sum();
        let gone_back: i64 = refunds.values().sum();
        let worth = if paid == 1 { AMOUNT - request.refunded().minor() } else { 0 };
        assert_eq!(captured - gone_back, worth, "captured minus refunded is what the order is worth, or nothing");
        for (reference, minor) in refunds {
            let (payment, _) = payments.get(reference).expect("every fen that goes back came from somebody");
            assert!(*minor <= payment.amount.minor(), "more goes back than came");
        }
        let is_paid = matches!(
            request.state_at(at(self.now)),
            PayRequestState::Paid | PayRequestState::RefundedPartly | PayRequestState::Refunded
        );
        assert_eq!(is_paid, paid == 1, "paid by a payment and by nothing else");
    }
}

/// What has ended stays so; what was paid is never unpaid.
fn stays_ended(before: &PayRequest, after: &PayRequest) {
    let (before, after) = (before.state_at(at(-1)), after.state_at(at(-1)));
    match before {
        PayRequestState::Cancelled | PayRequestState::PayAtPickUp | PayRequestState::Refunded => {
            assert_eq!(before, after);
        }
        PayRequestState::Paid | PayRequestState::RefundedPartly => assert!(matches!(
            after,
            PayRequestState::Paid | PayRequestState::RefundedPartly | PayRequestState::Refunded
        )),
        PayRequestState::Draft
        | PayRequestState::Asked
        | PayRequestState::Claimed { .. }
        | PayRequestState::Declined
        | PayRequestState::Expired => {}
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_happens_an_order_is_paid_at_most_once_and_every_fen_has_a_payer(
        happenings in proptest::collection::vec(happening(), 1..60),
    ) {
        let mut world = World::new();
        for happening in &happenings {
            world.happens(happening);
            world.holds();
        }
        // In the end everything the provider took is known, because it is also asked for.
        for payment in 0..world.provider.taken.len() {
            world.is_crashing = false;
            world.happens(&Happening::IsTold { payment, is_gone: false });
            world.holds();
        }
        assert_eq!(world.kept.payments.len(), world.provider.taken.len(), "reconciliation shows 0 unknown");
    }
}
