use testkit::{TestApp, on_both_engines};

use crate::world::{assert_verifies, balance, earn, found, local, set_rule};

on_both_engines! {
    async fn books_once_what_the_calendar_made_true_however_late(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        world.clock().set(local("2026-01-21T12:00:00"));
        let wang = found(app, "H-WANG").await;
        earn(app, "H-WANG", "600").await;

        // Earned on 1 January 2026: the 365th day after it is 1 January 2027.
        world.clock().set(local("2027-01-01T23:59:59"));
        assert_eq!(balance(app, &wang).await, [600, 0, 0, 0]);
        assert_eq!(app.lapse_lots().await.unwrap(), 0);

        world.clock().set(local("2027-01-05T03:00:00"));
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);
        assert_eq!(app.lapse_lots().await.unwrap(), 1);
        assert_eq!(app.lapse_lots().await.unwrap(), 0);

        assert_eq!(world.db().count("postings WHERE kind = 'lapse' AND points = 600").await, 1);
        assert_eq!(world.db().count("postings WHERE kind = 'lapse' AND business_date = '2027-01-02'").await, 1);
        assert_eq!(balance(app, &wang).await, [0, 0, 0, 0]);
        assert_verifies(app).await;
    }
}
