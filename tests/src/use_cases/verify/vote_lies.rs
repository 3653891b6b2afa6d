//! Everything that can be falsified in a study, and what `hearth verify` says of it.

use app::cocreation::CastBallot;
use chrono::TimeDelta;
use cocreation::tally_file::Said;
use testkit::{TestApp, on_both_engines};

use super::{disarm, named};
use crate::world::{found, open_study};

/// A lie, and all that is said of it; `{first}` stands for the only chain there is.
const LIES: &[(&str, &[&str])] = &[
    ("UPDATE study_chains SET turnout = 2", &["its turnout 2, recomputed 3"]),
    ("UPDATE study_chains SET entries = 9", &["the number of its entries 9, recomputed 5"]),
    ("UPDATE study_chains SET head = 'x'", &["its head is not where its entries lead to"]),
    ("DELETE FROM study_chains", &["it is open and has no chain"]),
    (
        "UPDATE ballot_choices SET said = '{\"choice\":\"B\"}' WHERE said LIKE '%A%'",
        &[
            "its ballots are not those its chain was sealed with",
            "what was said is not what entry 1 commits to",
            "what was said is not what entry 2 commits to",
        ],
    ),
    (
        "UPDATE ballot_receipts SET receipt = '00000000000000000000' WHERE entry_no = 2",
        &["the receipt of entry 2 is not the chain's", "what was said is not what entry 2 commits to"],
    ),
    ("UPDATE ballot_receipts SET head = 'x' WHERE entry_no = 3", &["the receipt of entry 3 is not the chain's"]),
    ("UPDATE studies SET panel_size = 4", &["the size of its panel 4, recomputed 3"]),
    (
        "UPDATE studies SET frozen = replace(frozen, 'Which', 'What')",
        &[
            "its head is not where its entries lead to",
            "the receipt of entry 1 is not the chain's",
            "the receipt of entry 2 is not the chain's",
            "the receipt of entry 3 is not the chain's",
            "the receipt of entry 4 is not the chain's",
        ],
    ),
];

on_both_engines! {
    async fn every_lie_about_a_vote_is_named(world: TestApp) {
        let app = world.app();
        let owners = [found(app, "H-1").await, found(app, "H-2").await, found(app, "H-3").await];
        let study = open_study(app, &["A", "B"]).await;
        for (owner, choice) in [(0, "A"), (1, "A"), (2, "A"), (2, "B")] {
            let cast = CastBallot { study: study.id, said: Said::Choice(choice.to_owned()) };
            app.cast_ballot(&owners[owner], cast).await.unwrap().unwrap();
        }
        world.clock().advance(TimeDelta::days(7));
        app.close_studies().await.unwrap();
        assert_eq!(named(&world).await, []);
        disarm(&world).await;

        // Each lie is told on its own, and taken back from what was there.
        for table in ["studies", "study_chains", "ballot_choices", "ballot_receipts"] {
            world.db().execute(&format!("CREATE TABLE true_{table} AS SELECT * FROM {table}")).await.unwrap();
        }
        for (lie, expected) in LIES {
            world.db().execute(lie).await.unwrap();
            let said: Vec<String> = named(&world).await.into_iter().map(|(_, what)| what).collect();
            assert_eq!(said, *expected, "{lie}");
            for table in ["ballot_receipts", "ballot_choices", "study_chains", "studies"] {
                world.db().execute(&format!("DELETE FROM {table}")).await.unwrap();
                world.db().execute(&format!("INSERT INTO {table} SELECT * FROM true_{table}")).await.unwrap();
            }
        }
        assert_eq!(named(&world).await, []);
    }
}
