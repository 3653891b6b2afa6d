use accounts::{HouseholdRow, ImportHouseholdRefusal as Refusal, Imported, Kin, PersonField, Relation, Role};
use kernel::FaultKind;
use testkit::{drop_at_every_await, on_both_engines};

use super::{World, row};
use crate::{ImportMode, accounts::MAX_HOUSEHOLD_ROWS};

fn rows() -> Vec<HouseholdRow> {
    vec![row("H1", "p1", Role::Owner), row("H1", "p2", Role::Child), row("H2", "p3", Role::Owner)]
}

/// In one statement: a commit that was under way may still become true between two.
async fn counts(world: &World) -> [u64; 5] {
    let tables = ["households", "wallets", "persons", "memberships", "audit_lines"];
    let sums = tables.map(|table| format!("CAST((SELECT count(*) FROM {table}) AS TEXT)"));
    let row = world.db.texts(&format!("SELECT {}", sums.join(", "))).await.concat();
    let counts: Vec<u64> = row.iter().map(|count| count.parse().unwrap()).collect();
    counts.try_into().unwrap()
}

on_both_engines! {
    async fn takes_people_once(world: World) {
        let first = world.app.import_households(rows(), ImportMode::Commit).await.unwrap();
        let after_first = counts(&world).await;
        let second = world.app.import_households(rows(), ImportMode::Commit).await.unwrap();

        assert_eq!((first, second), (vec![Ok(Imported::New); 3], vec![Ok(Imported::Duplicate); 3]));
        assert_eq!(after_first, [2, 2, 3, 3, 1]);
        assert_eq!(counts(&world).await, after_first);
    }

    async fn a_dry_run_judges_and_writes_nothing(world: World) {
        let answers = world.app.import_households(rows(), ImportMode::DryRun).await.unwrap();

        assert_eq!(answers, vec![Ok(Imported::New); 3]);
        assert_eq!(counts(&world).await, [0; 5]);
    }

    async fn a_refused_row_touches_no_other(world: World) {
        let orphan = Kin { senior: "nobody".parse().unwrap(), relation: Relation::Other };
        let bad = vec![
            HouseholdRow { person_name: "someone".parse().unwrap(), ..row("H1", "p1", Role::Owner) },
            row("H1", "p4", Role::Owner),
            HouseholdRow { kin: Some(orphan), ..row("H3", "p5", Role::Adult) },
            row("H4", "p6", Role::Adult),
        ];

        let answers = world.app.import_households([rows(), bad].concat(), ImportMode::Commit).await.unwrap();

        assert_eq!(answers[..3], [Ok(Imported::New), Ok(Imported::New), Ok(Imported::New)]);
        assert_eq!(answers[3], Err(Refusal::PersonDiffers { field: PersonField::Name }));
        assert_eq!(answers[4], Err(Refusal::SecondOwner));
        assert_eq!(answers[5], Err(Refusal::UnknownRelative { senior: "nobody".parse().unwrap() }));
        assert_eq!(answers[6], Ok(Imported::New));
        assert_eq!(counts(&world).await, [3, 3, 4, 4, 1]);
    }

    async fn the_same_rows_at_once_are_new_once(world: World) {
        let import = || {
            let app = world.app.clone();
            tokio::spawn(async move { app.import_households(rows(), ImportMode::Commit).await.unwrap() })
        };

        let imports: Vec<_> = (0..6).map(|_| import()).collect();
        let mut new = 0;
        for import in imports {
            new += import.await.unwrap().into_iter().filter(|answer| *answer == Ok(Imported::New)).count();
        }

        assert_eq!(new, 3);
        assert_eq!(counts(&world).await, [2, 2, 3, 3, 1]);
    }

    async fn a_dropped_import_leaves_all_or_nothing(world: World) {
        drop_at_every_await(
            async |_| world.app.import_households(rows(), ImportMode::Commit).await.unwrap(),
            async |polls| {
                let counts = counts(&world).await;
                assert!(counts == [0; 5] || counts == [2, 2, 3, 3, 1], "{counts:?} after {polls} polls");
            },
        )
        .await;

        assert_eq!(counts(&world).await, [2, 2, 3, 3, 1]);
    }

    async fn refuses_a_batch_that_is_too_large(world: World) {
        let rows = vec![row("H1", "p1", Role::Owner); MAX_HOUSEHOLD_ROWS + 1];

        let fault = world.app.import_households(rows, ImportMode::Commit).await.unwrap_err();

        assert_eq!(fault.kind(), FaultKind::Broken);
        assert_eq!(counts(&world).await, [0; 5]);
    }
}
