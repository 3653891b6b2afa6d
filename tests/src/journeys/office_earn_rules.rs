//! Somebody of the staff tries an earn rule on the real orders of last month before the operator puts it in force.

use testkit::{TestApp, on_both_engines};
use web::WebOptions;

use crate::{
    browser::Browser,
    staff::hire,
    world::{earn, found, set_rule},
};

on_both_engines! {
    async fn a_dry_run_says_what_the_real_orders_of_some_days_would_have_earned_and_writes_nothing(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        earn(app, "H-WANG", "100").await;
        found(app, "H-LIU").await;
        earn(app, "H-LIU", "40").await;
        let routes = web::routes(app, WebOptions::default());
        let mut zhou = hire(app, "zhou", "finance".parse().unwrap()).await;
        let mut browser = Browser::of(&routes, app, &mut zhou).await;
        let list = browser.get("/office/earn-rules").await.body;
        assert!(list.contains("in force") && list.contains("2017-01-01"), "{list}");
        let path = list.split("href=\"/office/earn-rules/simulate?rule=").nth(1).unwrap().split('"').next().unwrap();
        let form = browser.get(&format!("/office/earn-rules/simulate?rule={path}")).await;
        let rule = form.hidden("rule");

        let days = world.db().texts("SELECT CAST(MIN(ordered_at) AS TEXT), CAST(MAX(ordered_at) AS TEXT) FROM orders").await;
        let day = |millis: &str| {
            let at = kernel::Timestamp::from_timestamp_millis(millis.parse().unwrap()).unwrap();
            app.settings().zone.date_of(at).to_string()
        };
        let (from, until) = (day(&days[0][0]), day(&days[0][1]));
        let typed = |rate: &'static str| {
            let fields = [("rule", rule.as_str()), ("name", "三倍"), ("points_per_yuan", rate), ("others", "1")];
            let mut fields: Vec<(&str, String)> = fields.map(|(name, value)| (name, value.to_owned())).to_vec();
            fields.extend([("from", from.clone()), ("until", until.clone()), ("rounding", "sale".to_owned())]);
            fields
        };
        let postings = world.db().count("postings").await;
        let fields = typed("3");
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let tried = browser.post("/office/earn-rules/simulate", &fields).await;
        assert_eq!(tried.status, 200, "{}", tried.body);
        let total = tried.body.split("<th scope=\"row\">total</th>").nth(1).unwrap().split("</tr>").next().unwrap();
        let cells: Vec<&str> = total.split("\"number\">").skip(1).map(|cell| cell.split('<').next().unwrap()).collect();
        assert_eq!(cells, ["2", "2", "140", "140", "420", "280"]);
        // No name, and who changes most comes first.
        let households = tried.body.split("Households for which most would change</h2>").nth(1).unwrap();
        assert!(households.find(">200<").unwrap() < households.find(">80<").unwrap(), "{households}");
        assert!(!tried.body.contains("H-WANG"), "{}", tried.body);

        let fields = typed("x");
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let refused = browser.post("/office/earn-rules/simulate", &fields).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert!(refused.body.contains("Rates are such as 1.5, with four decimals at most."), "{}", refused.body);
        let long = [("name", "x"), ("points_per_yuan", "2"), ("others", "1"), ("from", "2026-01-01"), ("until", "2026-03-04")];
        let refused = browser.post("/office/earn-rules/simulate", &long).await;
        assert!(refused.body.contains("At most 62 days are tried at once."), "{}", refused.body);
        assert_eq!(world.db().count("postings").await, postings);
        assert_eq!(world.db().count("earn_rules").await, 1);
    }
}
