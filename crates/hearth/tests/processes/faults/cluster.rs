//! A PostgreSQL server of the test's own, durable as stock settings make it, that can be killed and started again.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use super::ids::{children_of, kill_all};
use crate::program::wait_until;

/// A server in a folder of its own; killed and removed when dropped, and also when this process dies.
pub(super) struct Cluster {
    programs: PathBuf,
    run_as: Vec<String>,
    folder: String,
    port: u16,
    postmaster: Child,
}

impl Cluster {
    /// Starts one of the newest PostgreSQL installed, with fsync as it comes.
    pub(super) fn start() -> Self {
        let (programs, run_as) = (newest_programs(), unprivileged_user());
        // Created as the server's user, who must own it. A socket's path may have 107 bytes at most.
        let folder = said(&mut command(&run_as, Path::new("mktemp"), &["-d", "/tmp/hearth-faults-pg-XXXXXX"]));
        let data = format!("{folder}/data");
        said(&mut command(
            &run_as,
            &programs.join("initdb"),
            &["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
        ));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let postmaster = spawn(&programs, &run_as, &folder, port);
        let cluster = Self { programs, run_as, folder, port, postmaster };
        cluster.wait_until_ready();
        cluster
    }

    pub(super) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Kills every process of the server at once, as a machine that dies does, and starts it again. Says how long it was away.
    ///
    /// Called by the thread that made the cluster: its processes are bound to die with the thread that started them.
    pub(super) fn crash_and_restart(&mut self) -> Duration {
        let begun = Instant::now();
        self.kill();
        self.postmaster = spawn(&self.programs, &self.run_as, &self.folder, self.port);
        self.wait_until_ready();
        begun.elapsed()
    }

    fn kill(&mut self) {
        let parent = self.postmaster.id();
        let mut ids = vec![parent];
        ids.extend(children_of(parent));
        // The postmaster first and all in one call: it must not get to tell the others.
        kill_all(&ids);
        self.postmaster.wait().unwrap();
        // A new one does not start while anybody is attached to the old one's shared memory.
        wait_until("the backends are gone", || ids.iter().all(|id| !Path::new(&format!("/proc/{id}")).exists()));
    }

    fn wait_until_ready(&self) {
        let port = self.port.to_string();
        let asked = ["-q", "-h", "127.0.0.1", "-p", &port, "-U", "postgres"];
        wait_until("PostgreSQL is ready", || {
            Command::new(self.programs.join("pg_isready")).args(asked).status().unwrap().success()
        });
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
        drop(fs::remove_dir_all(&self.folder));
        drop(fs::remove_file(format!("{}.log", self.folder)));
    }
}

fn spawn(programs: &Path, run_as: &[String], folder: &str, port: u16) -> Child {
    let (data, port) = (format!("{folder}/data"), port.to_string());
    let log = fs::OpenOptions::new().create(true).append(true).open(format!("{folder}.log")).unwrap();
    let settings = ["-D", &data, "-p", &port, "-k", folder, "-c", "listen_addresses=127.0.0.1"];
    let mut server = command(run_as, &programs.join("postgres"), &settings);
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

/// A program run as the server's user, who dies when this thread does.
fn command(run_as: &[String], program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).args(run_as).arg("--").arg(program).args(arguments).current_dir("/");
    command
}

fn said(command: &mut Command) -> String {
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{command:?}: {}", String::from_utf8_lossy(&ended.stderr));
    String::from_utf8_lossy(&ended.stdout).trim().to_owned()
}

/// PostgreSQL refuses to serve as root.
fn unprivileged_user() -> Vec<String> {
    if said(Command::new("id").arg("-u")) != "0" {
        return Vec::new();
    }
    ["--reuid=postgres", "--regid=postgres", "--clear-groups"].map(str::to_owned).to_vec()
}

/// Debian keeps each version in a folder of its number; elsewhere the programs are on the path.
fn newest_programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let numbers = versions.filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok());
    let programs = |number| PathBuf::from(format!("/usr/lib/postgresql/{number}/bin"));
    numbers.filter(|&number| programs(number).join("initdb").exists()).max().map(programs).unwrap_or_default()
}
