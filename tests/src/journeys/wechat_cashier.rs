//! A daughter gets to WeChat from the page she was sent, and from an app inside WeChat; what she paid comes back by the door for it.

use std::sync::Arc;

use poem::http::Method;
use serde_json::{Value, json};
use testkit::on_both_engines;
use web::WebOptions;

use super::door::Door;
use crate::{
    browser::Browser,
    use_cases::family_pay::{Family, link, money, state},
    wechat::{WeChatWorld, number_of},
    world::assert_verifies,
};

/// The attempts, by their ids.
async fn attempts(world: &testkit::TestApp) -> Vec<String> {
    let sql = match world.db().engine() {
        testkit::Engine::Sqlite => "SELECT 'pa_' || lower(hex(id)) FROM payment_attempts ORDER BY begun_at",
        testkit::Engine::Postgres => {
            "SELECT 'pa_' || replace(CAST(id AS TEXT), '-', '') FROM payment_attempts ORDER BY begun_at"
        }
    };
    world.db().texts(sql).await.into_iter().map(|mut row| row.remove(0)).collect()
}

on_both_engines! {
    async fn a_button_opens_wechat_and_the_page_says_so_once_it_is_told(shop: WeChatWorld<false>) {
        let (world, wechat) = (&shop.world, &shop.wechat);
        let (app, family) = (world.app(), Family::of(world).await);
        let request = family.asks(app, "1").await;
        let address = format!("/pay/{}", link(app, &family.daughter, request).await.to_text());
        let peer_of: web::PeerOf =
            Arc::new(|_| web::Peer { network: "203.0.113.7".parse().unwrap(), is_encrypted: true });
        let routes = web::routes(app, WebOptions { peer_of: Some(peer_of), ..WebOptions::default() });
        let mut browser = Browser::new(&routes);
        // Before she pressed anything there is no cashier, and looking opens none.
        assert_eq!(browser.get(&format!("{address}/cashier")).await.to(), address);
        let pressed = browser.post_bare(&format!("{address}/pay"), &[("me", "yes")]).await;
        let cashier = format!("{address}/cashier");
        assert_eq!(pressed.to(), cashier);
        let head = browser.send(Method::HEAD, &cashier, &[], String::new()).await;
        assert_eq!((head.status, head.body.as_str(), wechat.books().orders.len()), (200, "", 0));

        let attempt = attempts(world).await.remove(0);
        for _ in 0..2 {
            let page = browser.get(&cashier).await;
            let back = format!("https%3A%2F%2Fhearth.example%2Fpay%2F{}", &address[5..]);
            let leads_to = format!("https://wx.tenpay.example/checkmweb?prepay_id={}&#38;redirect_url={back}", number_of(&attempt));
            assert!(page.body.contains(&format!("href=\"{leads_to}\"")), "{leads_to} in {}", page.body);
            assert!(page.body.contains("¥56.80") && !page.body.contains("<script"), "{}", page.body);
            assert_eq!(page.headers["referrer-policy"], "no-referrer");
        }
        assert_eq!(wechat.books().orders.len(), 1);
        assert_eq!(attempts(world).await.len(), 1);

        // She pays; before it is told the page says that it has not come in yet.
        assert!(wechat.pays(&attempt));
        assert!(browser.get(&address).await.body.contains("Your payment has not come in yet"));
        let door = Door::open_with(world, gateway::GatewayOptions::default()).await;
        let (headers, body) = wechat.tells(&attempt);
        let (status, answer) = door.send("/v1/pay/wechat", &headers, body.clone()).await;
        assert_eq!((status, answer.as_str()), (204, ""));
        assert_eq!(door.send("/v1/pay/wechat", &headers, body.clone()).await.0, 204, "told twice");
        for (headers, body, status) in [(vec![], body.clone(), 401), (headers.clone(), format!("{body} "), 401), (headers.clone(), String::new(), 401)] {
            let (met, answer) = door.send("/v1/pay/wechat", &headers, body).await;
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!((met, answer["code"].as_str()), (status, Some("FAIL")));
        }
        app.drain().await.unwrap();

        assert!(browser.get(&address).await.body.contains("You have paid. Thank you"));
        assert_eq!(browser.get(&cashier).await.to(), address);
        assert_eq!((money(world).await, state(app, &family, request).await), ([1, 5_680, 0, 0], "paid"));
        assert_verifies(app).await;
    }

    async fn a_code_to_scan_is_a_picture_and_a_silent_provider_is_said_kindly(shop: WeChatWorld<true>) {
        let (world, wechat) = (&shop.world, &shop.wechat);
        let (app, family) = (world.app(), Family::of(world).await);
        let request = family.asks(app, "1").await;
        let address = format!("/pay/{}", link(app, &family.daughter, request).await.to_text());
        let routes = web::routes(app, WebOptions::default());
        let mut browser = Browser::new(&routes);
        wechat.books().is_away = true;
        browser.post_bare(&format!("{address}/pay"), &[("me", "yes")]).await;
        let away = browser.get(&format!("{address}/cashier")).await;
        assert_eq!(away.status, 200);
        assert!(away.body.contains("WeChat does not answer just now"), "{}", away.body);
        wechat.books().is_away = false;
        let page = browser.get(&format!("{address}/cashier")).await;
        assert!(page.body.contains("src=\"data:image/svg+xml;base64,") && page.body.contains("alt=\"A code for WeChat Pay\""), "{}", page.body);
    }

    async fn an_app_inside_wechat_is_given_the_call_it_opens_the_cashier_with(shop: WeChatWorld<false>) {
        let (world, wechat) = (&shop.world, &shop.wechat);
        let (app, family) = (world.app(), Family::of(world).await);
        let request = family.asks(app, "1").await;
        let door = Door::open_with(world, gateway::GatewayOptions::default()).await;
        let daughter = door.sign_in("h-li-owner@hearth.example").await;
        let son = door.sign_in("h-zhao-owner@hearth.example").await;
        let begin = async |token: &str, confirms: bool, open_id: Option<&str>| {
            let mutation = "mutation($input: BeginPaymentInput!) { beginPayment(input: $input) { cashier { until address code \
                 call { appId timestamp nonce package signature } } userErrors { code field retryable } } }";
            let input = json!({ "payRequestId": request.to_string(), "confirmsName": confirms, "openId": open_id });
            door.graphql(Some(token), mutation, json!({ "input": input })).await["beginPayment"].take()
        };

        assert_eq!(begin(&son, true, None).await["userErrors"][0]["code"], "NO_SUCH_REQUEST");
        let refused = begin(&daughter, false, Some("o1")).await;
        assert_eq!(refused["userErrors"], json!([{ "code": "NAME_NOT_CONFIRMED", "field": ["input", "confirmsName"], "retryable": false }]));
        assert_eq!(begin(&daughter, true, Some("o 1")).await["userErrors"][0]["code"], "BAD_OPEN_ID");
        assert_eq!(attempts(world).await.len(), 0);

        let opened = begin(&daughter, true, Some("o1")).await;
        let attempt = attempts(world).await.remove(0);
        let call = &opened["cashier"]["call"];
        assert_eq!(call["package"], format!("prepay_id=wx{}-o1", number_of(&attempt)));
        assert_eq!((&call["appId"], opened["cashier"]["address"].as_str()), (&json!("wx0000000000000001"), None));
        assert!(call["signature"].as_str().is_some_and(|signature| signature.len() > 300), "{call}");
        // In a browser it is the same attempt.
        let by_browser = begin(&daughter, true, None).await;
        assert!(by_browser["cashier"]["address"].as_str().is_some_and(|address| address.contains(&number_of(&attempt))));
        wechat.books().is_away = true;
        assert_eq!(begin(&daughter, true, None).await["userErrors"], json!([{ "code": "PROVIDER_AWAY", "field": null, "retryable": true }]));
        assert_eq!(attempts(world).await.len(), 1);
    }
}
