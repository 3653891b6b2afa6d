use cocreation::{
    Published, Study, store,
    tally_file::{self, Ballot, TallyRefusal},
};
use db::AuditLine;
use kernel::{Actor, Fault, Id, kinds};

use crate::App;

/// Of fewer ballots no result is told: each would be somebody's.
pub const MIN_COUNTED: u64 = 5;

/// Why a result is not announced. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishStudyRefusal {
    /// There is no such study.
    #[error("there is no such study")]
    NoSuchStudy,
    /// Ballots are still taken, or its chain is not sealed yet.
    #[error("it is not closed yet")]
    NotClosed,
    /// It was announced before.
    #[error("its result was announced already")]
    AlreadyPublished,
    /// Fewer than [`MIN_COUNTED`] ballots.
    #[error("of {0} ballots no result is told: it would say who voted how")]
    TooFewBallots(u64),
    /// The method cannot count them.
    #[error(transparent)]
    Uncountable(#[from] TallyRefusal),
}

impl App {
    /// Counts a closed study and announces the result.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn publish_study(&self, id: Id<kinds::Study>) -> Result<Result<Study, PublishStudyRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::Operator).await?;
            let locked = store::lock_study(&mut tx, id).await?;
            let ballots = store::list_ballots(&mut tx, id).await?;

            let is_sealed = |chain: &cocreation::Chain| chain.closed_at.is_some();
            let decided = match locked {
                None => Err(PublishStudyRefusal::NoSuchStudy),
                Some((study, _)) if study.published.is_some() => Err(PublishStudyRefusal::AlreadyPublished),
                Some((study, Some(chain))) if is_sealed(&chain) => count(&study, &ballots)
                    .map(|result| Study { published: Some(Published { published_at: tx.now(), result }), ..study }),
                Some(_) => Err(PublishStudyRefusal::NotClosed),
            };
            let study = match decided {
                Ok(study) => study,
                Err(refusal) => {
                    tx.rollback().await?;
                    return Ok(Err(refusal));
                }
            };

            store::update_published(&mut tx, &study).await?;
            let detail = format!("{} ballots", ballots.len());
            tx.audit(AuditLine { action: "publish_study", household: None, subject: id.to_string(), detail });

            tx.commit().await?;
            Ok(Ok(study))
        })
        .await
    }
}

fn count(study: &Study, ballots: &[Ballot]) -> Result<serde_json::Value, PublishStudyRefusal> {
    let received = ballots.len() as u64;
    if received < MIN_COUNTED {
        return Err(PublishStudyRefusal::TooFewBallots(received));
    }
    Ok(tally_file::count(&study.asked.definition, ballots)?)
}
