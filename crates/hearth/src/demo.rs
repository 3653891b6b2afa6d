//! The demo neighbourhood: real purchases, made-up people, yesterday.

use std::collections::BTreeMap;

use accounts::HouseholdRow;
use app::{
    App,
    entitlements::{DefineGathering, DefineGatheringRefusal, DefinePerk},
};
use chrono::{Days, NaiveDate, TimeDelta};
use entitlements::SeatReturns;
use kernel::{BusinessDate, Points, Rate};

use crate::{
    Failure, deployment, earn_rules,
    import::{
        Import, Input, Table,
        columns::Schema,
        fields::{Fields, Times},
        households::{HOUSEHOLDS, read_household},
        lines::LINES,
        orders::ORDERS,
        products::PRODUCTS,
        records::Next,
    },
    offers::read_offers,
};

static PEOPLE_CSV: &[u8] = include_bytes!("../demo/households.csv");
static PRODUCTS_CSV: &[u8] = include_bytes!("../demo/products.csv");
static ORDERS_CSV: &[u8] = include_bytes!("../demo/orders.csv");
static OFFERS_CSV: &[u8] = include_bytes!("../demo/offers.csv");
static LINES_CSV: &[u8] = include_bytes!("../demo/order_lines.csv");

/// The day of the last order in the file.
const LAST_DAY: BusinessDate = NaiveDate::from_ymd_opt(2017, 12, 31).expect("a day of the calendar");

/// Under which the day is kept that the last order falls on. Kept before anything is filled: a demo that was interrupted and is
/// filled on another day must tell the same orders.
const ENDS_ON: &str = "demo_ends_on";

/// Under which it is kept that the demo is whole.
pub(crate) const FILLED: &str = "demo_filled";

/// Whether the demo neighbourhood is in the database, whole.
///
/// # Errors
/// A [`Failure`] of the database.
pub async fn is_filled(app: &App) -> Result<bool, Failure> {
    Ok(deployment::find(app, FILLED).await?.is_some())
}

/// Whether filling was begun.
///
/// # Errors
/// A [`Failure`] of the database.
pub async fn is_begun(app: &App) -> Result<bool, Failure> {
    Ok(deployment::find(app, ENDS_ON).await?.is_some())
}

/// Fills the neighbourhood in, or finishes filling it; once it is whole nothing happens.
///
/// # Errors
/// A [`Failure`] of the database; filling again is safe.
pub async fn fill(app: &App) -> Result<(), Failure> {
    if is_filled(app).await? {
        return Ok(());
    }
    let times = times(app).await?;
    // Before the orders, because an order earns by the rule it finds.
    let double = Rate::from_basis_points(20_000).expect("twice is a rate");
    earn_rules::revise_if_none(app, "每元一分，生鲜水果双倍", BTreeMap::from([("生鲜水果", double)])).await?;
    let mut import = Import::silent(app, times);
    import.households(open("households.csv", PEOPLE_CSV, &HOUSEHOLDS)?).await?;
    import.products(open("products.csv", PRODUCTS_CSV, &PRODUCTS)?).await?;
    let lines = import.lines(open("order_lines.csv", LINES_CSV, &LINES)?)?;
    import.orders(open("orders.csv", ORDERS_CSV, &ORDERS)?, Some(lines)).await?;
    import.finish()?;
    for perk in perks()? {
        app.define_perk(&perk).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    }
    gather(app).await?;
    let offers = read_offers(Input::embedded("offers.csv", OFFERS_CSV)?)?;
    app.offer_products(&offers).await?.map_err(|refusal| Failure::new(refusal.to_string()))?;
    deployment::keep(app, FILLED, "yes").await?;
    Ok(())
}

/// The people of the demo, as its file names them.
///
/// # Errors
/// None that can happen: a test reads the same file.
pub fn people() -> Result<Vec<HouseholdRow>, Failure> {
    let mut table = open("households.csv", PEOPLE_CSV, &HOUSEHOLDS)?;
    let mut people = Vec::new();
    loop {
        match table.read_next() {
            (Next::Row(row), layout, _) => {
                let fields = Fields::of(&row, &HOUSEHOLDS, layout);
                let read = fields.and_then(|fields| read_household(&fields));
                people.push(read.map_err(|bad| Failure::because(bad.column, bad.reason))?);
            }
            (Next::Unreadable { line, why, .. }, _, name) => {
                return Err(Failure::because(format_args!("line {line} of {name}"), why));
            }
            (Next::End, ..) => return Ok(people),
        }
    }
}

fn open(name: &'static str, bytes: &'static [u8], schema: &'static Schema) -> Result<Table, Failure> {
    Table::open(Input::embedded(name, bytes)?, schema)
}

/// Shifts the purchases by whole days so that they end yesterday, or on the day kept by an earlier filling.
async fn times(app: &App) -> Result<Times, Failure> {
    let (zone, now) = (app.settings().zone, app.db().clock().now());
    if !is_begun(app).await? {
        let yesterday = zone.date_of(now) - Days::new(1);
        deployment::keep(app, ENDS_ON, &yesterday.to_string()).await?;
    }
    let kept = deployment::find(app, ENDS_ON).await?.unwrap_or_default();
    let ends_on: BusinessDate = kept.parse().map_err(|error| Failure::because(ENDS_ON, error))?;
    Ok(Times { zone, now, shift_days: TimeDelta::num_days(&(ends_on - LAST_DAY)) })
}

/// What points buy in the demo: rights the operator gives without buying anything.
struct DemoPerk {
    code: &'static str,
    price: i64,
    limit_per_household: u32,
    valid_days: u32,
    stock_total: u32,
    names: [&'static str; 2],
    terms: [&'static str; 2],
}

/// Texts are Chinese, then English.
const PERKS: [DemoPerk; 4] = [
    DemoPerk {
        code: "priority-delivery",
        price: 200,
        limit_per_household: 2,
        valid_days: 30,
        stock_total: 50,
        names: ["优先配送", "Priority delivery"],
        terms: [
            "下一次配送排在最前，当日第一批送达自提点。",
            "Your next order is delivered to your pick-up point in the first round of the day.",
        ],
    },
    DemoPerk {
        code: "late-pick-up",
        price: 80,
        limit_per_household: 4,
        valid_days: 60,
        stock_total: 200,
        names: ["延时自提", "Late pick-up"],
        terms: [
            "自提可延至次日中午，团长代为冷藏保管。",
            "Pick up until noon of the next day; your group leader keeps it cool.",
        ],
    },
    DemoPerk {
        code: "carried-upstairs",
        price: 150,
        limit_per_household: 4,
        valid_days: 60,
        stock_total: 100,
        names: ["送货上门", "Carried upstairs"],
        terms: [
            "团长把您的下一单送到家门口，不限楼层。",
            "Your group leader carries your next order to your door, whatever the floor.",
        ],
    },
    DemoPerk {
        code: "seasonal-share",
        price: 500,
        limit_per_household: 1,
        valid_days: 90,
        stock_total: 20,
        names: ["时令预留", "A share of the season"],
        terms: [
            "下一批限量时令鲜货为您家预留一份，按团购价付款。",
            "One share of the next limited seasonal batch is kept for your household at the group price.",
        ],
    },
];

/// A dumpling evening in ten days, with a few seats; it may be there from an earlier filling.
async fn gather(app: &App) -> Result<(), Failure> {
    let zone = app.settings().zone;
    let evening = zone.date_of(app.db().clock().now()) + Days::new(10);
    let at = |day: BusinessDate, hour| zone.instant_of(day.and_hms_opt(hour, 30, 0).expect("a time of day"));
    let label = |text: &str| text.parse().map_err(|error| Failure::because(text, error));
    let starts_at = at(evening, 18);
    let define = DefineGathering {
        code: "dumpling-evening".parse().map_err(|error| Failure::because("dumpling-evening", error))?,
        name_zh: label("邻里包饺子")?,
        name_en: label("Dumpling evening")?,
        terms_zh: label("面和馅都备好了，带上一双手就行。开始前一天可全额退回，当天 16:30 前退一半。")?,
        terms_en: label(
            "Dough and filling are there: bring your hands. All points back until the day before, half until 16:30.",
        )?,
        place_zh: label("社区活动室")?,
        place_en: label("The common room")?,
        price: Points::new(120).expect("no price of the demo is negative"),
        seats: 12,
        seats_per_household: 2,
        starts_at,
        ends_at: at(evening, 20),
        returns: SeatReturns {
            full_until: at(evening - Days::new(1), 18),
            part_until: at(evening, 16),
            part: Rate::from_basis_points(5_000).expect("half is a rate"),
        },
        opens_at: None,
        community: None,
        min_age: None,
        is_open: true,
        expected_version: None,
    };
    match app.define_gathering_by_operator(&define).await? {
        Ok(_) | Err(DefineGatheringRefusal::VersionConflict) => Ok(()),
        Err(refusal) => Err(Failure::new(refusal.to_string())),
    }
}

fn perks() -> Result<Vec<DefinePerk>, Failure> {
    PERKS.iter().map(define).collect()
}

fn define(perk: &DemoPerk) -> Result<DefinePerk, Failure> {
    let label = |text: &str| text.parse().map_err(|error| Failure::because(text, error));
    let [name_zh, name_en] = perk.names;
    let [terms_zh, terms_en] = perk.terms;
    Ok(DefinePerk {
        code: perk.code.parse().map_err(|error| Failure::because(perk.code, error))?,
        name_zh: label(name_zh)?,
        name_en: label(name_en)?,
        terms_zh: label(terms_zh)?,
        terms_en: label(terms_en)?,
        price: Points::new(perk.price).expect("no price of the demo is negative"),
        limit_per_household: perk.limit_per_household,
        valid_days: perk.valid_days,
        stock_total: perk.stock_total,
        is_open: true,
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use testkit::{TestApp, on_both_engines};

    use super::{ENDS_ON, LAST_DAY, ORDERS_CSV, PEOPLE_CSV, fill, people, perks};
    use crate::deployment;

    fn rows_in(csv: &[u8]) -> u64 {
        let lines = csv.iter().filter(|&&byte| byte == b'\n').count();
        u64::try_from(lines).unwrap() - 1
    }

    on_both_engines! {
        async fn fills_once_and_ends_yesterday(app: TestApp) {
            let yesterday = app.app().settings().zone.date_of(app.app().db().clock().now()).pred_opt().unwrap();
            fill(app.app()).await.unwrap();
            let counted = (app.db().count("orders").await, app.db().count("persons").await, app.db().count("perks").await);
            assert_eq!(counted, (rows_in(ORDERS_CSV), rows_in(PEOPLE_CSV), 5));
            assert_eq!(deployment::find(app.app(), ENDS_ON).await.unwrap(), Some(yesterday.to_string()));
            assert_eq!(app.app().verify().await.unwrap().differences, []);

            app.clock().advance(TimeDelta::days(3));
            fill(app.app()).await.unwrap();
            assert_eq!(app.db().count("orders").await, rows_in(ORDERS_CSV));
        }

        async fn a_filling_that_was_interrupted_is_finished_on_another_day(app: TestApp) {
            // Whether or not the machine is fast enough to finish in this time, the second filling adds nothing twice.
            drop(tokio::time::timeout(std::time::Duration::from_millis(200), fill(app.app())).await);
            app.clock().advance(TimeDelta::days(3));
            fill(app.app()).await.unwrap();

            assert_eq!((app.db().count("orders").await, app.db().count("earn_rules").await), (rows_in(ORDERS_CSV), 1));
        }
    }

    #[test]
    fn the_last_order_is_of_the_last_day() {
        let orders = std::str::from_utf8(ORDERS_CSV).unwrap();
        let days = orders.lines().skip(1).map(|line| &line.split(',').nth(2).unwrap()[..10]);
        assert_eq!(days.max(), Some(&*LAST_DAY.to_string()));
    }

    #[test]
    fn grandmother_wang_can_sign_in() {
        let people = people().unwrap();
        let wang = people.iter().find(|person| person.person_name.as_str() == "王奶奶").unwrap();
        assert_eq!(wang.email.as_ref().map(|address| address.as_str()), Some("wang.nainai@hearth.example"));
    }

    #[test]
    fn every_perk_of_the_demo_is_well_formed() {
        let codes: Vec<_> = perks().unwrap().iter().map(|perk| perk.code.to_string()).collect();
        assert_eq!(codes, ["priority-delivery", "late-pick-up", "carried-upstairs", "seasonal-share"]);
    }
}
