//! Those who keep perks change them in a browser, two of them at once.

use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use crate::{
    browser::{Browser, Seen},
    staff::hire,
    world::{define_perk, earn, found, redeem, set_rule},
};

/// A form for the perk of tests, with the version a page showed.
fn form<'a>(page: &'a str, price: &'a str, total: &'a str, is_open: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("version", page),
        ("name_zh", "优先配送"),
        ("name_en", "Priority delivery"),
        ("terms_zh", "次日第一批送达"),
        ("terms_en", "First on tomorrow's round"),
        ("price", price),
        ("limit", "5"),
        ("days", "30"),
        ("total", total),
        ("open", is_open),
        ("reason", "more came in"),
    ]
}

fn problem(seen: &Seen) -> &str {
    assert_eq!(seen.status, 422, "{}", seen.body);
    seen.body.split("role=\"alert\">").nth(1).unwrap().split('<').next().unwrap()
}

on_both_engines! {
    async fn two_who_edit_one_perk_at_once_see_each_others_change(world: TestApp) {
        let app = world.app();
        let perk = define_perk(app, 100, 10, 5).await;
        let path = format!("/office/perks/{}", perk.id);
        let routes = web::routes(app, WebOptions::default());
        let (mut zhou, mut wu) = (hire(app, "zhou", "perks".parse().unwrap()).await, hire(app, "wu", "perks".parse().unwrap()).await);
        let (mut one, mut two) = (Browser::of(&routes, app, &mut zhou).await, Browser::of(&routes, app, &mut wu).await);
        let (seen, other) = (one.get(&path).await.hidden("version"), two.get(&path).await.hidden("version"));
        assert_eq!(seen, other);

        let (first, second) = (form(&seen, "100", "20", "yes"), form(&seen, "100", "30", "yes"));
        let (first, second) = tokio::join!(one.post(&path, &first), two.post(&path, &second));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [303, 422], "{} {}", first.body, second.body);
        let (loser, late, kept) = if first.status == 422 { (&mut one, first, "30") } else { (&mut two, second, "20") };
        assert!(problem(&late).starts_with("Somebody changed this perk while you typed."), "{}", late.body);
        assert!(late.body.contains(&format!("<th scope=\"row\">In all</th><td>{kept}</td>")), "{}", late.body);
        assert_eq!(app.find_perk(perk.id).await.unwrap().unwrap().1.total.to_string(), kept);

        // Whoever saw it may overrule it.
        let version = late.hidden("version");
        assert_eq!(loser.post(&path, &form(&version, "100", "40", "yes")).await.status, 303);
        assert_eq!(app.find_perk(perk.id).await.unwrap().unwrap().1.total, 40);
        let lines = world.db().texts("SELECT detail FROM audit_lines WHERE action = 'change_perk' ORDER BY id").await.concat();
        let last = format!("priority-delivery from 100 points, {kept} in all, open to 100 points, 40 in all, open: more came in");
        assert_eq!((lines.len(), lines[1].as_str()), (2, last.as_str()));
    }

    async fn a_file_of_the_catalogue_holds_no_formula_of_whoever_named_a_perk(world: TestApp) {
        let app = world.app();
        let perk = define_perk(app, 100, 10, 5).await;
        let mut zhou = hire(app, "zhou", "perks".parse().unwrap()).await;
        let routes = web::routes(app, WebOptions::default());
        let mut browser = Browser::of(&routes, app, &mut zhou).await;
        let path = format!("/office/perks/{}", perk.id);
        let version = browser.get(&path).await.hidden("version");
        let mut typed = form(&version, "100", "10", "yes");
        typed[2].1 = "=HYPERLINK(\"https://shop.example\")";
        assert_eq!(browser.post(&path, &typed).await.status, 303);
        let file = browser.get("/office/perks.csv").await;
        assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8; header=present");
        let row = format!("\r\n{},priority-delivery,优先配送,\"'=HYPERLINK(\"\"https://shop.example\"\")\",100,true,10,0,0,0\r\n", perk.id);
        assert!(file.body.ends_with(&row), "{}", file.body);
    }

    async fn what_cannot_be_is_refused_and_changes_nothing(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "1000").await;
        let perk = define_perk(app, 100, 10, 5).await;
        for key in ["0123456789abcdef", "1123456789abcdef"] {
            app.redeem_perk(&wang, &redeem(perk.id, key)).await.unwrap().unwrap();
        }
        let path = format!("/office/perks/{}", perk.id);
        let routes = web::routes(app, WebOptions::default());
        let mut zhou = hire(app, "zhou", "perks".parse().unwrap()).await;
        let mut browser = Browser::of(&routes, app, &mut zhou).await;
        let version = browser.get(&path).await.hidden("version");
        for (price, total, is_open, says) in [
            ("100", "1", "yes", "There cannot be fewer than are granted: 2"),
            ("0", "10", "", "The price must be above nought."),
            ("-5", "10", "", "Price, limit, days and stock are whole numbers."),
            ("1.5", "10", "", "Price, limit, days and stock are whole numbers."),
            ("200", "10", "yes", "The price of a perk that is open does not change. Close it, change the price, and open it again."),
        ] {
            let refused = browser.post(&path, &form(&version, price, total, is_open)).await;
            assert_eq!(problem(&refused), says, "{price} {total}");
        }
        let (kept, stock) = app.find_perk(perk.id).await.unwrap().unwrap();
        assert_eq!((kept, stock.total, stock.taken), (perk.clone(), 10, 2));

        // Closed, repriced, opened: what was granted keeps its price.
        let mut version = version;
        for (price, is_open) in [("100", ""), ("200", ""), ("200", "yes")] {
            let saved = browser.post(&path, &form(&version, price, "10", is_open)).await;
            assert_eq!((saved.status, saved.to()), (303, path.as_str()), "{}", saved.body);
            version = browser.get(&path).await.hidden("version");
        }
        let (kept, _) = app.find_perk(perk.id).await.unwrap().unwrap();
        assert_eq!((kept.price.get(), kept.is_open), (200, true));
    }
}
