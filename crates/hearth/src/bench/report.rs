//! What a measurement found, for people as a table and for programs as lines of JSON.

use super::{Engine, figure::Figure};
use crate::console;

/// One thing measured beside its floor, in turns, round by round.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The measure, as on the command line.
    pub measure: &'static str,
    /// What it ran on.
    pub engine: Engine,
    /// What the figures count.
    pub unit: &'static str,
    /// What stands beside us.
    pub floor: &'static str,
    /// Our figures, a round each.
    pub ours: Vec<Figure>,
    /// The floor's, a round each.
    pub beside: Vec<Figure>,
}

impl Measured {
    /// Nothing measured yet.
    #[must_use]
    pub fn new(measure: &'static str, engine: Engine, unit: &'static str, floor: &'static str) -> Self {
        Self { measure, engine, unit, floor, ours: Vec::new(), beside: Vec::new() }
    }

    /// Keeps a round, and tells whoever waits.
    pub fn add_round(&mut self, ours: Figure, beside: Figure) {
        self.ours.push(ours);
        self.beside.push(beside);
        let Self { measure, engine, unit, .. } = self;
        let round = self.ours.len();
        console::note(format_args!("{measure}/{engine} round {round}: ours {ours} {unit}, beside {beside} {unit}"));
    }

    /// Name, our median, the floor's median, and the first over the second.
    fn summary(&self) -> (String, Figure, Figure, Figure) {
        let name = format!("{}/{}", self.measure, self.engine);
        let ours = Figure::median(&self.ours).unwrap_or(Figure::whole(0));
        let beside = Figure::median(&self.beside).unwrap_or(Figure::whole(0));
        (name, ours, beside, ours.over(beside))
    }

    /// One line of JSON.
    #[must_use]
    pub fn json(&self) -> String {
        let (name, ours, beside, ratio) = self.summary();
        let (unit, rounds) = (self.unit, self.ours.len());
        format!(
            r#"{{"name":"{name}","ours":{ours},"beside":{beside},"ratio":{ratio},"unit":"{unit}","rounds":{rounds}}}"#
        )
    }
}

/// The table a person reads: medians, and the ratio of medians.
#[must_use]
pub fn table(all: &[Measured]) -> String {
    let head = ["measure", "ours", "beside", "ratio", "unit", "rounds", "beside is"].map(str::to_owned);
    let rows = all.iter().map(|measured| {
        let (name, ours, beside, ratio) = measured.summary();
        let rounds = measured.ours.len().to_string();
        let (unit, floor) = (measured.unit.to_owned(), measured.floor.to_owned());
        [name, ours.to_string(), beside.to_string(), ratio.to_string(), unit, rounds, floor]
    });
    let rows: Vec<[String; 7]> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..7).map(width).collect();
    let line = |row: &[String; 7]| {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, &width))| {
            if (1..=3).contains(&column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::{Measured, table};
    use crate::bench::{Engine, figure::Figure};

    fn measured() -> Measured {
        let mut measured = Measured::new("balance", Engine::Sqlite, "requests/s", "a bare handler");
        for (ours, beside) in [(900, 5_000), (1_100, 4_000), (1_000, 3_000)] {
            measured.ours.push(Figure::whole(ours));
            measured.beside.push(Figure::whole(beside));
        }
        measured
    }

    #[test]
    fn says_the_ratio_of_medians_to_programs() {
        let expected =
            r#"{"name":"balance/sqlite","ours":1000,"beside":4000,"ratio":0.25,"unit":"requests/s","rounds":3}"#;
        assert_eq!(measured().json(), expected);
    }

    #[test]
    fn says_the_ratio_of_medians_to_people() {
        let expected = "measure         ours  beside  ratio  unit        rounds  beside is\n\
                        balance/sqlite  1000    4000   0.25  requests/s  3       a bare handler";
        assert_eq!(table(&[measured()]), expected);
    }
}
