//! Scenario 7: the last second of a lot, and a job that was down for three days.

use app::ImportMode;
use mail::{LapsingDay, Message};
use orders::OrderPaid;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::world::{assert_verifies, define_perk, found, local, paid, points, set_rule};

/// Bought and picked up at eleven: the points last until the end of the same day a year later.
fn bought(order: &str, day: &str, amount: &str) -> OrderPaid {
    let at = format!("{day}T11:00:00");
    OrderPaid { picked_up_at: Some(local(&at)), ..paid(order, "H-WANG", &at, &[("", amount)]) }
}

/// Redeems as a member who reads a language, and asks what a refusal can say.
async fn redeem_in(door: &Door<'_>, language: &str, token: &str, perk: &str) -> Value {
    let query = "mutation($input: RedeemPerkInput!) { redeemPerk(input: $input) { \
        grant { id } shortBy expiredOn userErrors { code message field retryable } } }";
    let input = json!({ "input": { "perkId": perk, "idempotencyKey": "key-0123456789-2" } });
    door.graphql_in(language, Some(token), query, input).await["redeemPerk"].take()
}

on_both_engines! {
    /// The job looks once a day: the household is told when 30 days are left, and again when 7 are, and not in between.
    async fn a_lot_is_told_of_thirty_and_seven_days_before_its_last_day(world: TestApp) {
        let app = world.app();
        world.clock().set(local("2025-05-01T12:00:00"));
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        app.import_orders(&[bought("D-1", "2025-03-31", "100")], ImportMode::Commit).await.unwrap();

        let mut told = Vec::new();
        for day in ["2026-02-28", "2026-03-01", "2026-03-02", "2026-03-23", "2026-03-24", "2026-03-25", "2026-03-31", "2026-04-01"] {
            world.clock().set(local(&format!("{day}T00:05:00")));
            app.notify_lapses().await.unwrap();
            app.drain().await.unwrap();
            let new = world.mails().into_iter().skip(told.len());
            told.extend(new.map(|mail| match mail.message {
                Message::LapseNotice(notice) => (day, notice.days),
                other => panic!("{other:?}"),
            }));
        }

        let lapsing = vec![LapsingDay { last_day: "2026-03-31".parse().unwrap(), points: points(100) }];
        assert_eq!(told, [("2026-03-01", lapsing.clone()), ("2026-03-24", lapsing)]);
        assert_verifies(app).await;
    }

    async fn the_last_second_counts_and_a_late_job_books_each_lot_once_on_its_day(world: TestApp) {
        let app = world.app();
        world.clock().set(local("2025-05-01T12:00:00"));
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        let orders =
            [bought("D-1", "2025-03-31", "100"), bought("D-2", "2025-04-01", "20"), bought("D-3", "2025-04-30", "7")];
        app.import_orders(&orders, ImportMode::Commit).await.unwrap();
        let perk = define_perk(app, 40, 5, 5).await.id.to_string();
        let door = Door::open(&world).await;

        world.clock().set(local("2026-03-31T23:59:59"));
        let token = door.sign_in("h-wang-owner@hearth.example").await;
        assert_eq!(door.account(&token).await.1, [127, 0, 0, 0]);
        assert_eq!(door.redeem(&token, &perk, "key-0123456789-1").await["userErrors"], json!([]));
        world.clock().set(local("2026-04-01T00:00:00"));
        assert_eq!(door.account(&token).await.1, [27, 0, 0, 0]);
        // At midnight 60 of D-1 are gone, and with them the 40 would have been there.
        for (language, message) in [
            ("zh-CN", "一部分积分刚刚到期失效,可用积分不够。"),
            ("en", "Some points have just lapsed, so there are not enough available."),
        ] {
            let refused = redeem_in(&door, language, &token, &perk).await;
            let error = json!({ "code": "EXPIRED", "message": message, "field": null, "retryable": true });
            let expected = json!({ "grant": null, "shortBy": 13, "expiredOn": "2026-03-31", "userErrors": [error] });
            assert_eq!(refused, expected);
        }

        // The job was down until 4 April and then runs twice; two lots were due, on two days.
        world.clock().set(local("2026-04-04T09:00:00"));
        assert_eq!((app.lapse_lots().await.unwrap(), app.lapse_lots().await.unwrap()), (2, 0));

        let query = "{ me { household { assetAccount { statement(first: 2) { nodes { kind points balanceAfter businessDate } } } } } }";
        let lines = door.graphql(Some(&token), query, json!({})).await["me"]["household"]["assetAccount"]["statement"]
            ["nodes"]
            .take();
        assert_eq!(
            lines,
            json!([
                { "kind": "LAPSE", "points": -20, "balanceAfter": 7, "businessDate": "2026-04-02" },
                { "kind": "LAPSE", "points": -60, "balanceAfter": 27, "businessDate": "2026-04-01" },
            ])
        );
        assert_eq!(door.account(&token).await.1, [7, 0, 0, 0]);
        // Once it is booked it is no news any more.
        let refused = redeem_in(&door, "en", &token, &perk).await;
        assert_eq!((&refused["userErrors"][0]["code"], &refused["expiredOn"]), (&json!("INSUFFICIENT_POINTS"), &json!(null)));
        assert_verifies(app).await;
    }
}
