//! Those who keep perks put delivery slots on offer, see who booked them, and say what became of the promise, in a browser.

use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use crate::{
    browser::{Browser, Seen},
    staff::hire,
    use_cases::{
        delivery_slots::{book, round},
        gatherings::neighbourhood,
    },
    world::{assert_verifies, balance, define_perk},
};

/// A form for a slot, with the version a page showed.
fn form<'a>(version: &'a str, ends_at: &'a str, cut_off_at: &'a str, capacity: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("version", version),
        ("perk", "priority-delivery"),
        ("community", "玉兰里社区"),
        ("starts_at", "2026-12-31T08:00"),
        ("ends_at", ends_at),
        ("cut_off_at", cut_off_at),
        ("capacity", capacity),
        ("open", "yes"),
    ]
}

fn problem(seen: &Seen) -> &str {
    assert_eq!(seen.status, 422, "{}", seen.body);
    seen.body.split("role=\"alert\">").nth(1).unwrap().split('<').next().unwrap()
}

on_both_engines! {
    async fn a_slot_is_put_on_offer_and_two_who_change_it_at_once_see_each_others_change(world: TestApp) {
        let app = world.app();
        neighbourhood(app, 1).await;
        define_perk(app, 100, 10, 5).await;
        let routes = web::routes(app, WebOptions::default());
        let (mut zhou, mut wu) = (hire(app, "zhou", "perks".parse().unwrap()).await, hire(app, "wu", "perks".parse().unwrap()).await);
        let (mut one, mut two) = (Browser::of(&routes, app, &mut zhou).await, Browser::of(&routes, app, &mut wu).await);
        one.get("/office/slots/new").await;
        let (ends, cut_off) = ("2026-12-31T09:00", "2026-12-31T07:00");
        for (ends_at, cut_off_at, capacity, says) in [
            (ends, cut_off, "0", "There is room for 1 to 10000 orders."),
            (ends, cut_off, "2.5", "The room is a whole number."),
            ("2026-12-31T07:30", cut_off, "2", "It is cut off later than now and not after it begins, and lasts 24 hours at most."),
            (ends, "2026-12-31T08:30", "2", "It is cut off later than now and not after it begins, and lasts 24 hours at most."),
            (ends, "soon", "2", "Times are such as 2026-12-31 20:00."),
        ] {
            assert_eq!(problem(&one.post("/office/slots/new", &form("", ends_at, cut_off_at, capacity)).await), says);
        }
        assert_eq!(world.db().count("delivery_slots").await, 0);

        let first = form("", ends, cut_off, "20");
        let made = one.post("/office/slots/new", &first).await;
        assert_eq!(made.status, 303, "{}", made.body);
        let path = made.to().to_owned();
        assert!(problem(&one.post("/office/slots/new", &first).await).starts_with("There is a slot of this perk in this community"));
        let week = two.get("/office/slots?from=2026-12-25").await.body;
        assert!(week.contains("2026-12-31 08:00") && week.contains("玉兰里社区") && week.contains("0 / 20"), "{week}");
        assert!(week.contains("<th scope=\"row\" class=\"fixed\">08:00</th><td class=\"number\">0</td><td class=\"number\">20</td>"), "{week}");
        assert!(!two.get("/office/slots?from=2026-12-24").await.body.contains("2026-12-31 08:00"));
        let file = two.get("/office/slots.csv?from=2026-12-31").await.body;
        assert!(file.contains(",玉兰里社区,2026-12-31T00:00:00+00:00,2026-12-31T01:00:00+00:00,2026-12-30T23:00:00+00:00,20,0,true\r\n"), "{file}");

        let (left, right) = (form("1", ends, cut_off, "30"), form("1", ends, cut_off, "40"));
        one.get(&path).await;
        two.get(&path).await;
        let (left, right) = tokio::join!(one.post(&path, &left), two.post(&path, &right));
        let mut statuses = [left.status, right.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422], "{} {}", left.body, right.body);
        let (loser, late, kept) = if left.status == 422 { (&mut one, left, "40") } else { (&mut two, right, "30") };
        assert!(problem(&late).starts_with("Somebody changed this slot while you typed."), "{}", late.body);
        assert!(late.body.contains(&format!("<th scope=\"row\">Room</th><td>{kept}</td>")), "{}", late.body);
        let version = late.hidden("version");
        assert_eq!(loser.post(&path, &form(&version, ends, cut_off, "25")).await.status, 303);
        assert_eq!(world.db().count("delivery_slots WHERE capacity = 25 AND version = 3").await, 1);
    }

    async fn what_became_of_a_booking_is_said_once_and_a_missed_one_is_shown_before_it_gives_points_back(world: TestApp) {
        let app = world.app();
        let (people, slot, _) = round(app, 2, 5).await;
        for (n, person) in people.iter().enumerate() {
            book(app, person, &slot, &format!("O-{n}")).await.unwrap();
        }
        let routes = web::routes(app, WebOptions::default());
        let (mut zhou, mut wu) = (hire(app, "zhou", "perks".parse().unwrap()).await, hire(app, "wu", "perks".parse().unwrap()).await);
        let mut early = Browser::of(&routes, app, &mut zhou).await;
        let path = format!("/office/slots/{}", slot.id);
        assert!(early.get(&path).await.body.contains("2 / 5"));
        let settle = "/office/slots/settle";
        let soon = early.post(settle, &[("order", "O-0"), ("outcome", "kept")]).await;
        assert!(problem(&soon).starts_with("Nothing is delivered before the cut-off at "), "{}", soon.body);

        world.clock().set(slot.ends_at);
        let (mut one, mut two) = (Browser::of(&routes, app, &mut zhou).await, Browser::of(&routes, app, &mut wu).await);
        let page = one.get(&path).await.body;
        assert!(page.contains("/office/slots/settle?order=O-0") && page.contains("/office/slots/settle?order=O-1"), "{page}");
        let kept = one.post(settle, &[("order", "O-0"), ("outcome", "kept")]).await;
        assert_eq!((kept.status, kept.to()), (303, path.as_str()), "{}", kept.body);
        let none = one.post(settle, &[("order", "O-9"), ("outcome", "kept")]).await;
        assert_eq!(problem(&none), "No slot is booked for this order.");

        let preview = one.post(settle, &[("order", "O-1"), ("outcome", "missed")]).await;
        assert_eq!(preview.status, 200, "{}", preview.body);
        assert!(preview.body.contains("and as an apology 50"), "{}", preview.body);
        let before = balance(app, &people[1]).await[0];
        two.get(settle).await;
        let sure = [("order", "O-1"), ("outcome", "missed"), ("sure", "yes")];
        let (left, right) = tokio::join!(one.post(settle, &sure), two.post(settle, &sure));
        let mut statuses = [left.status, right.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422], "{} {}", left.body, right.body);
        let loser = if left.status == 422 { left } else { right };
        assert_eq!(problem(&loser), "It was settled before, or given back.");
        assert_eq!(balance(app, &people[1]).await[0], before + 100 + 50);

        let page = one.get(&path).await.body;
        assert!(page.contains("delivered in time") && page.contains("missed; points came back"), "{page}");
        assert!(!page.contains("settle?order="), "{page}");
        assert_verifies(app).await;
    }
}
