//! What corrections of a posting need to know of it: the earn behind a pick-up or refund, the move behind an undoing.

use std::collections::{BTreeMap, BTreeSet};

use db::{Doing, Tx};
use kernel::{BusinessDate, Fault, Id, Points, kinds};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{
    lot_path::{Stop, find_lot_put, follow, follow_earn},
    postings::{posting, posting_rows, snapshot, transfer_rows},
    wallets::{contributor, lot_rows, points},
};
use crate::{EarnRecord, LotFate, LotKey, Moved, Posting, PostingKind, UNSCHEDULED};

/// Which wallets the points of an order's earns were in, and are: the household that earned, and those their lots were moved to.
/// Sorted.
///
/// Read before any lock, so that all these wallets can be locked in their order; [`list_earn_records`] says where the lots are.
///
/// # Errors
/// A [`Fault`] of the database, or when the points of a lot were moved on more than 64 times.
pub async fn list_holders(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    order: Id<kinds::Order>,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    // Whoever never moved anything has everything: nobody else's order pays for following.
    let moved = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(posting_rows::Column::Kind.eq(PostingKind::MoveOut.code()))
        .one(tx.connection())
        .await
        .doing("look for moves of a household")?;
    let mut holders = BTreeSet::from([household.uuid()]);
    if moved.is_some() {
        for earn in list_earns(tx, household, order).await? {
            holders.extend(follow_earn(tx, &earn).await?.households());
        }
    }
    Ok(holders.into_iter().map(Id::from_uuid).collect())
}

/// The earns of an order, one for each rule that gave points, with all that corrected them since.
///
/// `holders` are the locked wallets of [`list_holders`]. What became of a lot is read once its last day is over by `today`.
///
/// # Errors
/// A [`Fault`] of the database; contention when the lots were moved on while the locks were waited for.
pub async fn list_earn_records(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    holders: &[Id<kinds::Household>],
    order: Id<kinds::Order>,
    today: BusinessDate,
) -> Result<Vec<EarnRecord>, Fault> {
    let earns = list_earns(tx, household, order).await?;
    let mut records = Vec::with_capacity(earns.len());
    for earn in earns {
        records.push(earn_record(tx, holders, &earn, today).await?);
    }
    Ok(records)
}

async fn list_earns(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    order: Id<kinds::Order>,
) -> Result<Vec<posting_rows::Model>, Fault> {
    let order = order.to_string();
    posting_rows::Entity::find()
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
        .doing("find the earns of an order")
}

async fn earn_record(
    tx: &mut Tx,
    holders: &[Id<kinds::Household>],
    earn: &posting_rows::Model,
    today: BusinessDate,
) -> Result<EarnRecord, Fault> {
    let path = follow_earn(tx, earn).await?;
    let households = path.households();
    if households.iter().any(|household| !holders.contains(&Id::from_uuid(*household))) {
        return Err(Fault::new(kernel::FaultKind::Contention, "follow lots that were moved on just now"));
    }
    let corrections = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.is_in(households.clone()))
        .filter(posting_rows::Column::CorrectsId.eq(earn.id))
        .all(tx.connection())
        .await
        .doing("list what corrected an earn")?;
    let ids = std::iter::once(earn.id).chain(corrections.iter().map(|row| row.id));
    let moves = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.is_in(households.clone()))
        .filter(transfer_rows::Column::PostingId.is_in(ids))
        .all(tx.connection())
        .await
        .doing("list the transfers of an earn")?;
    let clawed = corrections.iter().filter(|row| row.kind == PostingKind::Clawback.code()).map(|row| row.points).sum();
    let put = moves.iter().filter(|row| row.posting_id == path.put_by.id && row.to_lot_id == path.lot);
    let put: i64 = put.map(|row| row.points).sum();
    let taken: i64 = moves.iter().filter(|row| row.from_lot_id == path.lot).map(|row| row.points).sum();
    let (expires_on, fate) = match path.lot {
        None => (None, LotFate::default()),
        Some(lot) => {
            let row = lot_rows::Entity::find_by_id((path.put_by.household_id, lot)).one(tx.connection()).await;
            let expires_on = row.doing("find the lot of an earn")?.map(|row| row.expires_on);
            let is_over = expires_on.is_some_and(|last_day| last_day < today);
            (expires_on, if is_over { find_lot_fate(tx, households, lot).await? } else { LotFate::default() })
        }
    };
    Ok(EarnRecord {
        household: Id::from_uuid(earn.household_id),
        posting: Id::from_uuid(earn.id),
        reference: earn.reference.clone(),
        snapshot: snapshot(earn)?.ok_or_else(|| Fault::inconsistent("read the snapshot of an earn"))?,
        clawed: points(clawed)?,
        lot: path.lot.map(Id::from_uuid),
        expires_on,
        in_lot: path.lot.and_then(|_| Points::new(put - taken)).unwrap_or(Points::ZERO),
        fate,
        holder: path.holder(),
    })
}

/// What became of the points of a lot whose last day is over, in the wallets it was in, taken as one: how many were put there and not
/// taken out again by refunds of the same earns, and how many lapsed. Those that are still there and not held did, booked or not.
async fn find_lot_fate(tx: &mut Tx, households: Vec<Uuid>, lot: Uuid) -> Result<LotFate, Fault> {
    let moves = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.is_in(households.clone()))
        .filter(
            Condition::any().add(transfer_rows::Column::FromLotId.eq(lot)).add(transfer_rows::Column::ToLotId.eq(lot)),
        )
        .all(tx.connection())
        .await
        .doing("list the transfers of a lot")?;
    let causes = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.is_in(households.clone()))
        .filter(posting_rows::Column::Id.is_in(moves.iter().map(|row| row.posting_id).collect::<BTreeSet<_>>()))
        .all(tx.connection())
        .await
        .doing("list the postings of a lot")?;
    let left = lot_rows::Entity::find()
        .filter(lot_rows::Column::HouseholdId.is_in(households))
        .filter(lot_rows::Column::Id.eq(lot))
        .all(tx.connection())
        .await
        .doing("find what is left of a lot")?;
    let causes: BTreeMap<Uuid, &posting_rows::Model> = causes.iter().map(|row| (row.id, row)).collect();
    let (mut put, mut lapsed) = (0, left.iter().map(|row| row.remaining - row.held).sum::<i64>());
    for row in &moves {
        let (is_in, Some(cause)) = (row.to_lot_id == Some(lot), causes.get(&row.posting_id)) else { continue };
        put += match PostingKind::from_code(&cause.kind) {
            Some(PostingKind::Earn | PostingKind::Adjust | PostingKind::Schedule | PostingKind::MoveIn) if is_in => {
                row.points
            }
            Some(PostingKind::Schedule | PostingKind::MoveOut) => -row.points,
            Some(PostingKind::Clawback) if is_of_earn_in(tx, cause, lot).await? => -row.points,
            _ => 0,
        };
        lapsed += if cause.kind == PostingKind::Lapse.code() { row.points } else { 0 };
    }
    Ok(LotFate { put: points(put.max(0))?, lapsed: points(lapsed)? })
}

/// Whether the earn that a clawback is of ever put its points into a lot.
async fn is_of_earn_in(tx: &mut Tx, clawback: &posting_rows::Model, lot: Uuid) -> Result<bool, Fault> {
    let Some(corrects) = clawback.corrects_id else { return Ok(false) };
    let household = clawback.counterpart_id.unwrap_or(clawback.household_id);
    let earn = posting_rows::Entity::find_by_id((household, corrects)).one(tx.connection()).await;
    let Some(earn) = earn.doing("find the earn of a clawback")? else { return Ok(false) };
    Ok(find_lot_put(tx, &earn).await? == Some(lot) || follow_earn(tx, &earn).await?.lot == Some(lot))
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
    with_transfers(tx, row).await
}

/// Whether any household has a posting of a kind and reference: for those that are made once whoever they are of now.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn is_posted_anywhere(tx: &mut Tx, kind: PostingKind, reference: &str) -> Result<bool, Fault> {
    let row = posting_rows::Entity::find()
        .filter(posting_rows::Column::Kind.eq(kind.code()))
        .filter(posting_rows::Column::Reference.eq(reference))
        .one(tx.connection())
        .await
        .doing("find a posting by its reference")?;
    Ok(row.is_some())
}

/// A posting by its id alone, with its transfers: of an act that is known to have made it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_posting_anywhere(tx: &mut Tx, id: Id<kinds::Posting>) -> Result<Option<Posting>, Fault> {
    let row = posting_rows::Entity::find().filter(posting_rows::Column::Id.eq(id.uuid())).one(tx.connection()).await;
    let row = row.doing("find a posting")?;
    with_transfers(tx, row).await
}

/// A posting of a household by its id, with its transfers. The wallet must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_posting_held(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    id: Id<kinds::Posting>,
) -> Result<Option<Posting>, Fault> {
    let row = posting_rows::Entity::find_by_id((household.uuid(), id.uuid())).one(tx.connection()).await;
    let row = row.doing("find a posting of a locked wallet")?;
    with_transfers(tx, row).await
}

async fn with_transfers(tx: &mut Tx, row: Option<posting_rows::Model>) -> Result<Option<Posting>, Fault> {
    let Some(row) = row else { return Ok(None) };
    let moves = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.eq(row.household_id))
        .filter(transfer_rows::Column::PostingId.eq(row.id))
        .order_by_asc(transfer_rows::Column::Seq)
        .all(tx.connection())
        .await
        .doing("list the transfers of a posting")?;
    posting(&row, &moves.iter().collect::<Vec<_>>()).map(Some)
}

/// What came by a move, so that the same can go back: also what was picked up since, wherever it was by then, in the lots the
/// pick-ups put it into.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_moved(tx: &mut Tx, came: &Posting) -> Result<Moved, Fault> {
    let keys = list_lot_keys(tx, came.household, came.transfers.iter().filter_map(|t| t.to.lot())).await?;
    let mut moved = Moved { lots: Vec::new(), owed: Points::ZERO };
    for transfer in &came.transfers {
        let Some(lot) = transfer.to.lot() else {
            moved.owed = transfer.points;
            continue;
        };
        let key = *keys.get(&lot).ok_or_else(|| Fault::inconsistent("find the lot of a move"))?;
        let mut waiting = transfer.points;
        if key.available_from == UNSCHEDULED {
            for (key, points) in list_picked_up_since(tx, came, lot).await? {
                let points = points.min(waiting);
                waiting = waiting.minus(points).unwrap_or(Points::ZERO);
                add_lot(&mut moved, key, points)?;
            }
        }
        add_lot(&mut moved, key, waiting)?;
    }
    Ok(moved)
}

fn add_lot(moved: &mut Moved, key: LotKey, points: Points) -> Result<(), Fault> {
    if let Some((_, sum)) = moved.lots.iter_mut().find(|(other, _)| *other == key) {
        *sum = sum.plus(points).map_err(|_| Fault::inconsistent("sum the points of a move"))?;
    } else if !points.is_zero() {
        moved.lots.push((key, points));
    }
    Ok(())
}

/// Which points of a lot that came by a move were picked up since, in which lots they are now. Told apart from others of the same lot
/// by the way of their earns, which leads through the move.
async fn list_picked_up_since(
    tx: &mut Tx,
    came: &Posting,
    lot: Id<kinds::Lot>,
) -> Result<Vec<(LotKey, Points)>, Fault> {
    let first = Stop { household: came.household.uuid(), since: came.no, came_by: vec![came.cause.reference.clone()] };
    let mut picked_up = Vec::new();
    for stop in follow(tx, first.clone(), Some(lot.uuid())).await? {
        let left = transfer_rows::Entity::find()
            .filter(transfer_rows::Column::HouseholdId.eq(stop.household))
            .filter(transfer_rows::Column::FromLotId.eq(lot.uuid()))
            .filter(transfer_rows::Column::ToLotId.is_not_null())
            .all(tx.connection())
            .await
            .doing("list the pick-ups out of a lot")?;
        let ids: BTreeSet<Uuid> = left.iter().map(|row| row.posting_id).collect();
        let causes = posting_rows::Entity::find()
            .filter(posting_rows::Column::HouseholdId.eq(stop.household))
            .filter(posting_rows::Column::Id.is_in(ids))
            .filter(posting_rows::Column::No.gt(stop.since))
            .order_by_asc(posting_rows::Column::No)
            .all(tx.connection())
            .await
            .doing("list the pick-ups of a household")?;
        for cause in causes {
            let Some(put) = left.iter().find(|row| row.posting_id == cause.id) else { continue };
            if came_by_way_of(tx, &cause, &first, lot).await? {
                let to = put.to_lot_id.map(Id::from_uuid).unwrap_or(lot);
                let key = list_lot_keys(tx, Id::from_uuid(stop.household), std::iter::once(to)).await?.remove(&to);
                let key = key.ok_or_else(|| Fault::inconsistent("find the lot of a pick-up"))?;
                picked_up.push((key, points(put.points)?));
            }
        }
    }
    Ok(picked_up)
}

/// Whether the earn that a pick-up is of came to a wallet by a move.
async fn came_by_way_of(
    tx: &mut Tx,
    pick_up: &posting_rows::Model,
    stop: &Stop,
    lot: Id<kinds::Lot>,
) -> Result<bool, Fault> {
    let Some(corrects) = pick_up.corrects_id else { return Ok(false) };
    let household = pick_up.counterpart_id.unwrap_or(pick_up.household_id);
    let earn = posting_rows::Entity::find_by_id((household, corrects)).one(tx.connection()).await;
    let earn = earn.doing("find the earn of a pick-up")?;
    let earn = earn.ok_or_else(|| Fault::inconsistent("find the earn of a pick-up"))?;
    let way = follow(tx, Stop::at(&earn, Vec::new()), Some(lot.uuid())).await?;
    Ok(way.iter().any(|other| other.household == stop.household && other.came_by.last() == stop.came_by.last()))
}

pub(super) async fn list_lot_keys(
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
