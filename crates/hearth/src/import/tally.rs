use std::{fmt, time::Duration};

use app::ImportMode;
use kernel::Points;

use super::progress::{grouped, rate};

/// What became of the rows of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// What one row is, in the plural.
    pub noun: &'static str,
    /// Rows read, good and bad.
    pub rows: u64,
    /// Rows that changed something.
    pub new: u64,
    /// Rows that were there already.
    pub known: u64,
    /// Rows in the reject file.
    pub rejected: u64,
    /// Columns nobody knows: in the reject file too, though their rows are taken.
    pub unknown_columns: u64,
    /// The points new rows earned.
    pub points: Points,
}

impl Tally {
    /// Nothing read yet.
    #[must_use]
    pub fn of(noun: &'static str) -> Self {
        Self { noun, rows: 0, new: 0, known: 0, rejected: 0, unknown_columns: 0, points: Points::ZERO }
    }
}

/// What an import did, for the person who started it.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Whether it was meant.
    pub mode: ImportMode,
    /// File by file; the one the import is about comes last.
    pub tallies: Vec<Tally>,
    /// Columns that are known and were not read: file, columns.
    pub ignored: Vec<(String, Vec<String>)>,
    /// From the first byte to the last commit.
    pub elapsed: Duration,
    /// Where rejected rows are, if there are any.
    pub rejects: Option<std::path::PathBuf>,
    /// Whether a dry run found no earn rule: the real one sets the first rule before it begins.
    pub earns_nothing: bool,
}

/// How an import ended, as the exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Exit code 0: everything was taken or was there already.
    AllTaken,
    /// Exit code 2: some rows are in the reject file.
    SomeRejected,
    /// Exit code 1: all rows are.
    NothingDone,
}

impl Summary {
    /// How the import ended.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let rejected: u64 = self.tallies.iter().map(|tally| tally.rejected + tally.unknown_columns).sum();
        let taken: u64 = self.tallies.iter().map(|tally| tally.new + tally.known).sum();
        match (rejected, taken) {
            (0, _) => Outcome::AllTaken,
            (_, 0) => Outcome::NothingDone,
            _ => Outcome::SomeRejected,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let new = match self.mode {
            ImportMode::DryRun => "would be new",
            ImportMode::Commit => "new",
        };
        for tally in &self.tallies {
            write!(f, "{}: {} rows read", tally.noun, grouped(tally.rows))?;
            // Lines are taken with their orders: alone they are neither new nor known.
            if tally.noun != super::lines::LINES.noun {
                write!(f, ", {} {new}, {} already there", grouped(tally.new), grouped(tally.known))?;
            }
            write!(f, ", {} rejected", grouped(tally.rejected))?;
            match tally.unknown_columns {
                0 => writeln!(f)?,
                columns => writeln!(f, ", {columns} unknown columns not read")?,
            }
        }
        for (file, columns) in &self.ignored {
            writeln!(f, "not read, though known: {} of {file}", columns.join(", "))?;
        }
        let Some(main) = self.tallies.last() else { return Ok(()) };
        if main.noun == super::orders::ORDERS.noun {
            writeln!(f, "points earned: {}", grouped(u64::try_from(main.points.get()).unwrap_or_default()))?;
            if self.earns_nothing {
                writeln!(
                    f,
                    "No earn rule is set, so no points are shown. The real run sets 1 point per yuan before it begins."
                )?;
            }
        }
        let tenths = self.elapsed.as_millis() / 100;
        let speed = grouped(rate(main.rows, self.elapsed));
        write!(f, "time: {}.{} s, {speed} {} a second", tenths / 10, tenths % 10, main.noun)?;
        if let Some(path) = &self.rejects {
            write!(f, "\nrejected rows with their reasons: {}", path.display())?;
        }
        if self.mode == ImportMode::DryRun {
            write!(f, "\nThis was a dry run: none of these rows was written.")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use app::ImportMode;
    use kernel::Points;

    use super::{Outcome, Summary, Tally};

    fn summary(new: u64, known: u64, rejected: u64) -> Summary {
        let points = Points::new(1_234).unwrap();
        let lines = Tally { rows: 1_469_307, ..Tally::of("lines") };
        let orders = Tally { rows: new + known + rejected, new, known, rejected, points, ..Tally::of("orders") };
        Summary {
            mode: ImportMode::Commit,
            tallies: vec![lines, orders],
            ignored: vec![("o.csv".to_owned(), vec!["store_id".to_owned(), "fuel_amount".to_owned()])],
            elapsed: Duration::from_millis(2_050),
            rejects: (rejected > 0).then(|| "o.csv.rejects.csv".into()),
            earns_nothing: false,
        }
    }

    #[test]
    fn tells_how_it_ended() {
        assert_eq!(summary(0, 0, 0).outcome(), Outcome::AllTaken);
        assert_eq!(summary(0, 5, 0).outcome(), Outcome::AllTaken);
        assert_eq!(summary(1, 0, 1).outcome(), Outcome::SomeRejected);
        assert_eq!(summary(0, 1, 1).outcome(), Outcome::SomeRejected);
        assert_eq!(summary(0, 0, 1).outcome(), Outcome::NothingDone);
        let mut with_unknown_column = summary(1, 0, 0);
        with_unknown_column.tallies[0].unknown_columns = 1;
        assert_eq!(with_unknown_column.outcome(), Outcome::SomeRejected);
    }

    #[test]
    fn prints_what_a_person_wants_to_know() {
        let expected = "lines: 1,469,307 rows read, 0 rejected\n\
                        orders: 4,100 rows read, 4,000 new, 98 already there, 2 rejected\n\
                        not read, though known: store_id, fuel_amount of o.csv\n\
                        points earned: 1,234\n\
                        time: 2.0 s, 2,000 orders a second\n\
                        rejected rows with their reasons: o.csv.rejects.csv";
        assert_eq!(summary(4_000, 98, 2).to_string(), expected);
    }
}
