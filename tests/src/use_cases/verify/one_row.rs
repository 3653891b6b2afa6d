use testkit::{TestApp, on_both_engines};

use super::{disarm, hex, history, lies, named, seal_lies, spelled, tender_lies};

/// A lie: one row of a table is changed, and this must be said of the row it falsifies.
pub(super) struct Lie {
    /// The table.
    pub(super) table: &'static str,
    /// Which row: exactly one.
    pub(super) which: &'static str,
    /// What is done to it: `SET …`, or `DELETE`.
    pub(super) change: &'static str,
    /// What must be named: its beginning, and the column of the falsified row that holds the id behind it, if one does.
    pub(super) row: (&'static str, &'static str),
    /// What must be said of it, or a part of that where it goes on with an id.
    pub(super) said: &'static str,
}

/// Tells each lie in turn on one history, and takes it back: in the end the books must be clean again.
async fn tell(world: &TestApp, lies: &[Lie]) {
    history::write(world).await;
    assert_eq!(named(world).await, []);
    disarm(world).await;
    let mut silent = Vec::new();
    for Lie { table, which, change, row: (noun, column), said } in lies {
        let id = match *column {
            "" => vec![vec![String::new()]],
            column => world.db().texts(&format!("SELECT {} FROM {table} WHERE {which}", hex(world, column))).await,
        };
        let lie = match *change {
            "DELETE" => format!("DELETE FROM {table} WHERE {which}"),
            change => format!("UPDATE {table} {change} WHERE {which}"),
        };
        world.db().execute(&format!("CREATE TABLE kept AS SELECT * FROM {table}")).await.unwrap();
        assert_eq!(world.db().execute(&spelled(world, &lie)).await, Ok(1), "{lie}");
        let differences = named(world).await;
        let expected = (format!("{noun}{}", id[0][0]), *said);
        if !differences.iter().any(|(row, what)| row.starts_with(&expected.0) && what.contains(expected.1)) {
            silent.push(format!("{lie}\n    expected {expected:?}\n    but named {differences:?}"));
        }
        for undo in [
            format!("DELETE FROM {table}"),
            format!("INSERT INTO {table} SELECT * FROM kept"),
            "DROP TABLE kept".to_owned(),
        ] {
            world.db().execute(&undo).await.unwrap();
        }
    }
    assert!(silent.is_empty(), "Lies that were not named:\n  {}\n", silent.join("\n  "));
    assert_eq!(named(world).await, []);
}

on_both_engines! {
    async fn names_one_changed_row_of_wallets_and_lots(world: TestApp) {
        tell(&world, lies::WALLETS_AND_LOTS).await;
    }

    async fn names_one_changed_posting(world: TestApp) {
        tell(&world, lies::POSTINGS).await;
    }

    async fn names_one_changed_transfer(world: TestApp) {
        tell(&world, lies::TRANSFERS).await;
    }

    async fn names_one_changed_row_of_holds(world: TestApp) {
        tell(&world, lies::HOLDS).await;
    }

    async fn names_one_changed_row_of_grants_stocks_and_keys(world: TestApp) {
        tell(&world, lies::RIGHTS).await;
    }

    async fn misses_no_key_of_a_grant_that_is_older_than_keys_are_kept(world: TestApp) {
        history::write(&world).await;
        disarm(&world).await;
        let of_chen = "household_id = (SELECT household_id FROM households WHERE external_ref = 'H-CHEN')";
        let delete = "DELETE FROM idempotency_keys WHERE key = 'key-of-chen-0123456789'";
        assert_eq!(world.db().execute(delete).await, Ok(1));
        let kept = db::idempotency::KEPT_DAYS * 86_400_000;

        let younger = format!("UPDATE grants SET granted_at = granted_at - {} WHERE {of_chen}", kept - 86_400_000);
        assert_eq!(world.db().execute(&younger).await, Ok(1));
        assert_eq!(named(&world).await.len(), 1);
        let older = format!("UPDATE grants SET granted_at = granted_at - 86400000 WHERE {of_chen}");
        assert_eq!(world.db().execute(&older).await, Ok(1));
        assert_eq!(named(&world).await, []);
    }

    async fn names_one_changed_row_of_orders_paid_with_points(world: TestApp) {
        tell(&world, tender_lies::TENDERS).await;
    }

    async fn names_one_changed_row_of_seals(world: TestApp) {
        tell(&world, seal_lies::SEALS).await;
    }
}
