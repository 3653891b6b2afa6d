//! What an app does with this door, from the mail to the perk.

use accounts::Role;
use poem::http::StatusCode;
use serde_json::json;
use testkit::on_both_engines;

use super::Door;

const ACCOUNT: &str = "query($h:ID!){household(id:$h){name members{role person{name}} assetAccount{
    available pending held owed
    lots{points status availableFrom expiresOn contributor{name}}
    statement(first:5){nodes{kind points balanceAfter owedAfter cause actor person{name} transfers{points from to}}}}
    grants(first:5){nodes{price expiresOn perk{name} redeemedBy{name} postingId}}}}";

on_both_engines! {
    async fn redeems_priority_delivery_and_sees_the_posting(door: Door) {
        door.set_rule().await;
        door.add_member("王家", "wang", Role::Senior).await;
        door.earn("王家", 12_860).await;
        let perk = door.define_perk(100, 1, 1).await;
        let token = door.sign_in("wang").await;
        let household = door.household_of(&token).await;

        let redeem = "mutation($p:ID!,$k:String!){redeemPerk(input:{perkId:$p,idempotencyKey:$k}){
            grant{perk{name terms stock{left}} price expiresOn} posting{points balanceAfter}
            household{assetAccount{available}} shortBy maturesOn userErrors{code message}}}";
        let answer = door.ask(Some(&token), redeem, json!({ "p": perk, "k": "0123456789abcdef" })).await;
        assert_eq!(answer.data()["redeemPerk"], json!({
            "grant": {
                "perk": { "name": "优先配送", "terms": "次日第一批送达", "stock": { "left": 0 } },
                "price": 100,
                "expiresOn": "2026-07-01",
            },
            "posting": { "points": -100, "balanceAfter": 28 },
            "household": { "assetAccount": { "available": 28 } },
            "shortBy": null,
            "maturesOn": null,
            "userErrors": [],
        }));

        let seen = door.ask(Some(&token), ACCOUNT, json!({ "h": household })).await;
        let seen = &seen.data()["household"];
        assert_eq!(seen["members"], json!([{ "role": "SENIOR", "person": { "name": "wang" } }]));
        let account = &seen["assetAccount"];
        assert_eq!([&account["available"], &account["pending"], &account["held"], &account["owed"]], [28, 0, 0, 0]);
        assert_eq!(account["lots"], json!([{
            "points": 28, "status": "AVAILABLE", "availableFrom": "2026-05-21", "expiresOn": "2027-05-12", "contributor": null,
        }]));
        assert_eq!(account["statement"]["nodes"], json!([
            {
                "kind": "REDEEM", "points": -100, "balanceAfter": 28, "owedAfter": 0, "cause": "兑换权益,使用 100 积分",
                "actor": "MEMBER", "person": { "name": "wang" },
                "transfers": [{ "points": 100, "from": "LOT", "to": "REDEEMED" }],
            },
            {
                "kind": "EARN", "points": 128, "balanceAfter": 128, "owedAfter": 0, "cause": "订单实付 ¥128.60,获得 128 积分",
                "actor": "OPERATOR", "person": null,
                "transfers": [{ "points": 128, "from": "ISSUED", "to": "LOT" }],
            },
        ]));
        let grant = &seen["grants"]["nodes"][0];
        assert_eq!(grant["redeemedBy"], json!({ "name": "wang" }));

        let paid = format!("{{node(id:\"{}\"){{... on StatementLine{{kind points}}}}}}", grant["postingId"].as_str().unwrap());
        let line = door.ask(Some(&token), &paid, json!({})).await;
        assert_eq!(line.data(), &json!({ "node": { "kind": "REDEEM", "points": -100 } }));
    }

    async fn shows_lots_and_figures_of_one_account_however_they_are_asked_for(door: Door) {
        door.set_rule().await;
        door.add_member("H-1", "wang", Role::Owner).await;
        door.earn("H-1", 12_800).await;
        let token = door.sign_in("wang").await;
        let household = door.household_of(&token).await;

        let lots = json!([{ "points": 128 }]);
        for (account, expected) in [
            ("available", json!({ "available": 128 })),
            ("lots{points}", json!({ "lots": lots })),
            ("available mine:lots{points}", json!({ "available": 128, "mine": lots })),
            ("...{available ...on AssetAccount{lots{points}}}", json!({ "available": 128, "lots": lots })),
            ("...Lots available", json!({ "available": 128, "lots": lots })),
        ] {
            // A fragment nobody uses would be refused.
            let fragment = if account.contains("...Lots") { "fragment Lots on AssetAccount{lots{points}}" } else { "" };
            let query = format!("query($h:ID!){{household(id:$h){{assetAccount{{{account}}}}}}}{fragment}");
            let answer = door.ask(Some(&token), &query, json!({ "h": household })).await;
            assert_eq!(answer.data()["household"]["assetAccount"], expected, "{account}");
        }
    }

    async fn a_refusal_says_what_helps_next(door: Door) {
        door.set_rule().await;
        door.add_member("H-1", "wang", Role::Owner).await;
        door.add_member("H-1", "kid", Role::Child).await;
        door.earn("H-1", 3_000).await;
        let perk = door.define_perk(100, 1, 1).await;
        let redeem = "mutation($p:ID!){redeemPerk(input:{perkId:$p,idempotencyKey:\"0123456789abcdef\"}){
            grant{id} shortBy maturesOn owed limit userErrors{__typename code message field retryable}}}";
        let body = json!({ "query": redeem, "variables": { "p": perk } }).to_string();
        let bearer = format!("Bearer {}", door.sign_in("wang").await);
        let english =
            [("content-type", "application/json"), ("authorization", bearer.as_str()), ("accept-language", "en-GB,en;q=0.9")];
        let answer = door.post(&english, body).await;
        assert_eq!(answer.data()["redeemPerk"], json!({
            "grant": null, "shortBy": 70, "maturesOn": null, "owed": null, "limit": null,
            "userErrors": [{
                "__typename": "RedeemPerkUserError", "code": "INSUFFICIENT_POINTS",
                "message": "There are not enough points available.", "field": null, "retryable": true,
            }],
        }));
        let kid = door.sign_in("kid").await;
        let answer = door.ask(Some(&kid), redeem, json!({ "p": perk })).await;
        assert_eq!(answer.data()["redeemPerk"]["userErrors"][0]["code"], "NOT_ALLOWED");
        assert_eq!(answer.data()["redeemPerk"]["userErrors"][0]["message"], "未成年成员不能使用家庭积分,请家里的大人来兑换。");
        assert_eq!(door.world.db().count("grants").await, 0);
    }

    async fn a_session_ends_with_signing_out(door: Door) {
        door.add_member("H-1", "wang", Role::Owner).await;
        let token = door.sign_in("wang").await;
        let me = door.ask(Some(&token), "{me{name role household{name community}}}", json!({})).await;
        assert_eq!(me.data()["me"], json!({ "name": "wang", "role": "OWNER", "household": { "name": "H-1", "community": "玉兰里" } }));

        let out = door.ask(Some(&token), "mutation{signOut{isSignedOut userErrors{code}}}", json!({})).await;
        assert_eq!(out.data()["signOut"], json!({ "isSignedOut": true, "userErrors": [] }));
        let after = door.ask(Some(&token), "{me{name}}", json!({})).await;
        assert_eq!((after.status, after.error().0), (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED"));
        assert_eq!(after.header("www-authenticate"), "Bearer");
        assert_eq!(door.ask(None, "{me{name}}", json!({})).await.data(), &json!({ "me": null }));
    }

    async fn known_and_unknown_addresses_answer_alike(door: Door) {
        door.add_member("H-1", "wang", Role::Owner).await;
        let request = "mutation($a:String!){requestSignInCode(input:{address:$a}){retryAfterSeconds userErrors{code}}}";
        let known = door.ask(None, request, json!({ "a": "wang@hearth.example" })).await;
        let unknown = door.ask(None, request, json!({ "a": "nobody@hearth.example" })).await;
        assert_eq!(known.text, unknown.text);
        let wrong = "mutation($a:String!){signIn(input:{address:$a,code:\"000000\"}){token userErrors{code message}}}";
        let known = door.ask(None, wrong, json!({ "a": "wang@hearth.example" })).await;
        let unknown = door.ask(None, wrong, json!({ "a": "nobody@hearth.example" })).await;
        assert_eq!(known.text, unknown.text);
        assert_eq!(known.data()["signIn"]["userErrors"][0]["code"], "WRONG_CODE");

        for _ in 0..4 {
            for address in ["wang@hearth.example", "nobody@hearth.example"] {
                assert_eq!(door.ask(None, request, json!({ "a": address })).await.header("retry-after"), "");
            }
        }
        let known = door.ask(None, request, json!({ "a": "wang@hearth.example" })).await;
        let unknown = door.ask(None, request, json!({ "a": "nobody@hearth.example" })).await;
        assert_eq!((known.status, &known.text), (unknown.status, &unknown.text));
        let refused = &known.data()["requestSignInCode"];
        assert_eq!(refused["userErrors"], json!([{ "code": "TOO_MANY_CODES" }]));
        for answer in [&known, &unknown] {
            assert_eq!(answer.header("retry-after"), refused["retryAfterSeconds"].to_string());
        }
    }
}
