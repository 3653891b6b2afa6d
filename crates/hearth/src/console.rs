//! The one module that prints: what a command found goes to standard output, what it has to say about itself to standard error.

use std::{
    fmt::Display,
    io::{IsTerminal, Write},
};

/// Prints a line of the command's answer to standard output.
pub fn say(line: impl Display) {
    written(writeln!(std::io::stdout().lock(), "{line}"));
}

/// Prints a whole document to standard output, as it is.
pub fn put(document: &str) {
    written(std::io::stdout().lock().write_all(document.as_bytes()));
}

/// Prints a line about the command itself to standard error.
pub fn note(line: impl Display) {
    written(writeln!(std::io::stderr().lock(), "{line}"));
}

/// Whether a person watches standard error, so that a moving bar makes sense.
#[must_use]
pub fn is_watched() -> bool {
    std::io::stderr().is_terminal()
}

/// A reader that went away (`hearth … | head`) must not stop an import half-way, so a failed print is let go.
fn written(outcome: std::io::Result<()>) {
    drop(outcome);
}
