//! A rule closes when the operator would owe too much.

use app::{App, ImportMode, orders::Recorded};
use ledger::{EarnTerms, PROGRAMME_RULE};
use orders::OrderPaid;
use testkit::{TestApp, on_both_engines};

use super::stack_earn_rules::{add, import, plain, revise};
use crate::world::{assert_verifies, local, paid, points};

fn bounded(rate: &str, limit: i64) -> EarnTerms {
    EarnTerms { closes_at_liability: Some(points(limit)), ..plain(rate) }
}

fn order(number: &str, household: &str, ordered_at: &str, yuan: &str) -> OrderPaid {
    paid(number, household, ordered_at, &[("", yuan)])
}

/// Rules that are closed, as version and the points outstanding then.
async fn closures(app: &App) -> Vec<(u32, i64)> {
    let rules = app.list_earn_rules().await.unwrap();
    rules.closures.iter().map(|closure| (closure.version, closure.liability.get())).collect()
}

on_both_engines! {
    async fn closes_at_the_bound_and_lets_sales_of_before_earn(world: TestApp) {
        let app = world.app();
        revise(app, bounded("1", 100)).await;
        assert_eq!(import(app, &[order("D-1", "H-1", "2026-06-01T09:00:00", "99")]).await, [99]);
        assert_eq!(app.close_rules().await.unwrap(), 0);

        // What is earned between two looks is given, beyond the bound too.
        assert_eq!(import(app, &[order("D-2", "H-2", "2026-06-01T09:00:00", "41")]).await, [41]);
        assert_eq!((app.close_rules().await.unwrap(), closures(app).await), (1, vec![(1, 140)]));
        assert_eq!(app.close_rules().await.unwrap(), 0);

        let late = [
            order("D-3", "H-1", "2026-06-01T11:59:59", "10"),
            order("D-4", "H-1", "2026-06-01T12:00:00", "10"),
        ];
        assert_eq!(import(app, &late).await, [10, 0]);
        assert_eq!(world.db().count("audit_lines WHERE action = 'close_rules'").await, 1);
        let told = "outbox_events WHERE kind = 'ledger.earn_rule_closed.v1' AND settled_at IS NOT NULL";
        assert_eq!(world.db().count(told).await, 1);
        assert_verifies(app).await;
    }

    async fn a_revision_opens_it_again(world: TestApp) {
        let app = world.app();
        revise(app, bounded("1", 100)).await;
        import(app, &[order("D-1", "H-1", "2026-06-01T09:00:00", "100")]).await;
        assert_eq!(app.close_rules().await.unwrap(), 1);
        world.clock().set(local("2026-06-02T09:00:00"));

        revise(app, bounded("1", 150)).await;
        assert_eq!(app.close_rules().await.unwrap(), 0);
        assert_eq!(import(app, &[order("D-2", "H-1", "2026-06-02T08:00:00", "50")]).await, [50]);
        assert_eq!(app.close_rules().await.unwrap(), 1);
        assert_eq!(import(app, &[order("D-3", "H-1", "2026-06-02T10:00:00", "50")]).await, [0]);
        assert_eq!(closures(app).await, [(1, 100), (2, 150)]);
    }

    async fn other_rules_stay_open(world: TestApp) {
        let app = world.app();
        revise(app, plain("1")).await;
        let bonus = add(app, bounded("2", 30)).await;
        assert_eq!(import(app, &[order("D-1", "H-1", "2026-06-01T09:00:00", "10")]).await, [30]);
        assert_eq!(app.close_rules().await.unwrap(), 1);

        let rules = app.list_earn_rules().await.unwrap();
        assert_eq!((rules.closures.len(), rules.closures[0].rule), (1, bonus.id));
        assert_eq!(import(app, &[order("D-2", "H-1", "2026-06-01T13:00:00", "10")]).await, [10]);
        assert_eq!(world.db().count("postings").await, 3);
        assert_ne!(bonus.id, PROGRAMME_RULE);
    }

    async fn two_processes_that_look_at_once_close_it_once(world: TestApp) {
        let app = world.app();
        revise(app, bounded("1", 100)).await;
        import(app, &[order("D-1", "H-1", "2026-06-01T09:00:00", "100")]).await;

        let sales = [order("D-2", "H-2", "2026-06-01T12:00:00", "50")];
        let (one, other, third, sold) = tokio::join!(
            app.close_rules(),
            app.close_rules(),
            app.close_rules(),
            app.import_orders(&sales, ImportMode::Commit)
        );
        assert_eq!(one.unwrap() + other.unwrap() + third.unwrap(), 1);
        // Sold at the very instant of the closing: it earned when it was posted before, and not after.
        let Ok(Recorded::New { points, .. }) = sold.unwrap()[0] else { panic!("a new order") };
        assert!([0, 50].contains(&points.get()), "{points}");

        assert_eq!(closures(app).await.len(), 1);
        assert_eq!(world.db().count("audit_lines WHERE action = 'close_rules'").await, 1);
        assert_eq!(world.db().count("outbox_events WHERE kind = 'ledger.earn_rule_closed.v1'").await, 1);
        assert_verifies(app).await;
    }

    async fn a_closure_is_never_edited(world: TestApp) {
        let app = world.app();
        revise(app, bounded("1", 1)).await;
        import(app, &[order("D-1", "H-1", "2026-06-01T09:00:00", "100")]).await;
        app.close_rules().await.unwrap();

        for change in ["UPDATE earn_rule_closures SET closed_at = 1", "DELETE FROM earn_rule_closures"] {
            let refusal = world.db().execute(change).await.expect_err(change);
            assert!(refusal.contains("earn_rule_closures is append-only"), "{refusal}");
        }
    }
}
