//! A daughter opens the link she was sent, without an account: she pays, or passes it on, and nothing happens by looking.

use app::familypay::SandboxOutcome;
use poem::http::Method;
use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use crate::{
    browser::Browser,
    use_cases::family_pay::{Family, begins, chooses, link, mailed, money, state},
    world::assert_verifies,
};

/// All that a look could have changed.
async fn traces(world: &TestApp) -> Vec<u64> {
    let mut counts = Vec::new();
    for table in ["audit_lines", "outbox_events", "payment_attempts", "payments", "pay_requests WHERE version > 1"] {
        counts.push(world.db().count(table).await);
    }
    counts
}

on_both_engines! {
    async fn whoever_opens_links_too_often_waits_a_minute_and_no_other_network_does(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let request = family.asks(app, "1").await;
        let address = format!("/pay/{}", link(app, &family.daughter, request).await.to_text());
        let peer_of: web::PeerOf = std::sync::Arc::new(|request| {
            let network = request.header("x-network").unwrap_or("192.0.2.1").parse().unwrap();
            web::Peer { network, is_encrypted: true }
        });
        let routes = web::routes(app, WebOptions { peer_of: Some(peer_of), ..WebOptions::default() });
        let mut browser = Browser::new(&routes);
        // One link, from wherever it was passed on to. Tries come back while the test runs: as many as it takes, and no fewer than promised.
        let mut opened = 0;
        let refused = loop {
            let network = format!("198.51.{}.{}", opened / 250, opened % 250);
            let answer = browser.send(Method::GET, &address, &[("x-network", &network)], String::new()).await;
            if answer.status != 200 {
                break answer;
            }
            opened += 1;
            assert!(opened < 2_000, "nothing ends it");
        };
        assert!(opened >= 60, "{opened}");
        assert_eq!((refused.status, refused.headers["retry-after"].to_str().unwrap()), (429, "60"));
        // Guesses are counted by network.
        let guess = |n: usize| format!("/pay/{n:032x}");
        let mut guessed = 0;
        while browser.get(&guess(guessed)).await.status == 404 {
            guessed += 1;
            assert!(guessed < 4_000, "nothing ends it");
        }
        assert!(guessed >= 120, "{guessed}");
        assert_eq!(browser.get(&guess(guessed)).await.status, 429);
        let elsewhere = [("x-network", "203.0.113.8")];
        assert_eq!(browser.send(Method::GET, &guess(guessed + 1), &elsewhere, String::new()).await.status, 404);
    }

    async fn a_payer_confirms_who_she_is_pays_and_comes_back_to_read_so(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let request = family.asks(app, "1").await;
        let address = format!("/pay/{}", link(app, &family.daughter, request).await.to_text());
        let routes = web::routes(app, WebOptions::default());
        let mut browser = Browser::new(&routes);
        let before = traces(&world).await;

        let who = browser.get(&address).await;
        assert!(who.body.contains("Are you H-LI-owner?") && !who.body.contains("<form"), "{}", who.body);
        let look = browser.get(&format!("{address}?me=yes")).await;
        assert_eq!((look.status, look.body.matches("<form").count()), (200, 2));
        for said in ["nainai would like these", "橘子, 2 斤", "¥19.80", "鸡蛋, 1 板", "¥37.00", "¥56.80", "东门自提点", "2 July, 21:30"] {
            assert!(look.body.contains(said), "{said} in {}", look.body);
        }
        for (header, value) in [("referrer-policy", "no-referrer"), ("x-robots-tag", "noindex"), ("cache-control", "no-store")] {
            assert_eq!(look.headers[header], value);
        }
        let head = browser.send(Method::HEAD, &address, &[], String::new()).await;
        assert_eq!(head.status, 200);
        assert_eq!(browser.get(&format!("{address}/pay")).await.status, 405);
        let chinese = browser.send(Method::GET, &format!("{address}?me=yes"), &[("accept-language", "zh-CN")], String::new()).await;
        assert!(chinese.status == 200 && !chinese.body.contains("href=\"http"));
        assert_eq!(traces(&world).await, before, "looking changed something");

        // Without saying who she is she is asked again, and nothing was begun.
        assert_eq!(browser.post_bare(&format!("{address}/pay"), &[]).await.to(), address);
        assert_eq!(world.db().count("payment_attempts").await, 0);
        let cashier = browser.post_bare(&format!("{address}/pay"), &[("me", "yes")]).await;
        let cashier = cashier.to().to_owned();
        assert!(cashier.starts_with("/sandbox-pay/pa_") && cashier.ends_with(&address[5..]), "{cashier}");
        assert!(browser.get(&cashier).await.body.contains(&format!("href=\"{address}\"")));
        let at_cashier = browser.get(&address).await;
        assert!(at_cashier.body.contains("Your payment has not come in yet"), "{}", at_cashier.body);
        assert_eq!(browser.post_bare(&cashier, &[("outcome", "succeed")]).await.to(), address);
        app.drain().await.unwrap();

        let paid = browser.get(&address).await;
        assert!(paid.body.contains("You have paid. Thank you") && !paid.body.contains("<form"), "{}", paid.body);
        assert_eq!((money(&world).await, state(app, &family, request).await), ([1, 5_680, 0, 0], "paid"));
        // The brother's link says who paid, and takes nothing.
        let brother = format!("/pay/{}", link(app, &family.son, request).await.to_text());
        assert!(browser.get(&brother).await.body.contains("H-LI-owner has paid"));
        assert_eq!(browser.post_bare(&format!("{brother}/pay"), &[("me", "yes")]).await.to(), brother);
        assert_eq!(world.db().count("payment_attempts").await, 1);
        assert_verifies(app).await;
    }

    async fn a_payer_passes_it_on_with_a_kind_word_once_and_may_pay_all_the_same(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let request = family.asks(app, "1").await;
        let address = format!("/pay/{}", link(app, &family.daughter, request).await.to_text());
        let brother = format!("/pay/{}", link(app, &family.son, request).await.to_text());
        let routes = web::routes(app, WebOptions::default());
        let mut browser = Browser::new(&routes);

        let early = browser.get(&brother).await.body;
        assert!(early.contains("Nothing to pay yet") && !early.contains("¥") && !early.contains("橘子"), "{early}");
        assert_eq!(browser.post_bare(&format!("{brother}/decline"), &[("reason", "busy")]).await.status, 303);
        let why = browser.get(&format!("{address}/decline")).await;
        assert_eq!(why.body.matches("name=\"reason\"").count(), 4);
        // What is no reason is asked again, and passes nothing on.
        assert_eq!(browser.post_bare(&format!("{address}/decline"), &[("reason", "never")]).await.status, 200);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'familypay.pay_request_declined.v1'").await, 0);
        let form = format!("{address}/decline");
        for _ in 0..2 {
            assert_eq!(browser.post_bare(&form, &[("reason", "busy")]).await.to(), address);
        }
        app.drain().await.unwrap();

        assert_eq!(world.db().count("outbox_events WHERE kind = 'familypay.pay_request_declined.v1'").await, 1);
        assert_eq!(mailed(&world, mail::FamilyPayKind::Asked), ["h-li-owner@hearth.example", "h-zhao-owner@hearth.example"]);
        let look = browser.get(&format!("{address}?me=yes")).await;
        assert!(look.body.contains("You passed it on. You may still pay if you like."), "{}", look.body);
        assert_eq!((look.body.matches("<form").count(), look.body.contains("/decline\"")), (1, false));
        // The brother is at the cashier: she waits.
        begins(app, &family.son, request).await;
        let look = browser.get(&format!("{address}?me=yes")).await;
        assert!(look.body.contains("Somebody else is paying") && !look.body.contains("<form"), "{}", look.body);
    }

    async fn a_link_whose_time_is_over_takes_no_money_and_one_of_nobody_says_nothing(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let request = family.asks(app, "1").await;
        let address = format!("/pay/{}", link(app, &family.daughter, request).await.to_text());
        let routes = web::routes(app, WebOptions::default());
        let mut browser = Browser::new(&routes);
        world.clock().advance(chrono::TimeDelta::hours(4));

        let over = browser.get(&address).await;
        assert!(over.body.contains("This link has expired") && !over.body.contains("<form"), "{}", over.body);
        assert_eq!(browser.post_bare(&format!("{address}/pay"), &[("me", "yes")]).await.to(), address);
        assert_eq!(browser.post_bare(&format!("{address}/decline"), &[("reason", "busy")]).await.to(), address);
        assert_eq!(world.db().count("payment_attempts").await, 0);
        let unknown = browser.get("/pay/00000000000000000000000000000000").await;
        for other in ["/pay/x", "/pay/00000000000000000000000000000000/decline", "/pay/FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"] {
            let seen = browser.get(other).await;
            assert_eq!((seen.status, &seen.body), (404, &unknown.body), "{other}");
        }
    }

    async fn both_children_pay_through_their_pages_and_one_gets_it_back(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let request = family.asks(app, "1").await;
        let daughter = begins(app, &family.daughter, request).await;
        world.clock().advance(chrono::TimeDelta::minutes(6));
        app.decline_pay_request(
            &app::familypay::PayDoor::Member(family.daughter, request),
            app::familypay::DeclineReason::SomebodyElse,
        )
        .await
        .unwrap()
        .unwrap();
        let son = begins(app, &family.son, request).await;
        tokio::join!(
            chooses(app, daughter, SandboxOutcome::Succeed),
            chooses(app, son, SandboxOutcome::Succeed),
        );
        app.drain().await.unwrap();

        assert_eq!(money(&world).await, [2, 11_360, 1, 5_680]);
        let routes = web::routes(app, WebOptions::default());
        let mut browser = Browser::new(&routes);
        let mut told = Vec::new();
        for payer in [&family.daughter, &family.son] {
            let address = format!("/pay/{}", link(app, payer, request).await.to_text());
            let body = browser.get(&address).await.body;
            told.push((body.contains("You have paid. Thank you"), body.contains("Your ¥56.80 was not needed and went back the way it came.")));
        }
        told.sort_unstable();
        assert_eq!(told, [(false, true), (true, false)]);
        assert_verifies(app).await;
    }

    async fn the_page_says_apart_what_ended_how(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let routes = web::routes(app, WebOptions::default());
        let mut browser = Browser::new(&routes);
        let mut said = Vec::new();
        for (key, end) in ["called off", "at pick-up", "declined"].into_iter().enumerate() {
            let request = family.asks(app, &(key + 1).to_string()).await;
            match end {
                "called off" => app.cancel_pay_request(&family.senior, request).await.unwrap().unwrap(),
                "at pick-up" => app.pay_at_pick_up(&family.senior, request).await.unwrap().unwrap(),
                _ => {
                    for payer in [&family.daughter, &family.son] {
                        let door = app::familypay::PayDoor::Member(*payer, request);
                        app.decline_pay_request(&door, app::familypay::DeclineReason::Busy).await.unwrap().unwrap();
                    }
                }
            }
            let address = format!("/pay/{}", link(app, &family.daughter, request).await.to_text());
            let body = browser.get(&address).await.body;
            assert!(!body.contains("<form"), "{body}");
            let says = |text: &str| body.contains(text);
            said.push([says("called this order off"), says("pays at pick-up"), says("Nobody could pay this time")]);
        }
        assert_eq!(said, [[true, false, false], [false, true, false], [false, false, true]]);
    }
}
