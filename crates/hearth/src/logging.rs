use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::Failure;

/// Logs to standard error what the filter lets through.
///
/// # Errors
/// A [`Failure`] when the filter is none, or logging was started before.
pub fn start(filter: &str) -> Result<(), Failure> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| Failure::because("could not start logging", error);
    let filter = EnvFilter::try_new(filter).map_err(|error| failed(error.into()))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .try_init()
        .map_err(failed)
}
