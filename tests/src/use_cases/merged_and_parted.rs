//! What hangs on a merge or a split and must not be lost, doubled or left behind by it, or by its undoing.

use accounts::{InvitationToken, Role};
use app::{
    App, Principal, Secret,
    accounts::{Invite, MergeRefusal, SplitRefusal, UndoMergeRefusal},
    ledger::{AdjustPoints, Adjustment},
    orders::{EventTold, ToldAnswer},
};
use kernel::{ExternalRef, Id, IdempotencyKey, Locale, kinds};
use orders::{OrderPointsHeld, OrderPointsReleased, OrderRefunded};
use testkit::{TestApp, on_both_engines};

use crate::{
    staff::hire,
    world::{
        add_person, assert_verifies, balance, define_perk, earn, event, found, label, points, principal, redeem,
        reference, set_rule, yuan,
    },
};

fn key(text: &str) -> IdempotencyKey {
    format!("{text:0>16}").parse().unwrap()
}

fn of(principal: &Principal) -> Id<kinds::Household> {
    principal.household.unwrap().0
}

/// The owners of H-ONE, which has 500, and of H-TWO, which has 200 and a child.
async fn two(app: &App) -> [Principal; 2] {
    set_rule(app, "1", "2017-01-01", &[]).await;
    let (one, two) = (found(app, "H-ONE").await, found(app, "H-TWO").await);
    add_person(app, "H-TWO", "child", Role::Child).await;
    earn(app, "H-ONE", "500").await;
    earn(app, "H-TWO", "200").await;
    [one, two]
}

/// One asks another's household to come along: the secret.
async fn ask(app: &App, asking: &Principal, owner_of: &str) -> String {
    let address = format!("{owner_of}-owner@hearth.example").parse().unwrap();
    let invite = Invite { address, name: label("somebody"), locale: Locale::ZhCn };
    let invitation = app.invite_household(asking, &invite).await.unwrap().unwrap();
    let secret = Secret::new(vec![7; Secret::MIN_BYTES]).unwrap();
    InvitationToken::of(secret.bytes(), invitation).to_text()
}

/// Asks, looks, accepts.
async fn merge(app: &App, asking: &Principal, owner_of: &str, accepting: &Principal) {
    let token = ask(app, asking, owner_of).await;
    let version = app.preview_merge(accepting, &token).await.unwrap().unwrap().version;
    app.merge_households(accepting, &token, &version, &key(owner_of)).await.unwrap().unwrap();
}

async fn tell(app: &App, id: &str, told: EventTold) -> ToldAnswer {
    let told: [(ExternalRef, EventTold); 1] = [event(id, told)];
    app.record_order_events(&told).await.unwrap().remove(0).unwrap()
}

on_both_engines! {
    async fn a_household_that_owes_goes_into_no_other_until_it_has_paid(world: TestApp) {
        let app = world.app();
        let [one, two] = two(app).await;
        let perk = define_perk(app, 150, 9, 9).await.id;
        app.redeem_perk(&two, &redeem(perk, "0123456789abc-two")).await.unwrap().unwrap();
        let token = ask(app, &one, "h-two").await;
        let seen = app.preview_merge(&two, &token).await.unwrap().unwrap();
        assert_eq!((seen.children_moving, seen.members_moving, seen.moving.points()), (1, 2, points(50)));
        let refund = OrderRefunded {
            order_ref: reference("E-H-TWO"),
            refund_ref: reference("R-1"),
            refunded_at: app.db().clock().now(),
            amount: yuan("200"),
            lines: Vec::new(),
        };
        tell(app, "refunded", EventTold::Refunded(refund)).await;
        assert_eq!(balance(app, &two).await, [0, 0, 0, 150]);

        let owes = MergeRefusal::OwesPoints { owed: points(150) };
        assert_eq!(app.preview_merge(&two, &token).await.unwrap(), Err(owes));
        assert_eq!(app.merge_households(&two, &token, &seen.version, &key("1")).await.unwrap(), Err(owes));
        assert_eq!((balance(app, &one).await, balance(app, &two).await), ([500, 0, 0, 0], [0, 0, 0, 150]));
        assert_eq!(world.db().count("household_merges").await, 0);

        let given = AdjustPoints {
            household: of(&two),
            adjustment: Adjustment::Credit,
            points: points(160),
            reason: label("a present"),
            idempotency_key: key("2"),
        };
        app.adjust_points(&given).await.unwrap().unwrap();
        let version = app.preview_merge(&two, &token).await.unwrap().unwrap().version;
        app.merge_households(&two, &token, &version, &key("3")).await.unwrap().unwrap();
        assert_eq!(balance(app, &one).await, [510, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn what_is_held_since_keeps_households_together_until_it_ends(world: TestApp) {
        let app = world.app();
        let [one, two] = two(app).await;
        merge(app, &one, "h-two", &two).await;
        let held = OrderPointsHeld {
            household_ref: reference("H-TWO"),
            order_ref: reference("O-1"),
            points: points(60),
            until: app.db().clock().now() + chrono::TimeDelta::hours(2),
        };
        tell(app, "held", EventTold::PointsHeld(held)).await;

        let refused = app.undo_merge(&one, of(&two), &key("1")).await.unwrap();

        assert_eq!(refused, Err(UndoMergeRefusal::SpentSince));
        assert_eq!(balance(app, &one).await, [640, 0, 60, 0]);
        let released = OrderPointsReleased { order_ref: reference("O-1"), household_ref: reference("H-TWO") };
        tell(app, "released", EventTold::PointsReleased(released)).await;
        app.undo_merge(&one, of(&two), &key("2")).await.unwrap().unwrap();
        assert_eq!((balance(app, &one).await, balance(app, &two).await), ([500, 0, 0, 0], [200, 0, 0, 0]));
        assert_verifies(app).await;
    }

    async fn an_act_of_the_operator_told_again_after_the_undo_is_the_same_act(world: TestApp) {
        let app = world.app();
        let [one, two] = two(app).await;
        let adjust = |household: Id<kinds::Household>, with: &str| AdjustPoints {
            household,
            adjustment: Adjustment::Credit,
            points: points(40),
            reason: label("sorry"),
            idempotency_key: key(with),
        };
        merge(app, &one, "h-two", &two).await;
        let posted = app.adjust_points(&adjust(of(&two), "1")).await.unwrap().unwrap();
        let own = app.adjust_points(&adjust(of(&one), "2")).await.unwrap().unwrap();
        app.undo_merge(&one, of(&two), &key("3")).await.unwrap().unwrap();

        let (again, own_again) = (adjust(of(&two), "1"), adjust(of(&one), "2"));

        assert_eq!(app.adjust_points(&again).await.unwrap().unwrap(), posted);
        assert_eq!(app.adjust_points(&own_again).await.unwrap().unwrap(), own);
        assert_eq!((balance(app, &one).await, balance(app, &two).await), ([580, 0, 0, 0], [200, 0, 0, 0]));
        // A key of the one is no key of the other.
        let others = app.adjust_points(&adjust(of(&two), "2")).await.unwrap().unwrap();
        assert_eq!((others.household, balance(app, &two).await), (of(&two), [240, 0, 0, 0]));
        assert_verifies(app).await;
    }

    async fn the_staff_see_by_an_old_id_what_the_household_has_that_it_stands_for(world: TestApp) {
        let app = world.app();
        let [one, two] = two(app).await;
        let finance = hire(app, "li", "finance".parse().unwrap()).await.principal(app).await;
        merge(app, &one, "h-two", &two).await;

        let by_old = app.view_account(&finance, of(&two), None).await.unwrap().unwrap().unwrap();
        let by_new = app.view_account(&finance, of(&one), None).await.unwrap().unwrap().unwrap();

        assert_eq!((by_old.household, by_old.asked_as, by_old.balance.available), (of(&one), Some(of(&two)), points(700)));
        assert_eq!((by_new.household, by_new.asked_as, by_new.balance), (of(&one), None, by_old.balance));
        app.undo_merge(&one, of(&two), &key("1")).await.unwrap().unwrap();
        let parted = app.view_account(&finance, of(&two), None).await.unwrap().unwrap().unwrap();
        assert_eq!((parted.household, parted.asked_as, parted.balance.available), (of(&two), None, points(200)));
    }

    async fn rights_that_came_by_a_merge_come_back_with_a_part_that_does(world: TestApp) {
        let app = world.app();
        let [one, two] = two(app).await;
        let daughter = add_person(app, "H-ONE", "daughter", Role::Adult).await;
        let three = found(app, "H-THREE").await;
        earn(app, "H-THREE", "30").await;
        let perk = define_perk(app, 20, 9, 9).await.id;
        let grant = app.redeem_perk(&three, &redeem(perk, "0123456789-three1")).await.unwrap().unwrap().grant;
        app.offer_split(&one, daughter.person, &[]).await.unwrap().unwrap();
        let version = app.preview_split(&daughter).await.unwrap().unwrap().version;
        let founded = app.split_household(&daughter, &version, &key("1")).await.unwrap().unwrap().household;
        // Three's household goes into the new one, and Three goes on alone: the right stays there.
        let daughter = principal(app, "daughter").await;
        merge(app, &daughter, "h-three", &three).await;
        let leaving = app.preview_leave(&three).await.unwrap().unwrap().version;
        app.leave_household(&three, &leaving, &key("2")).await.unwrap().unwrap();

        app.undo_split(&one, founded, &key("3")).await.unwrap().unwrap();

        let its = app.find_grant(&one, grant.id).await.unwrap().unwrap();
        assert_eq!((its.household, its.paid_by), (of(&one), of(&three)));
        assert_eq!(world.db().count("grants").await, 1);
        assert_eq!(balance(app, &two).await, [200, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn an_offer_to_split_ends_with_a_merge_and_does_not_come_back(world: TestApp) {
        let app = world.app();
        let [one, two] = two(app).await;
        let daughter = add_person(app, "H-TWO", "daughter", Role::Adult).await;
        app.offer_split(&two, daughter.person, &[]).await.unwrap().unwrap();
        let version = app.preview_split(&daughter).await.unwrap().unwrap().version;

        merge(app, &one, "h-two", &two).await;

        assert_eq!(app.preview_split(&daughter).await.unwrap(), Err(SplitRefusal::NoSuchOffer));
        assert_eq!(world.db().count("split_offers").await, 0);
        app.undo_merge(&one, of(&two), &key("1")).await.unwrap().unwrap();
        let late = app.split_household(&daughter, &version, &key("2")).await.unwrap();
        assert_eq!(late, Err(SplitRefusal::NoSuchOffer));
        assert_eq!(world.db().count("households").await, 2);
        assert_verifies(app).await;
    }

    async fn who_went_along_with_others_joins_a_household_at_once_and_who_chose_to_go_waits(world: TestApp) {
        let app = world.app();
        let [one, two] = two(app).await;
        let daughter = add_person(app, "H-ONE", "daughter", Role::Adult).await;
        let son = add_person(app, "H-ONE", "son", Role::Adult).await;
        app.offer_split(&one, daughter.person, &[son.person]).await.unwrap().unwrap();
        let version = app.preview_split(&daughter).await.unwrap().unwrap().version;
        app.split_household(&daughter, &version, &key("1")).await.unwrap().unwrap();

        let left = "memberships WHERE left_at IS NOT NULL AND left_by_choice";
        let by_choice = match world.db().engine() {
            testkit::Engine::Sqlite => format!("{left} = 1"),
            testkit::Engine::Postgres => left.to_owned(),
        };

        assert_eq!(world.db().count(&by_choice).await, 1, "she who accepted");
        merge(app, &two, "h-one", &one).await;
        assert_eq!(world.db().count("memberships WHERE left_at IS NOT NULL").await, 3);
        assert_eq!(world.db().count(&by_choice).await, 1, "a merge is no leaving");
    }

    async fn a_preview_of_leaving_shows_no_points_as_held_whose_hold_is_over(world: TestApp) {
        let app = world.app();
        let [_, two] = two(app).await;
        let uncle = add_person(app, "H-TWO", "uncle", Role::Adult).await;
        let at = app.db().clock().now() - chrono::TimeDelta::days(20);
        let order = orders::OrderPaid {
            ordered_at: at,
            picked_up_at: Some(at),
            person_ref: Some(reference("uncle")),
            ..crate::world::paid("E-uncle", "H-TWO", "2026-01-01T00:00:00", &[("", "100")])
        };
        app.import_orders(&[order], app::ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
        let held = OrderPointsHeld {
            household_ref: reference("H-TWO"),
            order_ref: reference("O-1"),
            points: points(300),
            until: app.db().clock().now() + chrono::TimeDelta::hours(2),
        };
        tell(app, "held", EventTold::PointsHeld(held)).await;
        let during = app.preview_leave(&uncle).await.unwrap().unwrap();
        assert_eq!((during.held, during.moving.points()), (points(100), points(0)));

        world.clock().advance(chrono::TimeDelta::hours(3));

        let after = app.preview_leave(&uncle).await.unwrap().unwrap();
        assert_eq!((after.held, after.moving.points()), (points(0), points(100)));
        let left = app.leave_household(&uncle, &after.version, &key("1")).await.unwrap().unwrap();
        assert_eq!((left.moved, balance(app, &two).await), (points(100), [200, 0, 0, 0]));
        assert_verifies(app).await;
    }
}
