//! The door of the back office: signing in and out, sessions that end, forms that another site forged, pages that say nothing to strangers.

use poem::{Route, http::Method};
use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use crate::{
    browser::Browser,
    staff::{PASSWORD, hire},
};

fn routes(world: &TestApp) -> Route {
    web::routes(world.app(), WebOptions::default())
}

on_both_engines! {
    async fn somebody_of_the_staff_signs_in_looks_and_signs_out(world: TestApp) {
        let app = world.app();
        let li = hire(app, "li.na", "support,finance".parse().unwrap()).await;
        let routes = routes(&world);
        let mut browser = Browser::new(&routes);

        let stranger = browser.get("/office").await;
        assert_eq!((stranger.status, stranger.to()), (303, "/office/sign-in?next=%2Foffice"));
        let signed_in = browser.sign_in("li.na", &li.code(app)).await;
        assert_eq!((signed_in.status, signed_in.to()), (303, "/office"));
        let cookie = signed_in.headers["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.starts_with("hearth-office=staff_"), "{cookie}");
        assert!(cookie.ends_with("; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict"), "{cookie}");
        let home = browser.get("/office").await;
        assert_eq!(home.status, 200);
        assert!(home.body.contains("li.na") && home.body.contains("support, finance"), "{}", home.body);

        let out = browser.post("/office/sign-out", &[]).await;
        assert_eq!((out.status, out.to()), (303, "/office/sign-in"));
        assert!(!browser.cookies.contains_key("hearth-office"));
        let sessions = "staff_sessions WHERE revoked_at IS NULL";
        assert_eq!(world.db().count(sessions).await, 0);
    }

    async fn every_answer_is_private_and_runs_no_script(world: TestApp) {
        let app = world.app();
        let mut li = hire(app, "li.na", "admin".parse().unwrap()).await;
        let routes = routes(&world);
        let mut browser = Browser::of(&routes, app, &mut li).await;
        for path in ["/office", "/office/sign-in", "/office/nowhere", "/office/language?to=en"] {
            let seen = browser.get(path).await;
            if path == "/office/nowhere" {
                assert_eq!(seen.status, 404);
                continue;
            }
            let header = |name: &str| seen.headers[name].to_str().unwrap().to_owned();
            assert_eq!(header("cache-control"), "no-store", "{path}");
            assert!(header("content-security-policy").starts_with("default-src 'none'; style-src 'self';"), "{path}");
            assert!(!header("content-security-policy").contains("unsafe"), "{path}");
            assert!(!seen.body.contains("<script") && !seen.body.contains(" style="), "{path}");
        }
    }

    async fn a_form_without_this_sessions_token_does_nothing(world: TestApp) {
        let app = world.app();
        let mut li = hire(app, "li.na", "admin".parse().unwrap()).await;
        let mut wu = hire(app, "wu.di", "admin".parse().unwrap()).await;
        let routes = routes(&world);
        let mut browser = Browser::of(&routes, app, &mut li).await;
        let others = Browser::of(&routes, app, &mut wu).await.get("/office").await.hidden("form_token");
        let own = browser.get("/office").await.hidden("form_token");
        let long = "x".repeat(70_000);

        for (fields, status) in [
            (vec![], 403),
            (vec![("form_token", "")], 403),
            (vec![("form_token", others.as_str())], 403),
            (vec![("form_token", own.as_str()), ("form_token", own.as_str())], 403),
            (vec![("form_token", own.as_str()), ("note", long.as_str())], 413),
        ] {
            let refused = browser.post_bare("/office/sign-out", &fields).await;
            assert_eq!(refused.status, status, "{}", refused.body);
        }
        let body = format!("form_token={own}");
        let form = ("content-type", "application/x-www-form-urlencoded");
        for headers in [
            vec![("content-type", "text/plain")],
            vec![("content-type", "application/json")],
            vec![],
            vec![form, ("sec-fetch-site", "cross-site")],
            vec![form, ("sec-fetch-site", "same-site")],
        ] {
            let refused = browser.send(Method::POST, "/office/sign-out", &headers, body.clone()).await;
            assert_eq!(refused.status, 403, "{headers:?}");
        }
        assert_eq!(browser.get("/office").await.status, 200);
        let headers = [form, ("sec-fetch-site", "same-origin")];
        assert_eq!(browser.send(Method::POST, "/office/sign-out", &headers, body).await.status, 303);
    }

    async fn a_session_that_ended_shows_nothing_more(world: TestApp) {
        let app = world.app();
        let mut li = hire(app, "li.na", "admin".parse().unwrap()).await;
        let routes = routes(&world);
        let mut browser = Browser::of(&routes, app, &mut li).await;
        world.clock().advance(chrono::TimeDelta::hours(8));
        let act = browser.post("/office/sign-out", &[]).await;
        assert_eq!(act.status, 401);
        assert!(act.body.contains("Your session has ended") && !act.body.contains("li.na"), "{}", act.body);
        let read = browser.get("/office").await;
        assert_eq!(read.to(), "/office/sign-in?ended=yes&next=%2Foffice");
        let told = browser.get(read.to().to_owned().as_str()).await;
        assert!(told.body.contains("Your session has ended. Please sign in again."), "{}", told.body);

        let mut browser = Browser::of(&routes, app, &mut li).await;
        app.close_staff(&"li.na".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(browser.get("/office").await.status, 303);
    }

    async fn every_wrong_way_in_reads_the_same_and_ends_in_a_lock_out(world: TestApp) {
        let app = world.app();
        let li = hire(app, "li.na", "admin".parse().unwrap()).await;
        let routes = routes(&world);
        let mut browser = Browser::new(&routes);
        let mut seen = Vec::new();
        for (name, code) in [
            ("nobody", li.code(app)),
            ("<b>", li.code(app)),
            ("li.na", "000000".to_owned()),
            ("li.na", String::new()),
            ("li.na", "nonsense".to_owned()),
            ("li.na", "0".to_owned()),
            ("li.na", "x".repeat(9_000)),
            // The fifth failure: now the right one is locked out too.
            ("li.na", li.code(app)),
        ] {
            let refused = browser.sign_in(name, &code).await;
            assert_eq!(refused.status, 422, "{name}");
            assert!(!refused.body.contains("<b>"), "{}", refused.body);
            seen.push(refused.body.split("role=\"alert\"").nth(1).unwrap().split("</p>").next().unwrap().to_owned());
        }
        seen.dedup();
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(world.db().count("staff_sessions").await, 0);
    }

    async fn a_sign_in_form_that_was_never_shown_is_not_taken(world: TestApp) {
        let app = world.app();
        let li = hire(app, "li.na", "admin".parse().unwrap()).await;
        let routes = routes(&world);
        let mut browser = Browser::new(&routes);
        let code = li.code(app);
        let fields = [("name", "li.na"), ("password", PASSWORD), ("code", &code)];
        assert_eq!(browser.post_bare("/office/sign-in", &fields).await.status, 403);
        browser.get("/office/sign-in").await;
        assert_eq!(browser.post_bare("/office/sign-in", &fields).await.status, 403);
        assert_eq!(browser.post("/office/sign-in", &fields).await.status, 303);
    }

    async fn too_many_tries_from_one_place_are_told_to_wait(world: TestApp) {
        let routes = routes(&world);
        let mut browser = Browser::new(&routes);
        for _ in 0..20 {
            assert_eq!(browser.sign_in("", "").await.status, 422);
        }
        assert_eq!(browser.sign_in("", "").await.status, 429);
    }

    async fn in_production_cookies_are_for_encrypted_connections_alone(world: TestApp) {
        let app = world.app();
        let li = hire(app, "li.na", "admin".parse().unwrap()).await;
        let routes = web::routes(app, WebOptions { is_production: true, ..WebOptions::default() });
        let mut browser = Browser::new(&routes);
        let signed_in = browser.sign_in("li.na", &li.code(app)).await;
        let cookie = signed_in.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("__Host-hearth-office=staff_") && cookie.ends_with("; Secure"), "{cookie}");
        assert_eq!(browser.get("/office").await.status, 200);
    }
}
