//! What the command line says of studies.

use std::path::PathBuf;

use clap::Subcommand;
use kernel::{Id, kinds};

/// What can be done with studies.
#[derive(Debug, Subcommand)]
pub enum Study {
    /// Draft a study from a JSON file; nobody sees it before it is opened. Prints its id.
    #[command(after_help = "Example:
  hearth study draft docs/examples/tally/study.json")]
    Draft {
        /// The file: kind, title, options, definition, panel, closes_at.
        file: PathBuf,
    },
    /// Show the newest studies: which, where in their life, how many voted. Never how.
    #[command(after_help = "Example:
  hearth study list")]
    List,
    /// Open a study: what is asked and who may vote is frozen and hashed, and ballots are taken until it closes. It cannot be undone.
    #[command(after_help = "Example:
  hearth study open sy_0193c1a27e5b7cc29f6a0d4c5e8f1a2b")]
    Open {
        /// Its id.
        study: Id<kinds::Study>,
    },
    /// Count a study that has closed, and announce the result.
    #[command(after_help = "Example:
  hearth study publish sy_0193c1a27e5b7cc29f6a0d4c5e8f1a2b")]
    Publish {
        /// Its id.
        study: Id<kinds::Study>,
    },
    /// Write an announced study as a file that `hearth tally verify` recounts; from 20 ballots up.
    #[command(after_help = "Example:
  hearth study export sy_0193c1a27e5b7cc29f6a0d4c5e8f1a2b --out published.json")]
    Export {
        /// Its id.
        study: Id<kinds::Study>,
        /// Where to [default: standard output].
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}
