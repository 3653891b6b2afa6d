//! Those who keep perks announce a gathering, change it, let people in at its door, and call it off, in a browser.

use app::entitlements::PassUse;
use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use crate::{
    browser::{Browser, Seen},
    staff::hire,
    use_cases::gatherings::{announce, evening, neighbourhood, seat, staff},
    world::{assert_verifies, balance},
};

/// A form for a dumpling evening, with the version a page showed.
fn form<'a>(version: &'a str, seats: &'a str, ends_at: &'a str, part: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("version", version),
        ("code", "dumplings"),
        ("name_zh", "包饺子"),
        ("name_en", "Dumpling evening"),
        ("terms_zh", "食材都备好了"),
        ("terms_en", "Everything is there"),
        ("place_zh", "社区活动室"),
        ("place_en", "The common room"),
        ("price", "300"),
        ("seats", seats),
        ("limit", "2"),
        ("starts_at", "2026-12-31T18:00"),
        ("ends_at", ends_at),
        ("full_until", "2026-12-30T18:00"),
        ("part_until", "2026-12-31T16:00"),
        ("part", part),
        ("opens_at", ""),
        ("community", ""),
        ("min_age", "16"),
        ("open", "yes"),
    ]
}

fn problem(seen: &Seen) -> &str {
    assert_eq!(seen.status, 422, "{}", seen.body);
    seen.body.split("role=\"alert\">").nth(1).unwrap().split('<').next().unwrap()
}

on_both_engines! {
    async fn a_gathering_is_announced_and_two_who_change_it_at_once_see_each_others_change(world: TestApp) {
        let app = world.app();
        let routes = web::routes(app, WebOptions::default());
        let (mut zhou, mut wu) = (hire(app, "zhou", "perks".parse().unwrap()).await, hire(app, "wu", "perks".parse().unwrap()).await);
        let (mut one, mut two) = (Browser::of(&routes, app, &mut zhou).await, Browser::of(&routes, app, &mut wu).await);
        one.get("/office/gatherings/new").await;
        for (seats, ends_at, part, says) in [
            ("0", "2026-12-31T20:00", "50", "Seats, and seats per household, are at least 1."),
            ("1.5", "2026-12-31T20:00", "50", "Price, seats, limit and age are whole numbers."),
            ("20", "2026-12-31T17:00", "50", "A gathering begins later than now, and ends after that."),
            ("20", "tomorrow", "50", "Times are such as 2026-12-31 20:00."),
            ("20", "2026-12-31T20:00", "101", "The part is 0 to 100 per cent."),
        ] {
            assert_eq!(problem(&one.post("/office/gatherings/new", &form("", seats, ends_at, part)).await), says);
        }
        assert_eq!(world.db().count("perks").await, 0);

        let first = form("", "20", "2026-12-31T20:00", "50");
        let made = one.post("/office/gatherings/new", &first).await;
        assert_eq!(made.status, 303, "{}", made.body);
        let path = made.to().to_owned();
        let again = one.post("/office/gatherings/new", &first).await;
        assert_eq!(problem(&again), "There is a gathering of this code already.");
        let month = two.get("/office/gatherings?month=2026-12").await.body;
        assert!(month.contains("18:00 Dumpling evening") && month.contains("0 / 20"), "{month}");
        assert!(!two.get("/office/gatherings?month=2026-11").await.body.contains("Dumpling evening"));
        let file = two.get("/office/gatherings.csv?month=2026-12").await.body;
        assert!(file.contains(",dumplings,包饺子,Dumpling evening,2026-12-31T10:00:00+00:00,2026-12-31T12:00:00+00:00,300,20,0,0,0,\r\n"), "{file}");

        let (seen, other) = (one.get(&path).await.hidden("version"), two.get(&path).await.hidden("version"));
        assert_eq!((seen.as_str(), other.as_str()), ("1", "1"));
        let (left, right) = (form(&seen, "30", "2026-12-31T20:00", "50"), form(&seen, "40", "2026-12-31T20:00", "50"));
        let (left, right) = tokio::join!(one.post(&path, &left), two.post(&path, &right));
        let mut statuses = [left.status, right.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422], "{} {}", left.body, right.body);
        let (loser, late, kept) = if left.status == 422 { (&mut one, left, "40") } else { (&mut two, right, "30") };
        assert!(problem(&late).starts_with("Somebody changed this gathering while you typed."), "{}", late.body);
        assert!(late.body.contains(&format!("<th scope=\"row\">Seats</th><td>{kept}</td>")), "{}", late.body);

        // Whoever saw it may overrule it.
        let version = late.hidden("version");
        assert_eq!(version, "2");
        assert_eq!(loser.post(&path, &form(&version, "25", "2026-12-31T21:00", "12.5")).await.status, 303);
        let id = path.rsplit('/').next().unwrap().parse().unwrap();
        let (perk, stock) = app.find_perk(id).await.unwrap().unwrap();
        let gathering = perk.gathering.unwrap();
        assert_eq!((stock.total, gathering.version, gathering.returns.part.basis_points()), (25, 3, 1_250));
        assert_eq!(gathering.ends_at.to_rfc3339(), "2026-12-31T13:00:00+00:00");
        assert_eq!(perk.audience.min_age, Some(16));
    }

    async fn calling_off_shows_first_what_comes_back_and_does_it_once(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 4).await;
        let by = staff(app).await;
        let perk = announce(app, &by, &evening(app, 2, 300)).await;
        seat(app, &people[0], &perk).await;
        let routes = web::routes(app, WebOptions::default());
        let (mut zhou, mut wu) = (hire(app, "zhou", "perks".parse().unwrap()).await, hire(app, "wu", "perks".parse().unwrap()).await);
        let (mut one, mut two) = (Browser::of(&routes, app, &mut zhou).await, Browser::of(&routes, app, &mut wu).await);
        let path = format!("/office/gatherings/{}/call-off", perk.id);
        let early = one.get(&path).await;
        assert!(early.body.contains("<dt>Seats taken</dt><dd>1</dd>"), "{}", early.body);
        assert!(early.body.contains("<dt>Points that come back</dt><dd>300</dd>"), "{}", early.body);

        // While they look another seat is taken, and two begin to wait.
        seat(app, &people[1], &perk).await;
        for person in &people[2..] {
            app.join_waiting_list(person, perk.id).await.unwrap().unwrap();
        }
        let (version, seen) = (early.hidden("version"), early.hidden("seen"));
        let late = one.post(&path, &[("version", &version), ("seen", &seen), ("reason", "the oven broke")]).await;
        assert!(problem(&late).starts_with("Seats were taken or given back since you looked."), "{}", late.body);
        for fact in ["<dt>Seats taken</dt><dd>2</dd>", "come back</dt><dd>600</dd>", "who are told</dt><dd>2</dd>"] {
            assert!(late.body.contains(fact), "{fact}: {}", late.body);
        }
        assert_eq!(world.db().count("gatherings WHERE called_off_at IS NULL").await, 1);
        let silent = one.post(&path, &[("version", &version), ("seen", &late.hidden("seen")), ("reason", "")]).await;
        assert_eq!(problem(&silent), "Say why, in 1 to 120 characters.");

        let (seen, other) = (late.hidden("seen"), two.get(&path).await.hidden("seen"));
        assert_eq!(seen, other);
        let sure = [("version", version.as_str()), ("seen", seen.as_str()), ("reason", "the oven broke")];
        let (left, right) = tokio::join!(one.post(&path, &sure), two.post(&path, &sure));
        let mut statuses = [left.status, right.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422], "{} {}", left.body, right.body);
        let loser = if left.status == 422 { left } else { right };
        assert_eq!(problem(&loser), "It was called off before.");

        app.drain().await.unwrap();
        for person in &people {
            assert_eq!(balance(app, person).await, [400, 0, 0, 0]);
        }
        assert_eq!(world.db().count("outbox_events WHERE kind = 'entitlements.gathering_called_off.v1'").await, 1);
        assert_verifies(app).await;
    }

    async fn whoever_waits_is_listed_by_number_with_the_offer_and_no_name(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 4).await;
        let by = staff(app).await;
        let perk = announce(app, &by, &evening(app, 1, 300)).await;
        let grant = seat(app, &people[0], &perk).await;
        for person in &people[1..] {
            app.join_waiting_list(person, perk.id).await.unwrap().unwrap();
        }
        let give_back = app::entitlements::GiveBackGrant { grant: grant.id, expected: crate::world::points(300) };
        app.give_back_grant(&people[0], &give_back).await.unwrap().unwrap();
        app.drain().await.unwrap();

        let routes = web::routes(app, WebOptions::default());
        let mut zhou = hire(app, "zhou", "support".parse().unwrap()).await;
        let mut browser = Browser::of(&routes, app, &mut zhou).await;
        let page = browser.get(&format!("/office/perks/{}/waiting", perk.id)).await.body;
        let rows: Vec<Vec<String>> = page.split("<tr><th scope=\"row\"").skip(1).map(|row| {
            row.split("class=\"").skip(1).map(|cell| cell.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned()).collect()
        }).collect();
        let households: Vec<String> = people.iter().map(|person| person.household.unwrap().0.to_string()).collect();
        assert_eq!(rows.len(), 3, "{page}");
        let at = |at: kernel::Timestamp| app.settings().zone.local(at).format("%Y-%m-%d %H:%M").to_string();
        let now = app.db().clock().now();
        let until = at(now + chrono::TimeDelta::minutes(entitlements::OFFER_MINUTES));
        assert_eq!(rows[0], ["1", "", &at(now), &until]);
        assert_eq!(rows[1], ["2", "0", &at(now), "—"]);
        assert_eq!(rows[2], ["3", "1", &at(now), "—"]);
        for household in &households[1..] {
            assert!(page.contains(&format!("/office/households/{household}")), "{page}");
        }
        assert!(!page.contains("H-1") && !page.contains(&households[0]), "{page}");
        let file = browser.get(&format!("/office/perks/{}/waiting.csv", perk.id)).await.body;
        let line = format!("\r\n3,1,{},{},,\r\n", households[3], now.to_rfc3339());
        assert!(file.contains(&line), "{file}");
    }

    async fn a_code_typed_at_the_door_or_read_from_a_link_lets_one_in(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 2).await;
        let by = staff(app).await;
        let define = evening(app, 2, 300);
        let perk = announce(app, &by, &define).await;
        let codes = [seat(app, &people[0], &perk).await, seat(app, &people[1], &perk).await];
        let codes = codes.map(|grant| app.seat_code(&grant, &perk, PassUse::CheckIn).unwrap());
        let routes = web::routes(app, WebOptions::default());
        let mut zhou = hire(app, "zhou", "perks".parse().unwrap()).await;
        let mut browser = Browser::of(&routes, app, &mut zhou).await;
        let path = "/office/check-in";
        let opened = browser.get(&format!("{path}?code={}", codes[0])).await;
        assert!(opened.body.contains(&format!("value=\"{}\"", codes[0])), "{}", opened.body);
        assert!(problem(&browser.post(path, &[("code", &codes[0])]).await).starts_with("Doors are open from two hours before"));
        assert_eq!(world.db().count("grants WHERE used_at IS NOT NULL").await, 0);

        world.clock().set(define.starts_at);
        let mut browser = Browser::of(&routes, app, &mut zhou).await;
        browser.get(path).await;
        let link = format!("https://hearth.example/seats/{}.svg", codes[1].to_lowercase());
        for typed in [codes[0].as_str(), link.as_str()] {
            let let_in = browser.post(path, &[("code", typed)]).await;
            assert_eq!((let_in.status, let_in.to()), (303, path), "{}", let_in.body);
            assert!(browser.get(path).await.body.contains("Checked in: Dumpling evening"));
            let again = browser.post(path, &[("code", typed)]).await;
            assert!(problem(&again).starts_with("Somebody came in with it at "), "{}", again.body);
        }
        assert_eq!(problem(&browser.post(path, &[("code", "nothing")]).await), "There is no such seat: look at the code again.");
        assert_eq!(world.db().count("grants WHERE used_at IS NOT NULL").await, 2);
        let page = browser.get(&format!("/office/gatherings/{}", perk.id)).await.body;
        assert!(page.contains("<dt>Checked in</dt><dd>2</dd>") && page.contains("on now"), "{page}");
    }
}
