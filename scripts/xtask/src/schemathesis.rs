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

/// How much to invent.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Requests invented for each query and mutation.
    #[arg(long, default_value_t = 500)]
    examples: u32,
    /// Where chance begins: the same number invents the same requests.
    #[arg(long, default_value_t = 1)]
    seed: u32,
}

/// Runs it twice, signed in and as a stranger. Without a network for its packages it says loudly that it did not run.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let Some(program) = install() else {
        say("NOT RUN: Schemathesis could not be installed (no Python, or no network for its packages)");
        return Ok(());
    };
    audits::install()?;
    let served = Served::start()?;
    let mut sign_in = audits::node();
    let token = process::read(served.tell(sign_in.arg("token.mjs")))?;
    for (who, header) in [("a stranger", None), ("somebody signed in", Some(format!("Authorization: Bearer {token}")))]
    {
        say(&format!("As {who}:"));
        let mut invent = Command::new(&program);
        let limit = options.examples.to_string();
        invent.args(["run", &format!("{}/graphql", served.url()), "--checks", "no_fault"]);
        invent.args(["--max-examples", &limit, "--seed", &options.seed.to_string(), "--phases", "fuzzing"]);
        // Limits on signing in are met at once, and their answers are what they should be.
        invent.args(["--suppress-health-check", "all", "--no-color"]);
        if let Some(header) = &header {
            invent.args(["--header", header]);
        }
        invent.env("SCHEMATHESIS_HOOKS", "no_fault").env("PYTHONPATH", root().join("tests/schemathesis"));
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
