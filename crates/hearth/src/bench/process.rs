//! This very program in processes of their own, with nothing set but what the bench sets.

use std::{
    fs::File,
    net::TcpListener,
    path::PathBuf,
    process::Stdio,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::{
    figure::Figure,
    place::{Database, Place},
    wire::Connection,
};
use crate::Failure;

/// How long a process may take to answer, or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a starting process is asked.
const POLL: Duration = Duration::from_millis(1);

/// A server of ours; killed when dropped.
#[derive(Debug)]
pub struct Running {
    /// Host and port.
    pub address: String,
    child: Child,
    log: PathBuf,
}

/// This program with arguments. What the operator set for the real thing is forgotten.
pub fn command(place: &Place, arguments: &[&str]) -> Result<Command, Failure> {
    let program =
        std::env::current_exe().map_err(|error| Failure::because("could not find this very program", error))?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(place.folder()).kill_on_drop(true).stdin(Stdio::null()).stdout(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HEARTH_")) {
        command.env_remove(name);
    }
    Ok(command)
}

/// This program working on a database, with files in the place's folder.
///
/// # Errors
/// A [`Failure`] when it cannot find itself.
pub fn command_on(place: &Place, database: &Database, arguments: &[&str]) -> Result<Command, Failure> {
    let mut command = command(place, arguments)?;
    command.env("HEARTH_DATABASE_URL", &database.url).env("HEARTH_DATA_DIR", place.folder()).env("HEARTH_LOG", "warn");
    Ok(command)
}

/// Starts `serve` on a database and a free port. It may not answer yet.
///
/// # Errors
/// A [`Failure`] when it cannot be started.
pub fn serve(place: &Place, database: &Database) -> Result<Running, Failure> {
    let address = free_address().map_err(|error| Failure::because("could not find a free port", error))?;
    let log = place.folder().join("serve.log");
    let log_file = File::create(&log).map_err(|error| Failure::because("could not create a log file", error))?;
    let mut command = command_on(place, database, &["serve"])?;
    // One person asks more in a second here than anybody does in a day.
    command.env("HEARTH_LISTEN", &address).stderr(log_file);
    // One caller asks more than any may: as much at once as in a second.
    command.env("HEARTH_QUERY_COST_BUCKET", "1000000").env("HEARTH_QUERY_COST_PER_SECOND", "1000000");
    // What is on the database is the bench's own; the demo would meet its people.
    command.env("HEARTH_DEMO", "off");
    let child = command.spawn().map_err(|error| Failure::because("could not start serve", error))?;
    Ok(Running { address, child, log })
}

/// Starts the bare handler, which answers when this returns.
///
/// # Errors
/// A [`Failure`] when it does not start.
pub async fn bare_handler(place: &Place) -> Result<Running, Failure> {
    let failed = |error| Failure::because("could not start the bare handler", error);
    let mut child = command(place, &["bench", "bare-handler"])?.stdout(Stdio::piped()).spawn().map_err(failed)?;
    let output = child.stdout.take().ok_or_else(|| Failure::new("the bare handler has no output"))?;
    let mut address = String::new();
    BufReader::new(output).read_line(&mut address).await.map_err(failed)?;
    Ok(Running { address: address.trim().to_owned(), child, log: PathBuf::new() })
}

impl Running {
    /// Asks until the answer is 200, and returns its body.
    ///
    /// # Errors
    /// A [`Failure`] with the end of the log when it ends, refuses, or takes longer than a minute.
    pub async fn first_answer(&mut self, request: &[u8]) -> Result<Vec<u8>, Failure> {
        let started = Instant::now();
        loop {
            if let Ok(mut connection) = Connection::open(&self.address).await
                && let Ok(answer) = connection.exchange(request).await
            {
                return match answer.status {
                    200 => Ok(answer.body.to_vec()),
                    status => Err(Failure::because(
                        format!("serve answered with status {status}"),
                        String::from_utf8_lossy(answer.body),
                    )),
                };
            }
            let has_ended = self.child.try_wait().map_err(|error| Failure::because("could not watch serve", error))?;
            if has_ended.is_some() || started.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(&self.log).unwrap_or_default();
                return Err(Failure::because("serve did not answer", log));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The process's number, while it runs.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks it to stop as a service manager does, and waits until it did.
    ///
    /// # Errors
    /// A [`Failure`] when it does not.
    pub async fn stop(mut self) -> Result<(), Failure> {
        let failed = |error| Failure::because("could not stop a server", error);
        let id = self.id().ok_or_else(|| Failure::new("a server ended before it was told to"))?;
        Command::new("kill").arg("-TERM").arg(id.to_string()).status().await.map_err(failed)?;
        let stopped = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        stopped.map_err(|_| Failure::new("a server did not stop within a minute"))?.map(drop).map_err(failed)
    }
}

/// The most memory a process has held so far, in megabytes, as Linux counts it.
#[must_use]
pub fn peak_memory(id: u32) -> Option<Figure> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    super::memory::kibibytes(&status, "VmHWM:").map(Figure::megabytes)
}

fn free_address() -> std::io::Result<String> {
    TcpListener::bind("127.0.0.1:0")?.local_addr().map(|address| address.to_string())
}
