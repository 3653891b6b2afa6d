use cocreation::{
    Published, Study, store,
    tally_file::{self, Ballot},
};
use db::{AuditLine, Tx};
use kernel::{Actor, Fault, Id, kinds};

use crate::App;

/// Of fewer ballots no result is told: each would be somebody's.
pub const MIN_COUNTED: u64 = 5;

/// Why a result is not announced. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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
    /// The method cannot count them: too many committees for the exact rule, or too few price answers that make sense.
    #[error(
        "there are too many committees for the exact rule, or fewer than 30 or 60 percent of price answers are valid"
    )]
    Uncountable,
}

impl App {
    /// Counts a closed study and announces the result. The operator's own act.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn publish_study(&self, id: Id<kinds::Study>) -> Result<Result<Study, PublishStudyRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(Actor::Operator).await?;
            let published = publish_study_in(&mut tx, id).await?;
            match published {
                Ok(_) => tx.commit().await?,
                Err(_) => tx.rollback().await?,
            }
            Ok(published)
        })
        .await
    }
}

/// Counts and announces in a transaction that is open.
pub(super) async fn publish_study_in(
    tx: &mut Tx,
    id: Id<kinds::Study>,
) -> Result<Result<Study, PublishStudyRefusal>, Fault> {
    let locked = store::lock_study(tx, id).await?;
    let ballots = store::list_ballots(tx, id).await?;

    let is_sealed = |chain: &cocreation::Chain| chain.closed_at.is_some();
    let counted = match locked {
        None => Err(PublishStudyRefusal::NoSuchStudy),
        Some((study, _)) if study.published.is_some() => Err(PublishStudyRefusal::AlreadyPublished),
        Some((study, Some(chain))) if is_sealed(&chain) => count(&study, &ballots).map(|result| (study, result)),
        Some(_) => Err(PublishStudyRefusal::NotClosed),
    };
    let study = match counted {
        Ok((study, result)) => Study { published: Some(Published { published_at: tx.now(), result }), ..study },
        Err(refusal) => return Ok(Err(refusal)),
    };

    store::update_published(tx, &study).await?;
    let detail = format!("{} ballots", ballots.len());
    tx.audit(AuditLine { action: "publish_study", household: None, subject: id.to_string(), detail });
    Ok(Ok(study))
}

fn count(study: &Study, ballots: &[Ballot]) -> Result<serde_json::Value, PublishStudyRefusal> {
    let received = ballots.len() as u64;
    if received < MIN_COUNTED {
        return Err(PublishStudyRefusal::TooFewBallots(received));
    }
    tally_file::count(&study.asked.definition, ballots).map_err(|_| PublishStudyRefusal::Uncountable)
}
