use cocreation::{BallotReceipt, Chain, PanelPlace, Study, StudyState, store};
use kernel::{Fault, Id, kinds};

use crate::{App, Principal};

/// The most studies a list shows, the newest.
pub const MAX_STUDIES: u64 = 50;

/// A study as a member sees it: never a choice, and no result before it is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyView {
    /// The study; its options in the order of the household that looks.
    pub study: Study,
    /// Where it is in its life now.
    pub state: StudyState,
    /// How many households voted.
    pub turnout: u64,
    /// Whether the household may vote, and why not; `None` when it did not exist at the opening, or there is none.
    pub place: Option<PanelPlace>,
}

impl App {
    /// The newest studies that were opened, as a member sees them.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_studies(&self, principal: &Principal) -> Result<Vec<StudyView>, Fault> {
        let mut views = Vec::new();
        for (study, chain) in store::list_studies(&self.reader(), false, MAX_STUDIES).await? {
            views.push(self.view(principal, study, chain).await?);
        }
        Ok(views)
    }

    /// All studies, drafts too, for the operator's shell.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_all_studies(&self) -> Result<Vec<(Study, StudyState, u64)>, Fault> {
        let now = self.db().clock().now();
        let studies = store::list_studies(&self.reader(), true, MAX_STUDIES).await?;
        let with_state = studies.into_iter().map(|(study, chain)| {
            let state = study.state(chain.as_ref(), now);
            (study, state, chain.map_or(0, |chain| chain.turnout))
        });
        Ok(with_state.collect())
    }

    /// One study that was opened, as a member sees it.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_study(&self, principal: &Principal, id: Id<kinds::Study>) -> Result<Option<StudyView>, Fault> {
        match store::find_study(&self.reader(), id).await? {
            Some((study, chain)) if study.opening.is_some() => self.view(principal, study, chain).await.map(Some),
            Some(_) | None => Ok(None),
        }
    }

    /// The receipts of the member's household in a study, the newest first: who cast its ballot, and who changed it.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_ballot_receipts(
        &self,
        principal: &Principal,
        id: Id<kinds::Study>,
        limit: u64,
    ) -> Result<Vec<BallotReceipt>, Fault> {
        let Some((household, _)) = principal.household else { return Ok(Vec::new()) };
        store::list_receipts(&self.reader(), household, id, limit).await
    }

    async fn view(&self, principal: &Principal, mut study: Study, chain: Option<Chain>) -> Result<StudyView, Fault> {
        let place = match principal.household {
            Some((household, _)) => {
                let (id, key) = (study.id, self.ballot_key());
                if study.asked.is_shuffled {
                    study.asked.options.sort_by_cached_key(|option| key.place(id, household, &option.id));
                }
                store::find_place(&self.reader(), household, id).await?
            }
            None => None,
        };
        let state = study.state(chain.as_ref(), self.db().clock().now());
        Ok(StudyView { state, turnout: chain.map_or(0, |chain| chain.turnout), place, study })
    }
}
