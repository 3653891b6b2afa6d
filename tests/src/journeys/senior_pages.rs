//! An old woman opens her own page from her phone: she reads how her orders stand, and what she presses happens once.

use app::familypay::GiveMandate;
use poem::http::Method;
use serde_json::json;
use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use super::door::Door;
use crate::{
    browser::Browser,
    use_cases::family_pay::{Family, begins, mailed, money, oranges, pays, state},
    world::{assert_verifies, yuan},
};

const NAINAI: &str = "nainai@hearth.example";

/// The way of her page, and the token she is signed in by.
async fn page_of(world: &TestApp, address: &str) -> (String, String) {
    let door = Door::open(world).await;
    let token = door.sign_in(address).await;
    let answer = door.graphql(Some(&token), "{ seniorPagePath }", json!({})).await;
    (answer["seniorPagePath"].as_str().unwrap().to_owned(), token)
}

async fn traces(world: &TestApp) -> Vec<u64> {
    let mut counts = Vec::new();
    for table in
        ["audit_lines", "outbox_events", "pay_requests WHERE version > 1", "mandates WHERE revoked_at IS NOT NULL"]
    {
        counts.push(world.db().count(table).await);
    }
    counts
}

on_both_engines! {
    async fn she_reads_each_order_in_a_sentence_and_calls_one_off_once(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let (page, _) = page_of(&world, NAINAI).await;
        let routes = web::routes(app, WebOptions::default());
        let mut browser = Browser::new(&routes);
        assert!(browser.get(&page).await.body.contains("There are no orders yet."));

        let paid = family.asks(app, "1").await;
        pays(app, &family.daughter, paid).await;
        let asked = family.asks(app, "2").await;
        app.drain().await.unwrap();
        let before = traces(&world).await;
        let seen = browser.get(&page).await;
        for said in ["橘子, 2 斤; 鸡蛋, 1 板", "¥56.80", "H-LI-owner has paid. Just pick it up.", "H-LI-owner has been asked to pay, until 2 July, 21:30."] {
            assert!(seen.body.contains(said), "{said} in {}", seen.body);
        }
        // One order has steps: the paid one is over.
        assert_eq!((seen.body.matches("/pick-up\"").count(), seen.body.matches("/cancel\"").count()), (1, 1));
        for (header, value) in [("referrer-policy", "no-referrer"), ("x-robots-tag", "noindex"), ("cache-control", "no-store")] {
            assert_eq!(seen.headers[header], value);
        }
        let cancel = format!("{page}/orders/{asked}/cancel");
        let question = browser.get(&cancel).await;
        assert!(question.body.contains("Call this order off?") && question.body.contains("¥37.00"), "{}", question.body);
        assert_eq!(browser.send(Method::HEAD, &cancel, &[], String::new()).await.status, 200);
        assert_eq!(browser.post_bare(&cancel, &[]).await.status, 403);
        assert_eq!(browser.post_bare(&cancel, &[("form_token", &"0".repeat(64))]).await.status, 403);
        assert_eq!(browser.get(&format!("{page}/mandates/md_x/revoke")).await.status, 405);
        assert_eq!(traces(&world).await, before, "looking, or a form that is not ours, changed something");

        browser.get(&cancel).await;
        for _ in 0..2 {
            let pressed = browser.post(&cancel, &[]).await;
            assert_eq!((pressed.status, pressed.to()), (303, page.as_str()));
        }
        app.drain().await.unwrap();

        assert_eq!(state(app, &family, asked).await, "cancelled");
        assert_eq!(world.db().count("audit_lines WHERE action = 'cancel_pay_request'").await, 1);
        assert_eq!(mailed(&world, mail::FamilyPayKind::NotNeeded), ["h-li-owner@hearth.example"]);
        let seen = browser.get(&page).await;
        assert!(seen.body.contains("It was called off. Nothing to pay.") && !seen.body.contains("/cancel\""), "{}", seen.body);
        // What is paid is not called off by an address typed in, nor is an order of nobody.
        assert_eq!(browser.get(&format!("{page}/orders/{paid}/cancel")).await.to(), page);
        assert_eq!(browser.post(&format!("{page}/orders/{paid}/cancel"), &[]).await.to(), page);
        assert_eq!(state(app, &family, paid).await, "paid");
        for nothing in ["pr_00000000000000000000000000000000", "x"] {
            assert_eq!(browser.get(&format!("{page}/orders/{nothing}/cancel")).await.status, 404);
            assert_eq!(browser.post(&format!("{page}/orders/{nothing}/cancel"), &[]).await.status, 404);
        }
        assert_verifies(app).await;
    }

    async fn when_nobody_pays_she_pays_at_pick_up_until_it_is_sold_out_or_closed(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let (page, _) = page_of(&world, NAINAI).await;
        let routes = web::routes(app, WebOptions::default());
        let mut browser = Browser::new(&routes);
        let (first, second) = (family.asks(app, "1").await, family.asks(app, "2").await);
        begins(app, &family.daughter, second).await;
        let seen = browser.get(&page).await;
        assert!(seen.body.contains("H-LI-owner is paying just now."), "{}", seen.body);
        // While somebody is at the cashier it can be called off, and no more.
        assert_eq!((seen.body.matches("/pick-up\"").count(), seen.body.matches("/cancel\"").count()), (1, 2));
        world.clock().advance(chrono::TimeDelta::minutes(213));
        app.advance_pay_requests().await.unwrap();

        let seen = browser.get(&page).await;
        assert_eq!(seen.body.matches("Nobody has paid yet. You can pay when you pick it up.").count(), 2, "{}", seen.body);
        let pick_up = |request| format!("{page}/orders/{request}/pick-up");
        assert!(browser.get(&pick_up(first)).await.body.contains("Pay when you pick it up?"));
        let presses = [browser.post(&pick_up(first), &[]).await, browser.post(&pick_up(first), &[]).await];
        assert!(presses.iter().all(|seen| seen.to() == page));
        assert_eq!((state(app, &family, first).await, oranges(&world).await.as_str()), ("pay_at_pick_up", "8000"));
        assert_eq!(world.db().count("audit_lines WHERE action = 'pay_at_pick_up'").await, 1);

        world.db().execute("UPDATE offers SET stock_thousandths = 1000 WHERE product_ref = 'F01'").await.unwrap();
        browser.get(&pick_up(second)).await;
        let gone = browser.post(&pick_up(second), &[]).await;
        assert!(gone.status == 200 && gone.body.contains("Sold out"), "{}", gone.body);
        assert_eq!((state(app, &family, second).await, oranges(&world).await.as_str()), ("expired", "1000"));
        // Ten minutes after the order closed there is nothing left to choose.
        world.clock().advance(chrono::TimeDelta::minutes(40));
        let seen = browser.get(&page).await;
        assert!(seen.body.contains("It was not paid, and nothing was ordered."), "{}", seen.body);
        assert!(!seen.body.contains("/pick-up\"") && !seen.body.contains("/cancel\""));
        assert_eq!(browser.post(&pick_up(second), &[]).await.to(), page);
        assert_eq!((state(app, &family, second).await, money(&world).await), ("expired", [0, 0, 0, 0]));
    }

    async fn she_sees_who_pays_for_her_and_takes_a_mandate_back_in_one_press(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let (page, _) = page_of(&world, NAINAI).await;
        let routes = web::routes(app, WebOptions::default());
        let mut browser = Browser::new(&routes);
        let given = GiveMandate { senior: family.senior.person, per_order: yuan("60"), per_month: yuan("120") };
        let mandate = app.give_mandate(&family.daughter, &given).await.unwrap().unwrap().id;
        family.asks(app, "1").await;
        app.drain().await.unwrap();

        let kin = browser.get(&format!("{page}/family")).await;
        let (daughter, son) = (kin.body.find("H-LI-owner</li>").unwrap(), kin.body.find("H-ZHAO-owner</li>").unwrap());
        assert!(daughter < son);
        for said in ["H-LI-owner pays for you: at most ¥60.00 an order and ¥120.00 a month.", "¥63.20 are left this month."] {
            assert!(kin.body.contains(said), "{said} in {}", kin.body);
        }
        let revoke = format!("{page}/mandates/{mandate}/revoke");
        assert_eq!(browser.post_bare(&revoke, &[]).await.status, 403);
        for _ in 0..2 {
            assert_eq!(browser.post(&revoke, &[]).await.to(), format!("{page}/family"));
        }
        assert_eq!(world.db().count("audit_lines WHERE action = 'revoke_mandate'").await, 1);
        assert!(browser.get(&format!("{page}/family")).await.body.contains("your family is asked about each order"));
        let next = family.asks(app, "2").await;
        app.drain().await.unwrap();
        assert_eq!(state(app, &family, next).await, "asked");
        // The son's own page has nothing of hers, and takes nothing back.
        let (his, _) = page_of(&world, "h-zhao-owner@hearth.example").await;
        let mut other = Browser::new(&routes);
        assert!(other.get(&his).await.body.contains("There are no orders yet."));
        let again = app.give_mandate(&family.daughter, &given).await.unwrap().unwrap().id;
        app.give_mandate(&family.son, &given).await.unwrap().unwrap();
        let own = other.get(&format!("{his}/family")).await;
        assert!(own.body.contains("You pay for nainai: at most ¥60.00 an order") && !own.body.contains("H-LI-owner"), "{}", own.body);
        for path in [format!("{his}/mandates/{again}/revoke"), format!("{his}/orders/{next}/cancel"), format!("{his}/orders/{next}/pick-up")] {
            assert_eq!(other.post(&path, &[]).await.status, 404, "{path}");
        }
        assert_eq!(state(app, &family, next).await, "asked");
        assert_eq!(world.db().count("mandates WHERE revoked_at IS NULL").await, 2);
    }

    async fn her_link_ends_with_the_session_it_came_from(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let asked = family.asks(app, "1").await;
        let (page, token) = page_of(&world, NAINAI).await;
        let routes = web::routes(app, WebOptions::default());
        let mut browser = Browser::new(&routes);
        let cancel = format!("{page}/orders/{asked}/cancel");
        assert_eq!(browser.get(&cancel).await.status, 200);
        // Neither what the page shows nor the link opens the door for programs, nor does one digit less open the page.
        assert_eq!(app.authenticate(&page[4..]).await.unwrap(), None);
        let unknown = browser.get(&format!("/my/{}", "0".repeat(64))).await;
        for other in [page[..page.len() - 1].to_owned(), format!("{page}0"), page.to_uppercase().replace("/MY/", "/my/"), "/my/x".to_owned()] {
            let seen = browser.get(&other).await;
            assert_eq!((seen.status, &seen.body), (404, &unknown.body), "{other}");
        }

        let principal = app.authenticate(&token).await.unwrap().unwrap();
        app.revoke_session(&principal, principal.session).await.unwrap().unwrap();

        assert_eq!(browser.get(&page).await.status, 404);
        assert_eq!(browser.post(&cancel, &[]).await.status, 404);
        assert_eq!(state(app, &family, asked).await, "asked");
    }

    async fn two_presses_in_the_same_instant_end_an_order_once(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let (page, _) = page_of(&world, NAINAI).await;
        let asked = family.asks(app, "1").await;
        let routes = web::routes(app, WebOptions::default());
        let (cancel, pick_up) = (format!("{page}/orders/{asked}/cancel"), format!("{page}/orders/{asked}/pick-up"));
        let (mut one, mut other) = (Browser::new(&routes), Browser::new(&routes));
        one.get(&cancel).await;
        other.get(&pick_up).await;

        let pressed = tokio::join!(one.post(&cancel, &[]), other.post(&pick_up, &[]));

        assert_eq!((pressed.0.to(), pressed.1.to()), (page.as_str(), page.as_str()));
        let ends = world.db().count("audit_lines WHERE action IN ('cancel_pay_request', 'pay_at_pick_up')").await;
        let said = state(app, &family, asked).await;
        assert!(ends == 1 && (said == "cancelled" || said == "pay_at_pick_up"), "{ends} {said}");
        assert_eq!(oranges(&world).await, if said == "cancelled" { "10000" } else { "8000" });
        assert_verifies(app).await;
    }
}
