use cocreation::{StudyFinding, store};
use db::Snapshot;
use kernel::Fault;
use ledger::{Difference, Finding};

use super::impossible;
use crate::App;

impl App {
    /// Holds every study's chain, turnout, panel and receipts against the rows they are made of.
    pub(super) async fn check_votes(&self, snapshot: &mut Snapshot) -> Result<Vec<Difference>, Fault> {
        let key = self.ballot_key();
        let mut found = Vec::new();
        for study in store::list_stored_studies(snapshot).await? {
            let row = format!("study {}", study.id);
            found.extend(study.check(&key).into_iter().map(|finding| match finding {
                StudyFinding::Figure { what, stored, recomputed } => Difference {
                    household: None,
                    row: row.clone(),
                    finding: Finding::Figure { what, stored, recomputed },
                },
                StudyFinding::Impossible(why) => impossible(None, row.clone(), why),
            }));
        }
        Ok(found)
    }
}
