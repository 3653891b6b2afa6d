//! The one module that prints: what a command found goes to standard output, what it has to say about itself to standard error.

use std::{
    fmt::Display,
    io::{BufRead, IsTerminal, Read, Write},
};

use crate::Failure;

/// Longest line a password is read from, in bytes: its characters may have four each.
const MAX_PASSWORD_LINE: u64 = 1_024;

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

/// Asks for a password: twice and unseen on a terminal, else the first line of standard input is it.
///
/// # Errors
/// A [`Failure`] when nothing can be read, or when the two differ.
pub fn ask_password(prompt: &str) -> Result<String, Failure> {
    let unread = |error| Failure::because("could not read the password", error);
    if !std::io::stdin().is_terminal() {
        let mut line = String::new();
        let read = std::io::stdin().lock().take(MAX_PASSWORD_LINE).read_line(&mut line).map_err(unread)?;
        if read == 0 {
            return Err(Failure::new("standard input holds no password"));
        }
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    let password = rpassword::prompt_password(prompt).map_err(unread)?;
    let again = rpassword::prompt_password("Once more: ").map_err(unread)?;
    if password == again { Ok(password) } else { Err(Failure::new("the two passwords differ")) }
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
