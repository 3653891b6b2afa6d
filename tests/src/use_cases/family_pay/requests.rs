//! One request from asking to its end.

use app::{
    Principal,
    familypay::{
        AskToPayRefusal, BeginPayment, BeginPaymentRefusal, DeclineReason, EndRequestRefusal, PayDoor, SandboxOutcome,
    },
    orders::EventTold,
};
use chrono::TimeDelta;
use familypay::{AskRefusal, EndRefusal, PayRefusal};
use mail::FamilyPayKind as Kind;
use orders::{OrderRefunded, RefundLine};
use testkit::{TestApp, on_both_engines};

use super::{Family, ask, basket, begins, chooses, link, mailed, money, oranges, pays, state};
use crate::world::{assert_verifies, balance, event, reference, yuan};

const NAINAI: &str = "nainai@hearth.example";
const DAUGHTER: &str = "h-li-owner@hearth.example";
const SON: &str = "h-zhao-owner@hearth.example";

async fn household_points(world: &TestApp, senior: &Principal) -> [i64; 4] {
    balance(world.app(), senior).await
}

on_both_engines! {
    async fn a_grandchild_is_asked_for_no_money_and_gives_no_mandate(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let grandchild = crate::world::add_person(app, "H-LI", "grandchild", accounts::Role::Child).await;
        let mut tx = crate::world::begin(app).await;
        accounts::store::insert_kin_link(&mut tx, family.senior.person, grandchild.person, accounts::Relation::Grandchild)
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let payers = app.list_payers(&family.senior).await.unwrap();
        assert_eq!(payers.iter().map(|payer| payer.person).collect::<Vec<_>>(), [family.daughter.person, family.son.person]);
        let ordered = app.set_payer_order(&family.senior, &[grandchild.person]).await.unwrap();
        assert_eq!(ordered, Err(app::familypay::PayerOrderRefusal::BadOrder));
        let request = family.asks(app, "1").await;
        assert!(app.find_pay_link(&grandchild, request).await.unwrap().is_none());
    }

    async fn a_daughter_pays_and_the_household_earns_once(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let request = family.asks(app, "1").await;
        app.drain().await.unwrap();
        assert_eq!(mailed(&world, Kind::Asked), [DAUGHTER]);
        assert_eq!(oranges(&world).await, "8000");

        let seen = app.view_pay_request(&link(app, &family.daughter, request).await).await.unwrap().unwrap();
        assert_eq!((seen.shown.asked_by_name.as_str(), seen.is_confirmed, seen.is_asked), ("nainai", false, true));
        pays(app, &family.daughter, request).await;
        app.drain().await.unwrap();
        // Told again, by a worker that did not hear itself.
        world.db().execute("UPDATE outbox_events SET settled_at = NULL").await.unwrap();
        world.db().execute("DELETE FROM reaction_receipts").await.unwrap();
        app.drain().await.unwrap();

        assert_eq!(state(app, &family, request).await, "paid");
        assert_eq!(money(&world).await, [1, 5_680, 0, 0]);
        assert_eq!(household_points(&world, &family.senior).await, [0, 56, 0, 0]);
        assert_eq!(world.db().count("orders").await, 1);
        let shown = app.find_pay_request(&family.senior, request).await.unwrap().unwrap();
        assert_eq!(shown.paid_by, Some(family.daughter.person));
        let told = |kind, to: &str| assert!(mailed(&world, kind).iter().all(|reader| reader == to));
        told(Kind::Paid, NAINAI);
        told(Kind::PaidByYou, DAUGHTER);
        assert_verifies(app).await;
    }

    async fn what_was_said_yes_to_is_judged_again_by_what_is_on_offer(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;

        let mut cheap = basket("1");
        cheap.price = yuan("50.00");
        assert_eq!(ask(app, &family.senior, cheap).await, Err(AskToPayRefusal::PriceChanged { price: yuan("56.80") }));
        let mut unknown = basket("2");
        unknown.lines[0].product_ref = reference("F99");
        assert_eq!(
            ask(app, &family.senior, unknown).await,
            Err(AskToPayRefusal::NotOnOffer { product: reference("F99") })
        );
        let mut twice = basket("3");
        twice.lines.push(twice.lines[0].clone());
        assert_eq!(ask(app, &family.senior, twice).await, Err(AskToPayRefusal::BadLines));
        let mut many = basket("4");
        many.lines[0].quantity = familypay::understand::Quantity::from_thousandths(11_000).unwrap();
        many.price = yuan("145.90");
        assert_eq!(ask(app, &family.senior, many).await, Err(AskToPayRefusal::SoldOut { product: reference("F01") }));
        assert_eq!(
            ask(app, &family.daughter, basket("5")).await,
            Err(AskToPayRefusal::NotAsked(AskRefusal::NoPayers))
        );
        world.clock().advance(TimeDelta::minutes(211));
        assert_eq!(ask(app, &family.senior, basket("6")).await, Err(AskToPayRefusal::NotAsked(AskRefusal::TooLate)));

        assert_eq!(oranges(&world).await, "10000");
        assert_eq!(world.db().count("pay_requests").await, 0);
    }

    async fn asked_again_with_the_same_key_it_is_the_same_request(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;

        let request = family.asks(app, "1").await;
        assert_eq!(family.asks(app, "1").await, request);
        let mut other = basket("1");
        other.pick_up = None;
        assert_eq!(ask(app, &family.senior, other).await, Err(AskToPayRefusal::IdempotencyKeyReused));

        assert_eq!(oranges(&world).await, "8000");
        app.drain().await.unwrap();
        assert_eq!(mailed(&world, Kind::Asked), [DAUGHTER]);
    }

    async fn who_declines_passes_it_on_and_the_senior_hears_each_step(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let request = family.asks(app, "1").await;
        let door = |who: &Principal| PayDoor::Member(*who, request);
        // It is not the son's turn yet.
        assert_eq!(
            app.decline_pay_request(&door(&family.son), DeclineReason::Busy).await.unwrap(),
            Err(PayRefusal::NotYours)
        );

        let declined = app.decline_pay_request(&door(&family.daughter), DeclineReason::Busy).await.unwrap().unwrap();
        assert!(declined.is_passed_on);
        let again = app.decline_pay_request(&door(&family.daughter), DeclineReason::Busy).await.unwrap();
        assert_eq!(again, Err(PayRefusal::NotYours));
        app.drain().await.unwrap();
        assert_eq!(mailed(&world, Kind::Asked), [DAUGHTER, SON]);
        assert_eq!(mailed(&world, Kind::PassedOn), [NAINAI]);
        assert_eq!(oranges(&world).await, "8000");

        let last = app.decline_pay_request(&door(&family.son), DeclineReason::TalkFirst).await.unwrap().unwrap();
        assert!(!last.is_passed_on);
        app.drain().await.unwrap();
        assert_eq!(mailed(&world, Kind::DeclinedByAll), [NAINAI]);
        assert_eq!(state(app, &family, request).await, "declined");
        assert_eq!(oranges(&world).await, "10000");

        app.pay_at_pick_up(&family.senior, request).await.unwrap().unwrap();
        assert_eq!(state(app, &family, request).await, "pay_at_pick_up");
        assert_eq!(oranges(&world).await, "8000");
        assert_eq!(
            app.cancel_pay_request(&family.senior, request).await.unwrap(),
            Err(EndRequestRefusal::NotNow(EndRefusal::Ended))
        );
    }

    async fn nobody_answers_one_reminder_and_then_it_is_over(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let request = family.asks(app, "1").await;

        for minutes in [104, 1, 1, 103, 1, 1] {
            world.clock().advance(TimeDelta::minutes(minutes));
            app.run_clockwork().await;
            app.drain().await.unwrap();
        }

        assert_eq!(state(app, &family, request).await, "expired");
        assert_eq!(mailed(&world, Kind::Reminded), [DAUGHTER]);
        assert_eq!(mailed(&world, Kind::Expired), [NAINAI]);
        assert_eq!(oranges(&world).await, "10000");
        let door = PayDoor::Member(family.daughter, request);
        let begin = app.begin_payment(&BeginPayment { door, confirms_name: true }).await.unwrap();
        assert_eq!(begin, Err(BeginPaymentRefusal::NotNow(PayRefusal::Expired)));
        app.pay_at_pick_up(&family.senior, request).await.unwrap().unwrap();
    }

    async fn a_late_payment_revives_what_can_be_had_and_goes_back_otherwise(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let (one, other) = (family.asks(app, "1").await, family.asks(app, "2").await);
        for request in [one, other] {
            let attempt = begins(app, &family.daughter, request).await;
            chooses(app, attempt, SandboxOutcome::Late).await;
        }
        // The deadline is 21:30: both end, and the oranges are put back.
        world.clock().advance(TimeDelta::minutes(211));
        app.run_clockwork().await;
        app.drain().await.unwrap();
        assert_eq!((state(app, &family, one).await, state(app, &family, other).await), ("expired", "expired"));
        world.db().execute("UPDATE offers SET stock_thousandths = 3000 WHERE product_ref = 'F01'").await.unwrap();

        world.clock().advance(TimeDelta::minutes(3));
        app.run_clockwork().await;
        app.drain().await.unwrap();

        let states = [state(app, &family, one).await, state(app, &family, other).await];
        assert!(states.contains(&"paid") && states.contains(&"expired"), "{states:?}");
        assert_eq!(oranges(&world).await, "1000");
        assert_eq!(money(&world).await, [2, 11_360, 1, 5_680]);
        assert_eq!(mailed(&world, Kind::SurplusBack), [DAUGHTER]);
        assert_eq!(household_points(&world, &family.senior).await, [0, 56, 0, 0]);
        assert_verifies(app).await;
    }

    async fn what_is_never_told_is_found_by_asking(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let request = family.asks(app, "1").await;
        let attempt = begins(app, &family.daughter, request).await;
        chooses(app, attempt, SandboxOutcome::Never).await;
        app.run_clockwork().await;
        assert_eq!(state(app, &family, request).await, "claimed");

        world.clock().advance(TimeDelta::minutes(5));
        app.run_clockwork().await;

        assert_eq!(state(app, &family, request).await, "paid");
    }

    async fn a_payment_told_twice_counts_once_and_one_that_failed_not_at_all(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let request = family.asks(app, "1").await;
        let failed = begins(app, &family.daughter, request).await;
        chooses(app, failed, SandboxOutcome::Fail).await;
        assert_eq!(money(&world).await, [0, 0, 0, 0]);
        let attempt = begins(app, &family.daughter, request).await;
        chooses(app, attempt, SandboxOutcome::Twice).await;
        app.drain().await.unwrap();

        assert_eq!(money(&world).await, [1, 5_680, 0, 0]);
        assert_eq!(household_points(&world, &family.senior).await, [0, 56, 0, 0]);
    }

    async fn bad_oranges_are_refunded_to_the_daughter_who_paid(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let request = family.asks(app, "1").await;
        pays(app, &family.daughter, request).await;
        app.drain().await.unwrap();

        let refund = OrderRefunded {
            order_ref: reference(&request.to_string()),
            refund_ref: reference("R-1"),
            refunded_at: app.db().clock().now(),
            amount: yuan("8.97"),
            lines: vec![RefundLine { line_no: 1, amount: yuan("8.97") }],
        };
        let told = [event("E-R-1", EventTold::Refunded(refund))];
        app.record_order_events(&told).await.unwrap()[0].clone().unwrap();
        app.record_order_events(&told).await.unwrap()[0].clone().unwrap();
        app.drain().await.unwrap();

        assert_eq!(state(app, &family, request).await, "refunded_partly");
        assert_eq!(money(&world).await, [1, 5_680, 1, 897]);
        assert_eq!((mailed(&world, Kind::RefundedToYou), mailed(&world, Kind::Refunded)), (vec![DAUGHTER.to_owned()], vec![NAINAI.to_owned()]));
        assert_eq!(household_points(&world, &family.senior).await, [0, 48, 0, 0]);
        // The operator says sorry with 50 points: to the household, not to who paid.
        let apology = app::ledger::AdjustPoints {
            household: family.senior.household.unwrap().0,
            adjustment: app::ledger::Adjustment::Credit,
            points: kernel::Points::new(50).unwrap(),
            reason: crate::world::label("three bad oranges"),
            idempotency_key: "key-0123456789abcdef".parse().unwrap(),
        };
        app.adjust_points(&apology).await.unwrap().unwrap();
        assert_eq!(household_points(&world, &family.senior).await, [50, 48, 0, 0]);
        assert_eq!(balance(app, &family.daughter).await, [0, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn the_usual_basket_is_what_she_had_twice_and_is_asked_about_before(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let said = |text: &'static str| {
            let senior = &family.senior;
            async move { app.draft_order_from_speech(senior, text).await.unwrap().unwrap() }
        };
        for key in ["1", "2"] {
            let draft = said("老样子").await;
            assert_eq!((draft.lines.len(), draft.questions.len()), (0, 1), "nothing is usual yet");
            let request = family.asks(app, key).await;
            app.pay_at_pick_up(&family.senior, request).await.unwrap().unwrap();
        }

        let draft = said("老样子").await;
        let heard: Vec<_> = draft.lines.iter().map(|line| (line.product.product_ref.as_str(), line.amount.minor())).collect();
        assert_eq!((heard, draft.questions.len()), (vec![("F01", 1_980), ("E01", 3_700)], 0));
        // What somebody else had is usual for nobody else.
        let draft = app.draft_order_from_speech(&family.son, "老样子").await.unwrap().unwrap();
        assert_eq!((draft.lines.len(), draft.questions.len()), (0, 1));
    }

    async fn who_leaves_the_household_calls_their_requests_off(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let request = family.asks(app, "1").await;
        let attempt = begins(app, &family.daughter, request).await;
        let before = app.preview_leave(&family.senior).await.unwrap().unwrap();
        let second = family.asks(app, "2").await;
        let key: kernel::IdempotencyKey = "key-0123456789abcdef".parse().unwrap();
        // One more than the preview said: she looks again.
        let stale = app.leave_household(&family.senior, &before.version, &key).await.unwrap();
        assert_eq!(stale, Err(app::accounts::LeaveRefusal::Stale));
        let preview = app.preview_leave(&family.senior).await.unwrap().unwrap();
        assert_eq!((before.pay_requests_ending, preview.pay_requests_ending), (1, 2));
        app.cancel_pay_request(&family.senior, second).await.unwrap().unwrap();
        let preview = app.preview_leave(&family.senior).await.unwrap().unwrap();
        app.leave_household(&family.senior, &preview.version, &key).await.unwrap().unwrap();
        app.drain().await.unwrap();

        assert_eq!(state(app, &family, request).await, "cancelled");
        assert_eq!(mailed(&world, Kind::CalledOff), [NAINAI]);
        assert_eq!(oranges(&world).await, "10000");
        // The daughter was at the cashier.
        chooses(app, attempt, SandboxOutcome::Succeed).await;
        app.drain().await.unwrap();
        assert_eq!(state(app, &family, request).await, "cancelled");
        assert_eq!(money(&world).await, [1, 5_680, 1, 5_680]);
    }
}
