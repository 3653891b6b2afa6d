//! Households merge: an id or a number found before any lock may stand for another household by the time its wallet is locked.

use accounts::store::{list_absorbed, list_merged};
use db::Tx;
use kernel::{Fault, FaultKind, Id, kinds};
use ledger::{Hold, Posting, PostingKind, Wallet};

use super::held;
use crate::Settings;

/// A household that stands for itself, its wallet locked, and all whose ids stand for it: an act told again may have been theirs.
pub(crate) struct Current {
    pub(crate) household: Id<kinds::Household>,
    pub(crate) wallet: Wallet,
    all: Vec<Id<kinds::Household>>,
}

impl Current {
    /// Locks the wallet of the household that an id stands for now. `None`: there is no such household.
    pub(crate) async fn lock(
        tx: &mut Tx,
        settings: &Settings,
        id: Id<kinds::Household>,
    ) -> Result<Option<Self>, Fault> {
        let household = current_id(tx, id).await?;
        let Some(wallet) = held::lock_known_wallet(tx, settings, household).await? else { return Ok(None) };
        check_current(tx, [household]).await?;
        let mut all = vec![household];
        all.extend(list_absorbed(tx, household).await?);
        Ok(Some(Self { household, wallet, all }))
    }

    /// The posting of a kind and reference, whichever of the households made it.
    pub(crate) async fn find_posting(
        &self,
        tx: &mut Tx,
        kind: PostingKind,
        reference: &str,
    ) -> Result<Option<Posting>, Fault> {
        for household in &self.all {
            if let Some(found) = ledger::store::find_posting_of(tx, *household, kind, reference).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The posting of an id, whichever of the households made it.
    pub(crate) async fn find_posting_held(
        &self,
        tx: &mut Tx,
        posting: Id<kinds::Posting>,
    ) -> Result<Option<Posting>, Fault> {
        for household in &self.all {
            if let Some(found) = ledger::store::find_posting_held(tx, *household, posting).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The hold of an owner for a purpose, whichever of the households placed it.
    pub(crate) async fn find_hold(
        &self,
        tx: &mut Tx,
        purpose: &kernel::Label,
        owner: &kernel::Label,
    ) -> Result<Option<Hold>, Fault> {
        for household in &self.all {
            if let Some(found) = ledger::store::find_hold_by_owner(tx, *household, purpose, owner).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// The household an id stands for now, before any lock.
pub(crate) async fn current_id(tx: &mut Tx, id: Id<kinds::Household>) -> Result<Id<kinds::Household>, Fault> {
    Ok(list_merged(tx, [id]).await?.pop().map_or(id, |(_, current)| current))
}

/// Whether these households, whose wallets are locked, still stand for themselves; if not, the use-case runs again and finds out for
/// whom they stand.
pub(crate) async fn check_current(
    tx: &mut Tx,
    households: impl IntoIterator<Item = Id<kinds::Household>>,
) -> Result<(), Fault> {
    if list_merged(tx, households).await?.is_empty() {
        return Ok(());
    }
    Err(Fault::new(FaultKind::Contention, "lock the wallets of households that went into others just now"))
}
