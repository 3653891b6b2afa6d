//! Studies as they are stored, whether or not they make sense: for `hearth verify`.

use db::{Snapshot, TableRead, Unreadable};
use kernel::{Fault, Id};
use uuid::Uuid;

use crate::StoredStudy;

const STUDIES: TableRead = TableRead {
    table: "studies",
    columns: &["id", "frozen", "panel_sha256", "panel_size"],
    days: &[],
    which: "WHERE opened_at IS NOT NULL ORDER BY id",
};

const CHAINS: TableRead = TableRead {
    table: "study_chains",
    columns: &["entries", "head", "turnout", "closed_at"],
    days: &[],
    which: "WHERE study_id = $1",
};

const ENTRIES: TableRead = TableRead {
    table: "study_entries",
    columns: &["entry_no", "entry"],
    days: &[],
    which: "WHERE study_id = $1 ORDER BY entry_no",
};

const CHOICES: TableRead =
    TableRead { table: "ballot_choices", columns: &["pseudonym", "said"], days: &[], which: "WHERE study_id = $1" };

const PANEL: TableRead = TableRead {
    table: "study_panels",
    columns: &["household_id"],
    days: &[],
    which: "WHERE study_id = $1 AND place = 'in'",
};

const RECEIPTS: TableRead = TableRead {
    table: "ballot_receipts",
    columns: &["household_id", "entry_no", "receipt", "head"],
    days: &[],
    which: "WHERE study_id = $1 ORDER BY entry_no",
};

/// Every opened study with all that belongs to it, one after another in memory.
///
/// # Errors
/// A [`Fault`] of the database, or when a column is not of its type.
pub async fn list_stored_studies(snapshot: &mut Snapshot) -> Result<Vec<StoredStudy>, Fault> {
    let mut studies = Vec::new();
    for row in snapshot.list(&STUDIES, Vec::new()).await? {
        let unreadable = |_: Unreadable| Fault::inconsistent("read the studies");
        let id: Uuid = row.get(0).map_err(unreadable)?;
        let mut study = StoredStudy {
            id: Id::from_uuid(id),
            frozen: row.get(1).map_err(unreadable)?,
            panel_sha256: row.get(2).map_err(unreadable)?,
            panel_size: row.get(3).map_err(unreadable)?,
            chain: None,
            entries: Vec::new(),
            choices: Default::default(),
            panel: Default::default(),
            receipts: Vec::new(),
        };
        fill(snapshot, &mut study, id).await?.map_err(unreadable)?;
        studies.push(study);
    }
    Ok(studies)
}

async fn fill(snapshot: &mut Snapshot, study: &mut StoredStudy, id: Uuid) -> Result<Result<(), Unreadable>, Fault> {
    let chains = snapshot.list(&CHAINS, vec![id.into()]).await?;
    let entries = snapshot.list(&ENTRIES, vec![id.into()]).await?;
    let choices = snapshot.list(&CHOICES, vec![id.into()]).await?;
    let panel = snapshot.list(&PANEL, vec![id.into()]).await?;
    let receipts = snapshot.list(&RECEIPTS, vec![id.into()]).await?;
    let mut read = || {
        for row in &chains {
            let closed_at: Option<i64> = row.get(3)?;
            study.chain = Some((row.get(0)?, row.get(1)?, row.get(2)?, closed_at.is_some()));
        }
        for row in &entries {
            study.entries.push((row.get(0)?, row.get(1)?));
        }
        for row in &choices {
            study.choices.insert(row.get(0)?, row.get(1)?);
        }
        for row in &panel {
            study.panel.insert(Id::from_uuid(row.get(0)?));
        }
        for row in &receipts {
            study.receipts.push((Id::from_uuid(row.get(0)?), row.get(1)?, row.get(2)?, row.get(3)?));
        }
        Ok(())
    };
    Ok(read())
}
