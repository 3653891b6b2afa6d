//! The worked example of docs/LEDGER.md, executed as it stands there.

use std::collections::HashMap;

use app::{
    App, Principal,
    ledger::{AdjustPoints, Adjustment, ForgiveDebt, HoldPoints, MovePoints},
    orders::{EventTold, ToldAnswer},
};
use entitlements::Perk;
use kernel::{Actor, Id, Timestamp, kinds};
use ledger::PeriodLength;
use orders::{OrderPickedUp, OrderRefunded};
use testkit::{TestApp, on_both_engines};

use crate::world::{
    assert_verifies, balance, define_perk, event, found, label, local, paid, points, redeem, reference, set_rule, yuan,
};

const LEDGER_MD: &str = include_str!("../../../docs/LEDGER.md");

/// The words after a block's name, and its lines.
fn block(name: &str) -> (Vec<&'static str>, Vec<&'static str>) {
    let begin = format!("```{name}");
    let mut lines = LEDGER_MD.lines().skip_while(|line| !line.starts_with(&begin));
    let words = lines.next().expect(name).split(' ').skip(1).collect();
    (words, lines.take_while(|line| *line != "```").collect())
}

/// The cells of the rows below a block's heading.
fn rows(name: &str) -> (Vec<&'static str>, Vec<Vec<&'static str>>) {
    let (words, lines) = block(name);
    (words, lines[1..].iter().map(|line| line.split('|').map(str::trim).collect()).collect())
}

/// What the acts speak of.
struct Story<'w> {
    world: &'w TestApp,
    people: HashMap<&'static str, Principal>,
    perk: Perk,
    paid: HashMap<String, String>,
    grants: HashMap<String, Id<kinds::Grant>>,
    holds: HashMap<String, Id<kinds::Hold>>,
}

impl Story<'_> {
    fn app(&self) -> &App {
        self.world.app()
    }

    async fn tell(&self, id: &str, told: EventTold) {
        let answers = self.app().record_order_events(&[event(id, told)]).await.unwrap();
        assert!(matches!(answers[..], [Ok(ToldAnswer::Accepted | ToldAnswer::Refunded { .. })]), "{id}: {answers:?}");
    }

    /// What the order system tells, and what the operator decides; anything else is done in the household.
    async fn act(&mut self, name: &str, now: Timestamp, act: &str) {
        match act.split(' ').collect::<Vec<_>>()[..] {
            ["pays", amount, "for", "order", order] => {
                let at = kernel::Zone::SHANGHAI.local(now).format("%Y-%m-%dT%H:%M:%S").to_string();
                self.paid.insert(order.to_owned(), amount.to_owned());
                self.tell(&format!("paid-{order}"), EventTold::Paid(paid(order, name, &at, &[("", amount)]))).await;
            }
            ["picks", "up", "order", order] => {
                let told = OrderPickedUp { order_ref: reference(order), picked_up_at: now };
                self.tell(&format!("picked-up-{order}"), EventTold::PickedUp(told)).await;
            }
            ["is", "refunded", "order", order] => {
                let (order_ref, refund_ref, amount) = (reference(order), reference("R-1"), yuan(&self.paid[order]));
                let told = OrderRefunded { order_ref, refund_ref, refunded_at: now, amount, lines: Vec::new() };
                self.tell(&format!("refunded-{order}"), EventTold::Refunded(told)).await;
            }
            ["is", "given" | "forgiven", _] | ["moves", "to", _] => self.decide(name, act).await,
            _ => self.act_in_household(name, now, act).await,
        }
    }

    async fn decide(&self, name: &str, act: &str) {
        let (app, household) = (self.world.app(), self.people[name].household.unwrap().0);
        let key = format!("key-of-the-act-{}", act.replace(' ', "-")).parse().unwrap();
        match act.split(' ').collect::<Vec<_>>()[..] {
            ["is", "given", n] => {
                let (points, reason) = (points(n.parse().unwrap()), label("late delivery"));
                let adjustment = Adjustment::Credit;
                let adjust = AdjustPoints { household, adjustment, points, reason, idempotency_key: key };
                app.adjust_points(&adjust).await.unwrap().unwrap();
            }
            ["is", "forgiven", n] => {
                let (points, reason) = (points(n.parse().unwrap()), label("a misunderstanding"));
                let forgive = ForgiveDebt { household, points, reason, idempotency_key: key };
                app.forgive_debt(&forgive).await.unwrap().unwrap();
            }
            ["moves", "to", other] => {
                let (to, reason) = (self.people[other].household.unwrap().0, label("moved in"));
                let moving = MovePoints { from: household, to, contributor: None, reason, idempotency_key: key };
                app.move_points(&moving).await.unwrap().unwrap();
            }
            ref other => panic!("nobody knows how to decide {other:?}"),
        }
    }

    async fn act_in_household(&mut self, name: &str, now: Timestamp, act: &str) {
        let (app, who) = (self.world.app(), self.people[name]);
        let household = who.household.unwrap().0;
        match act.split(' ').collect::<Vec<_>>()[..] {
            ["redeems", grant] => {
                let redeemed =
                    app.redeem_perk(&who, &redeem(self.perk.id, "key-0123456789abcdef")).await.unwrap().unwrap();
                self.grants.insert(grant.to_owned(), redeemed.grant.id);
            }
            ["cancels", grant] => {
                let grant = self.grants[grant];
                app.cancel_grant(who.actor(), household, grant, &label("changed plans")).await.unwrap().unwrap();
            }
            ["holds", n, "for", owner] => {
                let hold = HoldPoints {
                    household,
                    owner: label(owner),
                    purpose: label("seat"),
                    points: points(n.parse().unwrap()),
                    ends_at: now + chrono::TimeDelta::days(7),
                };
                let hold = app.hold_points(who.actor(), &hold).await.unwrap().unwrap();
                self.holds.insert(owner.to_owned(), hold.id);
            }
            ["captures", owner] => {
                app.capture_hold(Actor::System, household, self.holds[owner]).await.unwrap().unwrap();
            }
            ["lapses"] => assert_eq!(app.lapse_lots().await.unwrap(), 1),
            ref other => panic!("nobody knows how to do {other:?}"),
        }
    }
}

async fn assert_statement(story: &Story<'_>) {
    let (words, expected) = rows("ledger-statement");
    let [name, month] = words[..] else { panic!("whose statement, of which month?") };
    let household = story.people[name].household.unwrap().0;
    let statement = story.app().find_any_monthly_statement(household, month.parse().unwrap()).await.unwrap().unwrap();
    let lines: Vec<Vec<String>> = statement
        .lines
        .iter()
        .map(|line| &line.posting)
        .map(|posting| {
            let figures = [posting.net_points(), posting.balance_after.get(), posting.owed_after.get()];
            let words = [posting.cause.business_date.to_string(), posting.kind.code().to_owned()];
            words.into_iter().chain(figures.map(|figure| figure.to_string())).collect()
        })
        .collect();
    assert_eq!(lines, expected);
}

async fn assert_exports(story: &Story<'_>) {
    let (words, expected) = block("ledger-accounts");
    let [from, until] = words[..] else { panic!("which days?") };
    let (from, until) = (from.parse().unwrap(), until.parse().unwrap());
    let periods = story.app().list_account_periods(from, until, PeriodLength::Month, |_| {}).await.unwrap().unwrap();
    let csv = hearth::export::accounts_csv(&periods, hearth::cli::Period::Month);
    assert_eq!(csv.lines().collect::<Vec<_>>(), expected);

    let (words, expected) = block("ledger-journal");
    let [from, until] = words[..] else { panic!("which days?") };
    let (from, until) = (from.parse().unwrap(), until.parse().unwrap());
    let entries = story.app().list_journal(from, until, |_| {}).await.unwrap().unwrap();
    assert_eq!(hearth::export::journal_csv(&entries).lines().collect::<Vec<_>>(), expected);
}

on_both_engines! {
    async fn comes_out_as_docs_ledger_md_says(world: TestApp) {
        let app = world.app();
        world.clock().set(local("2026-03-01T12:00:00"));
        set_rule(app, "1", "2017-01-01", &[]).await;
        let people = HashMap::from([("Wang", found(app, "Wang").await), ("Li", found(app, "Li").await)]);
        let perk = define_perk(app, 100, 5, 5).await;
        let (paid, grants, holds) = Default::default();
        let mut story = Story { world: &world, people, perk, paid, grants, holds };

        let (_, acts) = rows("ledger-acts");
        for row in &acts {
            let [time, name, act, ref figures @ ..] = row[..] else { panic!("{row:?}") };
            let now = local(&format!("{}:00", time.replace(' ', "T")));
            world.clock().set(now);
            story.act(name, now, act).await;
            let expected: Vec<i64> = figures.iter().map(|figure| figure.parse().unwrap()).collect();
            assert_eq!(balance(app, &story.people[name]).await.as_slice(), expected, "after {name} {act} at {time}");
        }
        world.clock().set(local("2027-04-01T00:10:00"));

        assert_eq!(acts.len(), 17);
        assert_statement(&story).await;
        assert_exports(&story).await;
        assert_verifies(app).await;
    }
}
