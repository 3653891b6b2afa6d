use std::collections::BTreeMap;

use db::{AuditLine, outbox};
use entitlements::{CancelRefusal, Grant, Shelf, events::GrantCancelled};
use kernel::{Actor, Fault, Id, Label, kinds};
use ledger::{Cause, Posting, RedemptionRecord, RestoreRefusal, Wallet, events::PointsPosted};

use crate::{
    App, Settings,
    ledger::{current_id, lock_known_wallets},
};

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
    wallets: BTreeMap<Id<kinds::Household>, Wallet>,
    shelf: Shelf,
    grant: Grant,
    /// For each wallet the redemption's points belong to now.
    redemptions: Vec<(Id<kinds::Household>, RedemptionRecord)>,
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
        let Some(mut books) = load(&mut tx, self.settings(), household, grant).await? else {
            return Ok(Err(CancelGrantRefusal::NoSuchGrant));
        };

        let postings = match decide(&mut books, &tx, self.settings()) {
            Ok(postings) => postings,
            Err(refusal) => return Ok(Err(refusal)),
        };

        ledger::store::update_wallets(&mut tx, books.wallets.values()).await?;
        ledger::store::insert_postings(&mut tx, &postings).await?;
        entitlements::store::update_stocks(&mut tx, [&books.shelf]).await?;
        entitlements::store::update_grant_cancelled(&mut tx, &books.grant).await?;
        postings.iter().for_each(|posting| outbox::append(&mut tx, &PointsPosted::of(posting)));
        let points = books.grant.price;
        outbox::append(&mut tx, &GrantCancelled::of(&books.grant, points));
        let detail = format!("{} points back for {}: {reason}", points.get(), books.grant.perk);
        let subject = books.grant.id.to_string();
        let household = Some(books.grant.household);
        tx.audit(AuditLine { action: "cancel_grant", household, subject, detail });

        tx.commit().await?;
        Ok(Ok(postings))
    }
}

/// Locks and loads in the order of `db/src/tx.rs`: wallets, perk stock.
async fn load(
    tx: &mut db::Tx,
    settings: &Settings,
    household: Id<kinds::Household>,
    grant: Id<kinds::Grant>,
) -> Result<Option<Books>, Fault> {
    let household = current_id(tx, household).await?;
    // Who paid is read before any lock: with the grant itself it changes only under the wallet of whoever has the grant.
    let Some(noted) = entitlements::store::lock_grant(tx, household, grant).await? else { return Ok(None) };
    let (payer, reference) = (noted.paid_by, grant.to_string());
    let mut holders = ledger::store::list_redemption_holders(tx, payer, &reference).await?;
    if let Err(place) = holders.binary_search(&household) {
        holders.insert(place, household);
    }
    let Some(wallets) = lock_known_wallets(tx, settings, &holders).await? else { return Ok(None) };
    let grant = entitlements::store::lock_grant(tx, household, grant).await?.filter(|grant| grant.paid_by == payer);
    let Some(grant) = grant else {
        return Err(Fault::new(
            kernel::FaultKind::Contention,
            "lock a grant that went along with a household just now",
        ));
    };
    let shelf = entitlements::store::lock_shelves(tx, &[grant.perk], &[household]).await?.remove(&grant.perk);
    let shelf = shelf.ok_or_else(|| Fault::inconsistent("find the perk of a grant"))?;
    let redemptions = ledger::store::list_redemption_records(tx, payer, &holders, &reference).await?;
    if redemptions.is_empty() {
        return Err(Fault::inconsistent("find the redemption of a grant"));
    }
    Ok(Some(Books { wallets, shelf, grant, redemptions }))
}

/// The grant must stand before a point goes back, and the points must be back before it is on the shelf again.
fn decide(books: &mut Books, tx: &db::Tx, settings: &Settings) -> Result<Vec<Posting>, CancelGrantRefusal> {
    if let Some(at) = books.grant.cancelled_at {
        return Err(CancelRefusal::AlreadyCancelled { at }.into());
    }
    let today = settings.zone.date_of(tx.now());
    let mut postings = Vec::with_capacity(books.redemptions.len());
    for (holder, redemption) in &books.redemptions {
        let cause = Cause {
            id: tx.new_id(),
            reference: format!("{} {}", books.grant.id, redemption.restores_count + 1),
            actor: tx.actor(),
            posted_at: tx.now(),
            business_date: today,
        };
        let wallet = books.wallets.get_mut(holder).expect("all wallets the lots may be in were locked just now");
        postings.push(wallet.restore(cause, redemption, redemption.left(), today, settings.restore_grace_days)?);
    }
    books.shelf.take_back(&mut books.grant, tx.now())?;
    Ok(postings)
}
