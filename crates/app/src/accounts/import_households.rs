use accounts::{HouseholdRow, ImportHouseholdRefusal, Imported, RowIds, judge_rows, store};
use db::{AuditLine, Tx};
use kernel::{Actor, Fault, FaultKind};

use crate::{App, ImportMode};

/// Most rows one call takes: one transaction, a few megabytes. More is the caller's to split.
pub const MAX_HOUSEHOLD_ROWS: usize = 1_000;

/// What became of each row, in order.
type Answers = Vec<Result<Imported, ImportHouseholdRefusal>>;

impl App {
    /// Takes people from the operator's own list: one call is one batch and one transaction, a refused row touches no
    /// other.
    ///
    /// Communities, households, persons, memberships, leaders and kin links come to be as rows need them.
    ///
    /// # Errors
    /// A [`Fault`] of the database, or of more than [`MAX_HOUSEHOLD_ROWS`] rows.
    pub async fn import_households(&self, rows: Vec<HouseholdRow>, mode: ImportMode) -> Result<Answers, Fault> {
        if rows.len() > MAX_HOUSEHOLD_ROWS {
            return Err(Fault::new(FaultKind::Broken, "take more than 1,000 household rows at once"));
        }
        db::retry_contention(|| self.try_import_households(&rows, mode)).await
    }

    async fn try_import_households(&self, rows: &[HouseholdRow], mode: ImportMode) -> Result<Answers, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let books = store::lock_books(&mut tx, rows).await?;

        let rows: Vec<(HouseholdRow, RowIds)> = rows.iter().map(|row| (row.clone(), row_ids(&tx))).collect();
        let judged = judge_rows(&books, &rows, self.settings().zone.date_of(tx.now()));
        let count_new = judged.answers.iter().filter(|answer| **answer == Ok(Imported::New)).count();
        if mode == ImportMode::DryRun || count_new == 0 {
            tx.rollback().await?;
            return Ok(judged.answers);
        }

        let founded = store::insert_books(&mut tx, &judged.books).await?;
        ledger::store::insert_wallets(&mut tx, &founded).await?;
        tx.audit(AuditLine {
            action: "import_households",
            household: None,
            subject: "household rows".to_owned(),
            detail: format!("{count_new} of {} rows were new; {} households founded", rows.len(), founded.len()),
        });

        tx.commit().await?;
        Ok(judged.answers)
    }
}

pub(super) fn row_ids(tx: &Tx) -> RowIds {
    RowIds { household: tx.new_id(), person: tx.new_id(), community: tx.new_id(), led_community: tx.new_id() }
}
