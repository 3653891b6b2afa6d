//! Households merge: an id or a number found before any lock may stand for another household by the time its wallet is locked.

use accounts::store::{list_absorbed, list_ever_into, list_merged};
use db::Tx;
use kernel::{Fault, FaultKind, Id, IdempotencyKey, kinds};
use ledger::{Hold, Posting, PostingKind, Wallet};

use super::{act, held};
use crate::Settings;

/// A household that stands for itself, its wallet locked, and all whose ids stand for it: an act told again may have been theirs.
pub(crate) struct Current {
    pub(crate) household: Id<kinds::Household>,
    pub(crate) wallet: Wallet,
    /// The id that was asked for.
    asked: Id<kinds::Household>,
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
        Ok(Some(Self { household, wallet, asked: id, all }))
    }

    /// The reference of a decided act. It says for whom it was asked where that is another than whose book it stands in: once a merge is
    /// undone the same act, told again, must be found there.
    pub(super) fn reference(&self, key: &IdempotencyKey) -> String {
        reference_in(self.household, self.asked, key)
    }

    /// The posting that a decided act of a kind made before, in whichever book: of the household it is asked for, of those whose ids
    /// stand for it, or of one that it stood for at the time.
    pub(super) async fn find_act(
        &self,
        tx: &mut Tx,
        kind: PostingKind,
        key: &IdempotencyKey,
    ) -> Result<Option<Posting>, Fault> {
        let mut books: Vec<_> = self.all.iter().flat_map(|book| self.all.iter().map(|asked| (*book, *asked))).collect();
        books.extend(list_ever_into(tx, self.asked).await?.into_iter().map(|book| (book, self.asked)));
        for (book, asked) in books {
            let reference = reference_in(book, asked, key);
            if let Some(found) = ledger::store::find_posting_of(tx, book, kind, &reference).await? {
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

fn reference_in(book: Id<kinds::Household>, asked: Id<kinds::Household>, key: &IdempotencyKey) -> String {
    let key = act::reference(key);
    if book == asked { key } else { format!("{key} for {asked}") }
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
