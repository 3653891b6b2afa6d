use std::{
    fs::File,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crate::{
    process::{self, Minder},
    test::cargo,
};

/// How long a server may take to fill in its demo and answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A Hearth with its demo on an embedded database in a temporary folder; both gone when dropped, and when this process dies.
#[derive(Debug)]
pub(crate) struct Served {
    program: PathBuf,
    child: Child,
    address: String,
    folder: PathBuf,
    // Held for its end: it stops the server and removes the folder.
    _minder: Minder,
}

impl Served {
    /// Builds the program, optimised or not, and starts it on a free port of 127.0.0.1. Its limits over time are wide: those have tests of their own.
    pub(crate) fn start(is_release: bool) -> Result<Self, String> {
        let optimised: &[&str] = if is_release { &["--release"] } else { &[] };
        process::run(cargo(&["build", "--locked", "--package", "hearth"]).args(optimised))?;
        let program = root().join("target").join(if is_release { "release" } else { "debug" }).join("hearth");
        let folder = PathBuf::from(process::read(Command::new("mktemp").args(["-d", "/tmp/hearth-served-XXXXXX"]))?);
        let failed = |error: std::io::Error| format!("could not start hearth: {error}");
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).map_err(failed)?.to_string();
        let log = File::create(folder.join("log")).map_err(failed)?;
        let child = Command::new(&program)
            .arg("serve")
            .current_dir(&folder)
            .env("HEARTH_LISTEN", &address)
            .env("HEARTH_DEMO", "on")
            .env("HEARTH_QUERY_COST_BUCKET", "1000000")
            .env("HEARTH_QUERY_COST_PER_SECOND", "1000000")
            .env("HEARTH_TRUSTED_PROXIES", "127.0.0.1")
            .env("HEARTH_CUT_OFF", cut_off())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(failed)?;
        let clean_up = "kill -s TERM \"$1\" 2>/dev/null; rm -rf \"$2\"";
        let arguments = [child.id().to_string(), folder.display().to_string()];
        let minder = Minder::start(clean_up, &arguments)?;
        let served = Self { program, child, address, folder, _minder: minder };
        served.wait_until_ready()?;
        Ok(served)
    }

    /// Where it serves.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Tells a command where it is, by variables.
    pub(crate) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("HEARTH_URL", self.url())
            .env("HEARTH_MAIL", self.folder.join("data/mail"))
            .env("HEARTH_STAFF", self.folder.join("data/demo-staff.txt"))
            .env("HEARTH_PID", self.child.id().to_string())
    }

    /// Takes somebody into the staff with every role, as the operator does from the shell; a recovery code of theirs.
    pub(crate) fn hire(&self, name: &str) -> Result<String, String> {
        let script = "echo 'correct horse battery' | \"$0\" staff create --name \"$1\" \
             --role support --role perks --role finance --role auditor --role admin";
        let mut create = Command::new("sh");
        create.args(["-c", script]).arg(&self.program).arg(name).current_dir(&self.folder);
        let printed = process::read(&mut create)?;
        let is_code = |line: &&str| line.len() == 19 && line.split('-').all(|group| group.len() == 4);
        let code = printed.lines().map(str::trim).find(is_code);
        code.map(str::to_owned).ok_or_else(|| format!("no recovery code was printed: {printed}"))
    }

    /// What it logged, for whoever looks why a check failed.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn wait_until_ready(&self) -> Result<(), String> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.is_ready() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(format!("hearth did not get ready: {}", self.log()))
    }

    fn is_ready(&self) -> bool {
        let mut answer = String::new();
        let asked = TcpStream::connect(&self.address).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            write!(stream, "GET /readyz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address)?;
            stream.read_to_string(&mut answer)
        });
        asked.is_ok() && answer.starts_with("HTTP/1.1 200")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A time of day that is half a day away in Shanghai, so that orders are open whenever this runs.
#[expect(clippy::disallowed_methods, reason = "a tool that starts the program has no clock of the program's")]
fn cut_off() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let minute = (now / 60 + 8 * 60 + 12 * 60) % (24 * 60);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
