//! Households with points, people who may spend them, and perks to spend them on.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use accounts::{HouseholdRow, Role};
use app::{
    App, ImportMode, Principal,
    entitlements::{DefinePerk, RedeemPerk},
    orders::{EventTold, ToldAnswer},
};
use chrono::TimeDelta;
use kernel::{Currency, EmailAddress, ExternalRef, Id, Label, Money, Points, Timestamp, kinds};
use mail::Mailer;
use orders::{OrderPaid, OrderPaidLine};

use super::{
    super::{
        place::{Database, Place},
        sandbox, store,
    },
    callers::{Seen, pick, run},
};
use crate::{Failure, earn_rules};

/// Households with somebody who redeems. The others only buy.
const MEMBERS: u32 = 20_000;

/// Perks to choose from.
const PERKS: u64 = 10;

/// What every household has to spend, in fen: points for the length of the bench, one a redemption.
const SALARY_FEN: i64 = 50_000_000;

/// Rows of one call of an import.
const ROWS_PER_CALL: usize = 500;

/// The database ours works on, open.
pub(super) struct World {
    pub(super) app: App,
    pub(super) mailer: Mailer,
    pub(super) database: Database,
    households: u64,
    members: Arc<[Principal]>,
    perks: Arc<[Id<kinds::Perk>]>,
    numbers: Arc<AtomicU64>,
}

impl World {
    /// Fills a fresh database by the use-cases themselves: people, perks, and an order for every household.
    pub(super) async fn fill(place: &Place, households: u32) -> Result<Self, Failure> {
        let database = place.create("ledger").await?;
        let (app, mailer) = sandbox::app(database.open().await?);
        earn_rules::ensure_default(&app).await?;
        let members = found(&app, households.min(MEMBERS)).await?;
        let mut perks = Vec::new();
        for number in 0..PERKS {
            perks.push(define_perk(&app, number).await?);
        }
        pay_salaries(&app, households).await?;
        store::analyze(app.db()).await?;
        let (members, perks) = (members.into(), perks.into());
        Ok(Self { app, mailer, database, households: households.into(), members, perks, numbers: Arc::default() })
    }

    /// So many callers, each telling of one paid order and waiting for its commit.
    pub(super) async fn earn(&self, callers: usize, length: Duration) -> Result<Seen, Failure> {
        let (app, households) = (self.app.clone(), self.households);
        let now = app.db().clock().now();
        run(callers, length, &self.numbers, move |number| {
            let app = app.clone();
            async move {
                let order = order(&format!("B{number}"), pick(number, households), now, &[820, 430])?;
                let told = [(reference(&format!("ev{number}"))?, EventTold::Paid(order))];
                match app.record_order_events(&told).await?.as_slice() {
                    [Ok(ToldAnswer::Accepted)] => Ok(()),
                    other => Err(Failure::new(format!("an order was answered with {other:?}"))),
                }
            }
        })
        .await
    }

    /// So many callers, each redeeming one perk of one point; all the same perk, or any.
    pub(super) async fn redeem(&self, callers: usize, is_hot: bool, length: Duration) -> Result<Seen, Failure> {
        let (app, members, perks) = (self.app.clone(), Arc::clone(&self.members), Arc::clone(&self.perks));
        run(callers, length, &self.numbers, move |number| {
            let (app, members, perks) = (app.clone(), Arc::clone(&members), Arc::clone(&perks));
            async move {
                let member = members[at(pick(number, length_of(&members)))];
                let perk = if is_hot { perks[0] } else { perks[at(number % length_of(&perks))] };
                let redeem = RedeemPerk { perk, idempotency_key: parsed(&format!("bench-key-{number:016}"))? };
                app.redeem_perk(&member, &redeem).await?.map(drop).map_err(refused)
            }
        })
        .await
    }

    /// One of the perks, in text.
    pub(super) fn perk(&self) -> String {
        self.perks[0].to_string()
    }

    /// The addresses of the first so many people.
    pub(super) fn addresses(&self, count: usize) -> Result<Vec<EmailAddress>, Failure> {
        (0..count.min(self.members.len())).map(|number| parsed(&address(number))).collect()
    }

    pub(super) async fn remove(self, place: &Place) -> Result<(), Failure> {
        self.app.db().clone().close().await?;
        place.remove(self.database).await
    }
}

/// Households with somebody in each and points to spend, on a fresh database.
pub(super) async fn found_with_salary(app: &App, count: u32) -> Result<Vec<Principal>, Failure> {
    earn_rules::ensure_default(app).await?;
    let members = found(app, count).await?;
    pay_salaries(app, count).await?;
    Ok(members)
}

async fn found(app: &App, count: u32) -> Result<Vec<Principal>, Failure> {
    let mut refs = Vec::new();
    let mut rows = Vec::new();
    for number in 0..count {
        let person = reference(&format!("P{number}"))?;
        refs.push(person.clone());
        rows.push(HouseholdRow {
            household: reference(&format!("H{number}"))?,
            household_name: None,
            community: None,
            person,
            person_name: label("陈阿姨")?,
            role: Role::Owner,
            born_on: None,
            email: Some(parsed(&address(at(number.into())))?),
            leads: None,
            kin: None,
        });
    }
    for rows in rows.chunks(ROWS_PER_CALL) {
        for answer in app.import_households(rows.to_vec(), ImportMode::Commit).await? {
            answer.map_err(refused)?;
        }
    }
    Ok(store::list_principals(app.db(), &refs).await?)
}

async fn define_perk(app: &App, number: u64) -> Result<Id<kinds::Perk>, Failure> {
    let many = u32::MAX / 4;
    let perk = DefinePerk {
        code: parsed(&format!("bench-{number}"))?,
        name_zh: label("优先配送")?,
        name_en: label("Priority delivery")?,
        terms_zh: label("次日第一批送达")?,
        terms_en: label("First on tomorrow's round")?,
        price: Points::new(1).expect("a point"),
        limit_per_household: many,
        valid_days: 30,
        stock_total: many,
        is_open: true,
    };
    Ok(app.define_perk(&perk).await?.map_err(refused)?.id)
}

/// Orders long enough ago that their points are there to spend.
async fn pay_salaries(app: &App, households: u32) -> Result<(), Failure> {
    let now = app.db().clock().now();
    let mut orders = Vec::new();
    for number in 0..households {
        let paid = order(&format!("S{number}"), number.into(), now - TimeDelta::days(40), &[SALARY_FEN])?;
        orders.push(OrderPaid { picked_up_at: Some(now - TimeDelta::days(39)), ..paid });
    }
    for orders in orders.chunks(App::MAX_ORDERS_PER_IMPORT) {
        for answer in app.import_orders(orders, ImportMode::Commit).await? {
            answer.map_err(refused)?;
        }
    }
    Ok(())
}

fn order(order_ref: &str, household: u64, ordered_at: Timestamp, lines_fen: &[i64]) -> Result<OrderPaid, Failure> {
    let fen = |fen| Money::from_minor(fen, Currency::Cny).ok_or_else(|| Failure::new("that is no amount of money"));
    let amount = fen(lines_fen.iter().sum())?;
    let line = |&amount: &i64| {
        Ok(OrderPaidLine {
            product_ref: None, category: Some(label("生鲜水果")?), quantity: 1, amount: fen(amount)?
        })
    };
    Ok(OrderPaid {
        order_ref: reference(order_ref)?,
        household_ref: reference(&format!("H{household}"))?,
        person_ref: None,
        community: None,
        channel: None,
        ordered_at,
        picked_up_at: None,
        amount,
        cash: amount,
        points_tendered: Points::ZERO,
        items_count: 1,
        lines: lines_fen.iter().map(line).collect::<Result<_, Failure>>()?,
    })
}

fn address(number: usize) -> String {
    format!("p{number}@hearth.example")
}

fn refused(refusal: impl std::fmt::Display) -> Failure {
    Failure::new(format!("the bench was refused: {refusal}"))
}

fn reference(text: &str) -> Result<ExternalRef, Failure> {
    parsed(text)
}

fn label(text: &str) -> Result<Label, Failure> {
    parsed(text)
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|error: T::Err| Failure::because(text, error))
}

fn at(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn length_of<T>(all: &[T]) -> u64 {
    u64::try_from(all.len()).unwrap_or(u64::MAX)
}
