//! Who meets which page of the back office: each role alone, and a stranger. A page is one more door to a use-case, so its row says what the
//! use-case's row in the access matrix says.

use accounts::{StaffRole, StaffRoles};
use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use crate::{
    browser::Browser,
    staff::hire,
    world::{earn, found, set_rule},
};

/// A page, and what support, perks, finance, auditor and admin meet, each alone. `$H` is a household, `$P` an adjustment of it, `$K` a perk, `$G` a
/// gathering, `$L` a delivery slot, `$A` an approval, `$Y` a draft of a study, `$E` a parked event, `$S` one of the staff, `$W` a webhook.
const PAGES: &[(&str, [u16; 5])] = &[
    ("/office", [200, 200, 200, 200, 200]),
    ("/office/account", [200, 200, 200, 200, 200]),
    ("/office/approvals", [200, 403, 200, 200, 200]),
    ("/office/approvals/$A", [200, 403, 200, 200, 200]),
    ("/office/households", [200, 403, 200, 200, 403]),
    ("/office/households/$H", [200, 403, 200, 200, 403]),
    ("/office/households/$H/statement", [200, 403, 200, 200, 403]),
    ("/office/households/$H/adjust", [200, 403, 200, 403, 403]),
    ("/office/households/$H/reverse?posting=$P", [403, 403, 200, 403, 403]),
    ("/office/perks", [200, 200, 200, 200, 200]),
    ("/office/perks.csv", [200, 200, 200, 200, 200]),
    ("/office/perks/$K", [200, 200, 200, 200, 200]),
    ("/office/perks/new", [403, 200, 403, 403, 403]),
    ("/office/perks/$K/waiting", [200, 200, 403, 200, 403]),
    ("/office/perks/$K/waiting.csv", [200, 200, 403, 200, 403]),
    ("/office/gatherings", [200, 200, 200, 200, 200]),
    ("/office/gatherings.csv", [200, 200, 200, 200, 200]),
    ("/office/gatherings/new", [403, 200, 403, 403, 403]),
    ("/office/gatherings/$G", [200, 200, 200, 200, 200]),
    ("/office/gatherings/$G/call-off", [403, 200, 403, 403, 403]),
    ("/office/slots", [200, 200, 200, 200, 200]),
    ("/office/slots.csv", [200, 200, 200, 200, 200]),
    ("/office/slots/new", [403, 200, 403, 403, 403]),
    ("/office/slots/settle", [403, 200, 403, 403, 403]),
    ("/office/slots/$L", [200, 200, 200, 200, 200]),
    ("/office/check-in", [403, 200, 403, 403, 403]),
    ("/office/earn-rules", [403, 200, 200, 200, 403]),
    ("/office/earn-rules.csv", [403, 200, 200, 200, 403]),
    ("/office/earn-rules/simulate", [403, 200, 200, 200, 403]),
    ("/office/studies", [403, 200, 403, 200, 403]),
    ("/office/studies/new", [403, 200, 403, 200, 403]),
    ("/office/studies/$Y", [403, 200, 403, 200, 403]),
    ("/office/studies/$Y/end", [403, 200, 403, 200, 403]),
    ("/office/pictures", [403, 200, 200, 200, 403]),
    ("/office/payments", [200, 403, 200, 200, 403]),
    ("/office/parked", [403, 403, 403, 200, 200]),
    ("/office/staff", [403, 403, 403, 200, 200]),
    ("/office/staff/$S", [403, 403, 403, 200, 200]),
    ("/office/audit", [403, 403, 403, 200, 200]),
    ("/office/audit.csv", [403, 403, 403, 200, 200]),
    ("/office/settings", [403, 403, 200, 200, 200]),
    ("/office/webhooks", [403, 403, 403, 200, 200]),
    ("/office/webhooks/$W", [403, 403, 403, 200, 200]),
    ("/office/deliveries", [403, 403, 403, 200, 200]),
    ("/office/event-keys", [403, 403, 403, 200, 200]),
];

/// The fields of a form.
type Form = &'static [(&'static str, &'static str)];

/// A slot of no perk, as somebody changes one that was never there.
const SLOT: [(&str, &str); 7] = [
    ("version", "9"),
    ("perk", "none"),
    ("community", "x"),
    ("starts_at", "2100-01-31T18:00"),
    ("ends_at", "2100-01-31T20:00"),
    ("cut_off_at", "2100-01-31T17:00"),
    ("capacity", "3"),
];

/// A gathering to be, and the same changed.
const GATHERING: Form = &gathering("");
const GATHERING_AGAIN: Form = &gathering("1");

const fn gathering(version: &'static str) -> [(&'static str, &'static str); 17] {
    [
        ("version", version),
        ("code", "$KEY"),
        ("name_zh", "x"),
        ("name_en", "x"),
        ("terms_zh", "x"),
        ("terms_en", "x"),
        ("place_zh", "x"),
        ("place_en", "x"),
        ("price", "5"),
        ("seats", "3"),
        ("limit", "1"),
        ("starts_at", "2100-01-31T18:00"),
        ("ends_at", "2100-01-31T20:00"),
        ("full_until", "2100-01-30T18:00"),
        ("part_until", "2100-01-31T16:00"),
        ("part", "50"),
        ("open", "yes"),
    ]
}

/// An act, its form, and what each role meets: 303 and 200 are done, 422 is refused for what it says, 403 for who says it. `$KEY` is a key
/// nobody used.
const ACTS: &[(&str, Form, [u16; 5])] = &[
    ("/office/approvals/$A", &[("verdict", "reject"), ("key", "$KEY")], [403, 403, 303, 403, 403]),
    ("/office/households", &[("q", "H-WANG"), ("reason", "call 17")], [200, 403, 403, 403, 403]),
    ("/office/households", &[("q", "H-1"), ("reason", "call 17")], [200, 403, 200, 200, 403]),
    ("/office/households/$H", &[("reason", "call 17")], [200, 403, 200, 200, 403]),
    (
        "/office/households/$H/adjust",
        &[("adjustment", "credit"), ("points", "7"), ("reason", "x"), ("key", "$KEY"), ("sure", "yes")],
        [303, 403, 303, 403, 403],
    ),
    (
        "/office/households/$H/reverse",
        &[("posting", "$P"), ("reason", "x"), ("key", "$KEY")],
        [403, 403, 303, 403, 403],
    ),
    (
        "/office/perks/new",
        &[
            ("code", "$KEY"),
            ("name_zh", "x"),
            ("name_en", "x"),
            ("terms_zh", "x"),
            ("terms_en", "x"),
            ("price", "5"),
            ("limit", "1"),
            ("days", "30"),
            ("total", "3"),
            ("reason", "x"),
        ],
        [403, 303, 403, 403, 403],
    ),
    ("/office/gatherings/new", GATHERING, [403, 303, 403, 403, 403]),
    ("/office/gatherings/$G", GATHERING_AGAIN, [403, 303, 403, 403, 403]),
    (
        "/office/gatherings/$G/call-off",
        &[("version", "1"), ("seen", "0-0-0"), ("reason", "x")],
        [403, 303, 403, 403, 403],
    ),
    ("/office/slots/new", &SLOT, [403, 422, 403, 403, 403]),
    ("/office/slots/$L", &SLOT, [403, 422, 403, 403, 403]),
    ("/office/slots/settle", &[("order", "x"), ("outcome", "kept")], [403, 422, 403, 403, 403]),
    ("/office/check-in", &[("code", "x")], [403, 422, 403, 403, 403]),
    (
        "/office/earn-rules/simulate",
        &[("name", "x"), ("points_per_yuan", "2"), ("others", "1"), ("from", "2026-05-01"), ("until", "2026-05-31")],
        [403, 200, 200, 200, 403],
    ),
    (
        "/office/studies/new",
        &[
            ("kind", "product"),
            ("title_zh", "x"),
            ("title_en", "x"),
            ("method", "approval"),
            ("options", "a | x | x\nb | y | y"),
            ("closes_at", "2100-01-31 20:00"),
            ("key", "$KEY"),
        ],
        [403, 303, 403, 303, 403],
    ),
    ("/office/studies/$Y", &[("step", "open"), ("reason", "x"), ("key", "$KEY")], [403, 303, 403, 303, 403]),
    ("/office/studies/$Y/end", &[("as", "dropped"), ("why", "x")], [403, 422, 403, 403, 403]),
    ("/office/parked/$E", &[], [403, 403, 403, 403, 303]),
    ("/office/staff/$S", &[("role", "perks"), ("reason", "x"), ("key", "$KEY")], [403, 403, 403, 403, 303]),
    ("/office/webhooks", &[("url", "https://shop.example/$KEY")], [403, 403, 403, 403, 200]),
    ("/office/webhooks/$W/types", &[("version", "x")], [403, 403, 403, 403, 422]),
    ("/office/webhooks/$W/key", &[("version", "x")], [403, 403, 403, 403, 422]),
    ("/office/webhooks/$W/disable", &[("sure", "yes")], [403, 403, 403, 403, 303]),
    ("/office/event-keys", &[], [403, 403, 403, 403, 200]),
    (
        "/office/account",
        &[("current", "x"), ("new", "abcdefghijkl"), ("again", "abcdefghijkl"), ("code", "x")],
        [422, 422, 422, 422, 422],
    ),
];

/// Makes what a row speaks of: an approval that finance waits for, one of the staff, a webhook, a key.
async fn fill(text: &str, world: &TestApp, count: &mut u32) -> String {
    let app = world.app();
    *count += 1;
    let key = format!("office-access-{count:06}");
    let mut filled = text.replace("$KEY", &key);
    if filled.contains("$A") {
        let household = app.find_household_by_ref(&"H-WANG".parse().unwrap()).await.unwrap().unwrap();
        let mut proposer = hire(app, &key, "finance".parse().unwrap()).await;
        let adjust = app::ledger::AdjustPoints {
            household,
            adjustment: app::ledger::Adjustment::Credit,
            points: kernel::Points::new(5_000).unwrap(),
            reason: "x".parse().unwrap(),
            idempotency_key: key.parse().unwrap(),
        };
        let proposer = proposer.principal(app).await;
        let acted = app.adjust_points_by_staff(&proposer, &adjust).await.unwrap().unwrap();
        let app::ledger::Acted::Waiting(approval) = acted.acted else { panic!("it waits for a second person") };
        filled = filled.replace("$A", &approval.id.to_string());
    }
    if filled.contains("$H") {
        let household = app.find_household_by_ref(&"H-WANG".parse().unwrap()).await.unwrap().unwrap();
        filled = filled.replace("$H", &household.to_string());
    }
    if filled.contains("$K") {
        let perk = crate::world::define_perk(app, 100, 10, 5).await;
        filled = filled.replace("$K", &perk.id.to_string());
    }
    if filled.contains("$P") {
        let adjust = app::ledger::AdjustPoints {
            household: app.find_household_by_ref(&"H-WANG".parse().unwrap()).await.unwrap().unwrap(),
            adjustment: app::ledger::Adjustment::Credit,
            points: kernel::Points::new(9).unwrap(),
            reason: "x".parse().unwrap(),
            idempotency_key: format!("{key}-adjusted").parse().unwrap(),
        };
        let mut giver = hire(app, &format!("{key}-giver"), "finance".parse().unwrap()).await;
        let giver = giver.principal(app).await;
        let acted = app.adjust_points_by_staff(&giver, &adjust).await.unwrap().unwrap();
        let app::ledger::Acted::Done(posting) = acted.acted else { panic!("nine points are done at once") };
        filled = filled.replace("$P", &posting.cause.id.to_string());
    }
    fill_more(filled, &key, world, *count).await
}

async fn fill_more(mut filled: String, key: &str, world: &TestApp, count: u32) -> String {
    let app = world.app();
    if filled.contains("$G") {
        let by = hire(app, &format!("{key}-keeper"), "perks".parse().unwrap()).await.principal(app).await;
        let evening = crate::use_cases::gatherings::evening(app, 3, 5);
        let define = app::entitlements::DefineGathering { code: key.parse().unwrap(), ..evening };
        let perk = crate::use_cases::gatherings::announce(app, &by, &define).await;
        filled = filled.replace("$G", &perk.id.to_string());
    }
    if filled.contains("$L") {
        let by = hire(app, &format!("{key}-keeper"), "perks".parse().unwrap()).await.principal(app).await;
        crate::use_cases::gatherings::neighbourhood(app, 1).await;
        crate::world::define_perk(app, 100, 10, 5).await;
        let define = crate::use_cases::delivery_slots::morning(app, 3, i64::from(count));
        let slot = crate::use_cases::delivery_slots::offer(app, &by, &define).await;
        filled = filled.replace("$L", &slot.id.to_string());
    }
    if filled.contains("$Y") {
        let asked = crate::world::study_of(app, &["A", "B"], cocreation::PanelRule::default());
        let study = app.draft_study(&asked).await.unwrap().unwrap();
        filled = filled.replace("$Y", &study.id.to_string());
    }
    if filled.contains("$E") {
        let uuid = format!("00000000-0000-7000-8000-{count:012}");
        let id = match world.db().engine() {
            testkit::Engine::Sqlite => format!("x'{}'", uuid.replace('-', "")),
            testkit::Engine::Postgres => format!("'{uuid}'"),
        };
        let insert = format!(
            "INSERT INTO outbox_events (id, kind, payload, occurred_at, due_at, attempts, settled_at, parked_at) \
             VALUES ({id}, 'a_test', '{{}}', 1, 1, 12, NULL, 7)"
        );
        world.db().execute(&insert).await.unwrap();
        filled = filled.replace("$E", &format!("ev_{}", uuid.replace('-', "")));
    }
    if filled.contains("$S") {
        let target = hire(app, key, "support".parse().unwrap()).await.id.to_string();
        filled = filled.replace("$S", &target);
    }
    if filled.contains("$W") {
        let url = format!("https://shop.example/{key}").parse().unwrap();
        let add = app::webhooks::AddWebhook { url, event_types: app::webhooks::EventTypes::default() };
        let added = app.add_webhook(app::webhooks::Decider::Operator, &add).await.unwrap().unwrap();
        filled = filled.replace("$W", &added.webhook.to_string());
    }
    filled
}

on_both_engines! {
    async fn every_role_meets_the_pages_its_row_says(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        earn(app, "H-WANG", "1000").await;
        let routes = web::routes(app, options());
        let mut count = 0;
        for (at, role) in StaffRole::ALL.into_iter().enumerate() {
            let mut hired = hire(app, &format!("office-{role}"), StaffRoles::of([role]).unwrap()).await;
            let mut browser = Browser::of(&routes, app, &mut hired).await;
            for (path, expected) in PAGES {
                let path = fill(path, &world, &mut count).await;
                let seen = browser.get(&path).await;
                assert_eq!(seen.status, expected[at], "{path} as {role}: {}", seen.body);
                assert!(seen.body.contains("<title>") || path.ends_with(".csv"), "{path} as {role}");
            }
            for (path, fields, expected) in ACTS {
                let path = fill(path, &world, &mut count).await;
                let mut form = Vec::new();
                for (name, value) in *fields {
                    form.push((*name, fill(value, &world, &mut count).await));
                }
                let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
                browser.get("/office/account").await;
                let seen = browser.post(&path, &form).await;
                assert_eq!(seen.status, expected[at], "{path} as {role}: {}", seen.body);
            }
            // Keys are two at most, webhooks twenty.
            for key in app.list_event_keys().await.unwrap() {
                app.revoke_event_key(app::webhooks::Decider::Operator, key.id).await.unwrap().unwrap();
            }
            for webhook in app.list_webhooks().await.unwrap().into_iter().filter(|webhook| webhook.disabled.is_none()) {
                app.disable_webhook(app::webhooks::Decider::Operator, webhook.id).await.unwrap().unwrap();
            }
        }
    }

    async fn the_story_of_a_request_to_pay_is_for_those_who_see_households(world: TestApp) {
        let app = world.app();
        let family = crate::use_cases::family_pay::Family::of(&world).await;
        let request = family.asks(app, "office-story").await;
        crate::use_cases::family_pay::pays(app, &family.daughter, request).await;
        let routes = web::routes(app, options());
        let (path, nowhere) = (format!("/office/payments/{request}"), "/office/payments/pq_00000000000000000000000000000000");
        for (role, expected) in StaffRole::ALL.into_iter().zip([200, 403, 200, 200, 403]) {
            let mut hired = hire(app, &format!("office-{role}"), StaffRoles::of([role]).unwrap()).await;
            let mut browser = Browser::of(&routes, app, &mut hired).await;
            let seen = browser.get(&path).await;
            assert_eq!(seen.status, expected, "{path} as {role}: {}", seen.body);
            assert_eq!(seen.body.contains("56.80"), expected == 200, "{path} as {role}: {}", seen.body);
            let missing = if expected == 200 { 404 } else { 403 };
            assert_eq!(browser.get(nowhere).await.status, missing, "{nowhere} as {role}");
        }
        assert_eq!(Browser::new(&routes).get(&path).await.status, 303);
    }

    async fn a_stranger_meets_no_page_and_does_nothing(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        let routes = web::routes(app, options());
        let mut count = 0;
        for (path, _) in PAGES {
            let path = fill(path, &world, &mut count).await;
            let seen = Browser::new(&routes).get(&path).await;
            assert_eq!(seen.status, 303, "{path}");
            assert!(seen.to().starts_with("/office/sign-in?next=") && seen.body.is_empty(), "{path}: {}", seen.to());
        }
        for (path, fields, _) in ACTS {
            let path = fill(path, &world, &mut count).await;
            let mut browser = Browser::new(&routes);
            browser.get("/office/sign-in").await;
            assert_eq!(browser.post(&path, fields).await.status, 401, "{path}");
        }
    }
}

fn options() -> WebOptions {
    WebOptions { is_webhook_allowed: Some(std::sync::Arc::new(|_: &str| true)), ..WebOptions::default() }
}
