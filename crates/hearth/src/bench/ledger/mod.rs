//! `bench ledger`: earning, redeeming, importing and reading, each beside the floor of `docs/BENCHMARKS.md`, on one database of
//! ours and one of the floors'. Start reading at [`measure`].

mod callers;
mod floors;
mod growth;
mod http;
mod import;
mod pgbench;
mod world;

use std::time::Duration;

use super::{BenchArgs, Engine, Measured, balance, figure::Figure, place::Place, process};
use crate::{Failure, console};
use callers::Seen;
use floors::{Floors, MULTI_CALLERS, Spread};
use world::World;

/// Callers of the lanes.
const LANE_CALLERS: usize = 256;

/// Callers of a quieter hour, for the latencies printed beside.
const QUIET_CALLERS: usize = 64;

/// How long both sides run before the first round counts.
const WARM_UP: Duration = Duration::from_secs(1);

/// Runs every bar of the engine in turns with its floor.
///
/// # Errors
/// A [`Failure`] of the engine, or at the first wrong answer.
pub async fn measure(args: &BenchArgs, place: &Place) -> Result<Vec<Measured>, Failure> {
    let bench =
        Bench { rounds: args.rounds(), length: Duration::from_secs(args.seconds.into()), engine: place.engine() };
    let floors = Floors::lay(place, args.accounts).await?;
    let mut all = Vec::new();
    if args.wants(&["import"]) {
        all.push(bench.import(args, place, &floors).await?);
    }
    if args.wants(LANE_BARS) {
        all.extend(bench.lanes(args, place, &floors).await?);
    }
    floors.remove(place).await?;
    if args.wants(&["balance_http"]) {
        all.push(Measured { measure: "balance_http", ..balance::measure(args, place).await? });
    }
    if args.wants(&["balance_growth"]) {
        all.push(growth::measure(args, place).await?);
    }
    Ok(all)
}

/// The bars that share one world of households.
const LANE_BARS: &[&str] =
    &["earn_lane_256", "redeem_lane_256", "redeem_alone", "earn_vs_multi", "redeem_hot_perk", "redeem_http_64"];

/// How often and how long.
struct Bench {
    rounds: u16,
    length: Duration,
    engine: Engine,
}

impl Bench {
    async fn lanes(&self, args: &BenchArgs, place: &Place, floors: &Floors) -> Result<Vec<Measured>, Failure> {
        let mut all = Vec::new();
        let world = World::fill(place, args.accounts).await?;
        world.earn(LANE_CALLERS, WARM_UP).await?;
        floors.lane(LANE_CALLERS, WARM_UP).await?;
        if args.wants(&["earn_lane_256"]) {
            all.push(self.earn_lane(&world, floors).await?);
        }
        if args.wants(&["redeem_lane_256"]) {
            all.push(self.redeem_lane(&world, floors).await?);
        }
        if args.wants(&["redeem_alone"]) {
            all.push(self.redeem_alone(&world, floors).await?);
        }
        if self.engine == Engine::Postgres {
            all.extend(self.postgres_lanes(args, place, &world, floors).await?);
        }
        if args.only.is_empty() {
            self.say_latencies(&world).await?;
        }
        world.remove(place).await?;
        Ok(all)
    }

    async fn postgres_lanes(
        &self,
        args: &BenchArgs,
        place: &Place,
        world: &World,
        floors: &Floors,
    ) -> Result<Vec<Measured>, Failure> {
        let mut all = Vec::new();
        if args.wants(&["earn_vs_multi"]) {
            all.push(self.earn_vs_multi(world, floors).await?);
        }
        if args.wants(&["redeem_hot_perk"]) {
            all.push(self.redeem_hot_perk(world, floors).await?);
        }
        if args.wants(&["redeem_http_64"]) {
            all.extend(http::measure(args, place, world).await?);
        }
        Ok(all)
    }

    async fn import(&self, args: &BenchArgs, place: &Place, floors: &Floors) -> Result<Measured, Failure> {
        let files = super::import::files(args, place)?;
        let beside = "transfers, 1,000 a commit, one connection";
        let mut measured = Measured::new("import", self.engine, "orders/s", beside);
        for round in 0..self.rounds {
            let database = place.create(&format!("import_{round}")).await?;
            let (orders, elapsed) = super::import::import(&database, &files, place).await?;
            measured.add_round(Figure::per_second(orders, elapsed), floors.thousands(self.length).await?);
            if round == 0 {
                import::say_disk(&database).await?;
            }
            place.remove(database).await?;
        }
        import::say_memory(place, &files).await?;
        Ok(measured)
    }

    async fn earn_lane(&self, world: &World, floors: &Floors) -> Result<Measured, Failure> {
        let beside = "the lane floor, 256 callers";
        let mut measured = Measured::new("earn_lane_256", self.engine, "orders/s", beside);
        for _ in 0..self.rounds {
            let ours = world.earn(LANE_CALLERS, self.length).await?;
            measured.add_round(ours.rate(), floors.lane(LANE_CALLERS, self.length).await?.rate());
        }
        Ok(measured)
    }

    async fn redeem_lane(&self, world: &World, floors: &Floors) -> Result<Measured, Failure> {
        let beside = "the lane floor, 256 callers";
        let mut measured = Measured::new("redeem_lane_256", self.engine, "redemptions/s", beside);
        for _ in 0..self.rounds {
            let ours = world.redeem(LANE_CALLERS, false, self.length).await?;
            measured.add_round(ours.rate(), floors.lane(LANE_CALLERS, self.length).await?.rate());
        }
        Ok(measured)
    }

    async fn redeem_alone(&self, world: &World, floors: &Floors) -> Result<Measured, Failure> {
        let beside = "the usual multi-statement transaction, alone";
        let mut measured = Measured::new("redeem_alone", self.engine, "1/median latency", beside);
        for _ in 0..self.rounds {
            let ours = world.redeem(1, false, self.length).await?;
            measured.add_round(ours.alone(), floors.multi(1, Spread::Uniform, self.length).await?.alone());
        }
        Ok(measured)
    }

    async fn earn_vs_multi(&self, world: &World, floors: &Floors) -> Result<Measured, Failure> {
        let beside = "the usual multi-statement transaction, 32 callers";
        let mut measured = Measured::new("earn_vs_multi", self.engine, "orders/s", beside);
        for _ in 0..self.rounds {
            let ours = world.earn(MULTI_CALLERS, self.length).await?;
            measured.add_round(ours.rate(), floors.multi(MULTI_CALLERS, Spread::Uniform, self.length).await?.rate());
        }
        Ok(measured)
    }

    async fn redeem_hot_perk(&self, world: &World, floors: &Floors) -> Result<Measured, Failure> {
        let beside = "the usual multi-statement transaction on one hot account, 32 callers";
        let mut measured = Measured::new("redeem_hot_perk", self.engine, "redemptions/s", beside);
        for _ in 0..self.rounds {
            let ours = world.redeem(MULTI_CALLERS, true, self.length).await?;
            measured.add_round(ours.rate(), floors.multi(MULTI_CALLERS, Spread::Hot, self.length).await?.rate());
        }
        Ok(measured)
    }

    async fn say_latencies(&self, world: &World) -> Result<(), Failure> {
        for callers in [QUIET_CALLERS, LANE_CALLERS] {
            self.say("earn", callers, &world.earn(callers, self.length).await?);
            self.say("redeem", callers, &world.redeem(callers, false, self.length).await?);
        }
        Ok(())
    }

    fn say(&self, verb: &str, callers: usize, seen: &Seen) {
        let [p50, p99] = [50, 99].map(|percent| Figure::millis(seen.percentile(percent)));
        console::note(format_args!(
            "{verb}/{} under {callers} callers: {} a second, p50 {p50} ms, p99 {p99} ms",
            self.engine,
            seen.rate()
        ));
    }
}

/// Says the most memory a process of ours held.
fn say_peak(what: &str, place: &Place, id: Option<u32>) {
    if let Some(peak) = id.and_then(process::peak_memory) {
        console::note(format_args!("{what}/{}: {peak} MB of memory at the most", place.engine()));
    }
}
