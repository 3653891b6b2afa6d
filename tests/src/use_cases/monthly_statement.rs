use app::{App, Principal, ledger::MonthlyStatement};
use kernel::Actor;
use testkit::{TestApp, on_both_engines};

use crate::world::{define_perk, earn, found, local, redeem, set_rule};

async fn month(app: &App, principal: &Principal, month: &str) -> Option<MonthlyStatement> {
    let household = principal.household.unwrap().0;
    app.find_monthly_statement(principal, household, month.parse().unwrap()).await.unwrap()
}

/// Opening, closing, and number, points, balance of each line.
fn figures(statement: &MonthlyStatement) -> (i64, i64, Vec<[i64; 3]>) {
    let lines = statement.lines.iter().map(|line| &line.posting);
    let lines = lines.map(|posting| [posting.no, posting.net_points(), posting.balance_after.get()]).collect();
    (statement.opening.balance.get(), statement.closing.balance.get(), lines)
}

/// 600 points written on 21 January 2026, 200 spent a second before and a second after the end of February.
async fn two_months(world: &TestApp) -> Principal {
    let app = world.app();
    set_rule(app, "1", "2017-01-01", &[]).await;
    world.clock().set(local("2026-01-21T12:00:00"));
    let wang = found(app, "H-WANG").await;
    earn(app, "H-WANG", "600").await;
    let perk = define_perk(app, 200, 5, 5).await;
    for (at, key) in [("2026-02-28T23:59:59", "key-0123456789abcdef"), ("2026-03-01T00:00:00", "key-1123456789abcdef")]
    {
        world.clock().set(local(at));
        app.redeem_perk(&wang, &redeem(perk.id, key)).await.unwrap().unwrap();
    }
    wang
}

on_both_engines! {
    async fn months_follow_each_other_without_a_gap_in_the_operators_zone(world: TestApp) {
        let app = world.app();
        let wang = two_months(&world).await;

        let january = month(app, &wang, "2026-01").await.unwrap();
        let february = month(app, &wang, "2026-02").await.unwrap();
        let march = month(app, &wang, "2026-03").await.unwrap();
        assert_eq!(figures(&january), (0, 600, vec![[1, 600, 600]]));
        assert_eq!(figures(&february), (600, 400, vec![[2, -200, 400]]));
        assert_eq!(figures(&march), (400, 200, vec![[3, -200, 200]]));
        assert_eq!((january.is_over, february.is_over, march.is_over), (true, true, false));
        assert_eq!(figures(&month(app, &wang, "2025-12").await.unwrap()), (0, 0, vec![]));
        // It was ordered on 1 January; that it was written on the 21st does not hide the day.
        assert_eq!(january.lines[0].posting.cause.business_date.to_string(), "2026-01-01");
        assert_eq!((january.lines[0].posting.cause.actor, &january.lines[0].person), (Actor::Operator, &None));
        assert_eq!(february.lines[0].person.as_ref().unwrap().as_str(), "H-WANG-owner");
    }

    async fn an_old_order_told_late_does_not_change_a_month_that_is_over(world: TestApp) {
        let app = world.app();
        let wang = two_months(&world).await;
        let before = month(app, &wang, "2026-02").await;

        world.clock().set(local("2026-03-05T09:00:00"));
        let order = crate::world::paid("LATE", "H-WANG", "2026-02-10T09:00:00", &[("", "50")]);
        app.import_orders(&[order], app::ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();

        assert_eq!(month(app, &wang, "2026-02").await, before);
        let march = month(app, &wang, "2026-03").await.unwrap();
        assert_eq!(figures(&march), (400, 250, vec![[3, -200, 200], [4, 50, 250]]));
        assert_eq!(march.lines[1].posting.cause.business_date.to_string(), "2026-02-10");
    }

    async fn a_clock_set_back_loses_no_line(world: TestApp) {
        let app = world.app();
        let wang = two_months(&world).await;
        world.clock().set(local("2026-02-20T09:00:00"));
        let order = crate::world::paid("BACK", "H-WANG", "2026-02-20T08:00:00", &[("", "7")]);
        app.import_orders(&[order], app::ImportMode::Commit).await.unwrap()[0].as_ref().unwrap();

        world.clock().set(local("2026-04-01T09:00:00"));
        let february = month(app, &wang, "2026-02").await.unwrap();
        let march = month(app, &wang, "2026-03").await.unwrap();
        assert_eq!(figures(&february), (600, 207, vec![[2, -200, 400], [3, -200, 200], [4, 7, 207]]));
        assert_eq!(figures(&march), (207, 207, vec![]));
    }

    async fn shows_a_month_to_its_members_only_and_none_that_has_not_begun(world: TestApp) {
        let app = world.app();
        let wang = two_months(&world).await;
        let li = found(app, "H-LI").await;
        let household = wang.household.unwrap().0;

        assert_eq!(month(app, &wang, "2026-04").await, None);
        assert_eq!(app.find_monthly_statement(&li, household, "2026-03".parse().unwrap()).await.unwrap(), None);
        let nowhere = kernel::Id::from_uuid(wang.person.uuid());
        assert_eq!(app.find_any_monthly_statement(nowhere, "2026-03".parse().unwrap()).await.unwrap(), None);
        assert_eq!(app.find_household_by_ref(&"H-WANG".parse().unwrap()).await.unwrap(), Some(household));
        assert_eq!(app.find_household_by_ref(&"H-NOBODY".parse().unwrap()).await.unwrap(), None);
    }

    async fn beyond_its_most_lines_it_says_how_many_are_left_out(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        world.clock().set(local("2026-03-20T09:00:00"));
        let wang = found(app, "H-WANG").await;
        let orders: Vec<_> = (0..5_003)
            .map(|n| crate::world::paid(&format!("D-{n}"), "H-WANG", "2026-03-01T09:00:00", &[("", "1")]))
            .collect();
        for batch in orders.chunks(500) {
            app.import_orders(batch, app::ImportMode::Commit).await.unwrap();
        }

        let march = month(app, &wang, "2026-03").await.unwrap();
        assert_eq!((march.lines.len(), march.lines_left_out), (5_000, 3));
        assert_eq!((march.opening.balance.get(), march.closing.balance.get()), (0, 5_003));
        assert_eq!(march.lines[4_999].posting.balance_after.get(), 5_000);
    }
}
