//! Anything around one request, in any order and dying anywhere, on a real database: the same invariants as the rules' own model.
//!
//! `HEARTH_PAY_CASES=500` draws more of them; what fails is shown as short as it was found.

use app::{
    App,
    familypay::{BeginPayment, DeclineReason, PayDoor, PaymentTold, SandboxOutcome},
    orders::EventTold,
};
use chrono::TimeDelta;
use familypay::{Payment, Provider, ProviderRef};
use kernel::{Currency, Id, Money, kinds};
use orders::{OrderRefunded, RefundLine};
use proptest::{
    prelude::{Just, Strategy, any, prop_oneof},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use testkit::{Engine, TestApp, poll_at_most};

use super::Family;
use crate::world::{assert_verifies, event, reference};

const AMOUNT: i64 = 5_680;

/// How many are drawn where nobody says otherwise: each has a database of its own, which on a server takes longer to make.
fn cases_of(engine: Engine) -> u32 {
    match engine {
        Engine::Sqlite => 12,
        Engine::Postgres => 5,
    }
}

/// One thing that happens, and after how many waits it dies; none: it comes to its end.
type Step = (Happening, Option<u32>);

#[derive(Debug, Clone)]
enum Happening {
    Begins {
        payer: usize,
    },
    Chooses {
        attempt: usize,
        outcome: SandboxOutcome,
    },
    Declines {
        payer: usize,
    },
    /// Money comes for one of the attempts, or for one nobody knows, perhaps another amount, perhaps not for the first time.
    IsTold {
        attempt: usize,
        off_by: i64,
        number: u8,
        is_told_twice: bool,
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
    OutboxDrains,
}

fn happening() -> impl Strategy<Value = Happening> {
    let outcome = prop_oneof![
        3 => Just(SandboxOutcome::Succeed),
        1 => Just(SandboxOutcome::Fail),
        1 => Just(SandboxOutcome::Late),
        1 => Just(SandboxOutcome::Twice),
        1 => Just(SandboxOutcome::Never),
    ];
    let off_by = prop_oneof![4 => Just(0_i64), 1 => -2_i64..3];
    prop_oneof![
        4 => (0_usize..3).prop_map(|payer| Happening::Begins { payer }),
        4 => (any::<usize>(), outcome).prop_map(|(attempt, outcome)| Happening::Chooses { attempt, outcome }),
        2 => (0_usize..3).prop_map(|payer| Happening::Declines { payer }),
        3 => (any::<usize>(), off_by, 0_u8..4, any::<bool>()).prop_map(|(attempt, off_by, number, is_told_twice)| {
            Happening::IsTold { attempt, off_by, number, is_told_twice }
        }),
        2 => (0_i64..AMOUNT + 2).prop_map(|minor| Happening::Refunds { minor }),
        1 => Just(Happening::Cancels),
        1 => Just(Happening::PaysAtPickUp),
        3 => (1_i64..90).prop_map(|minutes| Happening::Passes { minutes }),
        2 => Just(Happening::ClockworkRuns),
        3 => Just(Happening::OutboxDrains),
    ]
}

/// Every third dies somewhere.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let dies = prop_oneof![2 => Just(None), 1 => (1_u32..40).prop_map(Some)];
    proptest::collection::vec((happening(), dies), 1..40)
}

/// How many payments pay, how many requests are paid, what went back of the order, what came and what goes back of all, refunds that go to
/// somebody else or are more than came; the state; the oranges there are, and should be.
const WHAT_IS_SO: &str = "SELECT CAST((SELECT count(*) FROM payments WHERE outcome = 'pays') AS TEXT), \
    CAST((SELECT count(*) FROM paid_requests) AS TEXT), CAST(refunded_minor AS TEXT), \
    CAST((SELECT COALESCE(sum(amount_minor), 0) FROM payments) AS TEXT), \
    CAST((SELECT COALESCE(sum(amount_minor), 0) FROM payment_refunds) AS TEXT), \
    CAST((SELECT count(*) FROM (SELECT p.amount_minor FROM payments p JOIN payment_refunds r \
        ON r.provider = p.provider AND r.provider_ref = p.provider_ref \
        GROUP BY p.provider, p.provider_ref, p.amount_minor, p.payer_id \
        HAVING sum(r.amount_minor) > p.amount_minor OR count(r.payer_id) > 0 AND min(CAST(r.payer_id AS TEXT)) <> CAST(p.payer_id AS TEXT)) t) AS TEXT), \
    state, CAST((SELECT stock_thousandths FROM offers WHERE product_ref = 'F01') AS TEXT), \
    CASE WHEN is_reserved THEN '8000' ELSE '10000' END FROM pay_requests";

struct Model<'w> {
    world: &'w TestApp,
    family: Family,
    request: Id<kinds::PayRequest>,
    told: Vec<PaymentTold>,
    refunds: usize,
    state: String,
}

impl<'w> Model<'w> {
    async fn of(world: &'w TestApp) -> Self {
        let family = Family::of(world).await;
        let request = family.asks(world.app(), "1").await;
        Self { world, family, request, told: Vec::new(), refunds: 0, state: "asked".to_owned() }
    }

    async fn happens(&mut self, (happening, dies): &Step) {
        // What was told is outside: no crash of ours unsays it.
        let told = self.told_by(happening).await;
        if let Some(told) = &told {
            self.told.push(told.clone());
        }
        if let Happening::Passes { minutes } = happening {
            self.world.clock().advance(TimeDelta::minutes(*minutes));
            return;
        }
        let refund = matches!(happening, Happening::Refunds { .. }).then(|| {
            self.refunds += 1;
            self.refunds
        });
        let acts = self.acts(happening, told, refund);
        match dies {
            None => acts.await,
            Some(polls) => whatever(poll_at_most(*polls, acts).await),
        }
    }

    async fn attempts(&self) -> Vec<Id<kinds::PaymentAttempt>> {
        let place = familypay::store::RequestPlace {
            household: self.family.senior.household.unwrap().0,
            request: self.request,
        };
        let reader = self.world.app().db().reader();
        let attempts = familypay::store::list_attempts_of_request(&reader, place).await.unwrap();
        attempts.into_iter().map(|attempt| attempt.id).collect()
    }

    async fn told_by(&self, happening: &Happening) -> Option<PaymentTold> {
        let Happening::IsTold { attempt, off_by, number, .. } = happening else { return None };
        // Told before under this number: the same words, or it would be another provider's number.
        if let Some(known) = self.told.get(usize::from(*number)) {
            return Some(known.clone());
        }
        let attempts = self.attempts().await;
        let amount = Money::from_minor(AMOUNT + off_by, Currency::Cny).unwrap();
        let provider_ref = ProviderRef::new(&format!("told-{}", self.told.len())).unwrap();
        let payment = Payment { provider_ref, amount, paid_at: self.world.app().db().clock().now() };
        let attempt = attempts.get(attempt % (attempts.len() + 1)).copied();
        Some(PaymentTold { provider: Provider::Sandbox, attempt, payment })
    }

    async fn acts(&self, happening: &Happening, told: Option<PaymentTold>, refund: Option<usize>) {
        let app = self.world.app();
        match happening {
            Happening::Begins { payer } => {
                let begin = BeginPayment { door: self.door(*payer), confirms_name: true };
                whatever(app.begin_payment(&begin).await.unwrap());
            }
            Happening::Chooses { attempt, outcome } => {
                let attempts = self.attempts().await;
                if let Some(attempt) = attempts.get(attempt % attempts.len().max(1)) {
                    whatever(app.choose_sandbox_outcome(*attempt, *outcome).await.unwrap());
                }
            }
            Happening::Declines { payer } => {
                whatever(app.decline_pay_request(&self.door(*payer), DeclineReason::Busy).await.unwrap());
            }
            Happening::IsTold { is_told_twice, .. } => tell(app, self.world, told, *is_told_twice).await,
            Happening::Refunds { minor } => self.refund(*minor, refund.unwrap_or_default()).await,
            Happening::Cancels => {
                whatever(app.cancel_pay_request(&self.family.senior, self.request).await.unwrap());
            }
            Happening::PaysAtPickUp => whatever(app.pay_at_pick_up(&self.family.senior, self.request).await.unwrap()),
            Happening::ClockworkRuns => whatever(app.run_clockwork().await),
            Happening::OutboxDrains => whatever(app.drain().await.unwrap()),
            Happening::Passes { .. } => {}
        }
    }

    /// One who was asked, one who may come to be, and one who never is.
    fn door(&self, payer: usize) -> PayDoor {
        let payer = [&self.family.daughter, &self.family.son, &self.family.senior][payer];
        PayDoor::Member(*payer, self.request)
    }

    /// The order system refunds of the first line; of an order it never heard of it is refused.
    async fn refund(&self, minor: i64, number: usize) {
        let app = self.world.app();
        let amount = Money::from_minor(minor, Currency::Cny).unwrap();
        let told = OrderRefunded {
            order_ref: reference(&self.request.to_string()),
            refund_ref: reference(&format!("R-{number}")),
            refunded_at: app.db().clock().now(),
            amount,
            lines: vec![RefundLine { line_no: 1, amount }],
        };
        let told = event(&format!("E-R-{number}"), EventTold::Refunded(told));
        whatever(app.record_order_events(&[told]).await.unwrap());
    }

    async fn number(&self, sql: &str) -> i64 {
        self.world.db().texts(&format!("SELECT CAST(({sql}) AS TEXT)")).await[0][0].parse().unwrap()
    }

    /// What holds after each commit, whatever happened. One statement: what somebody who died had sent may commit between two.
    async fn holds(&mut self) {
        let row = self.world.db().texts(WHAT_IS_SO).await.remove(0);
        let [paid, paid_requests, refunded, captured, gone_back, nobodys] =
            [0, 1, 2, 3, 4, 5].map(|column| row[column].parse::<i64>().unwrap());
        assert!(paid <= 1 && paid == paid_requests, "paid {paid} times");
        let worth = if paid == 1 { AMOUNT - refunded } else { 0 };
        assert_eq!(captured - gone_back, worth, "captured minus refunded is what the order is worth, or nothing");
        assert_eq!(nobodys, 0, "every fen that goes back goes to whoever it came from");
        assert_eq!(row[7], row[8], "goods are set aside or there");
        let is_paid = ["paid", "refunded_partly", "refunded"].contains(&row[6].as_str());
        assert_eq!(is_paid, paid == 1, "paid by a payment and by nothing else");
        match self.state.as_str() {
            ended @ ("cancelled" | "pay_at_pick_up" | "refunded") => assert_eq!(row[6], ended, "what has ended stays"),
            "paid" | "refunded_partly" => assert!(is_paid, "what was paid is never unpaid"),
            _ => {}
        }
        self.state = row[6].clone();
    }

    /// In the end all that is to be done is done, and everything that was told is known.
    async fn ends(&mut self) {
        let app = self.world.app();
        for told in self.told.clone() {
            app.settle_payment(&told).await.unwrap();
            self.holds().await;
        }
        // A lease of whoever died, and the sandbox's late word, end with time.
        for _ in 0..6 {
            self.world.clock().advance(TimeDelta::hours(1));
            app.run_clockwork().await;
            app.drain().await.unwrap();
            self.holds().await;
        }
        let unsettled = "SELECT count(*) FROM outbox_events WHERE settled_at IS NULL";
        assert_eq!(self.number(unsettled).await, 0, "everything that follows was done");
        assert_eq!(self.number("SELECT count(*) FROM payment_refunds WHERE state IN ('to_send', 'sent')").await, 0);
        let taken = "SELECT count(*) FROM sandbox_payments s WHERE paid_at IS NOT NULL AND NOT EXISTS \
                     (SELECT 1 FROM payments p WHERE p.provider_ref = s.provider_ref)";
        assert_eq!(self.number(taken).await, 0, "reconciliation shows 0 untold");
        let orders = self.number("SELECT count(*) FROM orders").await;
        assert_eq!(orders, self.number("SELECT count(*) FROM paid_requests").await, "an order for what was paid");
        assert_verifies(app).await;
    }
}

/// Done, refused or dead on the way: what holds is judged afterwards.
fn whatever<T>(_: T) {}

async fn tell(app: &App, world: &TestApp, told: Option<PaymentTold>, is_told_twice: bool) {
    let Some(told) = told else { return };
    if is_told_twice {
        let other = world.another();
        let (one, two) = tokio::join!(app.settle_payment(&told), other.settle_payment(&told));
        assert_eq!(one.unwrap(), two.unwrap(), "the same word is judged once");
    } else {
        app.settle_payment(&told).await.unwrap();
    }
}

fn draw(engine: Engine) {
    let asked = std::env::var("HEARTH_PAY_CASES").ok().map(|cases| cases.parse().expect("a number of cases"));
    let cases = asked.unwrap_or_else(|| cases_of(engine));
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    // Always the same ones, unless more are asked for.
    let mut runner = match asked {
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
        Some(_) => TestRunner::new(config),
    };
    let drawn = runner.run(&steps(), |steps| {
        testkit::run(engine, async |world: TestApp| {
            let mut model = Model::of(&world).await;
            for step in &steps {
                model.happens(step).await;
                model.holds().await;
            }
            model.ends().await;
        });
        Ok(())
    });
    if let Err(failure) = drawn {
        panic!("{failure}");
    }
}

#[test]
fn whatever_happens_an_order_is_paid_at_most_once_and_every_fen_has_a_payer_on_sqlite() {
    draw(Engine::Sqlite);
}

#[test]
fn whatever_happens_an_order_is_paid_at_most_once_and_every_fen_has_a_payer_on_postgres() {
    draw(Engine::Postgres);
}
