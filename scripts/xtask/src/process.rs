use std::{
    io::Write,
    os::unix::process::CommandExt,
    process::{Child, ChildStdin, Command, Stdio},
};

/// Cleans up after this process, however it ends: a return, a panic, Ctrl-C, even `kill -9`.
///
/// It is a shell that reads a pipe only we can write to. When we are gone the pipe ends, and it runs its clean-up. A handler of
/// signals in this process would need a library and still miss `kill -9`.
#[derive(Debug)]
pub(crate) struct Minder {
    shell: Child,
    pipe: Option<ChildStdin>,
}

/// Signals that end us must not end the one who cleans up after us. A line of `done` dismisses it.
const MIND: &str = "trap '' INT TERM HUP; while read -r word; do [ \"$word\" != done ] || exit 0; done; ";

impl Minder {
    /// Starts a minder that will run `clean_up`, a shell command that finds `arguments` in `$1`, `$2`, ….
    pub(crate) fn start(clean_up: &str, arguments: &[String]) -> Result<Self, String> {
        let mut shell = Command::new("sh")
            .args(["-c", &format!("{MIND}{clean_up}"), "minder"])
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("could not start sh: {error}"))?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// Lets it go without cleaning up.
    fn dismiss(mut self) {
        if let Some(mut pipe) = self.pipe.take() {
            // A minder that is already gone needs no word from us.
            drop(pipe.write_all(b"done\n"));
        }
    }
}

impl Drop for Minder {
    fn drop(&mut self) {
        drop(self.pipe.take());
        if let Err(error) = self.shell.wait() {
            say(&format!("could not wait for the clean-up: {error}"));
        }
    }
}

/// Runs a command to its end. Should we end first, it is told to end too, with everything it started.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let name = describe(command);
    // A process group of its own, so that cargo, the compilers and the tests can be ended as one.
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("could not start `{name}`: {error}"))?;
    let minder = Minder::start("kill -s TERM -- \"-$1\" 2>/dev/null", &[child.id().to_string()])?;
    let status = child.wait().map_err(|error| format!("could not wait for `{name}`: {error}"))?;
    minder.dismiss();
    if status.success() { Ok(()) } else { Err(format!("`{name}` ended with {status}")) }
}

/// Runs a command and returns what it printed, trimmed. What it prints when it fails becomes the failure.
pub(crate) fn read(command: &mut Command) -> Result<String, String> {
    let name = describe(command);
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("could not start `{name}`: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() {
        return Ok(text);
    }
    Err(format!("`{name}` ended with {}: {text} {}", output.status, String::from_utf8_lossy(&output.stderr).trim()))
}

/// Prints a line. That nobody reads any more is no reason to stop.
pub(crate) fn say(line: &str) {
    drop(writeln!(std::io::stdout(), "{line}"));
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
