use kernel::{Id, kinds};

use super::{Difference, Finding};

/// Differences of one household, as they are found.
pub(super) struct Findings {
    household: Id<kinds::Household>,
    found: Vec<Difference>,
}

impl Findings {
    pub(super) fn of(household: Id<kinds::Household>) -> Self {
        Self { household, found: Vec::new() }
    }

    pub(super) fn figure(&mut self, row: impl ToString, what: &'static str, stored: i64, recomputed: i128) {
        let stored = i128::from(stored);
        if stored != recomputed {
            self.push(row, Finding::Figure { what, stored, recomputed });
        }
    }

    pub(super) fn impossible(&mut self, row: impl ToString, why: impl Into<String>) {
        self.push(row, Finding::Impossible(why.into()));
    }

    pub(super) fn into_found(self) -> Vec<Difference> {
        self.found
    }

    fn push(&mut self, row: impl ToString, finding: Finding) {
        self.found.push(Difference { household: Some(self.household), row: row.to_string(), finding });
    }
}

/// How a posting is named.
pub(super) fn posting_row(id: Id<kinds::Posting>) -> String {
    format!("posting {id}")
}

/// How a lot is named.
pub(super) fn lot_row(id: Id<kinds::Lot>) -> String {
    format!("lot {id}")
}
