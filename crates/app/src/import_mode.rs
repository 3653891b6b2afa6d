/// Whether an import does what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Judges every row as a real import would, and writes nothing. Rows of one call see each other, calls do not.
    DryRun,
    /// Judges and writes.
    Commit,
}
