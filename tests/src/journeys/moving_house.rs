//! Scenarios 11 and 12, the ledger halves: households merge, a daughter moves out, and refunds that come after find the
//! points.

use accounts::Role;
use app::{ImportMode, Principal, ledger::MovePoints};
use ledger::Contributor;
use orders::OrderPaid;
use serde_json::json;
use testkit::{TestApp, on_both_engines};

use super::door::{Door, picked_up, refunded};
use crate::world::{add_person, assert_verifies, define_perk, found, label, local, paid, redeem, reference, set_rule};

fn moving(from: &Principal, to: &Principal, contributor: Option<Contributor>) -> MovePoints {
    let (from, to) = (from.household.unwrap().0, to.household.unwrap().0);
    MovePoints {
        from, to, contributor, reason: label("搬家"), idempotency_key: "key-0123456789-move".parse().unwrap()
    }
}

/// An order by nobody in particular or a member, picked up the same day or not at all.
async fn bought(world: &TestApp, order: &str, who: (&str, Option<&str>), day: &str, amount: &str, is_picked_up: bool) {
    let at = local(&format!("{day}T11:00:00"));
    let order = OrderPaid {
        person_ref: who.1.map(reference),
        picked_up_at: is_picked_up.then_some(at),
        ordered_at: at,
        ..paid(order, who.0, "2026-01-01T00:00:00", &[("", amount)])
    };
    world.app().import_orders(&[order], ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();
}

/// Points and last day of each lot.
async fn lots(world: &TestApp, who: &Principal) -> Vec<(i64, String)> {
    let account = world.app().find_asset_account(who, who.household.unwrap().0).await.unwrap().unwrap();
    account.lots.iter().map(|lot| (lot.remaining.get(), lot.key.expires_on.to_string())).collect()
}

on_both_engines! {
    async fn a_merge_keeps_every_date_and_its_undo_restores_both_exactly(world: TestApp) {
        world.clock().set(local("2026-03-20T12:00:00"));
        set_rule(world.app(), "1", "2017-01-01", &[]).await;
        let (one, two) = (found(world.app(), "H-ONE").await, found(world.app(), "H-TWO").await);
        bought(&world, "D-1", ("H-ONE", None), "2026-02-01", "500", true).await;
        bought(&world, "D-2", ("H-TWO", None), "2026-01-05", "150", true).await;
        bought(&world, "D-3", ("H-TWO", None), "2026-03-15", "50", true).await;

        world.app().move_points(&moving(&two, &one, None)).await.unwrap().unwrap();

        let all = [(150, "2027-01-05".to_owned()), (500, "2027-02-01".to_owned()), (50, "2027-03-15".to_owned())];
        assert_eq!((lots(&world, &one).await, lots(&world, &two).await), (all.to_vec(), vec![]));
        let door = Door::open(&world).await;
        let token = door.sign_in("h-one-owner@hearth.example").await;
        assert_eq!(door.account(&token).await.1, [650, 50, 0, 0]);
        // A refund of what the other household bought takes from the merged account.
        let told = door.tell(json!([refunded("ev-1", "D-3", "2026-03-20T11:00:00+08:00", &[(1, 2_000)])])).await;
        assert_eq!((told, door.account(&token).await.1), (vec!["accepted".to_owned()], [650, 30, 0, 0]));
        assert_verifies(world.app()).await;
    }

    async fn an_undo_restores_both_unless_something_was_spent_since(world: TestApp) {
        world.clock().set(local("2026-03-20T12:00:00"));
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let perk = define_perk(app, 10, 5, 5).await;
        let (one, two) = (found(app, "H-ONE").await, found(app, "H-TWO").await);
        bought(&world, "D-1", ("H-ONE", None), "2026-02-01", "500", true).await;
        bought(&world, "D-2", ("H-TWO", None), "2026-01-05", "200", true).await;
        let (of_one, of_two) = (lots(&world, &one).await, lots(&world, &two).await);
        let merge = moving(&two, &one, None);

        app.move_points(&merge).await.unwrap().unwrap();
        world.clock().set(local("2026-03-26T12:00:00"));
        app.undo_move(merge.from, &merge.idempotency_key, &label("撤销")).await.unwrap().unwrap();
        assert_eq!((lots(&world, &one).await, lots(&world, &two).await), (of_one, of_two));

        let again = MovePoints { idempotency_key: "key-0123456789-again".parse().unwrap(), ..merge };
        app.move_points(&again).await.unwrap().unwrap();
        app.redeem_perk(&one, &redeem(perk.id, "key-0123456789-1")).await.unwrap().unwrap();
        assert!(app.undo_move(again.from, &again.idempotency_key, &label("撤销")).await.unwrap().is_err());
        assert_eq!(lots(&world, &one).await, [(190, "2027-01-05".to_owned()), (500, "2027-02-01".to_owned())]);
        assert_verifies(app).await;
    }

    async fn a_refund_after_a_split_hits_the_account_that_has_the_points_now(world: TestApp) {
        world.clock().set(local("2026-03-20T12:00:00"));
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let (home, own) = (found(app, "H-HOME").await, found(app, "H-OWN").await);
        let daughter = add_person(app, "H-HOME", "daughter", Role::Adult).await;
        bought(&world, "D-1", ("H-HOME", None), "2026-02-01", "280", true).await;
        bought(&world, "D-2", ("H-HOME", Some("daughter")), "2026-02-02", "100", true).await;
        bought(&world, "D-3", ("H-HOME", Some("daughter")), "2026-03-19", "20", false).await;

        app.move_points(&moving(&home, &own, Some(Contributor::Person(daughter.person)))).await.unwrap().unwrap();
        let door = Door::open(&world).await;
        let (at_home, at_own) =
            (door.sign_in("h-home-owner@hearth.example").await, door.sign_in("h-own-owner@hearth.example").await);
        assert_eq!((door.account(&at_home).await.1, door.account(&at_own).await.1), ([280, 0, 0, 0], [100, 20, 0, 0]));

        // What she bought before is picked up and refunded after: both find her points.
        door.tell(json!([
            picked_up("ev-1", "D-3", "2026-03-20T11:00:00+08:00"),
            refunded("ev-2", "D-2", "2026-03-20T11:10:00+08:00", &[(1, 8_000)]),
        ]))
        .await;
        world.clock().set(local("2026-03-28T00:00:00"));
        assert_eq!((door.account(&at_home).await.1, door.account(&at_own).await.1), ([280, 0, 0, 0], [40, 0, 0, 0]));
        // And what the others bought is theirs.
        door.tell(json!([refunded("ev-3", "D-1", "2026-03-20T11:20:00+08:00", &[(1, 28_000)])])).await;
        assert_eq!((door.account(&at_home).await.1, door.account(&at_own).await.1), ([0, 0, 0, 0], [40, 0, 0, 0]));
        assert_eq!(world.db().texts("SELECT CAST(SUM(balance - owed) AS TEXT) FROM wallets").await, [["40"]]);
        assert_verifies(app).await;
    }
}
