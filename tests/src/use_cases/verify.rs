use ledger::Finding;
use testkit::{Engine, TestApp, on_both_engines};

use crate::world::{define_perk, earn, found, redeem, set_rule};

/// A world with an earn, a redemption, and clean books.
async fn settled(world: &TestApp) {
    let app = world.app();
    set_rule(app, "1", "2017-01-01", &[]).await;
    let wang = found(app, "H-WANG").await;
    earn(app, "H-WANG", "500").await;
    let perk = define_perk(app, 200, 5, 5).await;
    app.redeem_perk(&wang, &redeem(perk.id, "key-0123456789abcdef")).await.unwrap().unwrap();
    assert!(app.verify().await.unwrap().is_clean());
}

/// What verify names after a row was falsified behind the rules.
async fn after(world: &TestApp, falsify: &str) -> Vec<(String, i128, i128)> {
    world.db().execute(falsify).await.unwrap();
    let report = world.app().verify().await.unwrap();
    let named = report.differences.into_iter().map(|difference| match difference.finding {
        Finding::Figure { what, stored, recomputed } => (what.to_owned(), stored, recomputed),
        Finding::Impossible(why) => (why, 0, 0),
    });
    named.collect()
}

/// Takes the append-only triggers away first, as somebody with the database's keys would.
async fn disarm(world: &TestApp, table: &str) {
    match world.db().engine() {
        Engine::Sqlite => {
            world.db().execute(&format!("DROP TRIGGER {table}_refuses_UPDATE")).await.unwrap();
            world.db().execute(&format!("DROP TRIGGER {table}_refuses_DELETE")).await.unwrap();
        }
        Engine::Postgres => {
            world.db().execute(&format!("DROP TRIGGER {table}_is_append_only ON {table}")).await.unwrap();
        }
    }
}

on_both_engines! {
    async fn names_a_wallet_whose_balance_was_changed(world: TestApp) {
        settled(&world).await;
        let named = after(&world, "UPDATE wallets SET balance = 301").await;
        assert_eq!(named, [("the balance".to_owned(), 301, 300)]);
    }

    async fn names_a_wallet_whose_debt_was_changed(world: TestApp) {
        settled(&world).await;
        assert_eq!(after(&world, "UPDATE wallets SET owed = 5").await, [("the debt".to_owned(), 5, 0)]);
    }

    async fn names_a_lot_that_was_changed(world: TestApp) {
        settled(&world).await;
        assert_eq!(after(&world, "UPDATE lots SET remaining = 299").await, [("what remains".to_owned(), 299, 300)]);
    }

    async fn names_a_posting_that_was_changed(world: TestApp) {
        settled(&world).await;
        disarm(&world, "postings").await;
        let named = after(&world, "UPDATE postings SET points = 501 WHERE kind = 'earn'").await;
        assert_eq!(
            named,
            [("the sum of its transfers".to_owned(), 501, 500), ("the sum of its lines".to_owned(), 501, 500)]
        );
    }

    async fn names_everything_a_changed_transfer_falsifies(world: TestApp) {
        settled(&world).await;
        disarm(&world, "transfers").await;
        let named = after(&world, "UPDATE transfers SET points = 499 WHERE from_account = 'issued'").await;
        assert_eq!(
            named,
            [
                ("the sum of its transfers".to_owned(), 500, 499),
                ("the balance after it".to_owned(), 500, 499),
                ("the balance after it".to_owned(), 300, 299),
                ("what remains".to_owned(), 300, 299),
                ("the balance".to_owned(), 300, 299),
            ]
        );
    }

    async fn names_a_posting_that_was_cut_off_the_end(world: TestApp) {
        settled(&world).await;
        disarm(&world, "postings").await;
        disarm(&world, "transfers").await;
        world.db().execute("DELETE FROM transfers WHERE to_account = 'redeemed'").await.unwrap();
        world.db().execute("DELETE FROM grants").await.unwrap();
        let named = after(&world, "DELETE FROM postings WHERE kind = 'redeem'").await;
        assert_eq!(
            named,
            [
                ("what remains".to_owned(), 300, 500),
                ("the balance".to_owned(), 300, 500),
                ("the number of the newest posting".to_owned(), 2, 1),
            ]
        );
    }
}
