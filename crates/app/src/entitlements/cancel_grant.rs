use entitlements::CancelRefusal;
use kernel::{Actor, Fault, Id, Label, kinds};
use ledger::{Posting, RestoreRefusal};

use super::cancelling::{Books, Which};
use crate::App;

/// Why a grant is not cancelled. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelGrantRefusal {
    /// The household has no such grant.
    #[error("there is no such grant")]
    NoSuchGrant,
    /// It does not stand any more.
    #[error(transparent)]
    NotCancelled(#[from] CancelRefusal),
    /// The wallet says no.
    #[error(transparent)]
    NotRestored(#[from] RestoreRefusal),
}

impl App {
    /// Takes a grant back and returns all its points with the age of the lots they came from; the perk is on the shelf again. Where
    /// these lots were moved to other households since, their points return there: one posting for each.
    ///
    /// # Errors
    /// A [`Fault`]; trying again is safe: a grant that was cancelled says so.
    pub async fn cancel_grant(
        &self,
        actor: Actor,
        household: Id<kinds::Household>,
        grant: Id<kinds::Grant>,
        reason: &Label,
    ) -> Result<Result<Vec<Posting>, CancelGrantRefusal>, Fault> {
        db::retry_contention(async || self.cancel_grant_once(actor, household, grant, reason).await).await
    }

    async fn cancel_grant_once(
        &self,
        actor: Actor,
        household: Id<kinds::Household>,
        grant: Id<kinds::Grant>,
        reason: &Label,
    ) -> Result<Result<Vec<Posting>, CancelGrantRefusal>, Fault> {
        let mut tx = self.begin(actor).await?;
        let Some(mut books) = Books::load(&mut tx, self.settings(), household, Which::Grant(grant)).await? else {
            return Ok(Err(CancelGrantRefusal::NoSuchGrant));
        };

        let price = books.grants[0].grant.price;
        let postings = match books.cancel(&tx, self.settings(), 0, price) {
            Ok(postings) => postings,
            Err(refusal) => return Ok(Err(refusal)),
        };

        books.record(&mut tx, &postings, reason.as_str()).await?;

        tx.commit().await?;
        Ok(Ok(postings))
    }
}
