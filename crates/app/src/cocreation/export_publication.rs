use cocreation::{
    store,
    tally_file::{MIN_PUBLISHED, PUBLICATION_FORMAT, Publication, sorted_ballots},
};
use kernel::{Actor, Fault, Id, kinds};

use crate::App;

/// Why there is nothing to hand out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExportPublicationRefusal {
    /// There is no such study, or its result is not announced.
    #[error("there is no such study, or its result is not announced yet")]
    NotPublished,
    /// Fewer than [`MIN_PUBLISHED`] ballots: a household could be recognised by its choice.
    #[error("{0} ballots are too few to be published; {MIN_PUBLISHED} are needed")]
    TooFewBallots(usize),
}

impl App {
    /// Everything that `hearth tally verify` needs to recount an announced study.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn export_publication(
        &self,
        id: Id<kinds::Study>,
    ) -> Result<Result<Publication, ExportPublicationRefusal>, Fault> {
        let Some((study, Some(chain))) = store::find_study(&self.reader(), id).await? else {
            return Ok(Err(ExportPublicationRefusal::NotPublished));
        };
        let (Some(opening), Some(published)) = (study.opening, study.published) else {
            return Ok(Err(ExportPublicationRefusal::NotPublished));
        };
        // An announced study never changes: these reads cannot disagree.
        let mut tx = self.begin(Actor::Operator).await?;
        let ballots = store::list_ballots(&mut tx, id).await?;
        let entries = store::list_entries(&mut tx, id).await?;
        tx.rollback().await?;

        if (ballots.len() as u64) < MIN_PUBLISHED {
            return Ok(Err(ExportPublicationRefusal::TooFewBallots(ballots.len())));
        }
        Ok(Ok(Publication {
            format: PUBLICATION_FORMAT.to_owned(),
            study: id.to_string(),
            frozen: opening.frozen,
            definition: study.asked.definition,
            panel_sha256: opening.panel_sha256,
            entries,
            head: chain.head,
            ballots: sorted_ballots(ballots),
            result: published.result,
        }))
    }
}
