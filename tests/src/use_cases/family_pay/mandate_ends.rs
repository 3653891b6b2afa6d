//! What ends a mandate without a word of either side about it.

use app::familypay::GiveMandate;
use chrono::TimeDelta;
use familypay::RevokeMandateRefusal;
use kernel::{Id, kinds};
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use super::{Family, money, state};
use crate::{
    use_cases::privacy::export_of,
    world::{assert_verifies, principal, yuan},
};

async fn gives(world: &TestApp, family: &Family) -> Id<kinds::Mandate> {
    let given = GiveMandate { senior: family.senior.person, per_order: yuan("100"), per_month: yuan("500") };
    world.app().give_mandate(&family.daughter, &given).await.unwrap().unwrap().id
}

on_both_engines! {
    async fn a_mandate_ends_with_the_kin_link_it_stands_on_and_with_no_other(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        let ended = gives(&world, &family).await;
        let given = GiveMandate { senior: family.senior.person, per_order: yuan("1"), per_month: yuan("1") };
        app.give_mandate(&family.son, &given).await.unwrap().unwrap();
        let other = world.another();

        let both = tokio::join!(
            app.end_kin_link(&family.senior, family.daughter.person),
            other.end_kin_link(&family.daughter, family.senior.person)
        );

        assert_eq!([both.0.unwrap(), both.1.unwrap()].into_iter().filter(|was_there| *was_there).count(), 1);
        let standing = app.list_mandates(&family.senior).await.unwrap();
        assert_eq!(standing.iter().map(|shown| shown.mandate.payer).collect::<Vec<_>>(), [family.son.person]);
        assert_eq!(world.db().count("audit_lines WHERE action = 'revoke_mandate'").await, 1);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'familypay.mandate_revoked.v1'").await, 1);
        assert_eq!(app.revoke_mandate(&family.daughter, ended).await.unwrap(), Err(RevokeMandateRefusal::AlreadyRevoked));
        // Both are among what is kept about her, the one that ended too.
        assert_eq!(export_of(&world, &family.senior).await["mandates"].as_array().map(Vec::len), Some(2));
        let request = family.asks(app, "1").await;
        app.drain().await.unwrap();
        assert_eq!((state(app, &family, request).await, money(&world).await), ("asked", [0, 0, 0, 0]));
    }

    async fn ending_a_kin_link_dropped_anywhere_ends_link_and_mandate_together(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        gives(&world, &family).await;

        drop_at_every_await(
            async |_| app.end_kin_link(&family.senior, family.daughter.person).await.unwrap(),
            async |_| {
                // The son's link is there all the time. One statement: what was sent may commit between two.
                let both = "(SELECT 1 FROM households LIMIT 1) t WHERE (SELECT count(*) FROM kin_links) = \
                            1 + (SELECT count(*) FROM mandates WHERE revoked_at IS NULL)";
                assert_eq!(world.db().count(both).await, 1);
            },
        )
        .await;

        assert_eq!(world.db().count("mandates WHERE revoked_at IS NULL").await, 0);
        assert_eq!(world.db().count("audit_lines WHERE action = 'revoke_mandate'").await, 1);
    }

    async fn who_leaves_or_is_forgotten_is_paid_for_beforehand_no_more(world: TestApp) {
        let app = world.app();
        let family = Family::of(&world).await;
        gives(&world, &family).await;
        let preview = app.preview_leave(&family.senior).await.unwrap().unwrap();
        let key = "key-0123456789abcdef".parse().unwrap();
        app.leave_household(&family.senior, &preview.version, &key).await.unwrap().unwrap();
        assert_eq!(world.db().count("mandates WHERE revoked_at IS NULL").await, 0);

        // The link stands: given anew it pays for the household she has now.
        let senior = principal(app, "nainai").await;
        gives(&world, &family).await;
        let request = app.ask_to_pay(&senior, &super::basket("1")).await.unwrap().unwrap().request;
        app.drain().await.unwrap();
        assert_eq!(app.find_pay_request(&senior, request).await.unwrap().unwrap().state.word(), "paid");
        app.request_erasure(&senior, accounts::ErasureBasis::Transactions).await.unwrap().unwrap();
        assert_eq!(world.db().count("mandates WHERE revoked_at IS NULL").await, 1);
        world.clock().advance(TimeDelta::days(7));
        assert_eq!(app.advance_erasures().await.unwrap(), 1);
        assert_eq!(world.db().count("mandates WHERE revoked_at IS NULL").await, 0);
        assert_verifies(app).await;
    }
}
