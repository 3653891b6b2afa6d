use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::process::{self, Minder, say};

/// Ports tried before giving up: another program may take the free port we found before the server does.
const MAX_STARTS: usize = 5;

/// What a cluster is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Tests: nothing outlives them, so nothing waits for the disk.
    Tests,
    /// Trying and measuring Hearth: stock settings, as durable and as slow as the real one.
    Trial,
}

/// A PostgreSQL server of our own in a temporary folder; gone when dropped, and also when this process dies.
#[derive(Debug)]
pub(crate) struct Cluster {
    url: String,
    // Held for its end: it stops the server and removes the folder.
    _minder: Minder,
}

impl Cluster {
    /// Starts a server of the newest PostgreSQL installed, on a free port of 127.0.0.1 and on a socket in its folder.
    pub(crate) fn start(purpose: Purpose) -> Result<Self, String> {
        let server = Server { programs: newest_programs(), run_as: unprivileged_user()? };
        // Created as the server's user, who must own it. Not in TMPDIR: a socket's path may have 107 bytes at most.
        let folder = process::read(&mut server.command(Path::new("mktemp"), &["-d", "/tmp/hearth-postgres-XXXXXX"]))?;
        let minder = server.minder(&folder)?;
        server.initialise(&folder, purpose)?;
        let port = server.start(&folder, purpose)?;
        Ok(Self { url: format!("postgres://postgres@127.0.0.1:{port}/postgres"), _minder: minder })
    }

    /// Where it is: its superuser needs no password, and only this machine reaches it.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

/// Keeps a cluster for trials until the process is ended.
pub(crate) fn run() -> Result<(), String> {
    let cluster = Cluster::start(Purpose::Trial)?;
    let url = cluster.url();
    say(&format!("PostgreSQL is ready until Ctrl-C, and gone afterwards:\n\n  HEARTH_DATABASE_URL={url} cargo run"));
    say(&format!("  HEARTH_TEST_POSTGRES_URL={url} cargo test\n"));
    loop {
        std::thread::sleep(Duration::from_secs(3_600));
    }
}

/// The programs of one PostgreSQL and who runs them.
struct Server {
    programs: PathBuf,
    run_as: Vec<String>,
}

impl Server {
    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut words = self.run_as.iter().map(String::as_str).chain(program.to_str()).chain(arguments.iter().copied());
        let mut command = Command::new(words.next().unwrap_or_default());
        // The server's user may not be allowed to look into the folder we were started in.
        command.args(words).current_dir("/");
        command
    }

    fn minder(&self, folder: &str) -> Result<Minder, String> {
        let stop = "folder=$1; shift; \"$@\" >/dev/null 2>&1; rm -rf \"$folder\"";
        let data = format!("{folder}/data");
        let pg_ctl = self.programs.join("pg_ctl").to_string_lossy().into_owned();
        let mut arguments = vec![folder.to_owned()];
        arguments.extend(self.run_as.iter().cloned());
        arguments.extend([pg_ctl, "-D".to_owned(), data, "-m".to_owned(), "immediate".to_owned(), "stop".to_owned()]);
        Minder::start(stop, &arguments)
    }

    fn initialise(&self, folder: &str, purpose: Purpose) -> Result<(), String> {
        let data = format!("{folder}/data");
        let mut arguments = vec!["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8"];
        if purpose == Purpose::Tests {
            arguments.push("--no-sync");
        }
        // Sorts text as dictionaries do, unlike SQLite, which sorts bytes: tests must see it where order depends on text.
        let supports_icu = self.major_version().is_some_and(|major| major >= 15);
        if supports_icu {
            arguments.extend(["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=und"]);
        }
        process::read(&mut self.command(&self.programs.join("initdb"), &arguments)).map(drop)
    }

    /// Starts the server and returns its port.
    fn start(&self, folder: &str, purpose: Purpose) -> Result<u16, String> {
        let speed = match purpose {
            Purpose::Tests => "-c max_connections=300 -c fsync=off -c synchronous_commit=off -c full_page_writes=off",
            Purpose::Trial => "",
        };
        let (data, log) = (format!("{folder}/data"), format!("{folder}/log"));
        let mut last_failure = String::new();
        for _ in 0..MAX_STARTS {
            let port = free_port()?;
            let settings = format!("-p {port} -k {folder} -c listen_addresses=127.0.0.1 {speed}");
            let arguments = ["-D", &data, "-l", &log, "-w", "-t", "60", "-o", &settings, "start"];
            match process::read(&mut self.command(&self.programs.join("pg_ctl"), &arguments)) {
                Ok(_) => return Ok(port),
                Err(failure) => last_failure = failure,
            }
        }
        let log = std::fs::read_to_string(&log).unwrap_or_default();
        Err(format!("PostgreSQL did not start on {MAX_STARTS} ports: {last_failure}\n{log}"))
    }

    /// The number after "(PostgreSQL) " in `initdb --version`.
    fn major_version(&self) -> Option<u32> {
        let version = process::read(Command::new(self.programs.join("initdb")).arg("--version")).ok()?;
        let number = version.split_once("(PostgreSQL) ")?.1;
        number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    }
}

/// Debian keeps each version in a folder of its number and puts none of them on the path.
fn newest_programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let numbers = versions.filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok());
    let programs = |number| PathBuf::from(format!("/usr/lib/postgresql/{number}/bin"));
    let installed = numbers.filter(|&number| programs(number).join("initdb").exists());
    installed.max().map(programs).unwrap_or_default()
}

/// The words before a command that run it as somebody PostgreSQL accepts: it refuses to serve as root.
fn unprivileged_user() -> Result<Vec<String>, String> {
    if process::read(Command::new("id").arg("-u"))? != "0" {
        return Ok(Vec::new());
    }
    let words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"];
    Ok(words.map(str::to_owned).to_vec())
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| format!("could not find a free port: {error}"))?;
    listener.local_addr().map(|address| address.port()).map_err(|error| format!("could not read a free port: {error}"))
}
