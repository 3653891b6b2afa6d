//! Every row of the ledger as it is stored, whether or not it makes sense. Spelled in SQL, because an entity refuses to read a row
//! that makes none.

use std::collections::BTreeMap;

use db::{HouseholdRange, Snapshot, StoredRow, Unreadable};
use kernel::{Fault, Id, kinds};
use uuid::Uuid;

use super::{
    postings::{posting, posting_rows, transfer, transfer_rows},
    wallets::contributor,
};
use crate::{
    BooksPage, Difference, Finding, LotKey, PostingKind, StoredSeal,
    verify::{StoredBook, StoredHold, StoredLot, StoredPosting, StoredWallet},
};

mod tables;

/// Most wallets of one range.
const MAX_WALLETS: u64 = 1_000;

/// About how many postings of one range, as the wallets count them: what is in memory at once.
const POSTINGS_PER_RANGE: i64 = 5_000;

/// The next households to verify after a range: as many as have about five thousand postings. `None`: there are no more.
///
/// The last range reaches to the last id there could be, and ranges follow each other without a gap: rows of households that have no
/// wallet lie in one of them too.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_range_to_verify(
    snapshot: &mut Snapshot,
    after: Option<HouseholdRange>,
) -> Result<Option<HouseholdRange>, Fault> {
    let from = match after {
        None => Uuid::nil(),
        Some(range) if range.until == Uuid::max() => return Ok(None),
        Some(range) => Uuid::from_u128(range.until.as_u128() + 1),
    };
    let limit = i64::try_from(MAX_WALLETS).expect("a thousand is a number");
    let rows = snapshot.list(&tables::NEXT_WALLETS, vec![from.into(), limit.into()]).await?;
    let mut postings = 0_i64;
    for row in &rows {
        postings = postings.saturating_add(row.get(1).unwrap_or(0));
        if let (true, Ok(until)) = (postings >= POSTINGS_PER_RANGE, row.get(0)) {
            return Ok(Some(HouseholdRange { from, until }));
        }
    }
    let is_full = u64::try_from(rows.len()).is_ok_and(|read| read >= MAX_WALLETS);
    let last = rows.last().filter(|_| is_full).and_then(|row| row.get(0).ok());
    Ok(Some(HouseholdRange { from, until: last.unwrap_or(Uuid::max()) }))
}

/// All that is stored about the households of a range, in household order.
///
/// # Errors
/// A [`Fault`] of the database. A row that cannot be read is no fault but noted in its book.
pub async fn list_books(snapshot: &mut Snapshot, range: HouseholdRange) -> Result<BooksPage, Fault> {
    let mut page = Page { books: BTreeMap::new(), unplaced: Vec::new() };
    for row in snapshot.list_range(&tables::WALLETS, range).await? {
        page.place(&row, None, |book| {
            book.wallet = Some(stored_wallet(&row)?);
            Ok(())
        });
    }
    for row in snapshot.list_range(&tables::LOTS, range).await? {
        page.place(&row, Some("lot lt_"), |book| {
            let lot = stored_lot(&row);
            if let (Err(_), Ok(id)) = (&lot, row.get(1)) {
                book.unreadable_lots.push(Id::from_uuid(id));
            }
            book.lots.push(lot?);
            Ok(())
        });
    }
    let postings = snapshot.list_range(&tables::POSTINGS, range).await?;
    let transfers = snapshot.list_range(&tables::TRANSFERS, range).await?;
    page.place_postings(&postings, &transfers);
    for row in snapshot.list_range(&tables::HOLDS, range).await? {
        page.place(&row, Some("hold ho_"), |book| {
            book.holds.push(tables::stored_hold(&row)?);
            Ok(())
        });
    }
    for row in snapshot.list_range(&tables::HOLD_LOTS, range).await? {
        page.place(&row, Some("held lot of hold ho_"), |book| {
            let (hold, held) = tables::stored_held_lot(&row)?;
            match book.holds.iter_mut().find(|stored: &&mut StoredHold| stored.id == hold) {
                Some(stored) => stored.lots.push(held),
                None => book.missing_holds.push(hold),
            }
            Ok(())
        });
    }
    for row in snapshot.list_range(&tables::HEADS, range).await? {
        page.place(&row, None, |book| {
            book.heads.push(tables::stored_head(&row)?);
            Ok(())
        });
    }
    let unplaced = std::mem::take(&mut page.unplaced);
    Ok(BooksPage { range, books: page.into_books(), unplaced })
}

/// Every seal, by number.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_seals(snapshot: &mut Snapshot) -> Result<Vec<StoredSeal>, Fault> {
    let rows = snapshot.list(&tables::SEALS, Vec::new()).await?;
    let seals = rows.iter().map(tables::stored_seal).collect::<Result<_, Unreadable>>();
    seals.map_err(|_| Fault::inconsistent("read the seals"))
}

/// The number of a posting of a kind within its wallet. `None`: it is not there, or of another kind.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_no_of_kind(
    snapshot: &mut Snapshot,
    household: Id<kinds::Household>,
    posting: Id<kinds::Posting>,
    kind: PostingKind,
) -> Result<Option<i64>, Fault> {
    let key = vec![household.uuid().into(), posting.uuid().into(), kind.code().into()];
    Ok(snapshot.list(&tables::NO_OF_KIND, key).await?.first().and_then(|row| row.get(0).ok()))
}

/// Books of a range while their rows come in.
struct Page {
    books: BTreeMap<Uuid, StoredBook>,
    unplaced: Vec<Difference>,
}

impl Page {
    /// Puts a row into the book of its household, or notes that it cannot be read. `named` is the beginning of its name, before its id.
    fn place(
        &mut self,
        row: &StoredRow,
        named: Option<&'static str>,
        read: impl FnOnce(&mut StoredBook) -> Result<(), Unreadable>,
    ) {
        let Some(book) = self.book(row) else { return };
        if let Err(why) = read(book) {
            let name = named.map_or_else(|| "wallet".to_owned(), |noun| format!("{noun}{}", row.id_text(1)));
            book.unreadable.push((name, why.to_string()));
        }
    }

    fn book(&mut self, row: &StoredRow) -> Option<&mut StoredBook> {
        match row.get::<Uuid>(0) {
            Ok(household) => Some(self.book_of(household)),
            Err(why) => {
                let row = format!("a row of household hh_{}", row.id_text(0));
                self.unplaced.push(Difference { household: None, row, finding: Finding::Impossible(why.to_string()) });
                None
            }
        }
    }

    fn book_of(&mut self, household: Uuid) -> &mut StoredBook {
        self.books.entry(household).or_insert_with(|| StoredBook::new(Id::from_uuid(household)))
    }

    /// Sorts both by household and posting, so that each posting meets its transfers in one walk through both.
    fn place_postings(&mut self, postings: &[StoredRow], transfers: &[StoredRow]) {
        let mut moves = Vec::with_capacity(transfers.len());
        for row in transfers {
            match tables::transfer_row(row) {
                Ok(row) => moves.push(row),
                Err(why) => self.place(row, Some("transfer of posting po_"), |_| Err(why)),
            }
        }
        let mut causes = Vec::with_capacity(postings.len());
        for row in postings {
            match tables::posting_row(row) {
                Ok(row) => causes.push(row),
                Err(why) => self.place(row, Some("posting po_"), |_| Err(why)),
            }
        }
        moves.sort_by_key(|it| (it.household_id, it.posting_id, it.seq));
        causes.sort_by_key(|(it, _)| (it.household_id, it.id));
        let mut moves = moves.as_slice();
        for (row, unreadable) in causes {
            let key = (row.household_id, row.id);
            let (before, rest) = moves.split_at(moves.iter().take_while(|it| cause_of(it) < key).count());
            let (own, rest) = rest.split_at(rest.iter().take_while(|it| cause_of(it) == key).count());
            moves = rest;
            self.note_missing(before);
            let book = self.book_of(row.household_id);
            book.postings.push(stored_posting(row, unreadable, own));
        }
        self.note_missing(moves);
    }

    /// The books, each in an order that does not depend on the engine.
    fn into_books(self) -> Vec<StoredBook> {
        let mut books: Vec<StoredBook> = self.books.into_values().collect();
        for book in &mut books {
            book.postings.sort_by_key(|posting| posting.no);
            book.lots.sort_by_key(|lot| lot.id);
            book.holds.sort_by_key(|hold| hold.id);
            book.heads.sort_by_key(|head| head.seal_no);
        }
        books
    }

    /// Transfers that no posting claimed.
    fn note_missing(&mut self, transfers: &[transfer_rows::Model]) {
        for transfer in transfers {
            let book = self.book_of(transfer.household_id);
            let posting = Id::from_uuid(transfer.posting_id);
            if !book.missing_postings.contains(&posting) {
                book.missing_postings.push(posting);
            }
        }
    }
}

fn cause_of(transfer: &transfer_rows::Model) -> (Uuid, Uuid) {
    (transfer.household_id, transfer.posting_id)
}

fn stored_wallet(row: &StoredRow) -> Result<StoredWallet, Unreadable> {
    Ok(StoredWallet {
        balance: row.get(1)?,
        owed: row.get(2)?,
        last_no: row.get(3)?,
        head: row.get(4)?,
        sealed_no: row.get(5)?,
        next_lapse_on: row.day_if_any(6)?,
    })
}

fn stored_lot(row: &StoredRow) -> Result<StoredLot, Unreadable> {
    let key =
        LotKey { expires_on: row.day(4)?, available_from: row.day(3)?, contributor: contributor(row.get::<Uuid>(2)?) };
    Ok(StoredLot { id: Id::from_uuid(row.get(1)?), key, remaining: row.get(5)?, held: row.get(6)? })
}

fn stored_posting(
    row: posting_rows::Model,
    unreadable: Option<Unreadable>,
    moves: &[transfer_rows::Model],
) -> StoredPosting {
    let moves: Vec<&transfer_rows::Model> = moves.iter().collect();
    let whole = match unreadable {
        Some(why) => Err(why.to_string()),
        None => posting(&row, &moves).map_err(|fault| fault.chain()),
    };
    // What can still be read counts, or every later figure would differ too.
    let readable = if whole.is_err() { moves.iter().flat_map(|row| transfer(row)).collect() } else { Vec::new() };
    StoredPosting {
        id: Id::from_uuid(row.id),
        no: row.no,
        points: row.points,
        balance_after: row.balance_after,
        owed_after: row.owed_after,
        hash: row.hash,
        whole,
        readable,
    }
}
