use db::{AuditLine, outbox};
use entitlements::{CancelRefusal, Grant, Shelf, events::GrantCancelled};
use kernel::{Actor, BusinessDate, Fault, Id, Label, kinds};
use ledger::{Cause, Posting, RedemptionRecord, RestoreRefusal, Wallet, events::PointsPosted};

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

/// What a decision looks at, all of it locked.
struct Books {
    wallet: Wallet,
    shelf: Shelf,
    grant: Grant,
    redemption: RedemptionRecord,
}

impl App {
    /// Takes a grant back and returns all its points with the age of the lots they came from; the perk is on the shelf again.
    ///
    /// # Errors
    /// A [`Fault`]; trying again is safe: a grant that was cancelled says so.
    pub async fn cancel_grant(
        &self,
        actor: Actor,
        household: Id<kinds::Household>,
        grant: Id<kinds::Grant>,
        reason: &Label,
    ) -> Result<Result<Posting, CancelGrantRefusal>, Fault> {
        db::retry_contention(async || self.cancel_grant_once(actor, household, grant, reason).await).await
    }

    async fn cancel_grant_once(
        &self,
        actor: Actor,
        household: Id<kinds::Household>,
        grant: Id<kinds::Grant>,
        reason: &Label,
    ) -> Result<Result<Posting, CancelGrantRefusal>, Fault> {
        let mut tx = self.begin(actor).await?;
        let Some(mut books) = load(&mut tx, household, grant).await? else {
            return Ok(Err(CancelGrantRefusal::NoSuchGrant));
        };

        let cause = Cause {
            id: tx.new_id(),
            reference: format!("{} {}", books.grant.id, books.redemption.restores_count + 1),
            actor: tx.actor(),
            posted_at: tx.now(),
            business_date: self.settings().zone.date_of(tx.now()),
        };
        let today = cause.business_date;
        let posting = match decide(&mut books, cause, today, self.settings().restore_grace_days) {
            Ok(posting) => posting,
            Err(refusal) => return Ok(Err(refusal)),
        };

        ledger::store::update_wallets(&mut tx, [&books.wallet]).await?;
        ledger::store::insert_postings(&mut tx, std::slice::from_ref(&posting)).await?;
        entitlements::store::update_stocks(&mut tx, [&books.shelf]).await?;
        entitlements::store::update_grant_cancelled(&mut tx, &books.grant).await?;
        outbox::append(&mut tx, &PointsPosted::of(&posting));
        outbox::append(&mut tx, &GrantCancelled::of(&books.grant, posting.points));
        let detail = format!("{} points back for {}: {reason}", posting.points.get(), books.grant.perk);
        let subject = books.grant.id.to_string();
        tx.audit(AuditLine { action: "cancel_grant", household: Some(household), subject, detail });

        tx.commit().await?;
        Ok(Ok(posting))
    }
}

/// Locks and loads in the order of `db/src/tx.rs`: wallet, perk stock.
async fn load(
    tx: &mut db::Tx,
    household: Id<kinds::Household>,
    grant: Id<kinds::Grant>,
) -> Result<Option<Books>, Fault> {
    let Some(wallet) = ledger::store::lock_known_wallet(tx, household).await? else { return Ok(None) };
    let Some(grant) = entitlements::store::lock_grant(tx, household, grant).await? else { return Ok(None) };
    let shelf = entitlements::store::lock_shelves(tx, &[grant.perk], &[household]).await?.remove(&grant.perk);
    let shelf = shelf.ok_or_else(|| Fault::inconsistent("find the perk of a grant"))?;
    let redemption = ledger::store::find_redemption_record(tx, household, &grant.id.to_string()).await?;
    let redemption = redemption.ok_or_else(|| Fault::inconsistent("find the redemption of a grant"))?;
    Ok(Some(Books { wallet, shelf, grant, redemption }))
}

/// The grant must stand before a point goes back, and the points must be back before it is on the shelf again.
fn decide(
    books: &mut Books,
    cause: Cause,
    today: BusinessDate,
    grace_days: u16,
) -> Result<Posting, CancelGrantRefusal> {
    if let Some(at) = books.grant.cancelled_at {
        return Err(CancelRefusal::AlreadyCancelled { at }.into());
    }
    let points = books.redemption.left();
    let posting = books.wallet.restore(cause, &books.redemption, points, today, grace_days)?;
    books.shelf.take_back(&mut books.grant, posting.cause.posted_at)?;
    Ok(posting)
}
