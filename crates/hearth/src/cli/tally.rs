//! What the command line says of counting files.

use std::path::PathBuf;

use clap::Subcommand;

/// What can be done with ballots in files.
#[derive(Debug, Subcommand)]
pub enum Tally {
    /// Count the ballots or answers of a file by the method it names, and print the result as JSON, every tied winner included.
    ///
    /// FILE is JSON of the format hearth-tally/1, up to 256 MiB and 2,000,000 entries. Nothing is counted when anything is wrong: the
    /// refusal begins with a code and names the ballot.
    #[command(after_help = "Example:
  hearth tally count ballots.json > result.json")]
    Count {
        /// The file.
        file: PathBuf,
    },
    /// Recount what was published of a vote and check its chain of hashes, without the database it came from.
    #[command(after_help = "Examples:
  hearth tally verify published.json
  hearth tally verify published.json --receipt 0123456789abcdef0123")]
    Verify {
        /// The file, JSON of the format hearth-publication/1.
        file: PathBuf,
        /// A receipt, or the chain's head that came with it: it must be in the chain.
        #[arg(long, value_name = "HEX")]
        receipt: Option<String>,
    },
}
