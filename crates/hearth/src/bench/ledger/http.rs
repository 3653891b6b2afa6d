//! Redemptions over HTTP, beside TPC-B: what a member's tap costs with everything around it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::{
    super::{BenchArgs, Measured, demo, demo::Session, figure::Figure, place::Place, process, wire::Connection},
    WARM_UP,
    pgbench::Pgbench,
    say_peak,
    world::World,
};
use crate::{Failure, console};

/// Connections at once, each of another member.
const CONNECTIONS: usize = 64;

/// Runs both in turns; nothing where there is no `pgbench`.
pub(super) async fn measure(args: &BenchArgs, place: &Place, world: &World) -> Result<Option<Measured>, Failure> {
    let Some(pgbench) = Pgbench::fill(place, args.accounts).await? else {
        console::note("pgbench is not installed, so redeem_http_64 has nothing to stand beside and is left out");
        return Ok(None);
    };
    let sessions = demo::sign_in_all(&world.app, &world.mailer, world.addresses(CONNECTIONS)?).await?;
    let mut serve = process::serve(place, &world.database)?;
    let taps =
        Taps { address: serve.address.clone(), perk: world.perk(), sessions: sessions.into(), keys: Arc::default() };
    serve.first_answer(&taps.request(0)).await?;

    let floor = "pgbench TPC-B, scale 50, 32 clients";
    let mut measured = Measured::new("redeem_http_64", place.engine(), "redemptions/s", floor);
    taps.run(WARM_UP).await?;
    let length = Duration::from_secs(args.seconds.into());
    for _ in 0..args.rounds() {
        measured.add_round(taps.run(length).await?, pgbench.rate(args.seconds).await?);
    }

    say_peak("serve under redeem_http_64", place, serve.id());
    serve.stop().await?;
    pgbench.remove(place).await?;
    Ok(Some(measured))
}

/// Members who tap.
#[derive(Clone)]
struct Taps {
    address: String,
    perk: String,
    sessions: Arc<[Session]>,
    keys: Arc<AtomicU64>,
}

impl Taps {
    /// The next redemption of a member.
    fn request(&self, member: usize) -> Vec<u8> {
        let key = self.keys.fetch_add(1, Ordering::Relaxed);
        let document = format!(
            "mutation {{ redeemPerk(input: {{ perkId: \"{}\", idempotencyKey: \"http-key-{key:016}\" }}) \
             {{ grant {{ id }} userErrors {{ code }} }} }}",
            self.perk
        );
        self.sessions[member % self.sessions.len()].request(&self.address, &document)
    }

    async fn run(&self, length: Duration) -> Result<Figure, Failure> {
        let started = Instant::now();
        let mut members = JoinSet::new();
        for member in 0..CONNECTIONS {
            let taps = self.clone();
            members.spawn(async move { taps.tap(member, started, length).await });
        }
        let mut redeemed = 0;
        while let Some(done) = members.join_next().await {
            redeemed += done.map_err(|error| Failure::because("a connection's task ended", error))??;
        }
        Ok(Figure::per_second(redeemed, started.elapsed()))
    }

    async fn tap(&self, member: usize, started: Instant, length: Duration) -> Result<u64, Failure> {
        let connection = Connection::open(&self.address).await;
        let mut connection = connection.map_err(|error| Failure::because("could not connect", error))?;
        let mut redeemed = 0;
        while started.elapsed() < length {
            let answer = connection.exchange(&self.request(member)).await?;
            if answer.status != 200 || !answer.body.starts_with(br#"{"data":{"redeemPerk":{"grant":{"id":"#) {
                let body = String::from_utf8_lossy(answer.body);
                return Err(Failure::new(format!("a redemption was answered with status {}: {body}", answer.status)));
            }
            redeemed += 1;
        }
        Ok(redeemed)
    }
}
