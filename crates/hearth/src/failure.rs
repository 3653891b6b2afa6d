use std::fmt;

use kernel::Fault;

/// Why a command ended without doing its work: a sentence for the operator. Ends the process with exit code 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure the operator can act on.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// What could not be done with which thing, and what the machine said.
    pub fn because(what: impl fmt::Display, source: impl fmt::Display) -> Self {
        Self(format!("{what}: {source}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self(fault.chain())
    }
}
