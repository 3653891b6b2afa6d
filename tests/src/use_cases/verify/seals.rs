use std::sync::Arc;

use ledger::SealMark;
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use super::{disarm, history, named, told};
use crate::world::{assert_verifies, earn, found, set_rule};

/// Cuts the forgiving off H-CHEN's books and makes everything about that wallet fit: 10 more points are owed, and nobody forgave them.
const CUT_TAIL: &[&str] = &[
    "DELETE FROM transfers WHERE posting_id = (SELECT id FROM postings WHERE kind = 'forgive')",
    "UPDATE wallets SET owed = 30, last_no = 3, head = (SELECT hash FROM postings \
         WHERE household_id = wallets.household_id AND no = 3) WHERE owed = 20",
    "DELETE FROM postings WHERE kind = 'forgive'",
];

/// Wallets that somebody held are left for the next seal: also those of a transaction that was given up and is not quite over yet.
async fn seal_the_rest(world: &TestApp) -> usize {
    let mut sealed = 0;
    while world.db().count("wallets WHERE last_no > sealed_no").await > 0 {
        sealed += world.app().seal_ledger().await.unwrap();
    }
    sealed
}

on_both_engines! {
    async fn a_tail_cut_off_is_found_although_wallet_and_lots_were_made_to_fit(world: TestApp) {
        history::write(&world).await;
        disarm(&world).await;

        for cut in CUT_TAIL {
            assert_eq!(world.db().execute(cut).await, Ok(1), "{cut}");
        }

        let expected = ("head in seal 1".to_owned(), "the posting numbered 4 is not there".to_owned());
        assert_eq!(named(&world).await, [expected]);
    }

    async fn seals_that_were_taken_away_with_the_tail_are_found_by_the_audit_log_and_by_what_was_kept(world: TestApp) {
        history::write(&world).await;
        let kept = world.app().verify().await.unwrap().newest_seal.unwrap();
        disarm(&world).await;
        for cut in CUT_TAIL {
            assert_eq!(world.db().execute(cut).await, Ok(1), "{cut}");
        }
        for forget in ["DELETE FROM ledger_seal_heads", "DELETE FROM ledger_seals", "UPDATE wallets SET sealed_no = 0"] {
            world.db().execute(forget).await.unwrap();
        }
        let named_rows: Vec<String> = named(&world).await.into_iter().map(|(row, _)| row).collect();
        assert_eq!(named_rows, ["seal 1", "seal 2"]);

        // Whoever cleans the audit log too is found only by what was kept outside.
        world.db().execute("DELETE FROM audit_lines WHERE action = 'seal_ledger'").await.unwrap();
        assert_verifies(world.app()).await;
        let report = world.app().verify_against(kept).await.unwrap();
        let said: Vec<_> = report.differences.into_iter().map(told).collect();
        assert_eq!(said, [("seal 2".to_owned(), format!("it is not there, by what was kept it is {kept}"))]);
    }

    async fn what_was_kept_is_held_against_the_seal_of_that_number(world: TestApp) {
        history::write(&world).await;
        let app = world.app();
        let newest = app.verify().await.unwrap().newest_seal.unwrap();
        assert_eq!(newest.no, 2);
        assert!(app.verify_against(newest).await.unwrap().is_clean());

        let other = SealMark { no: 1, ..newest };
        let said: Vec<_> = app.verify_against(other).await.unwrap().differences.into_iter().map(told).collect();
        assert_eq!(said, [("seal 1".to_owned(), format!("its hash is another one, by what was kept it is {other}"))]);
    }

    async fn seals_what_was_posted_once_and_writes_nothing_when_nothing_was(world: TestApp) {
        let app = world.app();
        assert_eq!(app.seal_ledger().await.unwrap(), 0);
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-EMPTY").await;
        found(app, "H-WANG").await;
        earn(app, "H-WANG", "500").await;

        assert_eq!((app.seal_ledger().await.unwrap(), app.seal_ledger().await.unwrap()), (1, 0));
        assert_eq!(world.db().count("ledger_seals").await, 1);
        assert_eq!(world.db().count("audit_lines WHERE action = 'seal_ledger' AND subject = '1'").await, 1);
        assert_eq!(world.db().count("wallets WHERE sealed_no = last_no AND sealed_no = 1").await, 1);
        assert_verifies(app).await;
    }

    async fn several_who_seal_at_once_make_one_chain(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;
        for round in 0..5 {
            for n in 0..4 {
                let household = format!("H-{round}-{n}");
                found(&app, &household).await;
                earn(&app, &household, "100").await;
            }
            let sealing: Vec<_> = (0..4)
                .map(|_| {
                    let app = Arc::clone(&app);
                    tokio::spawn(async move { app.seal_ledger().await.unwrap() })
                })
                .collect();
            let mut sealed = 0;
            for seal in sealing {
                sealed += seal.await.unwrap();
            }
            sealed += seal_the_rest(&world).await;
            assert_eq!(sealed, 4);
        }
        assert_eq!(world.db().count("ledger_seal_heads").await, 20);
        assert_verifies(&app).await;
    }

    async fn a_dropped_seal_is_whole_or_not_at_all(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        earn(app, "H-WANG", "500").await;

        let completed = drop_at_every_await(async |_| app.seal_ledger().await.unwrap(), async |_| assert_verifies(app).await).await;

        assert!(completed.output <= 1);
        seal_the_rest(&world).await;
        assert_eq!(world.db().count("ledger_seals").await, 1);
        assert_verifies(app).await;
    }
}
