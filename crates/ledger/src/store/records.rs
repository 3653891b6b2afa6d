//! What corrections of a posting need to know of it: the earn behind a pick-up or refund, the redemption behind a restore.

use std::collections::BTreeMap;

use db::{Doing, Tx};
use kernel::{Fault, Id, Points, kinds};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{
    postings::{lines, posting, posting_rows, snapshot, transfer_rows},
    wallets::{contributor, lot_rows, points},
};
use crate::{EarnRecord, LotKey, Moved, Posting, PostingKind, RedemptionRecord};

/// How often lots are followed from household to household. Beyond it somebody moved them in a circle.
const MAX_MOVES: usize = 16;

/// Where lots of a household may be now: itself, and every household that lots of it were moved to, also further on. Sorted.
///
/// Read before any lock, so that all these wallets can be locked in their order; [`list_earn_records`] says where the lots are.
///
/// # Errors
/// A [`Fault`] of the database, or when lots were moved on more than sixteen times.
pub async fn list_holders(tx: &mut Tx, household: Id<kinds::Household>) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let mut found = vec![household.uuid()];
    let mut next = 0;
    while next < found.len() {
        if found.len() > MAX_MOVES {
            return Err(Fault::inconsistent("follow moved lots: they were moved on too often"));
        }
        let moves = posting_rows::Entity::find()
            .filter(posting_rows::Column::HouseholdId.eq(found[next]))
            .filter(posting_rows::Column::Kind.eq(PostingKind::MoveOut.code()))
            .all(tx.connection())
            .await
            .doing("list the moves of a household")?;
        for to in moves.into_iter().filter_map(|row| row.counterpart_id) {
            if !found.contains(&to) {
                found.push(to);
            }
        }
        next += 1;
    }
    found.sort_unstable();
    Ok(found.into_iter().map(Id::from_uuid).collect())
}

/// The earns of an order, one for each rule that gave points, with all that corrected them since.
///
/// `holders` are the locked wallets of [`list_holders`].
///
/// # Errors
/// A [`Fault`] of the database; contention when the lots were moved on while the locks were waited for.
pub async fn list_earn_records(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    holders: &[Id<kinds::Household>],
    order: Id<kinds::Order>,
) -> Result<Vec<EarnRecord>, Fault> {
    let order = order.to_string();
    let earns = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(posting_rows::Column::Kind.eq(PostingKind::Earn.code()))
        // The order's own reference, or that followed by a rule's.
        .filter(
            Condition::any()
                .add(posting_rows::Column::Reference.eq(order.clone()))
                .add(posting_rows::Column::Reference.starts_with(format!("{order} "))),
        )
        .order_by_asc(posting_rows::Column::No)
        .all(tx.connection())
        .await
        .doing("find the earns of an order")?;
    let mut records = Vec::with_capacity(earns.len());
    for earn in earns {
        records.push(earn_record(tx, holders, &earn).await?);
    }
    Ok(records)
}

async fn earn_record(
    tx: &mut Tx,
    holders: &[Id<kinds::Household>],
    earn: &posting_rows::Model,
) -> Result<EarnRecord, Fault> {
    let holder_ids: Vec<Uuid> = holders.iter().map(|id| id.uuid()).collect();
    let corrections = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.is_in(holder_ids.clone()))
        .filter(posting_rows::Column::CorrectsId.eq(earn.id))
        .all(tx.connection())
        .await
        .doing("list what corrected an earn")?;
    let ids = std::iter::once(earn.id).chain(corrections.iter().map(|row| row.id));
    let moves = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.is_in(holder_ids))
        .filter(transfer_rows::Column::PostingId.is_in(ids))
        .all(tx.connection())
        .await
        .doing("list the transfers of an earn")?;
    let mut clawed: BTreeMap<u32, Points> = BTreeMap::new();
    for row in corrections.iter().filter(|row| row.kind == PostingKind::Clawback.code()) {
        for line in lines(row)? {
            let sum = clawed.entry(line.line_no).or_default();
            *sum = sum.plus(line.points).map_err(|_| Fault::inconsistent("sum what was clawed back"))?;
        }
    }
    // The points are where the schedule put them, else where the earn did.
    let scheduled = corrections.iter().find(|row| row.kind == PostingKind::Schedule.code());
    let put_by = scheduled.unwrap_or(earn);
    let put = moves.iter().find(|row| row.posting_id == put_by.id && row.to_lot_id.is_some());
    let lot = put.and_then(|row| row.to_lot_id);
    let taken: i64 = moves.iter().filter(|row| lot.is_some() && row.from_lot_id == lot).map(|row| row.points).sum();
    let put_in = Id::from_uuid(put_by.household_id);
    let (expires_on, holder) = match lot {
        None => (None, put_in),
        Some(lot) => {
            let row = lot_rows::Entity::find_by_id((put_by.household_id, lot)).one(tx.connection()).await;
            let expires_on = row.doing("find the lot of an earn")?.map(|row| row.expires_on);
            (expires_on, find_holder(tx, put_in, lot, put_by.no).await?)
        }
    };
    if !holders.contains(&holder) {
        return Err(Fault::new(kernel::FaultKind::Contention, "follow lots that were moved on just now"));
    }
    Ok(EarnRecord {
        household: Id::from_uuid(earn.household_id),
        posting: Id::from_uuid(earn.id),
        reference: earn.reference.clone(),
        snapshot: snapshot(earn)?.ok_or_else(|| Fault::inconsistent("read the snapshot of an earn"))?,
        clawed,
        lot: lot.map(Id::from_uuid),
        expires_on,
        in_lot: Points::new(put.map_or(0, |row| row.points) - taken).unwrap_or(Points::ZERO),
        holder,
    })
}

/// Follows points from household to household: from where and when they were put into their lot, by the first move of that lot after
/// it, and so on. A move that was undone takes back only what came by it.
async fn find_holder(
    tx: &mut Tx,
    from: Id<kinds::Household>,
    lot: Uuid,
    put_no: i64,
) -> Result<Id<kinds::Household>, Fault> {
    let (mut holder, mut since, mut came_by) = (from, put_no, None::<String>);
    for _ in 0..MAX_MOVES {
        let moves = posting_rows::Entity::find()
            .filter(posting_rows::Column::HouseholdId.eq(holder.uuid()))
            .filter(posting_rows::Column::Kind.eq(PostingKind::MoveOut.code()))
            .filter(posting_rows::Column::No.gt(since))
            .order_by_asc(posting_rows::Column::No)
            .all(tx.connection())
            .await
            .doing("list the moves of a household")?;
        if moves.is_empty() {
            return Ok(holder);
        }
        let of_lot = transfer_rows::Entity::find()
            .filter(transfer_rows::Column::HouseholdId.eq(holder.uuid()))
            .filter(transfer_rows::Column::PostingId.is_in(moves.iter().map(|row| row.id)))
            .filter(transfer_rows::Column::FromLotId.eq(lot))
            .all(tx.connection())
            .await
            .doing("list the moves of a lot")?;
        let takes_it = |row: &&posting_rows::Model| {
            let undone = row.reference.strip_prefix("undo ");
            of_lot.iter().any(|transfer| transfer.posting_id == row.id)
                && (undone.is_none() || undone == came_by.as_deref())
        };
        let Some(next) = moves.iter().find(takes_it) else { return Ok(holder) };
        let to = next.counterpart_id.ok_or_else(|| Fault::inconsistent("read a move: it names no household"))?;
        let came = posting_rows::Entity::find()
            .filter(posting_rows::Column::HouseholdId.eq(to))
            .filter(posting_rows::Column::Kind.eq(PostingKind::MoveIn.code()))
            .filter(posting_rows::Column::Reference.eq(next.reference.clone()))
            .one(tx.connection())
            .await
            .doing("find the other side of a move")?;
        since = came.ok_or_else(|| Fault::inconsistent("find the other side of a move"))?.no;
        (holder, came_by) = (Id::from_uuid(to), Some(next.reference.clone()));
    }
    Err(Fault::inconsistent("follow moved lots: they were moved on too often"))
}

/// A redemption with what was given back of it since, by the grant it paid for. The wallet must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_redemption_record(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    reference: &str,
) -> Result<Option<RedemptionRecord>, Fault> {
    let redemption = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(posting_rows::Column::Kind.eq(PostingKind::Redeem.code()))
        .filter(posting_rows::Column::Reference.eq(reference))
        .one(tx.connection())
        .await
        .doing("find a redemption")?;
    let Some(redemption) = redemption else { return Ok(None) };
    let restores = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(posting_rows::Column::CorrectsId.eq(redemption.id))
        .all(tx.connection())
        .await
        .doing("list what restored a redemption")?;
    let draws = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(transfer_rows::Column::PostingId.eq(redemption.id))
        .order_by_asc(transfer_rows::Column::Seq)
        .all(tx.connection())
        .await
        .doing("list the transfers of a redemption")?;
    let lots = draws.iter().filter_map(|row| row.from_lot_id).map(Id::from_uuid);
    let keys = list_lot_keys(tx, household, lots).await?;
    let mut drawn = Vec::with_capacity(draws.len());
    for row in &draws {
        let key = row.from_lot_id.and_then(|lot| keys.get(&Id::from_uuid(lot)));
        let key = key.ok_or_else(|| Fault::inconsistent("find the lot of a redemption"))?;
        drawn.push((*key, points(row.points)?));
    }
    let restored: i64 = restores.iter().map(|row| row.points).sum();
    Ok(Some(RedemptionRecord {
        posting: Id::from_uuid(redemption.id),
        reference: redemption.reference,
        drawn,
        restored: points(restored)?,
        restores_count: u32::try_from(restores.len()).expect("a count of rows in memory"),
    }))
}

/// The posting of a kind and reference, with its transfers. The wallet must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_posting_of(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    kind: PostingKind,
    reference: &str,
) -> Result<Option<Posting>, Fault> {
    let row = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(posting_rows::Column::Kind.eq(kind.code()))
        .filter(posting_rows::Column::Reference.eq(reference))
        .one(tx.connection())
        .await
        .doing("find a posting by its reference")?;
    let Some(row) = row else { return Ok(None) };
    let moves = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(transfer_rows::Column::PostingId.eq(row.id))
        .order_by_asc(transfer_rows::Column::Seq)
        .all(tx.connection())
        .await
        .doing("list the transfers of a posting")?;
    posting(&row, &moves.iter().collect::<Vec<_>>()).map(Some)
}

/// What came by a move, so that the same can go back.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_moved(tx: &mut Tx, came: &Posting) -> Result<Moved, Fault> {
    let keys = list_lot_keys(tx, came.household, came.transfers.iter().filter_map(|t| t.to.lot())).await?;
    let mut moved = Moved { lots: Vec::new(), owed: Points::ZERO };
    for transfer in &came.transfers {
        match transfer.to.lot() {
            Some(lot) => {
                let key = keys.get(&lot).ok_or_else(|| Fault::inconsistent("find the lot of a move"))?;
                moved.lots.push((*key, transfer.points));
            }
            None => moved.owed = transfer.points,
        }
    }
    Ok(moved)
}

async fn list_lot_keys(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    lots: impl Iterator<Item = Id<kinds::Lot>>,
) -> Result<BTreeMap<Id<kinds::Lot>, LotKey>, Fault> {
    let rows = lot_rows::Entity::find()
        .filter(lot_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(lot_rows::Column::Id.is_in(lots.map(Id::uuid)))
        .all(tx.connection())
        .await
        .doing("find lots")?;
    let key = |row: &lot_rows::Model| LotKey {
        expires_on: row.expires_on,
        available_from: row.available_from,
        contributor: contributor(row.contributor_id),
    };
    Ok(rows.iter().map(|row| (Id::from_uuid(row.id), key(row))).collect())
}
