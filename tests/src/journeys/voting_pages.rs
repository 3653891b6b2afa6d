//! A neighbour votes on a phone: from the link in the app to the receipt, by every method, without a script.

use accounts::Role;
use app::App;
use chrono::TimeDelta;
use cocreation::{NewStudy, PanelRule, Study, StudyKind, StudyOption, tally_file::Said};
use gateway::GatewayOptions;
use poem::Route;
use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use crate::{
    browser::Browser,
    conformance::access::ask,
    world::{add_person, assert_verifies, found, label, open_study, sign_in_owner, study_of},
};

/// A definition, what is filled in, and what is looked for then.
type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

/// The owner's browser, with the voting pages opened by a link the app asked for.
async fn opened<'r>(world: &TestApp, routes: &'r Route, household: &str) -> Browser<'r> {
    let token = sign_in_owner(world, household).await;
    let gateway = gateway::routes(world.app().clone(), &GatewayOptions::default());
    let request = "mutation { requestVotingLink { votingLink { path } userErrors { code } } }";
    let answer = ask(&gateway, Some(&token), request).await;
    let path = answer["data"]["requestVotingLink"]["votingLink"]["path"].as_str().unwrap().to_owned();
    let mut browser = Browser::new(routes);
    // Whatever looks at links before people do uses nothing up.
    for _ in 0..2 {
        assert_eq!(browser.get(&path).await.status, 200);
    }
    let entered = browser.post_bare(&path, &[]).await;
    assert_eq!((entered.status, entered.to()), (303, "/lab"));
    let cookie = entered.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert_eq!(browser.post_bare(&path, &[]).await.status, 410);
    browser
}

/// Fills in a ballot, looks it over, and casts it.
async fn vote(browser: &mut Browser<'_>, study: &Study, fields: &[(&str, &str)]) {
    let address = format!("/lab/{}/ballot", study.id);
    assert_eq!(browser.get(&address).await.status, 200);
    let check = browser.post(&address, fields).await;
    assert_eq!(check.status, 200, "{}", check.body);
    assert!(check.body.contains("value=\"cast\""), "{}", check.body);
    let mut fields = fields.to_vec();
    fields.push(("step", "cast"));
    let cast = browser.post(&address, &fields).await;
    assert_eq!((cast.status, cast.to()), (303, format!("/lab/{}/receipt", study.id).as_str()), "{}", cast.body);
}

/// What the ballots of a study say, as they are kept.
async fn said(world: &TestApp, study: &Study) -> Vec<String> {
    let mut tx = crate::world::begin(world.app()).await;
    let ballots = cocreation::store::list_ballots(&mut tx, study.id).await.unwrap();
    tx.rollback().await.unwrap();
    ballots.iter().map(|ballot| serde_json::to_string(&ballot.said).unwrap()).collect()
}

async fn open_by(app: &App, definition: &str) -> Study {
    let definition: cocreation::tally_file::Definition = serde_json::from_str(definition).unwrap();
    let option = |id: &String| StudyOption { id: id.clone(), name_zh: label(id), name_en: label(id) };
    let options: Vec<StudyOption> = definition.options.iter().map(option).collect();
    let kind = if options.is_empty() { StudyKind::Price } else { StudyKind::Product };
    let asked = NewStudy { kind, options, definition, ..study_of(app, &[], PanelRule::default()) };
    let study = app.draft_study(&asked).await.unwrap().unwrap();
    app.open_study(study.id).await.unwrap().unwrap()
}

on_both_engines! {
    async fn a_neighbour_votes_and_votes_again(world: TestApp) {
        let app = world.app();
        found(app, "H-1").await;
        let study = open_study(app, &["Sesame", "Peanut"]).await;
        let routes = web::routes(app, WebOptions::default());
        let mut browser = opened(&world, &routes, "H-1").await;

        let list = browser.get("/lab").await;
        assert!(list.body.contains("Which spread comes next"), "{}", list.body);
        let about = browser.get(&format!("/lab/{}", study.id)).await;
        assert!(about.body.contains("Your household is on the list") && about.body.contains("0 / 1"), "{}", about.body);
        assert_eq!(browser.get(&format!("/lab/{}/receipt", study.id)).await.status, 303);
        vote(&mut browser, &study, &[("choice", "Sesame")]).await;
        assert_eq!(said(&world, &study).await, [r#"{"choice":"Sesame"}"#]);

        let receipt = browser.get(&format!("/lab/{}/receipt", study.id)).await;
        let shown: String = receipt.body.split("class=\"digits\"").nth(1).unwrap().split("</p>").next().unwrap()
            .split("<span>").skip(1).map(|group| &group[..4]).collect();
        let mine = crate::world::principal(app, "H-1-owner").await;
        let kept = app.list_ballot_receipts(&mine, study.id, 1).await.unwrap().remove(0);
        assert_eq!(shown, kept.receipt);
        assert!(!receipt.body.contains("Sesame") && !receipt.body.contains("Peanut"), "{}", receipt.body);
        let again = browser.get(&format!("/lab/{}/ballot", study.id)).await;
        assert!(again.body.contains("replaces") && !again.body.contains(" checked"), "{}", again.body);
        vote(&mut browser, &study, &[("choice", "Peanut")]).await;
        assert_eq!(said(&world, &study).await, [r#"{"choice":"Peanut"}"#]);
        for page in [&list, &about, &receipt, &again] {
            assert_eq!(page.headers["cache-control"], "no-store");
            assert!(page.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
            assert!(!page.body.contains("<script"), "{}", page.body);
        }
        assert_verifies(app).await;
    }

    async fn every_method_has_a_form(world: TestApp) {
        let app = world.app();
        found(app, "H-1").await;
        let routes = web::routes(app, WebOptions::default());
        let mut browser = opened(&world, &routes, "H-1").await;
        let ranked = r#"{"ranking":["C","A"]}"#;
        let rows: &[Row<'_>] = &[
            (r#"{"method":"approval","options":["A","B","C"]}"#, &[("choice", "C"), ("choice", "A")], r#"{"approved":["A","C"]}"#),
            (r#"{"method":"sequential_pav","options":["A","B","C"],"seats":2}"#, &[("choice", "B")], r#"{"approved":["B"]}"#),
            (r#"{"method":"schulze","options":["A","B","C"]}"#, &[("o0", "2"), ("o1", ""), ("o2", "1")], ranked),
            (r#"{"method":"schulze","options":["A","B","C"]}"#, &[("o0", "1"), ("o1", "2"), ("o2", "1")], r#"{"ranking":[["A","C"],"B"]}"#),
            (r#"{"method":"instant_runoff","options":["A","B","C"]}"#, &[("o0", "3"), ("o2", "1")], ranked),
            (r#"{"method":"meek_stv","options":["A","B","C"],"seats":2}"#, &[("o0", "3"), ("o2", "1")], ranked),
            (r#"{"method":"star","options":["A","B","C"]}"#, &[("o0", "5"), ("o1", "0"), ("o2", "")], r#"{"scores":{"A":5,"B":0}}"#),
            (r#"{"method":"quadratic","options":["A","B","C"]}"#, &[("o0", "6"), ("o1", "8")], r#"{"votes":{"A":6,"B":8}}"#),
            (
                r#"{"method":"van_westendorp"}"#,
                &[("too_cheap", "9"), ("cheap", "15.5"), ("expensive", "22"), ("too_expensive", "¥30.00")],
                r#"{"prices":{"too_cheap":900,"cheap":1550,"expensive":2200,"too_expensive":3000}}"#,
            ),
            (r#"{"method":"gabor_granger","prices":[900,1500]}"#, &[("p0", "yes"), ("p1", "no")], r#"{"buys":[true,false]}"#),
            (r#"{"method":"approval","options":["A","B"]}"#, &[("blank", "yes")], r#"{"blank":true}"#),
        ];
        for (definition, fields, expected) in rows {
            let study = open_by(app, definition).await;
            vote(&mut browser, &study, fields).await;
            assert_eq!(said(&world, &study).await, [*expected], "{definition}");
        }
    }

    async fn a_form_with_a_mistake_in_it_comes_back_as_it_was(world: TestApp) {
        let app = world.app();
        found(app, "H-1").await;
        let routes = web::routes(app, WebOptions::default());
        let mut browser = opened(&world, &routes, "H-1").await;
        let rows: &[Row<'_>] = &[
            (r#"{"method":"single_choice","options":["A","B"]}"#, &[], "Nothing is chosen"),
            (r#"{"method":"single_choice","options":["A","B"]}"#, &[("choice", "Z")], "could not be read"),
            (r#"{"method":"meek_stv","options":["A","B","C"],"seats":2}"#, &[("o0", "1"), ("o1", "1")], "one option only"),
            (r#"{"method":"quadratic","options":["A","B"]}"#, &[("o0", "10"), ("o1", "1")], "more than 100 credits"),
            (r#"{"method":"star","options":["A","B"]}"#, &[("o0", "6")], "could not be read"),
            (r#"{"method":"van_westendorp"}"#, &[("too_cheap", "9")], "all four"),
            (r#"{"method":"gabor_granger","prices":[900,1500]}"#, &[("p0", "yes")], "answer each price"),
        ];
        for (definition, fields, expected) in rows {
            let study = open_by(app, definition).await;
            let address = format!("/lab/{}/ballot", study.id);
            browser.get(&address).await;
            for step in ["check", "cast"] {
                let mut fields = fields.to_vec();
                fields.push(("step", step));
                let seen = browser.post(&address, &fields).await;
                assert_eq!(seen.status, 422, "{definition}: {}", seen.body);
                assert!(seen.body.contains("role=\"alert\"") && seen.body.contains(expected), "{definition}: {}", seen.body);
            }
            assert_eq!(said(&world, &study).await, Vec::<String>::new(), "{definition}");
        }
        assert_eq!(world.db().count("study_entries").await, 0);
    }

    async fn who_may_not_vote_reads_why_and_no_form_is_believed_from_elsewhere(world: TestApp) {
        let app = world.app();
        found(app, "H-1").await;
        let study = open_study(app, &["A", "B"]).await;
        let routes = web::routes(app, WebOptions::default());
        let address = format!("/lab/{}/ballot", study.id);
        for path in ["/lab", &address, &format!("/lab/{}/receipt", study.id)] {
            assert_eq!(Browser::new(&routes).get(path).await.status, 401, "{path}");
        }
        let stranger = Browser::new(&routes).post_bare(&address, &[("choice", "A"), ("step", "cast")]).await;
        assert_eq!(stranger.status, 401);

        // A household that came after the opening.
        found(app, "H-2").await;
        let mut late = opened(&world, &routes, "H-2").await;
        let about = late.get(&format!("/lab/{}", study.id)).await;
        assert!(about.body.contains("did not exist at the opening") && !about.body.contains("/ballot"), "{}", about.body);
        let mut mine = opened(&world, &routes, "H-1").await;
        mine.get(&address).await;
        let token = mine.get(&address).await.hidden("form_token");
        let theirs = late.post_bare(&address, &[("form_token", &token), ("choice", "A"), ("step", "cast")]).await;
        assert_eq!(theirs.status, 403);
        let foreign = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
        let body = format!("form_token={token}&choice=A&step=cast");
        assert_eq!(mine.send(poem::http::Method::POST, &address, &foreign, body).await.status, 403);
        assert_eq!(world.db().count("study_entries").await, 0);

        // At the very instant of closing the form leads to the page that says so.
        world.clock().advance(TimeDelta::days(7));
        let mut mine = opened(&world, &routes, "H-1").await;
        assert_eq!(mine.get(&address).await.to(), format!("/lab/{}", study.id));
        let sent = mine.post(&address, &[("choice", "A"), ("step", "cast")]).await;
        assert_eq!(sent.status, 403, "the form of before is none of this browser's");
        for nothing in ["/lab/sy_0193c1a27e5b7cc29f6a0d4c5e8f1a2b", "/lab/x", "/lab/sy_1/receipt"] {
            assert_eq!(mine.get(nothing).await.status, 404, "{nothing}");
        }
        assert_eq!(world.db().count("ballot_choices").await, 0);
    }

    async fn a_ballot_that_flips_changes_no_byte_of_what_another_household_is_sent(world: TestApp) {
        let app = world.app();
        found(app, "H-1").await;
        found(app, "H-2").await;
        let study = open_study(app, &["Sesame", "Peanut"]).await;
        let routes = web::routes(app, WebOptions::default());
        let (mut mine, mut theirs) = (opened(&world, &routes, "H-1").await, opened(&world, &routes, "H-2").await);
        vote(&mut theirs, &study, &[("choice", "Peanut")]).await;
        let about = format!("/lab/{}", study.id);
        let mut look = async || {
            let mut seen = Vec::new();
            for path in ["/lab".to_owned(), about.clone(), format!("{about}/ballot"), format!("{about}/receipt")] {
                let page = theirs.get(&path).await;
                let mut headers: Vec<String> =
                    page.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
                headers.sort();
                seen.push((path, page.status, headers, page.body));
            }
            seen
        };

        let before_any = look().await;
        vote(&mut mine, &study, &[("choice", "Sesame")]).await;
        let before = look().await;
        vote(&mut mine, &study, &[("choice", "Peanut")]).await;
        let after = look().await;

        assert_eq!(said(&world, &study).await, [r#"{"choice":"Peanut"}"#, r#"{"choice":"Peanut"}"#]);
        assert!(before.iter().all(|(_, status, ..)| *status == 200), "{before:?}");
        assert_eq!(before, after);
        // A first ballot shows as turnout, and shows nowhere else.
        let turnout = |body: &str| body.replace("1 / 2", "2 / 2");
        assert!(before_any[1].3.contains("1 / 2") && before[1].3.contains("2 / 2"), "{}", before[1].3);
        for (first, then) in before_any.iter().zip(&before) {
            assert_eq!(turnout(&first.3), then.3, "{}", then.0);
        }
    }

    async fn the_options_stand_in_an_order_of_the_household_unless_all_read_one(world: TestApp) {
        let app = world.app();
        let owners = [found(app, "H-1").await, found(app, "H-2").await, found(app, "H-3").await];
        add_person(app, "H-1", "adult", Role::Adult).await;
        let ids = ["A", "B", "C", "D", "E", "F", "G", "H"];
        let shuffled = open_study(app, &ids).await;
        let asked = NewStudy { is_shuffled: false, ..study_of(app, &ids, PanelRule::default()) };
        let listed = app.draft_study(&asked).await.unwrap().unwrap();
        let listed = app.open_study(listed.id).await.unwrap().unwrap();
        let order = async |who: &app::Principal, study: &Study| -> Vec<String> {
            let view = app.find_study(who, study.id).await.unwrap().unwrap();
            view.study.asked.options.iter().map(|option| option.id.clone()).collect()
        };

        let mut orders = std::collections::BTreeSet::new();
        for owner in &owners {
            let mine = order(owner, &shuffled).await;
            assert_eq!(order(owner, &shuffled).await, mine);
            orders.insert(mine);
            assert_eq!(order(owner, &listed).await, ids);
        }
        assert_eq!(orders.len(), 3);
        let adult = crate::world::principal(app, "adult").await;
        assert_eq!(order(&adult, &shuffled).await, order(&owners[0], &shuffled).await);
        assert_eq!(listed.opening.unwrap().frozen["option_order"], "as_listed");
        assert_eq!(shuffled.opening.unwrap().frozen.get("option_order"), None);
        assert_eq!(format!("{:?}", Said::Choice("A".to_owned())), "Said(…)");
    }
}
