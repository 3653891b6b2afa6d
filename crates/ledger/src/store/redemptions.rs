//! The redemption behind a restore, and where its points belong now.

use std::collections::{BTreeMap, BTreeSet};

use db::{Doing, Tx};
use kernel::{Fault, Id, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{
    lot_path::{Stop, follow},
    postings::{posting_rows, transfer_rows},
    records::list_lot_keys,
    wallets::points,
};
use crate::{PostingKind, RedemptionRecord};

/// Which wallets the points of a redemption belong to, if they are given back: where the lots they were drawn from are now. With
/// the household that redeemed; sorted.
///
/// Read before any lock, so that all these wallets can be locked in their order; [`list_redemption_records`] says it again.
///
/// # Errors
/// A [`Fault`] of the database, or when the points of a lot were moved on more than 64 times.
pub async fn list_redemption_holders(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    reference: &str,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let mut holders = BTreeSet::from([household]);
    if let Some(redemption) = find_redemption(tx, household, reference).await? {
        for (holder, _) in list_draws(tx, &redemption).await? {
            holders.insert(Id::from_uuid(holder));
        }
    }
    Ok(holders.into_iter().collect())
}

/// A redemption with what was given back of it since, by the grant it paid for: one record for each wallet that some of its points
/// belong to now. `holders` are the locked wallets of [`list_redemption_holders`].
///
/// # Errors
/// A [`Fault`] of the database; contention when the lots were moved on while the locks were waited for.
pub async fn list_redemption_records(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    holders: &[Id<kinds::Household>],
    reference: &str,
) -> Result<Vec<(Id<kinds::Household>, RedemptionRecord)>, Fault> {
    let Some(redemption) = find_redemption(tx, household, reference).await? else { return Ok(Vec::new()) };
    let draws = list_draws(tx, &redemption).await?;
    if draws.iter().any(|(holder, _)| !holders.contains(&Id::from_uuid(*holder))) {
        return Err(Fault::new(kernel::FaultKind::Contention, "follow lots that were moved on just now"));
    }
    let restores = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.is_in(holders.iter().map(|holder| holder.uuid())))
        .filter(posting_rows::Column::CorrectsId.eq(redemption.id))
        .all(tx.connection())
        .await
        .doing("list what restored a redemption")?;
    let lots = draws.iter().filter_map(|(_, row)| row.from_lot_id).map(Id::from_uuid);
    let keys = list_lot_keys(tx, household, lots).await?;
    let mut drawn: BTreeMap<Uuid, Vec<_>> = BTreeMap::new();
    for (holder, row) in &draws {
        let key = row.from_lot_id.and_then(|lot| keys.get(&Id::from_uuid(lot)));
        let key = key.ok_or_else(|| Fault::inconsistent("find the lot of a redemption"))?;
        drawn.entry(*holder).or_default().push((*key, points(row.points)?));
    }
    let mut records = Vec::with_capacity(drawn.len());
    for (holder, drawn) in drawn {
        let restored = restores.iter().filter(|row| row.household_id == holder).map(|row| row.points).sum();
        let record = RedemptionRecord {
            household,
            posting: Id::from_uuid(redemption.id),
            reference: redemption.reference.clone(),
            drawn,
            restored: points(restored)?,
            restores_count: u32::try_from(restores.len()).expect("a count of rows in memory"),
        };
        records.push((Id::from_uuid(holder), record));
    }
    Ok(records)
}

async fn find_redemption(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    reference: &str,
) -> Result<Option<posting_rows::Model>, Fault> {
    posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(posting_rows::Column::Kind.eq(PostingKind::Redeem.code()))
        .filter(posting_rows::Column::Reference.eq(reference))
        .one(tx.connection())
        .await
        .doing("find a redemption")
}

/// What a redemption drew, in that order, each with the household its lot is in now.
async fn list_draws(tx: &mut Tx, redemption: &posting_rows::Model) -> Result<Vec<(Uuid, transfer_rows::Model)>, Fault> {
    let draws = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.eq(redemption.household_id))
        .filter(transfer_rows::Column::PostingId.eq(redemption.id))
        .order_by_asc(transfer_rows::Column::Seq)
        .all(tx.connection())
        .await
        .doing("list the transfers of a redemption")?;
    let mut placed = Vec::with_capacity(draws.len());
    for row in draws {
        let way = follow(tx, Stop::at(redemption, Vec::new()), row.from_lot_id).await?;
        placed.push((way.last().map_or(redemption.household_id, |stop| stop.household), row));
    }
    Ok(placed)
}
