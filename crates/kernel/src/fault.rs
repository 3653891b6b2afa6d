use std::{error::Error, fmt};

/// The machinery failed: the database, the disk, the network. Not a refusal: the caller did nothing wrong.
///
/// Says what we were doing and keeps its source. `Display` never repeats the source; print the chain with [`Fault::chain`].
#[derive(Debug)]
pub struct Fault {
    kind: FaultKind,
    doing: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What may be done about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// A lock or serialisation failure: the same use-case may succeed when run again.
    Contention,
    /// Too much is waiting, or the database cannot be reached: nothing was done, come back later.
    Busy,
    /// There is no room left to write to: nothing was done, and nothing will be until somebody makes room.
    StorageFull,
    /// Everything else. A write may or may not have happened: retry with the same idempotency key.
    Broken,
}

impl Fault {
    /// A fault without a source, such as stored data that cannot be.
    #[must_use]
    pub fn new(kind: FaultKind, doing: &'static str) -> Self {
        Self { kind, doing, source: None }
    }

    /// A fault caused by `source`.
    pub fn because(kind: FaultKind, doing: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, doing, source: Some(source.into()) }
    }

    /// Stored data that our own constraints should have made impossible.
    #[must_use]
    pub fn inconsistent(what: &'static str) -> Self {
        Self::new(FaultKind::Broken, what)
    }

    /// What may be done about it.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// The whole story in one line, outermost first, for the log.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut line = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            line.push_str(": ");
            line.push_str(&error.to_string());
            source = error.source();
        }
        line
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not {}", self.doing)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultKind};

    #[test]
    fn prints_its_chain_once() {
        let inner = Fault::because(FaultKind::Broken, "read the page", std::io::Error::other("disk gone"));
        let outer = Fault::because(FaultKind::Broken, "load the wallet", inner);

        assert_eq!(outer.to_string(), "could not load the wallet");
        assert_eq!(outer.chain(), "could not load the wallet: could not read the page: disk gone");
    }
}
