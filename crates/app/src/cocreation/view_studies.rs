use cocreation::{
    Study, StudyState, store,
    tally_file::{self, Definition, Method},
};
use kernel::{Actor, Fault, Id, kinds};
use serde_json::Value;

use super::{ADVANCERS_OF_STUDIES, find_study::MAX_STUDIES};
use crate::{App, StaffPrincipal, staff::NotAllowed};

/// A study as the staff see it: how many voted, and never how before it is announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyForStaff {
    /// The study, drafts too; its options in the order of the draft.
    pub study: Study,
    /// Where it is in its life now.
    pub state: StudyState,
    /// How many households voted.
    pub turnout: u64,
}

impl App {
    /// The newest studies, drafts too, for whoever keeps the lab and for auditors.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_studies_by_staff(
        &self,
        principal: &StaffPrincipal,
    ) -> Result<Result<Vec<StudyForStaff>, NotAllowed>, Fault> {
        if !principal.roles.has_any(ADVANCERS_OF_STUDIES) {
            return Ok(Err(NotAllowed));
        }
        let now = self.db().clock().now();
        let studies = store::list_studies(&self.reader(), true, MAX_STUDIES).await?;
        let seen = studies.into_iter().map(|(study, chain)| StudyForStaff {
            state: study.state(chain.as_ref(), now),
            turnout: chain.map_or(0, |chain| chain.turnout),
            study,
        });
        Ok(Ok(seen.collect()))
    }

    /// One study, drafts too.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_study_by_staff(
        &self,
        principal: &StaffPrincipal,
        id: Id<kinds::Study>,
    ) -> Result<Result<Option<StudyForStaff>, NotAllowed>, Fault> {
        if !principal.roles.has_any(ADVANCERS_OF_STUDIES) {
            return Ok(Err(NotAllowed));
        }
        let found = store::find_study(&self.reader(), id).await?.map(|(study, chain)| StudyForStaff {
            state: study.state(chain.as_ref(), self.db().clock().now()),
            turnout: chain.map_or(0, |chain| chain.turnout),
            study,
        });
        Ok(Ok(found))
    }

    /// What other methods that ask for the same ballots would have said of an announced vote, each with its name. It decides nothing: the
    /// method was frozen before the first ballot.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn count_study_otherwise(
        &self,
        principal: &StaffPrincipal,
        id: Id<kinds::Study>,
    ) -> Result<Result<Vec<(Method, Value)>, NotAllowed>, Fault> {
        if !principal.roles.has_any(ADVANCERS_OF_STUDIES) {
            return Ok(Err(NotAllowed));
        }
        let found = store::find_study(&self.reader(), id).await?;
        let Some(study) = found.map(|(study, _)| study).filter(|study| study.published.is_some()) else {
            return Ok(Ok(Vec::new()));
        };
        let definition = &study.asked.definition;
        let others = others_of(definition.method);
        if others.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        // An announced study never changes.
        let mut tx = self.begin(Actor::Staff(principal.staff)).await?;
        let ballots = store::list_ballots(&mut tx, id).await?;
        tx.rollback().await?;

        let counted = others.iter().filter_map(|&method| {
            let other = Definition { method, ..definition.clone() };
            // A method that cannot fill these seats, or refuses equals where there are some, says nothing.
            tally_file::count(&other, &ballots).ok().map(|result| (method, result))
        });
        Ok(Ok(counted.collect()))
    }
}

/// The other methods that ask for the same.
const fn others_of(method: Method) -> &'static [Method] {
    match method {
        Method::Schulze => &[Method::InstantRunoff, Method::MeekStv, Method::ScottishStv],
        Method::InstantRunoff => &[Method::Schulze, Method::MeekStv, Method::ScottishStv],
        Method::MeekStv => &[Method::ScottishStv, Method::InstantRunoff, Method::Schulze],
        Method::ScottishStv => &[Method::MeekStv, Method::InstantRunoff, Method::Schulze],
        Method::Approval => &[Method::SequentialPav, Method::ExactPav],
        Method::SequentialPav => &[Method::ExactPav, Method::Approval],
        Method::ExactPav => &[Method::SequentialPav, Method::Approval],
        Method::SingleChoice
        | Method::Star
        | Method::Quadratic
        | Method::BradleyTerry
        | Method::MaxDiff
        | Method::VanWestendorp
        | Method::GaborGranger => &[],
    }
}
