use testkit::{TestApp, on_both_engines};

use super::{disarm, named};
use crate::world::{define_perk, earn, found, redeem, set_rule};

/// A household that earned 500 and redeemed 200, and clean books.
async fn settled(world: &TestApp) {
    let app = world.app();
    set_rule(app, "1", "2017-01-01", &[]).await;
    let wang = found(app, "H-WANG").await;
    earn(app, "H-WANG", "500").await;
    let perk = define_perk(app, 200, 5, 5).await;
    app.redeem_perk(&wang, &redeem(perk.id, "key-0123456789abcdef")).await.unwrap().unwrap();
    assert_eq!(named(world).await, []);
    disarm(world).await;
}

/// All that verify says after a falsification, without the names of the rows.
async fn after(world: &TestApp, falsify: &str) -> Vec<String> {
    world.db().execute(falsify).await.unwrap();
    named(world).await.into_iter().map(|(_, what)| what).collect()
}

on_both_engines! {
    async fn names_nothing_but_a_changed_balance(world: TestApp) {
        settled(&world).await;
        assert_eq!(after(&world, "UPDATE wallets SET balance = 301").await, ["the balance 301, recomputed 300"]);
    }

    async fn names_nothing_but_a_changed_lot(world: TestApp) {
        settled(&world).await;
        assert_eq!(after(&world, "UPDATE lots SET remaining = 299").await, ["what remains 299, recomputed 300"]);
    }

    async fn names_everything_a_changed_posting_falsifies(world: TestApp) {
        settled(&world).await;
        assert_eq!(
            after(&world, "UPDATE postings SET points = 501 WHERE kind = 'earn'").await,
            [
                "the sum of its transfers 501, recomputed 500",
                "the sum of its lines 501, recomputed 500",
                "its hash is not that of its fields after the posting before it",
            ]
        );
    }

    async fn names_everything_a_changed_transfer_falsifies(world: TestApp) {
        settled(&world).await;
        assert_eq!(
            after(&world, "UPDATE transfers SET points = 499 WHERE from_account = 'issued'").await,
            [
                "the sum of its transfers 500, recomputed 499",
                "the balance after it 500, recomputed 499",
                "the balance after it 300, recomputed 299",
                "the balance 300, recomputed 299",
                "what remains 300, recomputed 299",
                "its hash is not that of its fields after the posting before it",
            ]
        );
    }

    async fn names_all_that_a_tail_leaves_behind_when_it_is_cut_off(world: TestApp) {
        settled(&world).await;
        world.db().execute("DELETE FROM transfers WHERE to_account = 'redeemed'").await.unwrap();
        let said = after(&world, "DELETE FROM postings WHERE kind = 'redeem'").await;
        assert_eq!(
            said,
            [
                "the balance 300, recomputed 500",
                "the number of the newest posting 2, recomputed 1",
                "what remains 300, recomputed 500",
                "its head is not the hash of its newest posting",
                "no redemption paid for it",
            ]
        );
    }
}
