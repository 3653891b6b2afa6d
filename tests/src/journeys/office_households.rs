//! What the staff do about households in a browser: find one, read its story, adjust its points; and what neither names nor reasons can do there.

use poem::Route;
use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use crate::{
    browser::Browser,
    staff::hire,
    world::{add_person, assert_verifies, balance, define_perk, earn, found, redeem, set_rule},
};

fn routes(world: &TestApp) -> Route {
    web::routes(world.app(), WebOptions::default())
}

async fn texts(world: &TestApp, sql: &str) -> Vec<String> {
    world.db().texts(sql).await.concat()
}

on_both_engines! {
    async fn support_finds_a_household_by_what_they_know_and_the_log_says_why(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        found(app, "H-LI").await;
        earn(app, "H-WANG", "1000").await;
        let perk = define_perk(app, 100, 10, 5).await;
        app.redeem_perk(&wang, &redeem(perk.id, "0123456789abcdef")).await.unwrap().unwrap();
        let household = wang.household.unwrap().0.to_string();
        let mut sun = hire(app, "sun", "support".parse().unwrap()).await;
        let routes = routes(&world);
        let mut browser = Browser::of(&routes, app, &mut sun).await;

        // Its own name, its owner's, an address of a member's, its number, the number of an order, its id.
        for known in ["H-WANG", "H-WANG-owner", "h-wang-owner@hearth.example", "E-H-WANG", household.as_str()] {
            let refused = browser.post("/office/households", &[("q", known)]).await;
            assert_eq!(refused.status, 422, "{known}: {}", refused.body);
            let seen = browser.post("/office/households", &[("q", known), ("reason", "call 17")]).await;
            assert_eq!(seen.status, 200, "{known}");
            let is_found = seen.body.contains(&household);
            // A number has a digit in it; what has none is a name.
            assert_eq!(is_found, known != "E-H-WANG", "{known}: {}", seen.body);
            assert!(!seen.body.contains("/office/households/hh_") || seen.body.contains("H**"), "{}", seen.body);
        }
        let story = browser.get(&format!("/office/households/{household}")).await;
        assert!(story.body.contains("Why do you look at this household?") && !story.body.contains("900"), "{}", story.body);
        let story = browser.post(&format!("/office/households/{household}"), &[("reason", "call 17")]).await;
        for part in ["Available</dt><dd>900", "H**", "h***@hearth.example", "Priority delivery", "E-H-WANG", "−100"] {
            assert!(story.body.contains(part), "{part}: {}", story.body);
        }
        assert!(!story.body.contains("H-WANG-owner"), "{}", story.body);
        let seen = texts(&world, "SELECT detail FROM audit_lines WHERE action IN ('view_account', 'search_households')").await;
        assert_eq!(seen, vec!["call 17"; 6]);
        let asked = texts(&world, "SELECT subject FROM audit_lines WHERE action = 'search_households'").await;
        assert_eq!(asked.iter().filter(|subject| **subject == household).count(), 4);
        assert_eq!(asked.iter().filter(|subject| subject.is_empty()).count(), 1);
        assert_eq!(browser.get("/office/households/hh_00000000000000000000000000000000").await.status, 200);
        let nobody = browser.post("/office/households/hh_00000000000000000000000000000000", &[("reason", "x")]).await;
        assert_eq!(nobody.status, 404);
    }

    async fn finance_sees_figures_and_nobodys_name(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-1").await;
        add_person(app, "H-1", "CANARY", accounts::Role::Adult).await;
        earn(app, "H-1", "1000").await;
        let household = wang.household.unwrap().0;
        let mut li = hire(app, "li", "finance".parse().unwrap()).await;
        let routes = routes(&world);
        let mut browser = Browser::of(&routes, app, &mut li).await;

        let seen = browser.post("/office/households", &[("q", "E-H-1")]).await;
        assert!(seen.body.contains(&household.to_string()), "{}", seen.body);
        for asked in ["CANARY", "canary@hearth.example"] {
            let refused = browser.post("/office/households", &[("q", asked), ("reason", "x")]).await;
            assert_eq!(refused.status, 403, "{asked}");
        }
        for path in ["", "/statement"] {
            let story = browser.get(&format!("/office/households/{household}{path}")).await;
            assert!(story.status == 200 && story.body.contains("1,000"), "{}", story.body);
            for name in ["CANARY", "canary", "C**", "H-1-owner", "hearth.example"] {
                assert!(!story.body.contains(name), "{name}: {}", story.body);
            }
        }
    }

    async fn an_adjustment_is_shown_first_and_done_once_however_often_it_is_sent(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "100").await;
        let path = format!("/office/households/{}/adjust", wang.household.unwrap().0);
        let mut li = hire(app, "li", "finance".parse().unwrap()).await;
        let mut wu = hire(app, "wu", "finance".parse().unwrap()).await;
        let routes = routes(&world);
        let mut browser = Browser::of(&routes, app, &mut li).await;

        let key = browser.get(&path).await.hidden("key");
        for (points, says) in [("0", 422), ("-7", 422), ("1.5", 422), ("７", 422), ("1e3", 422), ("99999999999", 422), ("", 422)] {
            let fields = [("adjustment", "credit"), ("points", points), ("reason", "a gift"), ("key", key.as_str())];
            assert_eq!(browser.post(&path, &fields).await.status, says, "{points}");
        }
        let fields = [("adjustment", "credit"), ("points", "30"), ("reason", "<script>alert(1)</script>"), ("key", key.as_str())];
        let preview = browser.post(&path, &fields).await;
        assert!(preview.body.contains("+30") && !preview.body.contains("<script>"), "{}", preview.body);
        assert_eq!((balance(app, &wang).await, preview.hidden("key")), ([100, 0, 0, 0], key.clone()));
        let sure = [fields.as_slice(), &[("sure", "yes")]].concat();
        for _ in 0..2 {
            let done = browser.post(&path, &sure).await;
            assert_eq!(done.status, 303, "{}", done.body);
            let statement = browser.get(done.to().to_owned().as_str()).await;
            assert!(statement.body.contains("role=\"status\">Posted: 30") && !statement.body.contains("<script>"), "{}", statement.body);
            // Said once: gone when the page is loaded again.
            let again = browser.get(done.to().to_owned().as_str()).await;
            assert!(!again.body.contains("role=\"status\""), "{}", again.body);
        }
        assert_eq!(balance(app, &wang).await, [130, 0, 0, 0]);

        // Beyond the limit it waits for somebody else.
        let key = browser.get(&path).await.hidden("key");
        let fields = [("adjustment", "credit"), ("points", "5000"), ("reason", "a gift"), ("key", key.as_str()), ("sure", "yes")];
        let waits = browser.post(&path, &fields).await.to().to_owned();
        let own = browser.get(&waits).await;
        assert!(own.body.contains("value=\"withdraw\"") && !own.body.contains("value=\"approve\""), "{}", own.body);
        let mut second = Browser::of(&routes, app, &mut wu).await;
        let page = second.get(&waits).await;
        assert!(page.body.contains("value=\"approve\"") && page.body.contains("+5,000"), "{}", page.body);
        let key = page.hidden("key");
        assert_eq!(browser.post(&waits, &[("verdict", "approve"), ("key", &key)]).await.status, 422);
        assert_eq!(balance(app, &wang).await, [130, 0, 0, 0]);
        for _ in 0..2 {
            assert_eq!(second.post(&waits, &[("verdict", "approve"), ("key", &key)]).await.status, 303);
        }
        assert_eq!(balance(app, &wang).await, [5_130, 0, 0, 0]);
        assert_verifies(app).await;
    }

    async fn no_cell_of_a_file_is_a_formula_and_no_name_a_tag(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-1").await;
        let household = wang.household.unwrap().0;
        let mut sun = hire(app, "sun", "support".parse().unwrap()).await;
        let mut wu = hire(app, "wu", "auditor".parse().unwrap()).await;
        let routes = routes(&world);
        let mut browser = Browser::of(&routes, app, &mut sun).await;
        for reason in ["=HYPERLINK(\"http://evil.example\")", "+1+1", "-1+1", "@sum(a)", "＝1", "<img src=x>"] {
            let seen = browser.post(&format!("/office/households/{household}"), &[("reason", reason)]).await;
            assert_eq!(seen.status, 200, "{reason}");
        }
        let mut browser = Browser::of(&routes, app, &mut wu).await;
        let file = browser.get("/office/audit.csv?action=view_account").await;
        assert_eq!(file.headers["content-disposition"], "attachment; filename=\"audit.csv\"");
        for begins in [",\"'=HYPERLINK", ",'+1+1", ",'-1+1", ",'@sum(a)", ",'＝1"] {
            assert!(file.body.contains(begins), "{begins}: {}", file.body);
        }
        let page = browser.get("/office/audit?action=view_account").await;
        assert!(page.body.contains("&#60;img src=x&#62;") && !page.body.contains("<img"), "{}", page.body);
        let strange = browser.get("/office/audit?household=%27%20OR%201%3D1").await;
        assert_eq!(strange.status, 400);
        assert_eq!(browser.get("/office/audit?after=x").await.status, 400);
    }

    async fn the_figures_are_those_of_the_books(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "1000").await;
        let perk = define_perk(app, 100, 10, 5).await;
        app.redeem_perk(&wang, &redeem(perk.id, "0123456789abcdef")).await.unwrap().unwrap();
        let mut li = hire(app, "li", "finance".parse().unwrap()).await;
        let principal = li.principal(app).await;
        let viewed = app.view_program(&principal).await.unwrap().unwrap();
        let sums = |of: fn(&app::ledger::MonthOfProgram) -> i64| viewed.months.iter().map(of).sum::<i64>();
        assert_eq!((viewed.months.len(), sums(|m| m.issued), sums(|m| m.redeemed), sums(|m| m.lapsed)), (12, 1_000, 100, 0));
        assert_eq!(viewed.months[11].outstanding, 900);
        assert_eq!(viewed.lapsing.iter().map(|(_, points)| points).sum::<i64>() + viewed.never_lapsing, 900);
        let taken: Vec<u32> = viewed.perks.iter().map(|(_, stock)| stock.taken).collect();
        assert_eq!(taken, [1]);

        // Told again for ten minutes, then summed anew.
        earn(app, "H-WANG", "1000").await;
        found(app, "H-LI").await;
        earn(app, "H-LI", "500").await;
        let again = app.view_program(&principal).await.unwrap().unwrap();
        assert_eq!(again.months[11].outstanding, 900);
        world.clock().advance(app::ledger::PROGRAM_BELIEVED_FOR);
        let anew = app.view_program(&principal).await.unwrap().unwrap();
        assert_eq!(anew.months[11].outstanding, 1_400);
        let routes = routes(&world);
        let page = Browser::of(&routes, app, &mut li).await.get("/office/pictures").await;
        assert!(page.body.contains("Points outstanding</dt><dd>1,400"), "{}", page.body);
    }

    async fn a_parked_event_runs_again_when_an_admin_says_so(world: TestApp) {
        let app = world.app();
        let mut li = hire(app, "li", "admin".parse().unwrap()).await;
        let id = "00000000-0000-7000-8000-000000000001";
        let bytes = match world.db().engine() {
            testkit::Engine::Sqlite => format!("x'{}'", id.replace('-', "")),
            testkit::Engine::Postgres => format!("'{id}'"),
        };
        let insert = format!(
            "INSERT INTO outbox_events (id, kind, payload, occurred_at, due_at, attempts, settled_at, parked_at, last_error) \
             VALUES ({bytes}, 'a_test', '{{}}', 1, 1, 12, NULL, 7, '<b>no</b>')"
        );
        world.db().execute(&insert).await.unwrap();
        let routes = routes(&world);
        let mut browser = Browser::of(&routes, app, &mut li).await;
        assert!(browser.get("/office").await.body.contains("Events parked</span><strong class=\"warn\">1<"));
        let page = browser.get("/office/parked").await;
        assert!(page.body.contains("&#60;b&#62;no") && page.body.contains("a_test"), "{}", page.body);
        let path = format!("/office/parked/ev_{}", id.replace('-', ""));
        assert_eq!(browser.post(&path, &[]).await.status, 303);
        // Pressed twice: by then it is not parked any more.
        assert_eq!(browser.post(&path, &[]).await.status, 404);
        assert_eq!(app.count_outbox().await.unwrap(), (1, 0));
        let lines = texts(&world, "SELECT detail FROM audit_lines WHERE action = 'retry_event'").await;
        assert_eq!(lines, ["a_test"]);
    }
}
