//! The accounts and the journal beside what the engine itself adds up.

use std::collections::BTreeMap;

use app::{
    App, ImportMode, Settings,
    ledger::{AdjustPoints, Adjustment, MovePoints, ReportRefusal},
    orders::EventTold,
};
use kernel::BusinessDate;
use ledger::{AccountPeriod, BookAccount, JournalEntry, PeriodLength};
use orders::OrderRefunded;
use testkit::{TestApp, TestDb, on_both_engines};

use crate::world::{define_perk, earn, event, found, label, local, paid, points, redeem, reference, set_rule, yuan};

fn day(text: &str) -> BusinessDate {
    text.parse().unwrap()
}

/// Earns, a redemption, a refund that leaves a debt, adjustments, a move and a lapse of two households, from March 2026 on.
async fn some_history(app: &App, world: &TestDb) {
    world.clock().set(local("2026-03-01T12:00:00"));
    set_rule(app, "1", "2017-01-01", &[]).await;
    let (wang, li) = (found(app, "H-WANG").await, found(app, "H-LI").await);
    let (wangs, lis) = (wang.household.unwrap().0, li.household.unwrap().0);
    world.clock().set(local("2026-03-21T23:59:59"));
    earn(app, "H-WANG", "333").await;
    earn(app, "H-LI", "77").await;
    let perk = define_perk(app, 131, 9, 9).await;
    app.redeem_perk(&wang, &redeem(perk.id, "key-0123456789abcdef")).await.unwrap().unwrap();
    world.clock().set(local("2026-03-22T00:00:00"));
    let refund = OrderRefunded {
        order_ref: reference("E-H-WANG"),
        refund_ref: reference("R-1"),
        refunded_at: local("2026-03-21T20:00:00"),
        amount: yuan("333"),
        lines: Vec::new(),
    };
    app.record_order_events(&[event("ev-1", EventTold::Refunded(refund))]).await.unwrap();
    for (n, adjustment, key) in
        [(200, Adjustment::Credit, "a"), (19, Adjustment::Debit, "b"), (19, Adjustment::Credit, "c")]
    {
        let idempotency_key = format!("key-0123456789abcdef-{key}").parse().unwrap();
        let adjust =
            AdjustPoints { household: wangs, adjustment, points: points(n), reason: label("decided"), idempotency_key };
        app.adjust_points(&adjust).await.unwrap().unwrap();
    }
    world.clock().set(local("2026-04-02T09:00:00"));
    let (reason, idempotency_key) = (label("moved in"), "key-0123456789abcdef".parse().unwrap());
    let moving = MovePoints { from: wangs, to: lis, contributor: None, reason, idempotency_key };
    app.move_points(&moving).await.unwrap().unwrap();
    // Told a month late.
    app.import_orders(&[paid("LATE", "H-LI", "2026-03-05T09:00:00", &[("", "41")])], ImportMode::Commit).await.unwrap();
    world.clock().set(local("2027-03-10T03:00:00"));
    while app.lapse_lots().await.unwrap() > 0 {}
}

/// By account, what came less what left: straight from the transfers, as the engine adds them up.
async fn net_by_account(db: &TestDb, which: &str) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for (column, sign) in [("from_account", -1), ("to_account", 1)] {
        let sql = format!(
            "SELECT t.{column}, CAST(SUM(t.points) AS TEXT) FROM transfers t \
             JOIN postings p ON p.household_id = t.household_id AND p.id = t.posting_id WHERE {which} GROUP BY t.{column}"
        );
        for row in db.texts(&sql).await {
            let account = if row[0] == "lot" { "lots".to_owned() } else { row[0].clone() };
            *sums.entry(account).or_default() += sign * row[1].parse::<i64>().unwrap();
        }
    }
    sums
}

fn net_of(periods: &[AccountPeriod]) -> BTreeMap<String, i64> {
    periods.iter().map(|period| (period.account.code().to_owned(), period.net())).collect()
}

async fn periods(app: &App, from: &str, until: &str, length: PeriodLength) -> Vec<AccountPeriod> {
    app.list_account_periods(day(from), day(until), length, |_| {}).await.unwrap().unwrap()
}

async fn journal(app: &App, from: &str, until: &str) -> Vec<JournalEntry> {
    app.list_journal(day(from), day(until), |_| {}).await.unwrap().unwrap()
}

fn sum_of(entries: &[JournalEntry], account: BookAccount, figure: fn(&ledger::JournalLine) -> i64) -> i64 {
    entries.iter().flat_map(|entry| &entry.lines).filter(|line| line.account == account).map(figure).sum()
}

on_both_engines! {
    async fn accounts_by_period_are_what_the_transfers_sum_to(world: TestApp) {
        let app = world.app();
        some_history(app, world.db()).await;

        let months = periods(app, "2026-03-01", "2027-03-31", PeriodLength::Month).await;
        assert_eq!(months.len(), 13 * 8);
        for month in months.chunks(8) {
            let (first, last) = (month[0].first_day, kernel::Month::of(month[0].first_day).last_day());
            let mut expected = net_by_account(world.db(), &format!("p.business_date >= '{first}' AND p.business_date <= '{last}'")).await;
            for account in BookAccount::ALL {
                expected.entry(account.code().to_owned()).or_default();
            }
            assert_eq!(net_of(month), expected, "{first}");
            assert_eq!(month.iter().map(AccountPeriod::closing).sum::<i64>(), 0, "{first}");
        }
        let all = net_by_account(world.db(), "1 = 1").await;
        for last in &months[12 * 8..] {
            assert_eq!(last.closing(), all.get(last.account.code()).copied().unwrap_or(0), "{}", last.account.code());
        }
        assert_eq!(months[0].account, BookAccount::Lots);

        // By day it is the same, and an export that begins later begins with what was there.
        let days = periods(app, "2026-03-05", "2026-04-02", PeriodLength::Day).await;
        let of_lots: Vec<&AccountPeriod> = days.iter().filter(|period| period.account == BookAccount::Lots).collect();
        assert_eq!((of_lots.len(), of_lots[0].opening), (29, 410));
        assert_eq!(of_lots[0].net(), 41);
        let outstanding: i64 = world.db().texts("SELECT CAST(SUM(balance) AS TEXT) FROM wallets").await[0][0].parse().unwrap();
        assert_eq!(months[12 * 8].closing(), outstanding);
    }

    async fn the_journal_closes_to_zero_and_its_liability_is_the_points_outstanding_at_their_value(db: TestDb) {
        let settings = Settings { point_value: "0.37".parse().unwrap(), ..Settings::default() };
        let app = app_with(&db, settings);
        some_history(&app, &db).await;
        db.clock().set(local("2027-04-01T00:10:00"));

        let entries = journal(&app, "2026-03-01", "2027-03-31").await;
        assert!(entries.iter().all(|entry| entry.lines.iter().map(|line| line.fen).sum::<i64>() == 0));
        let all = net_by_account(&db, "p.kind NOT IN ('move_out', 'move_in')").await;
        for account in BookAccount::ALL {
            assert_eq!(sum_of(&entries, account, |line| line.points), all.get(account.code()).copied().unwrap_or(0), "{}", account.code());
        }
        let value = app.settings().point_value;
        assert_eq!(sum_of(&entries, BookAccount::Lots, |line| line.fen), value.of(all["lots"]));
        assert_eq!(sum_of(&entries, BookAccount::Owed, |line| line.fen), -value.of(-all["owed"]));

        // What was told late is booked on the day it was told, and names the day it is about.
        let late: Vec<(String, String, &str)> = entries
            .iter()
            .filter(|entry| entry.business_date < entry.posting_date)
            .map(|entry| (entry.posting_date.to_string(), entry.business_date.to_string(), entry.code()))
            .collect();
        let told = |posted: &str, about: &str, code: &'static str| (posted.to_owned(), about.to_owned(), code);
        assert_eq!(late, [
            told("2026-03-21", "2026-03-01", "earn"),
            told("2026-03-22", "2026-03-21", "clawback"),
            told("2026-04-02", "2026-03-05", "earn"),
            told("2027-03-10", "2027-03-02", "lapse"),
            told("2027-03-10", "2027-03-06", "lapse"),
        ]);
        // A part of it, exported on its own and again, says the same.
        let april = journal(&app, "2026-03-22", "2026-04-30").await;
        let same: Vec<JournalEntry> = entries.into_iter().filter(|entry| (day("2026-03-22")..=day("2026-04-30")).contains(&entry.posting_date)).collect();
        assert_eq!(april, same);
        assert_eq!(journal(&app, "2026-03-22", "2026-04-30").await, same);
    }

    async fn an_export_is_refused_while_its_last_day_may_still_be_written_on(world: TestApp) {
        let app = world.app();
        world.clock().set(local("2026-04-01T00:09:59"));
        let last = day("2026-03-31");
        let asked = |from: &str, until: &str| (day(from), day(until));

        for ((from, until), refusal) in [
            (asked("2026-03-01", "2026-03-31"), ReportRefusal::NotOver { last }),
            (asked("2026-03-02", "2026-03-01"), ReportRefusal::Reversed),
            (asked("2016-03-01", "2026-03-30"), ReportRefusal::TooLong),
        ] {
            assert_eq!(app.list_journal(from, until, |_| {}).await.unwrap(), Err(refusal));
        }
        assert_eq!(app.list_account_periods(day("2026-03-02"), day("2026-03-01"), PeriodLength::Day, |_| {}).await.unwrap(), Err(ReportRefusal::Reversed));
        world.clock().set(local("2026-04-01T00:10:00"));
        assert_eq!(journal(app, "2026-03-01", "2026-03-31").await, []);
    }
}

fn app_with(db: &TestDb, settings: Settings) -> App {
    let mailer = mail::Mailer::capture("hearth@hearth.example".parse().unwrap());
    App::new(db.db().clone(), settings, app::Secret::new(vec![7; 32]).unwrap(), mailer)
}
