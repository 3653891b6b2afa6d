use std::{
    path::{Path, PathBuf},
    process::Command,
};

use clap::Args;

use crate::{
    audits,
    process::{self, say},
    served::{Served, root},
};

/// Whoever is first to it is a stranger from then on, so it has a turn of its own.
const SIGNS_OUT: &str = "Mutation.signOut";

/// The same of the staff.
const STAFF_SIGNS_OUT: &str = "Mutation.staffSignOut";

/// Who asks.
#[derive(Clone, Copy)]
enum Caller {
    Nobody,
    Member,
    Staff,
}

/// How much to invent.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Requests invented for each query and mutation.
    #[arg(long, default_value_t = 500)]
    examples: u32,
    /// Where chance begins: the same number invents the same requests.
    #[arg(long, default_value_t = 1)]
    seed: u32,
    /// Ask the optimised program: sooner done with many examples, and longer to build.
    #[arg(long)]
    release: bool,
    /// Only these operations, such as `Mutation.redeemPerk`; may be told again.
    #[arg(long)]
    only: Vec<String>,
}

impl Options {
    /// What every run of the tests invents: enough to reach what is behind each operation, seconds for each caller.
    pub(crate) const FEW: Self = Self { examples: 20, seed: 1, release: false, only: Vec::new() };
}

/// Runs it as a stranger, signed in, as somebody of the staff with every role, and signing out. Without a network for its packages it says loudly that it did not run.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let Some(program) = install() else {
        say("NOT RUN: Schemathesis could not be installed (no Python, or no network for its packages)");
        return Ok(());
    };
    audits::install()?;
    let served = Served::start(options.release)?;
    let member = || {
        let mut sign_in = audits::node();
        process::read(served.tell(sign_in.arg("token.mjs")))
    };
    let staff = |name: &str, leaves: bool| {
        let code = served.hire(name)?;
        let mut sign_in = audits::node();
        let of_staff = served.tell(sign_in.arg("staff-token.mjs")).env("HEARTH_STAFF_NAME", name);
        let of_staff = of_staff.envs(leaves.then_some(("HEARTH_LEAVES", "1")));
        process::read(of_staff.env("HEARTH_STAFF_CODE", code))
    };
    let (token, staff_token) = (member()?, staff("schema", true)?);
    let runs: [(&str, Caller, &[&str]); 5] = [
        ("a stranger", Caller::Nobody, &[]),
        ("somebody signed in", Caller::Member, &["--exclude-name", SIGNS_OUT]),
        ("somebody of the staff", Caller::Staff, &["--exclude-name", STAFF_SIGNS_OUT]),
        ("somebody who signs out", Caller::Member, &["--include-name", SIGNS_OUT]),
        ("somebody of the staff who signs out", Caller::Staff, &["--include-name", STAFF_SIGNS_OUT]),
    ];
    for (turn, (who, caller, arguments)) in runs.into_iter().enumerate() {
        let only = match arguments {
            // A name that is asked for says already which.
            [.., "--include-name", name] if !options.only.is_empty() && !options.only.iter().any(|it| it == name) => {
                continue;
            }
            [.., "--include-name", _] => &[],
            _ => options.only.as_slice(),
        };
        // Signed in for this turn: among all that was invented before may have been what ends a session.
        let header = match caller {
            Caller::Nobody => None,
            Caller::Member => Some(member()?),
            Caller::Staff => Some(staff(&format!("schema-{turn}"), false)?),
        };
        let header = header.map(|token| format!("Authorization: Bearer {token}"));
        say(&format!("As {who}:"));
        let mut invent = Command::new(&program);
        let limit = options.examples.to_string();
        invent.args(["run", &format!("{}/graphql", served.url()), "--checks", "no_fault"]);
        invent.args(["--max-examples", &limit, "--seed", &options.seed.to_string(), "--phases", "fuzzing"]);
        invent.args(["--suppress-health-check", "all", "--no-color"]).args(arguments);
        invent.args(header.iter().flat_map(|header| ["--header", header]));
        invent.args(only.iter().flat_map(|name| ["--include-name", name]));
        invent.env("SCHEMATHESIS_HOOKS", "no_fault").env("PYTHONPATH", root().join("tests/schemathesis"));
        served.tell(&mut invent).env("HEARTH_TOKEN", &token).env("HEARTH_STAFF_TOKEN", &staff_token);
        // It keeps what it met under the folder it runs in.
        invent.current_dir(folder());
        process::run(&mut invent).map_err(|failure| format!("{failure}\n{}", served.log()))?;
    }
    Ok(())
}

/// The program, in a Python environment of its own below `target`; `None` where that cannot be made.
fn install() -> Option<PathBuf> {
    let environment = folder().join("python");
    let program = environment.join("bin/schemathesis");
    let requirements = root().join("tests/schemathesis/requirements.txt");
    let stamp = environment.join("installed.txt");
    let wanted = std::fs::read(&requirements).ok()?;
    if std::fs::read(&stamp).is_ok_and(|found| found == wanted) {
        return Some(program);
    }
    let make = process::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
    let pip = |packages: &Path| {
        let mut pip = Command::new(environment.join("bin/pip"));
        process::run(pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(packages))
    };
    match make.and_then(|()| pip(&requirements)) {
        Ok(()) => std::fs::write(&stamp, wanted).ok().map(|()| program),
        Err(failure) => {
            say(&failure);
            None
        }
    }
}

fn folder() -> PathBuf {
    root().join("target/schemathesis")
}
