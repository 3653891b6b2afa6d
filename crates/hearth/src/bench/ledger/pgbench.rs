//! TPC-B by PostgreSQL's own `pgbench`, where it is installed.

use std::process::Stdio;

use tokio::process::Command;

use super::super::{
    figure::Figure,
    place::{Database, Place},
};
use crate::Failure;

/// As published figures have it; less for fewer accounts than the floors usually have, which is only for a quick look.
const SCALE: u32 = 50;

/// Accounts of the floors for each step of the scale.
const ACCOUNTS_A_STEP: u32 = 2_000;

/// Connections of pgbench.
const CLIENTS: &str = "32";

/// A database filled for TPC-B.
pub(super) struct Pgbench {
    database: Database,
}

impl Pgbench {
    /// Fills one; none when there is no `pgbench` on this machine.
    pub(super) async fn fill(place: &Place, accounts: u32) -> Result<Option<Self>, Failure> {
        if Command::new("pgbench").arg("--version").stdout(Stdio::null()).status().await.is_err() {
            return Ok(None);
        }
        let database = place.create("pgbench").await?;
        let scale = (accounts / ACCOUNTS_A_STEP).clamp(1, SCALE).to_string();
        run(&database, &["-i", "-q", "-s", &scale]).await?;
        Ok(Some(Self { database }))
    }

    /// Transactions a second over so many seconds.
    pub(super) async fn rate(&self, seconds: u16) -> Result<Figure, Failure> {
        let seconds = seconds.to_string();
        let said = run(&self.database, &["-n", "-M", "simple", "-c", CLIENTS, "-j", "2", "-T", &seconds]).await?;
        rate_of(&said).ok_or_else(|| Failure::new(format!("pgbench did not say how fast it was: {said}")))
    }

    pub(super) async fn remove(self, place: &Place) -> Result<(), Failure> {
        place.remove(self.database).await
    }
}

async fn run(database: &Database, arguments: &[&str]) -> Result<String, Failure> {
    let ended = Command::new("pgbench").args(arguments).arg(&database.url).output().await;
    let ended = ended.map_err(|error| Failure::because("could not run pgbench", error))?;
    if !ended.status.success() {
        return Err(Failure::because("pgbench failed", String::from_utf8_lossy(&ended.stderr)));
    }
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}

/// The line `tps = 2412.734 (without initial connection time)`, in whole transactions.
fn rate_of(said: &str) -> Option<Figure> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split(['.', ' ']).next()?.parse().ok().map(Figure::whole)
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_what_pgbench_says() {
        let said = "latency average = 13.3 ms\ntps = 2412.734 (without initial connection time)\n";
        assert_eq!(super::rate_of(said).unwrap().to_string(), "2412");
        assert_eq!(super::rate_of("latency average = 13.3 ms\n"), None);
    }
}
