//! What README promises a stranger: sign in by mail, look at the account, redeem priority delivery, see the posting.

use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::world::{define_perk, earn, found, local, set_rule};

const KEY: &str = "key-0123456789abcdef";

on_both_engines! {
    async fn a_member_redeems_once_and_sees_the_grant_the_posting_and_the_mail(world: TestApp) {
        world.clock().set(local("2026-03-20T09:00:00"));
        set_rule(world.app(), "1", "2017-01-01", &[]).await;
        define_perk(world.app(), 200, 50, 2).await;
        found(world.app(), "H-WANG").await;
        earn(world.app(), "H-WANG", "520.80").await;
        let door = Door::open(&world).await;
        let token = door.sign_in("h-wang-owner@hearth.example").await;
        assert_eq!(door.account(&token).await.1, [520, 0, 0, 0]);
        let perks = door.graphql(Some(&token), "{ perks(first: 1) { nodes { id code price } } }", json!({})).await;
        let perk = perks["perks"]["nodes"][0]["id"].as_str().unwrap().to_owned();

        let redeemed = door.redeem(&token, &perk, KEY).await;
        let again = door.redeem(&token, &perk, KEY).await;

        assert_eq!(redeemed["grant"]["price"], json!(200));
        assert_eq!(again["grant"], redeemed["grant"]);
        assert_eq!(door.account(&token).await.1, [320, 0, 0, 0]);
        let statement = statement(&door, &token).await;
        assert_eq!(statement["grants"]["nodes"], json!([{ "id": redeemed["grant"]["id"], "expiresOn": "2026-04-19" }]));
        assert_eq!(
            statement["assetAccount"]["statement"]["nodes"],
            json!([
                { "kind": "REDEEM", "points": -200, "reference": redeemed["grant"]["id"], "balanceAfter": 320, "businessDate": "2026-03-20" },
                { "kind": "EARN", "points": 520, "reference": statement["assetAccount"]["statement"]["nodes"][1]["reference"], "balanceAfter": 520, "businessDate": "2026-02-28" },
            ])
        );
        world.app().drain().await.unwrap();
        let mails = world.mails();
        let about_perk: Vec<&str> =
            mails.iter().filter(|mail| matches!(mail.message, mail::Message::PerkRedeemed(_))).map(|mail| mail.to.as_str()).collect();
        assert_eq!(about_perk, ["h-wang-owner@hearth.example"]);
    }
}

async fn statement(door: &Door<'_>, token: &str) -> Value {
    let query = "{ me { household { \
         grants(first: 5) { nodes { id expiresOn } } \
         assetAccount { statement(first: 5) { nodes { kind points reference balanceAfter businessDate } } } } } }";
    door.graphql(Some(token), query, json!({})).await["me"]["household"].take()
}
