//! The floors, driven by callers as ours is.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task::JoinSet,
};

use super::{
    super::{
        Engine,
        figure::Figure,
        place::{Database, Place},
        store::{Floor, FloorTransfer},
    },
    callers::{Seen, pick, run},
};
use crate::Failure;

/// Connections of the floor: one for each caller of the usual transaction.
pub(super) const MULTI_CALLERS: usize = 32;

/// Transfers of one commit of the floor of `import`, and the most a writer of the lane takes.
const MANY: usize = 1_000;

/// Which accounts a transfer is between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spread {
    /// Any two.
    Uniform,
    /// Account 0 and any other.
    Hot,
}

/// A transfer, and who waits for its commit.
type Handed = (FloorTransfer, oneshot::Sender<()>);

/// The floor's database, open.
pub(super) struct Floors {
    floor: Arc<Floor>,
    database: Database,
    accounts: u64,
    numbers: Arc<AtomicU64>,
    writers: usize,
}

impl Floors {
    pub(super) async fn lay(place: &Place, accounts: u32) -> Result<Self, Failure> {
        let database = place.create("ledger_floor").await?;
        let connections = u32::try_from(MULTI_CALLERS).expect("a few");
        let floor = Floor::lay(database.open_bare(connections).await?, accounts.into()).await?;
        let writers = if place.engine() == Engine::Postgres { 2 } else { 1 };
        let (accounts, numbers) = (accounts.into(), Arc::default());
        Ok(Self { floor: Arc::new(floor), database, accounts, numbers, writers })
    }

    /// So many callers, each committing transfers of its own statement by statement.
    pub(super) async fn multi(&self, callers: usize, spread: Spread, length: Duration) -> Result<Seen, Failure> {
        let (floor, accounts) = (Arc::clone(&self.floor), self.accounts);
        run(callers, length, &self.numbers, move |number| {
            let floor = Arc::clone(&floor);
            async move { Ok(floor.transfer_by_statements(transfer(number, accounts, spread)).await?) }
        })
        .await
    }

    /// So many callers, each handing over one transfer and waiting for its commit.
    pub(super) async fn lane(&self, callers: usize, length: Duration) -> Result<Seen, Failure> {
        let (sender, receiver) = mpsc::channel::<Handed>(callers);
        let receiver = Arc::new(Mutex::new(receiver));
        let mut writers = JoinSet::new();
        for _ in 0..self.writers {
            writers.spawn(write(Arc::clone(&self.floor), Arc::clone(&receiver)));
        }
        let accounts = self.accounts;
        let seen = run(callers, length, &self.numbers, move |number| {
            let sender = sender.clone();
            async move {
                let (done, is_done) = oneshot::channel();
                let gone = |_| Failure::new("a writer of the floor's lane ended");
                sender.send((transfer(number, accounts, Spread::Uniform), done)).await.map_err(|_| gone(()))?;
                is_done.await.map_err(|_| gone(()))
            }
        })
        .await?;
        while let Some(ended) = writers.join_next().await {
            ended.map_err(|error| Failure::because("a writer's task ended", error))??;
        }
        Ok(seen)
    }

    /// One connection, a thousand transfers a commit; transfers a second.
    pub(super) async fn thousands(&self, length: Duration) -> Result<Figure, Failure> {
        let started = Instant::now();
        let mut done = 0;
        while started.elapsed() < length {
            let next = || self.numbers.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let batch: Vec<FloorTransfer> =
                (0..MANY).map(|_| transfer(next(), self.accounts, Spread::Uniform)).collect();
            self.floor.transfer_many(&batch).await?;
            done += 1_000;
        }
        Ok(Figure::per_second(done, started.elapsed()))
    }

    pub(super) async fn remove(self, place: &Place) -> Result<(), Failure> {
        if let Some(floor) = Arc::into_inner(self.floor) {
            floor.close().await?;
        }
        place.remove(self.database).await
    }
}

/// Drains what waits and commits it, until nobody can hand anything over any more.
async fn write(floor: Arc<Floor>, receiver: Arc<Mutex<mpsc::Receiver<Handed>>>) -> Result<(), Failure> {
    loop {
        let mut taken = Vec::with_capacity(MANY);
        if receiver.lock().await.recv_many(&mut taken, MANY).await == 0 {
            return Ok(());
        }
        let (transfers, callers): (Vec<FloorTransfer>, Vec<oneshot::Sender<()>>) = taken.into_iter().unzip();
        floor.transfer_many(&transfers).await?;
        callers.into_iter().for_each(|caller| caller.send(()).unwrap_or_default());
    }
}

fn transfer(number: u64, accounts: u64, spread: Spread) -> FloorTransfer {
    let from = match spread {
        Spread::Uniform => pick(2 * number, accounts),
        Spread::Hot => 0,
    };
    let to = (from + 1 + pick(2 * number + 1, accounts - 1)) % accounts;
    let account = |account| i64::try_from(account).expect("an account has a small number");
    // Keys as random as a client's would be, so that their index is touched all over.
    let idem = (u128::from(pick(number, u64::MAX)) << 64) | u128::from(number);
    FloorTransfer { idem, from: account(from), to: account(to), amount: 1 }
}

#[cfg(test)]
mod tests {
    use super::{Spread, transfer};

    #[test]
    fn never_moves_from_an_account_to_itself() {
        for number in 0..10_000 {
            let uniform = transfer(number, 7, Spread::Uniform);
            assert!(uniform.from != uniform.to && (0..7).contains(&uniform.to), "{uniform:?}");
            assert!(transfer(number, 7, Spread::Hot).to != 0);
        }
    }
}
