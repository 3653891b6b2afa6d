//! Whether a balance stays as quick to read when the ledger grows a hundredfold.

use std::{
    process::Stdio,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use app::{App, Principal};

use super::{
    super::{
        BenchArgs, Measured,
        figure::Figure,
        place::{Database, Place},
        process, sandbox, store,
    },
    callers::{Seen, pick, run},
    world,
};
use crate::{Failure, console};

/// Households, each with somebody who looks.
const HOUSEHOLDS: u32 = 1_000;

/// Postings of each household, besides the one it really earned by: 20,000 in all, and 2,000,000.
const FEW: i64 = 19;
const MANY: i64 = 1_999;

/// How often a process at work is asked for its memory.
const WATCH_EVERY: Duration = Duration::from_millis(20);

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
    say_verify(place, &large).await?;
    small.remove(place).await?;
    large.remove(place).await?;
    Ok(measured)
}

/// `hearth verify` over the large one, in a process of its own: how long it takes and the most memory it holds. The postings that were
/// put there are made up, so it also has differences to count.
async fn say_verify(place: &Place, grown: &Grown) -> Result<(), Failure> {
    let failed = |error| Failure::because("could not run verify", error);
    let postings = store::count_postings(grown.app.db()).await?;
    let started = Instant::now();
    let mut command = process::command_on(place, &grown.database, &["verify"])?;
    let mut child = command.stderr(Stdio::null()).spawn().map_err(failed)?;
    let mut peak = None;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        peak = child.id().and_then(process::peak_memory).max(peak);
        tokio::time::sleep(WATCH_EVERY).await;
    };
    let elapsed = started.elapsed();
    // It ends with 1 where something differs.
    if !matches!(status.code(), Some(0 | 1)) {
        return Err(Failure::new(format!("verify ended with {status}")));
    }
    console::note(format_args!(
        "verify/{}: {postings} postings in {} ms, {} a second, {} MB of memory at the most",
        place.engine(),
        Figure::millis(elapsed),
        Figure::per_second(postings, elapsed),
        peak.unwrap_or(Figure::whole(0)),
    ));
    Ok(())
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
