//! The lab in the back office: a study from the form to its tables, and nothing of what anybody said before it is announced.

use app::{App, cocreation::CastBallot};
use chrono::TimeDelta;
use cocreation::tally_file::{Group, Said};
use kernel::{Id, kinds};
use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use crate::{
    browser::Browser,
    staff::hire,
    world::{assert_verifies, found, open_price_study, principal},
};

/// The form of a ranking among three; it closes in the year 2100.
const FORM: &[(&str, &str)] = &[
    ("kind", "product"),
    ("title_zh", "下一款酱上哪一种"),
    ("title_en", "Which spread comes next"),
    ("method", "schulze"),
    ("options", "sesame | 芝麻酱 | Sesame\npeanut | 花生酱 | Peanut\nnone | 都不要 | None of these"),
    ("seats", "1"),
    ("quorum", "5"),
    ("seed", "seed"),
    ("shuffled", "yes"),
    ("closes_at", "2100-01-31 20:00"),
    ("key", "0123456789abcdef"),
];

async fn rank(app: &App, household: usize, study: Id<kinds::Study>, ids: &[&str]) {
    let who = principal(app, &format!("H-{household}-owner")).await;
    let said = Said::Ranking(ids.iter().map(|id| Group::One((*id).to_owned())).collect());
    app.cast_ballot(&who, CastBallot { study, said }).await.unwrap().unwrap();
}

/// The one act that waits is approved by an auditor.
async fn approve(auditor: &mut Browser<'_>) {
    let list = auditor.get("/office/approvals").await;
    let path = list.body.split("href=\"/office/approvals/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let path = format!("/office/approvals/{path}");
    let key = auditor.get(&path).await.hidden("key");
    assert_eq!(auditor.post(&path, &[("verdict", "approve"), ("key", &key)]).await.status, 303);
}

/// A page without the keys of its forms, which differ from look to look.
fn without_key(page: &str) -> Vec<&str> {
    page.split("name=\"key\"").map(|part| part.split_once('>').map_or(part, |(_, rest)| rest)).collect()
}

on_both_engines! {
    async fn a_study_from_the_form_to_its_tables(world: TestApp) {
        let app = world.app();
        for number in 0..21 {
            found(app, &format!("H-{number}")).await;
        }
        let routes = web::routes(app, WebOptions::default());
        let (mut li, mut zhao) = (hire(app, "li", "perks".parse().unwrap()).await, hire(app, "zhao", "auditor".parse().unwrap()).await);
        let (mut perks, mut auditor) = (Browser::of(&routes, app, &mut li).await, Browser::of(&routes, app, &mut zhao).await);
        perks.get("/office/studies/new").await;
        let drafted = perks.post("/office/studies/new", FORM).await;
        assert_eq!(drafted.status, 303, "{}", drafted.body);
        // Sent twice it is one draft; in other words it is none.
        assert_eq!(perks.post("/office/studies/new", FORM).await.to(), drafted.to());
        let mut other = FORM.to_vec();
        other[2] = ("title_en", "Which jam");
        assert_eq!(perks.post("/office/studies/new", &other).await.status, 422);
        assert_eq!(world.db().count("studies").await, 1);

        let path = drafted.to().to_owned();
        let id: Id<kinds::Study> = path.rsplit('/').next().unwrap().parse().unwrap();
        let draft = perks.get(&path).await;
        assert!(draft.body.contains("花生酱") && draft.body.contains("value=\"open\""), "{}", draft.body);
        let open = [("step", "open"), ("reason", "asked by the neighbours"), ("key", "open-0123456789ab")];
        assert_eq!(perks.post(&path, &open).await.to(), path);
        assert!(perks.get(&path).await.body.contains("draft"));
        approve(&mut auditor).await;
        for number in 0..21 {
            let ids: &[&str] = if number < 11 { &["sesame", "peanut"] } else { &["peanut", "none"] };
            rank(app, number, id, ids).await;
        }

        let before = perks.get(&path).await.body;
        rank(app, 0, id, &["none"]).await;
        let after = perks.get(&path).await.body;
        assert_eq!(without_key(&before), without_key(&after), "a ballot that flips shows nowhere");
        assert!(before.contains("21 / 21") && !before.contains("Elected</th>"), "{before}");
        assert_eq!(perks.get(&format!("{path}/export")).await.status, 404);
        rank(app, 0, id, &["sesame", "peanut"]).await;

        world.clock().advance(TimeDelta::days(36_500));
        app.close_studies().await.unwrap();
        let (mut perks, mut auditor) = (Browser::of(&routes, app, &mut li).await, Browser::of(&routes, app, &mut zhao).await);
        perks.get(&path).await;
        let publish = [("step", "publish"), ("reason", "it is over"), ("key", "publish-0123456789")];
        assert_eq!(perks.post(&path, &publish).await.status, 303);
        approve(&mut auditor).await;
        let page = perks.get(&path).await.body;
        for shown in [
            "<th scope=\"row\">Elected</th><td class=\"number\">Sesame</td>",
            "<th scope=\"row\">Sesame</th><td class=\"number\">11</td><td class=\"number\">11</td><td class=\"number\">—</td>",
            "What if: other methods",
            "this is not the result",
            "<th scope=\"row\">instant runoff</th><td>Sesame</td>",
        ] {
            assert!(page.contains(shown), "{shown} in {page}");
        }
        let file = auditor.get(&format!("{path}/export")).await;
        assert_eq!(cocreation::tally_file::verify(&file.body, None).unwrap().ballots, 21);
        assert_verifies(app).await;
    }

    async fn a_form_says_what_does_not_hold_together(world: TestApp) {
        let app = world.app();
        let routes = web::routes(app, WebOptions::default());
        let mut li = hire(app, "li", "perks".parse().unwrap()).await;
        let mut perks = Browser::of(&routes, app, &mut li).await;
        perks.get("/office/studies/new").await;
        for (field, typed, expected) in [
            ("title_en", "", "Titles have"),
            ("options", "sesame", "A line for each option"),
            ("options", "sesame | 芝麻酱 | Sesame", "two options or more"),
            ("method", "max_diff", "Choose how it is counted"),
            ("method", "gabor_granger", "do not hold together"),
            ("seats", "3", "do not hold together"),
            ("quorum", "-1", "Numbers are whole"),
            ("closes_at", "tomorrow", "It closes at such as"),
            ("closes_at", "2020-01-31 20:00", "close in the past"),
            ("kind", "price", "by a method of prices"),
        ] {
            let form: Vec<_> = FORM.iter().map(|&(name, value)| (name, if name == field { typed } else { value })).collect();
            let seen = perks.post("/office/studies/new", &form).await;
            assert_eq!(seen.status, 422, "{field} {typed}: {}", seen.body);
            assert!(seen.body.contains(expected), "{field} {typed}: {}", seen.body);
        }
        assert_eq!(world.db().count("studies").await, 0);
    }

    async fn a_price_study_is_drawn_with_its_points_in_a_table(world: TestApp) {
        let app = world.app();
        for number in 0..40 {
            found(app, &format!("H-{number}")).await;
        }
        let study = open_price_study(app, r#"{"method":"van_westendorp"}"#).await;
        for number in 0..40_u64 {
            let who = principal(app, &format!("H-{number}-owner")).await;
            let start = 100 * (number / 10 + 1);
            let prices = serde_json::json!({ "too_cheap": start, "cheap": start + 200, "expensive": start + 300, "too_expensive": start + 600 });
            let said = Said::Prices(serde_json::from_value(prices).unwrap());
            app.cast_ballot(&who, CastBallot { study: study.id, said }).await.unwrap().unwrap();
        }
        world.clock().advance(TimeDelta::days(7));
        app.close_studies().await.unwrap();
        app.publish_study(study.id).await.unwrap().unwrap();
        let routes = web::routes(app, WebOptions::default());
        let mut zhao = hire(app, "zhao", "auditor".parse().unwrap()).await;

        let page = Browser::of(&routes, app, &mut zhao).await.get(&format!("/office/studies/{}", study.id)).await.body;

        assert!(page.contains("<svg viewBox=\"0 0 560 240\" role=\"img\""), "{page}");
        let row = "<th scope=\"row\">3. Indifference</th><td class=\"number\">¥5.00</td><td class=\"number\">¥5.00 – ¥5.00</td>";
        assert!(page.contains(row), "{page}");
        assert_eq!(page.matches("<line class=\"point\"").count(), 4, "{page}");
    }
}
