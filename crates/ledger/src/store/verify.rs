use std::collections::{BTreeSet, HashMap};

use db::{Doing, Reader, Tx};
use kernel::{Fault, Id, kinds};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Query, SelectStatement},
};
use uuid::Uuid;

use super::{
    postings::{posting, posting_rows, transfer, transfer_rows},
    wallets::{contributor, lot_rows, wallet_rows},
};
use crate::{
    LotKey, PostingKind,
    verify::{StoredLot, StoredPosting, StoredWallet, VerifyReport},
};

/// A redemption as its posting says it, for those who know what it bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRedemption {
    /// Whose wallet.
    pub household: Id<kinds::Household>,
    /// The posting.
    pub posting: Id<kinds::Posting>,
    /// What it bought, in the buyer's word.
    pub reference: String,
    /// The price in points, as stored.
    pub points: i64,
}

/// The next wallets to verify, in household order, after a given one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_wallets_to_verify(
    reader: &Reader,
    after: Option<Id<kinds::Household>>,
    limit: u64,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let after = after.map_or(Uuid::nil(), Id::uuid);
    let ids: Vec<Uuid> = wallet_rows::Entity::find()
        .select_only()
        .column(wallet_rows::Column::HouseholdId)
        .filter(wallet_rows::Column::HouseholdId.gt(after))
        .order_by_asc(wallet_rows::Column::HouseholdId)
        .limit(limit)
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("list wallets to verify")?;
    Ok(ids.into_iter().map(Id::from_uuid).collect())
}

/// Households that have lots, postings or transfers but no wallet, in household order, after a given one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_households_without_wallet(
    reader: &Reader,
    after: Option<Id<kinds::Household>>,
    limit: u64,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let after = after.map_or(Uuid::nil(), Id::uuid);
    let mut found = BTreeSet::new();
    found.extend(without_wallet::<lot_rows::Entity>(reader, lot_rows::Column::HouseholdId, after, limit).await?);
    found
        .extend(without_wallet::<posting_rows::Entity>(reader, posting_rows::Column::HouseholdId, after, limit).await?);
    let of_transfers = transfer_rows::Column::HouseholdId;
    found.extend(without_wallet::<transfer_rows::Entity>(reader, of_transfers, after, limit).await?);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(found.into_iter().take(limit).map(Id::from_uuid).collect())
}

async fn without_wallet<E: EntityTrait>(
    reader: &Reader,
    household: E::Column,
    after: Uuid,
    limit: u64,
) -> Result<Vec<Uuid>, Fault> {
    let wallets: SelectStatement =
        Query::select().column(wallet_rows::Column::HouseholdId).from(wallet_rows::Entity).to_owned();
    E::find()
        .select_only()
        .column(household)
        .distinct()
        .filter(household.gt(after))
        .filter(household.not_in_subquery(wallets))
        .order_by_asc(household)
        .limit(limit)
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("look for rows without a wallet")
}

/// Recomputes wallets from their transfers alone, adds what differs to the report, and answers with what they redeemed.
///
/// Locks the wallets first: all that changes them waits for that lock, so the rows read here belong together.
///
/// # Errors
/// A [`Fault`] of the database. A row that cannot be is no fault but a difference.
pub async fn verify_wallets(
    tx: &mut Tx,
    households: &[Id<kinds::Household>],
    report: &mut VerifyReport,
) -> Result<Vec<VerifiedRedemption>, Fault> {
    let rows = list_rows(tx, households).await?;
    let mut moves: HashMap<(Uuid, Uuid), Vec<&transfer_rows::Model>> = HashMap::new();
    rows.transfers.iter().for_each(|row| moves.entry((row.household_id, row.posting_id)).or_default().push(row));
    let mut postings: HashMap<Uuid, Vec<StoredPosting>> = HashMap::new();
    for row in &rows.postings {
        let of_posting = moves.remove(&(row.household_id, row.id)).unwrap_or_default();
        postings.entry(row.household_id).or_default().push(stored_posting(row, &of_posting));
    }
    // Whatever no posting claimed belongs to none.
    let mut missing: HashMap<Uuid, Vec<Id<kinds::Posting>>> = HashMap::new();
    for (household, posting) in moves.into_keys() {
        missing.entry(household).or_default().push(Id::from_uuid(posting));
    }
    let mut lots: HashMap<Uuid, Vec<StoredLot>> = HashMap::new();
    rows.lots.iter().for_each(|row| lots.entry(row.household_id).or_default().push(stored_lot(row)));
    for row in rows.wallets {
        let stored = StoredWallet {
            household: Id::from_uuid(row.household_id),
            balance: row.balance,
            owed: row.owed,
            last_no: row.last_no,
            lots: lots.remove(&row.household_id).unwrap_or_default(),
            missing_postings: missing.remove(&row.household_id).unwrap_or_default(),
        };
        report.add(&stored, &postings.remove(&row.household_id).unwrap_or_default());
    }
    let redemptions = rows.postings.into_iter().filter(|row| row.kind == PostingKind::Redeem.code());
    let redemptions = redemptions.map(|row| VerifiedRedemption {
        household: Id::from_uuid(row.household_id),
        posting: Id::from_uuid(row.id),
        reference: row.reference,
        points: row.points,
    });
    Ok(redemptions.collect())
}

/// All rows of a few wallets.
struct Rows {
    wallets: Vec<wallet_rows::Model>,
    lots: Vec<lot_rows::Model>,
    postings: Vec<posting_rows::Model>,
    transfers: Vec<transfer_rows::Model>,
}

async fn list_rows(tx: &mut Tx, households: &[Id<kinds::Household>]) -> Result<Rows, Fault> {
    let ids: Vec<Uuid> = households.iter().map(|id| id.uuid()).collect();
    let wallets = wallet_rows::Entity::find()
        .filter(wallet_rows::Column::HouseholdId.is_in(ids.clone()))
        .order_by_asc(wallet_rows::Column::HouseholdId)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("read wallets to verify")?;
    let lots = lot_rows::Entity::find()
        .filter(lot_rows::Column::HouseholdId.is_in(ids.clone()))
        .order_by_asc(lot_rows::Column::HouseholdId)
        .order_by_asc(lot_rows::Column::Id)
        .all(tx.connection())
        .await
        .doing("read lots to verify")?;
    let postings = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.is_in(ids.clone()))
        .order_by_asc(posting_rows::Column::HouseholdId)
        .order_by_asc(posting_rows::Column::No)
        .all(tx.connection())
        .await
        .doing("read postings to verify")?;
    let transfers = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.is_in(ids))
        .order_by_asc(transfer_rows::Column::HouseholdId)
        .order_by_asc(transfer_rows::Column::PostingId)
        .order_by_asc(transfer_rows::Column::Seq)
        .all(tx.connection())
        .await
        .doing("read transfers to verify")?;
    Ok(Rows { wallets, lots, postings, transfers })
}

fn stored_lot(row: &lot_rows::Model) -> StoredLot {
    let contributor = contributor(row.contributor_id);
    StoredLot {
        id: Id::from_uuid(row.id),
        key: LotKey { expires_on: row.expires_on, available_from: row.available_from, contributor },
        remaining: row.remaining,
        held: row.held,
    }
}

fn stored_posting(row: &posting_rows::Model, moves: &[&transfer_rows::Model]) -> StoredPosting {
    let whole = posting(row, moves);
    // The fault in `whole` names what cannot be read; what can still counts, or every later figure would differ too.
    let readable = if whole.is_err() { moves.iter().flat_map(|row| transfer(row)).collect() } else { Vec::new() };
    StoredPosting {
        id: Id::from_uuid(row.id),
        no: row.no,
        points: row.points,
        balance_after: row.balance_after,
        owed_after: row.owed_after,
        whole,
        readable,
    }
}
