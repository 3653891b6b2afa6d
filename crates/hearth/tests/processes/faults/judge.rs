//! The books beside the journal: what was acknowledged is there, nothing else is, and everything once.

use std::collections::{BTreeMap, BTreeSet};

use testkit::{Engine, TestDb};

use super::{
    load::Journal,
    world::{PRICE, World},
};

/// Fails unless the database holds exactly what the journal says; returns what `hearth verify` said.
///
/// Every act's outcome is known by now, so "exactly" is meant: a row the clients were never told of would be an effect too many.
pub(super) async fn assert_kept(world: &World, journal: &Journal) -> String {
    let database = world.open().await;
    let kept = Kept::read(&database).await;

    let orders: BTreeMap<_, _> = journal.orders.values().cloned().collect();
    assert_eq!(orders.len(), journal.orders.len(), "every event tells of its own order");
    assert_eq!(kept.orders, orders, "orders");
    assert_eq!(kept.event_keys, journal.orders.keys().cloned().collect(), "keys of events");
    let points_of_orders = orders.into_iter().map(|(order, fen)| (order, fen / 100)).collect();
    assert_eq!(kept.earned, points_of_orders, "points earned by order");

    assert_eq!(kept.redeem_keys, journal.grants.keys().cloned().collect(), "keys of redemptions");
    let grants: BTreeSet<_> = journal.grants.values().cloned().collect();
    assert_eq!(grants.len(), journal.grants.len(), "two keys were answered with one grant");
    assert_eq!(kept.grants, grants, "grants");
    let spent = i64::try_from(grants.len()).unwrap() * PRICE;
    assert_eq!(kept.balance, kept.earned.values().sum::<i64>() - spent, "the sum of all balances");
    drop(database);
    world.run(&["verify"]).trim().to_owned()
}

/// What the books hold, as texts and numbers.
struct Kept {
    orders: BTreeMap<String, i64>,
    earned: BTreeMap<String, i64>,
    event_keys: BTreeSet<String>,
    redeem_keys: BTreeSet<String>,
    grants: BTreeSet<String>,
    balance: i64,
}

impl Kept {
    async fn read(database: &TestDb) -> Self {
        let hex = |column: &str| match database.engine() {
            Engine::Sqlite => format!("lower(hex({column}))"),
            Engine::Postgres => format!("replace(CAST({column} AS TEXT), '-', '')"),
        };
        let keys = async |operation: &str| {
            let rows =
                database.texts(&format!("SELECT key FROM idempotency_keys WHERE operation = '{operation}'")).await;
            let keys: BTreeSet<String> = rows.iter().map(|row| row[0].clone()).collect();
            assert_eq!(keys.len(), rows.len(), "a key is there twice");
            keys
        };
        let orders = "SELECT external_ref, CAST(cash_minor AS TEXT) FROM orders";
        let earned = format!(
            "SELECT o.external_ref, CAST(p.points AS TEXT) FROM postings p JOIN orders o ON o.household_id = p.household_id \
             AND p.reference = 'or_' || {} WHERE p.kind = 'earn'",
            hex("o.id")
        );
        assert_eq!(
            database.count("postings WHERE kind = 'earn'").await,
            database.count("orders").await,
            "earn postings"
        );
        assert_eq!(
            database.count("postings WHERE kind = 'redeem'").await,
            database.count("grants").await,
            "redeem postings"
        );
        let grants = database.texts(&format!("SELECT 'gr_' || {} FROM grants", hex("id"))).await;
        let balance = database.texts("SELECT CAST(COALESCE(SUM(balance - owed), 0) AS TEXT) FROM wallets").await;
        Self {
            orders: amounts(&database.texts(orders).await),
            earned: amounts(&database.texts(&earned).await),
            event_keys: keys("record_order_event").await,
            redeem_keys: keys("redeem_perk").await,
            grants: grants.iter().map(|row| row[0].clone()).collect(),
            balance: balance[0][0].parse().unwrap(),
        }
    }
}

/// Rows of a name and a number. No name may come twice.
fn amounts(rows: &[Vec<String>]) -> BTreeMap<String, i64> {
    let amounts: BTreeMap<_, _> = rows.iter().map(|row| (row[0].clone(), row[1].parse().unwrap())).collect();
    assert_eq!(amounts.len(), rows.len(), "a name is there twice");
    amounts
}
