use std::collections::HashMap;

use db::{Doing, Reader, Tx};
use kernel::{Fault, Id, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{
    postings::{posting, posting_rows, transfer_rows},
    wallets::{lot_rows, wallet_rows},
};
use crate::verify::{StoredWallet, VerifyReport};

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

/// Recomputes wallets from their transfers alone and adds what differs to the report.
///
/// Locks the wallets first: all that changes them waits for that lock, so the rows read here belong together.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn verify_wallets(
    tx: &mut Tx,
    households: &[Id<kinds::Household>],
    report: &mut VerifyReport,
) -> Result<(), Fault> {
    let ids: Vec<Uuid> = households.iter().map(|id| id.uuid()).collect();
    let wallet_rows = wallet_rows::Entity::find()
        .filter(wallet_rows::Column::HouseholdId.is_in(ids.clone()))
        .order_by_asc(wallet_rows::Column::HouseholdId)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("read wallets to verify")?;
    let lot_rows = lot_rows::Entity::find().filter(lot_rows::Column::HouseholdId.is_in(ids.clone()));
    let lot_rows = lot_rows.all(tx.connection()).await.doing("read lots to verify")?;
    let posting_rows = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.is_in(ids.clone()))
        .order_by_asc(posting_rows::Column::HouseholdId)
        .order_by_asc(posting_rows::Column::No)
        .all(tx.connection())
        .await
        .doing("read postings to verify")?;
    let transfer_rows = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.is_in(ids))
        .order_by_asc(transfer_rows::Column::HouseholdId)
        .order_by_asc(transfer_rows::Column::PostingId)
        .order_by_asc(transfer_rows::Column::Seq)
        .all(tx.connection())
        .await
        .doing("read transfers to verify")?;

    let mut moves: HashMap<Uuid, Vec<&transfer_rows::Model>> = HashMap::new();
    transfer_rows.iter().for_each(|row| moves.entry(row.posting_id).or_default().push(row));
    let mut by_household: HashMap<Uuid, Vec<&posting_rows::Model>> = HashMap::new();
    posting_rows.iter().for_each(|row| by_household.entry(row.household_id).or_default().push(row));
    let mut stored_lots: HashMap<Uuid, Vec<&lot_rows::Model>> = HashMap::new();
    lot_rows.iter().for_each(|row| stored_lots.entry(row.household_id).or_default().push(row));
    for row in wallet_rows {
        let lots = stored_lots.remove(&row.household_id).unwrap_or_default();
        let stored = StoredWallet {
            household: Id::from_uuid(row.household_id),
            balance: row.balance,
            owed: row.owed,
            last_no: row.last_no,
            lots: lots.into_iter().map(|lot| (Id::from_uuid(lot.id), lot.remaining)).collect(),
        };
        let rows = by_household.remove(&row.household_id).unwrap_or_default();
        let made = rows.into_iter().map(|row| posting(row, moves.get(&row.id).map_or(&[][..], Vec::as_slice)));
        report.add(&stored, &made.collect::<Result<Vec<_>, Fault>>()?);
    }
    Ok(())
}
