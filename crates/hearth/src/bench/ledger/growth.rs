//! Whether a balance stays as quick to read when the ledger grows a hundredfold.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use app::{App, Principal};

use super::{
    super::{
        BenchArgs, Measured,
        place::{Database, Place},
        sandbox, store,
    },
    callers::{Seen, pick, run},
    world,
};
use crate::Failure;

/// Households, each with somebody who looks.
const HOUSEHOLDS: u32 = 1_000;

/// Postings of each household, besides the one it really earned by: 20,000 in all, and 2,000,000.
const FEW: i64 = 19;
const MANY: i64 = 1_999;

/// Reads balances of both sizes in turns.
pub(super) async fn measure(args: &BenchArgs, place: &Place) -> Result<Measured, Failure> {
    let small = Grown::fill(place, "growth_small", FEW).await?;
    let large = Grown::fill(place, "growth_large", args.postings_per_household.unwrap_or(MANY)).await?;
    let beside = "the same with 20,000 postings";
    let mut measured = Measured::new("balance_growth", place.engine(), "1/median latency", beside);
    let length = Duration::from_secs(args.seconds.into());
    small.read(Duration::from_millis(200)).await?;
    large.read(Duration::from_millis(200)).await?;
    for _ in 0..args.rounds() {
        measured.add_round(large.read(length).await?.alone(), small.read(length).await?.alone());
    }
    small.remove(place).await?;
    large.remove(place).await?;
    Ok(measured)
}

struct Grown {
    app: App,
    database: Database,
    members: Arc<[Principal]>,
    numbers: Arc<AtomicU64>,
}

impl Grown {
    async fn fill(place: &Place, purpose: &str, postings: i64) -> Result<Self, Failure> {
        let database = place.create(purpose).await?;
        let (app, _) = sandbox::app(database.open().await?);
        let members = world::found_with_salary(&app, HOUSEHOLDS).await?;
        store::fill_postings(app.db(), 2, 1 + postings).await?;
        Ok(Self { app, database, members: members.into(), numbers: Arc::default() })
    }

    /// One caller after another, so that nobody shares a statement.
    async fn read(&self, length: Duration) -> Result<Seen, Failure> {
        let (app, members) = (self.app.clone(), Arc::clone(&self.members));
        run(1, length, &self.numbers, move |number| {
            let (app, members) = (app.clone(), Arc::clone(&members));
            async move {
                let member = members[usize::try_from(pick(number, HOUSEHOLDS.into())).unwrap_or_default()];
                let household = member.household.ok_or_else(|| Failure::new("somebody has no household"))?.0;
                let found = app.find_balance(&member, household).await?;
                found.map(drop).ok_or_else(|| Failure::new("somebody has no balance"))
            }
        })
        .await
    }

    async fn remove(self, place: &Place) -> Result<(), Failure> {
        self.app.db().clone().close().await?;
        place.remove(self.database).await
    }
}
