//! A statement read page by page while it grows: no line twice, none missing.

use app::{App, Page, PageSize, Principal, orders::EventTold};
use kernel::{Id, kinds};
use testkit::{TestApp, on_both_engines};

use crate::world::{event, found, paid, set_rule};

/// Lines of a page: no divisor of how many there are.
const SIZE: i64 = 7;

/// Tells of so many more orders, all at once.
async fn earn_more(app: &App, prefix: &str, count: usize) {
    let told: Vec<_> = (0..count)
        .map(|n| {
            let order = paid(&format!("{prefix}-{n}"), "H-WANG", "2026-05-20T11:00:00", &[("", "10")]);
            event(&format!("ev-{prefix}-{n}"), EventTold::Paid(order))
        })
        .collect();
    assert!(app.record_order_events(&told).await.unwrap().iter().all(Result::is_ok));
}

async fn read(app: &App, who: &Principal, page: Page<i64>) -> (Vec<(i64, Id<kinds::Posting>)>, bool) {
    let paged = app.list_statement(who, who.household.unwrap().0, page).await.unwrap().unwrap();
    (paged.items.iter().map(|posting| (posting.no, posting.cause.id)).collect(), paged.has_more)
}

on_both_engines! {
    async fn a_statement_read_from_the_newest_on_shows_each_line_once_while_others_arrive(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn_more(app, "before", 30).await;
        let size = PageSize::new(SIZE).unwrap();

        let (mut lines, mut has_more) = read(app, &wang, Page::Forward { size, after: None }).await;
        let mut pages = 1;
        while has_more {
            let after = lines.last().map(|line| line.0);
            // One batch is there before the page is read, another arrives while it is.
            earn_more(app, &format!("between-{pages}"), 3).await;
            let during = format!("during-{pages}");
            let ((), (page, more)) =
                tokio::join!(earn_more(app, &during, 3), read(app, &wang, Page::Forward { size, after }));
            lines.extend(page);
            has_more = more;
            pages += 1;
        }

        assert_eq!(pages, 5);
        assert_eq!(lines.iter().map(|line| line.0).collect::<Vec<_>>(), (1..=30).rev().collect::<Vec<_>>());
        let ids: std::collections::BTreeSet<_> = lines.iter().map(|line| line.1).collect();
        assert_eq!(ids.len(), 30);
        assert_eq!(world.db().count("postings").await, 30 + 4 * 6);
    }

    async fn a_statement_read_from_the_oldest_on_comes_to_every_line_that_arrived_meanwhile(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        earn_more(app, "before", 30).await;
        let size = PageSize::new(SIZE).unwrap();

        let mut pages = Vec::new();
        let mut before = None;
        loop {
            let during = format!("during-{}", pages.len());
            let ((), (page, has_more)) =
                tokio::join!(earn_more(app, &during, 3), read(app, &wang, Page::Backward { size, before }));
            before = page.first().map(|line| line.0);
            pages.push(page);
            if !has_more {
                break;
            }
        }
        let count = i64::try_from(world.db().count("postings").await).unwrap();
        let (rest, has_more) = read(app, &wang, Page::Backward { size, before }).await;
        pages.push(rest);

        let numbers: Vec<i64> = pages.iter().flat_map(|page| page.iter().rev().map(|line| line.0)).collect();
        assert!(!has_more);
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
    }
}
