use std::path::PathBuf;

use clap::{Args, Subcommand};
use kernel::Label;

/// What can be done with offers.
#[derive(Debug, Subcommand)]
pub enum Offers {
    /// Put up the catalogue of a file instead of all that was on offer, whole or not at all.
    ///
    /// FILE is CSV with the columns product_id, name, unit, price; also pack (箱=24;30个), aliases and warns (health tags such as
    /// low_sugar), each with semicolons between. Up to 2,000 products.
    #[command(after_help = "Example:
  hearth offers replace today.csv")]
    Replace {
        /// CSV, gzipped or not.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Options of `understand`.
#[derive(Debug, Clone, Args)]
pub struct Understand {
    /// What there is to order.
    #[arg(long, value_name = "FILE")]
    pub catalogue: PathBuf,
    /// What was said.
    #[arg(long, value_name = "WORDS", required_unless_present = "file", conflicts_with = "file")]
    pub text: Option<String>,
    /// A file of what was said, an order a line.
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// A health tag of who speaks, such as low_sugar; may be given more than once.
    #[arg(long, value_name = "TAG")]
    pub health_tag: Vec<Label>,
}
