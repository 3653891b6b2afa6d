//! What can be falsified about a booked delivery slot, and what `hearth verify` says of it.

use testkit::{TestApp, on_both_engines};

use super::{disarm, named};
use crate::use_cases::delivery_slots::two_bookings;

/// A lie, and all that is said of it.
const LIES: &[(&str, &[&str])] = &[
    ("UPDATE delivery_slots SET taken = 3", &["how many are taken 3, recomputed 2"]),
    ("DELETE FROM delivery_slots", &["it is not there, and 2 book it"]),
    (
        "UPDATE grants SET slot_id = NULL, order_id = NULL WHERE price_points = 100 AND paid_by_id IS NULL \
         AND household_id = (SELECT household_id FROM households WHERE external_ref = 'H-0')",
        &["how many are taken 2, recomputed 1", "its input is not"],
    ),
];

on_both_engines! {
    async fn every_lie_about_a_booked_slot_is_named(world: TestApp) {
        two_bookings(world.app()).await;
        assert_eq!(named(&world).await, []);
        disarm(&world).await;
        for table in ["delivery_slots", "grants"] {
            world.db().execute(&format!("CREATE TABLE true_{table} AS SELECT * FROM {table}")).await.unwrap();
        }
        for (lie, expected) in LIES {
            world.db().execute(lie).await.unwrap();
            let mut said: Vec<String> = named(&world).await.into_iter().map(|(_, what)| what).collect();
            said.sort();
            assert_eq!(said.len(), expected.len(), "{lie}: {said:?}");
            assert!(said.iter().zip(*expected).all(|(said, expected)| said.starts_with(expected)), "{lie}: {said:?}");
            for table in ["delivery_slots", "grants"] {
                world.db().execute(&format!("DELETE FROM {table}")).await.unwrap();
                world.db().execute(&format!("INSERT INTO {table} SELECT * FROM true_{table}")).await.unwrap();
            }
        }
        assert_eq!(named(&world).await, []);
    }
}
