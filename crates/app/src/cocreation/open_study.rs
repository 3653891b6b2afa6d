use cocreation::{Chain, HouseholdFacts, MAX_PANEL, Opening, Snapshot, Study, store, tally_file::chain_start};
use db::{AuditLine, Tx};
use kernel::{Actor, Fault, Id, Timestamp, kinds};

use crate::App;

/// Why a study is not opened. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenStudyRefusal {
    /// There is no such study.
    #[error("there is no such study")]
    NoSuchStudy,
    /// It was opened before: what is frozen stays.
    #[error("it was opened already")]
    AlreadyOpened,
    /// Its instant of closing has passed.
    #[error("it would close before it opens")]
    ClosesInThePast,
    /// Nobody could vote.
    #[error("no household fulfils what the panel asks")]
    EmptyPanel,
    /// More households than one opening looks at.
    #[error("there are more than {MAX_PANEL} households")]
    TooManyHouseholds,
}

impl App {
    /// Opens a study: freezes and hashes all there is to vote on, evaluates who may vote, and begins the chain. The operator's own act.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn open_study(&self, id: Id<kinds::Study>) -> Result<Result<Study, OpenStudyRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::Operator).await?;
            let opened = open_study_in(&mut tx, id).await?;
            match opened {
                Ok(_) => tx.commit().await?,
                Err(_) => tx.rollback().await?,
            }
            Ok(opened)
        })
        .await
    }
}

/// Opens in a transaction that is open.
pub(super) async fn open_study_in(tx: &mut Tx, id: Id<kinds::Study>) -> Result<Result<Study, OpenStudyRefusal>, Fault> {
    let Some((study, _)) = store::lock_study(tx, id).await? else {
        return Ok(Err(OpenStudyRefusal::NoSuchStudy));
    };
    let facts = list_facts(tx).await?;

    let (study, chain, snapshot) = match open(study, &facts, tx.now()) {
        Ok(opened) => opened,
        Err(refusal) => return Ok(Err(refusal)),
    };

    store::insert_opened(tx, &study, &chain, &snapshot).await?;
    let detail = format!("{} households, chain from {}", snapshot.size(), chain.head);
    tx.audit(AuditLine { action: "open_study", household: None, subject: id.to_string(), detail });
    Ok(Ok(study))
}

fn open(
    mut study: Study,
    facts: &[HouseholdFacts],
    now: Timestamp,
) -> Result<(Study, Chain, Snapshot), OpenStudyRefusal> {
    if study.opening.is_some() {
        return Err(OpenStudyRefusal::AlreadyOpened);
    }
    if study.asked.closes_at <= now {
        return Err(OpenStudyRefusal::ClosesInThePast);
    }
    if facts.len() > MAX_PANEL {
        return Err(OpenStudyRefusal::TooManyHouseholds);
    }
    let snapshot = study.asked.panel.evaluate(facts, now);
    let panel_size = u32::try_from(snapshot.size()).map_err(|_| OpenStudyRefusal::TooManyHouseholds)?;
    if panel_size == 0 {
        return Err(OpenStudyRefusal::EmptyPanel);
    }
    let (frozen, panel_sha256) = (study.frozen(now), snapshot.sha256());
    let head = chain_start(&study.id.to_string(), &frozen, &panel_sha256);
    study.opening = Some(Opening { opened_at: now, frozen, panel_sha256, panel_size });
    let chain = Chain { study: study.id, entries: 0, head, turnout: 0, closed_at: None };
    Ok((study, chain, snapshot))
}

async fn list_facts(tx: &mut Tx) -> Result<Vec<HouseholdFacts>, Fault> {
    let households = accounts::store::list_households_that_may_vote(tx).await?;
    let delivered = orders::store::list_delivered(tx).await?;
    let facts = |household: accounts::VotingHousehold| {
        let (delivered_orders, first_ordered_at) = match delivered.get(&household.id) {
            Some(&(count, first)) => (count, Some(first)),
            None => (0, None),
        };
        HouseholdFacts {
            household: household.id,
            community: household.community,
            known_since: household.known_since,
            delivered_orders,
            first_ordered_at,
        }
    };
    Ok(households.into_iter().map(facts).collect())
}
