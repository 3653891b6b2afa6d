//! An old woman says yes to what she heard, her daughter pays at the cashier, and both see it.

use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use super::door::Door;
use crate::{browser::Browser, use_cases::family_pay::Family, world::yuan};

const NAINAI: &str = "nainai@hearth.example";
const DAUGHTER: &str = "h-li-owner@hearth.example";
const SON: &str = "h-zhao-owner@hearth.example";

const ASK: &str = "mutation($input: AskToPayInput!) { askToPay(input: $input) { payRequest { id state amount { amountMinor } \
                   payers { name } lines { name quantity unit amount { amountMinor } } pickUp payToken } price { amountMinor } \
                   userErrors { code field } } }";

async fn ask(door: &Door<'_>, token: &str, price_minor: &str) -> Value {
    let lines = json!([{ "productRef": "F01", "quantity": "2" }, { "productRef": "E01", "quantity": "1" }]);
    let input = json!({ "lines": lines, "priceMinor": price_minor, "pickUp": "东门自提点", "idempotencyKey": "0123456789abcdef" });
    door.graphql(Some(token), ASK, json!({ "input": input })).await["askToPay"].take()
}

async fn seen(door: &Door<'_>, token: &str, id: &Value) -> Value {
    let query = "query($id: ID!) { payRequest(id: $id) { state paidById payToken } }";
    door.graphql(Some(token), query, json!({ "id": id })).await["payRequest"].take()
}

on_both_engines! {
    async fn a_draft_is_said_yes_to_asked_for_paid_and_seen_by_both(world: TestApp) {
        let family = Family::of(&world).await;
        let door = Door::open(&world).await;
        let (nainai, daughter) = (door.sign_in(NAINAI).await, door.sign_in(DAUGHTER).await);

        let stale = ask(&door, &nainai, "5000").await;
        assert_eq!(stale["userErrors"], json!([{ "code": "PRICE_CHANGED", "field": ["input", "priceMinor"] }]));
        assert_eq!(stale["price"], json!({ "amountMinor": "5680" }));
        let asked = ask(&door, &nainai, "5680").await;
        assert_eq!(asked["userErrors"], json!([]));
        let request = &asked["payRequest"];
        assert_eq!(request["state"], "ASKED");
        assert_eq!(request["payers"], json!([{ "name": "H-LI-owner" }, { "name": "H-ZHAO-owner" }]));
        assert_eq!(
            request["lines"][0],
            json!({ "name": "橘子", "quantity": "2", "unit": "斤", "amount": { "amountMinor": "1980" } })
        );
        // The senior gets no link to pay with.
        assert_eq!((&request["payToken"], &request["pickUp"]), (&Value::Null, &json!("东门自提点")));

        let token = seen(&door, &daughter, &request["id"]).await["payToken"].as_str().unwrap().to_owned();
        let link = app::familypay::PayLink::parse(&token).unwrap();
        let begin = app::familypay::BeginPayment { door: app::familypay::PayDoor::Link(link), confirms_name: true };
        let attempt = world.app().begin_payment(&begin).await.unwrap().unwrap().attempt;
        let routes = web::routes(world.app(), WebOptions::default());
        let mut browser = Browser::new(&routes);
        let cashier = format!("/sandbox-pay/{attempt}");
        let page = browser.get(&cashier).await;
        assert_eq!((page.status, page.body.matches("<button").count()), (200, 5));
        assert!(page.body.contains("¥56.80") && page.headers["referrer-policy"] == "no-referrer");
        assert_eq!(seen(&door, &nainai, &request["id"]).await["state"], "CLAIMED");
        assert_eq!(browser.post_bare(&cashier, &[("outcome", "succeed")]).await.to(), cashier);
        assert_eq!(browser.post_bare(&cashier, &[("outcome", "fail")]).await.to(), cashier);
        world.app().drain().await.unwrap();

        for token in [&nainai, &daughter] {
            let shown = seen(&door, token, &request["id"]).await;
            assert_eq!((&shown["state"], &shown["paidById"]), (&json!("PAID"), &json!(family.daughter.person.to_string())));
        }
        let account = "{ me { household { assetAccount { pending } } } }";
        let account = door.graphql(Some(&nainai), account, json!({})).await;
        assert_eq!(account["me"]["household"]["assetAccount"]["pending"], 56);
        assert_eq!(world.db().count("orders WHERE amount_minor = 5680").await, 1);
        // A stranger to the request sees nothing of it, nor a cashier that does not exist.
        let other = crate::world::found(world.app(), "H-QIAN").await;
        assert!(other.household.is_some());
        let other = door.sign_in("h-qian-owner@hearth.example").await;
        assert_eq!(seen(&door, &other, &request["id"]).await, Value::Null);
        assert_eq!(browser.get("/sandbox-pay/pa_00000000000000000000000000000000").await.status, 404);
    }

    async fn a_payer_passes_it_on_and_a_mandate_asks_nobody(world: TestApp) {
        let family = Family::of(&world).await;
        let door = Door::open(&world).await;
        let (nainai, daughter, son) =
            (door.sign_in(NAINAI).await, door.sign_in(DAUGHTER).await, door.sign_in(SON).await);
        let first = ask(&door, &nainai, "5680").await;
        let id = &first["payRequest"]["id"];
        let decline = "mutation($input: DeclinePayRequestInput!) { declinePayRequest(input: $input) { isPassedOn userErrors { code } } }";
        let input = json!({ "input": { "payRequestId": id, "reason": "BUSY" } });
        let early = door.graphql(Some(&son), decline, input.clone()).await;
        assert_eq!(early["declinePayRequest"]["userErrors"], json!([{ "code": "NO_SUCH_REQUEST" }]));
        let passed = door.graphql(Some(&daughter), decline, input).await;
        assert_eq!(passed["declinePayRequest"], json!({ "isPassedOn": true, "userErrors": [] }));

        let give = "mutation($input: GiveMandateInput!) { giveMandate(input: $input) { mandate { left { amountMinor } } userErrors { code } } }";
        let senior = family.senior.person.to_string();
        let input = json!({ "seniorId": senior, "perOrderMinor": "10000", "perMonthMinor": "50000" });
        let given = door.graphql(Some(&son), give, json!({ "input": input })).await;
        assert_eq!(
            given["giveMandate"],
            json!({ "mandate": { "left": { "amountMinor": "50000" } }, "userErrors": [] })
        );
        let cancel = "mutation($input: CancelPayRequestInput!) { cancelPayRequest(input: $input) { payRequest { state } userErrors { code } } }";
        let cancelled = door.graphql(Some(&nainai), cancel, json!({ "input": { "payRequestId": id } })).await;
        assert_eq!(cancelled["cancelPayRequest"], json!({ "payRequest": { "state": "CANCELLED" }, "userErrors": [] }));
        let key = "0123456789abcdeg".parse().unwrap();
        let again = app::familypay::AskToPay { key, ..crate::use_cases::family_pay::basket("9") };
        assert_eq!(again.price, yuan("56.80"));
        world.app().ask_to_pay(&family.senior, &again).await.unwrap().unwrap();
        world.app().drain().await.unwrap();

        let mandates = door.graphql(Some(&nainai), "{ mandates { id left { amountMinor } } }", json!({})).await;
        assert_eq!(mandates["mandates"][0]["left"], json!({ "amountMinor": "44320" }));
        let revoke = "mutation($input: RevokeMandateInput!) { revokeMandate(input: $input) { isRevoked userErrors { code } } }";
        let input = json!({ "input": { "mandateId": mandates["mandates"][0]["id"] } });
        let revoked = door.graphql(Some(&nainai), revoke, input).await;
        assert_eq!(revoked["revokeMandate"], json!({ "isRevoked": true, "userErrors": [] }));
    }
}
