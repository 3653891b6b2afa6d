//! The redemption behind the points of an order, and where they return to.

use std::collections::BTreeMap;

use db::{Doing, Tx};
use kernel::{Fault, FaultKind, Id, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{
    postings::{posting_rows, transfer_rows},
    wallets::{contributor, lot_rows, points},
};
use crate::{Contributor, LotKey, PostingKind, RedemptionRecord, TenderRecord};

/// How often lots are followed from household to household. Beyond it somebody moved them in a circle.
const MAX_MOVES: usize = 64;

/// Which wallets the points of an order return to, if they are refunded. With the household that ordered; sorted.
///
/// Read before any lock, so that all these wallets can be locked in their order; [`find_tender_record`] reads it again.
///
/// # Errors
/// A [`Fault`] of the database, or when lots were moved on more than sixty-four times.
pub async fn list_tender_holders(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    posting: Id<kinds::Posting>,
) -> Result<Vec<Id<kinds::Household>>, Fault> {
    let (_, holders) = find_draws(tx, household, posting).await?;
    let mut all: Vec<Id<kinds::Household>> = holders.into_values().chain([household]).collect();
    all.sort();
    all.dedup();
    Ok(all)
}

/// The redemption that paid for an order in part, with all that was given back of it since, wherever. `holders` are locked wallets,
/// those of [`list_tender_holders`] among them.
///
/// # Errors
/// A [`Fault`] of the database; contention when lots were moved on while the locks were waited for.
pub async fn find_tender_record(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    holders: &[Id<kinds::Household>],
    posting: Id<kinds::Posting>,
) -> Result<TenderRecord, Fault> {
    let (redemption, holder_of) = find_draws(tx, household, posting).await?;
    if holder_of.values().any(|holder| !holders.contains(holder)) {
        return Err(Fault::new(FaultKind::Contention, "follow lots that were moved on just now"));
    }
    Ok(TenderRecord { redemption, holders: holder_of })
}

type Holders = BTreeMap<LotKey, Id<kinds::Household>>;

async fn find_draws(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    posting: Id<kinds::Posting>,
) -> Result<(RedemptionRecord, Holders), Fault> {
    let key = (household.uuid(), posting.uuid());
    let row = posting_rows::Entity::find_by_id(key).one(tx.connection()).await.doing("find a redemption")?;
    let row = row.ok_or_else(|| Fault::inconsistent("find the redemption of an order"))?;
    let draws = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.eq(row.household_id))
        .filter(transfer_rows::Column::PostingId.eq(row.id))
        .order_by_asc(transfer_rows::Column::Seq)
        .all(tx.connection())
        .await
        .doing("list the transfers of a redemption")?;
    let keys = list_keys(tx, row.household_id, draws.iter().filter_map(|draw| draw.from_lot_id)).await?;
    let mut drawn = Vec::with_capacity(draws.len());
    let mut holders = Holders::new();
    for draw in &draws {
        let key = draw.from_lot_id.and_then(|lot| keys.get(&lot));
        let key = *key.ok_or_else(|| Fault::inconsistent("find the lot of a redemption"))?;
        drawn.push((key, points(draw.points)?));
        holders.insert(key, follow(tx, household, key.contributor, row.no).await?);
    }
    // Given back under the order's reference wherever that was, also in a wallet that the lots have left since.
    let restores = posting_rows::Entity::find()
        .filter(posting_rows::Column::CorrectsId.eq(row.id))
        .filter(posting_rows::Column::HouseholdId.is_in(list_once_holders(tx, household).await?))
        .all(tx.connection())
        .await
        .doing("list what restored a redemption")?;
    let record = RedemptionRecord {
        household,
        posting,
        reference: row.reference,
        drawn,
        restored: points(restores.iter().map(|restore| restore.points).sum())?,
        restores_count: u32::try_from(restores.len()).expect("a count of rows in memory"),
    };
    Ok((record, holders))
}

/// Every household that lots of one were ever moved to, also further on, and itself.
async fn list_once_holders(tx: &mut Tx, household: Id<kinds::Household>) -> Result<Vec<Uuid>, Fault> {
    let mut found = vec![household.uuid()];
    let mut next = 0;
    while next < found.len() && next <= MAX_MOVES {
        for to in list_moves(tx, found[next], 0).await?.into_iter().filter_map(|row| row.counterpart_id) {
            if !found.contains(&to) {
                found.push(to);
            }
        }
        next += 1;
    }
    Ok(found)
}

/// Follows what a contributor brought from household to household: by the first move after a posting that took any lot of theirs, and
/// so on. Points that were spent are in no lot, but lots move all together or all of one contributor. A move that was undone takes
/// back only what came by it.
async fn follow(
    tx: &mut Tx,
    from: Id<kinds::Household>,
    who: Contributor,
    after_no: i64,
) -> Result<Id<kinds::Household>, Fault> {
    let (mut holder, mut since, mut came_by) = (from.uuid(), after_no, None::<String>);
    for _ in 0..MAX_MOVES {
        let moves = list_moves(tx, holder, since).await?;
        let taken = list_moves_of(tx, holder, &moves, who).await?;
        let takes_it = |row: &&posting_rows::Model| {
            let undone = row.reference.strip_prefix("undo ");
            taken.contains(&row.id) && (undone.is_none() || undone == came_by.as_deref())
        };
        let Some(next) = moves.iter().find(takes_it) else { return Ok(Id::from_uuid(holder)) };
        let to = next.counterpart_id.ok_or_else(|| Fault::inconsistent("read a move: it names no household"))?;
        let came = posting_rows::Entity::find()
            .filter(posting_rows::Column::HouseholdId.eq(to))
            .filter(posting_rows::Column::Kind.eq(PostingKind::MoveIn.code()))
            .filter(posting_rows::Column::Reference.eq(next.reference.clone()))
            .one(tx.connection())
            .await
            .doing("find the other side of a move")?;
        since = came.ok_or_else(|| Fault::inconsistent("find the other side of a move"))?.no;
        (holder, came_by) = (to, Some(next.reference.clone()));
    }
    Err(Fault::inconsistent("follow moved lots: they were moved on too often"))
}

/// The moves out of a household after a posting, in their order.
async fn list_moves(tx: &mut Tx, household: Uuid, after_no: i64) -> Result<Vec<posting_rows::Model>, Fault> {
    posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(household))
        .filter(posting_rows::Column::Kind.eq(PostingKind::MoveOut.code()))
        .filter(posting_rows::Column::No.gt(after_no))
        .order_by_asc(posting_rows::Column::No)
        .all(tx.connection())
        .await
        .doing("list the moves of a household")
}

/// Which of these moves out of a household took lots of a contributor.
async fn list_moves_of(
    tx: &mut Tx,
    household: Uuid,
    moves: &[posting_rows::Model],
    who: Contributor,
) -> Result<Vec<Uuid>, Fault> {
    if moves.is_empty() {
        return Ok(Vec::new());
    }
    let rows = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.eq(household))
        .filter(transfer_rows::Column::PostingId.is_in(moves.iter().map(|row| row.id)))
        .filter(transfer_rows::Column::FromLotId.is_not_null())
        .all(tx.connection())
        .await
        .doing("list the lots of moves")?;
    let keys = list_keys(tx, household, rows.iter().filter_map(|row| row.from_lot_id)).await?;
    let is_theirs = |row: &transfer_rows::Model| {
        row.from_lot_id.and_then(|lot| keys.get(&lot)).is_some_and(|key| key.contributor == who)
    };
    Ok(rows.into_iter().filter(is_theirs).map(|row| row.posting_id).collect())
}

async fn list_keys(
    tx: &mut Tx,
    household: Uuid,
    lots: impl Iterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, LotKey>, Fault> {
    let rows = lot_rows::Entity::find()
        .filter(lot_rows::Column::HouseholdId.eq(household))
        .filter(lot_rows::Column::Id.is_in(lots))
        .all(tx.connection())
        .await
        .doing("find lots")?;
    let key = |row: &lot_rows::Model| LotKey {
        expires_on: row.expires_on,
        available_from: row.available_from,
        contributor: contributor(row.contributor_id),
    };
    Ok(rows.iter().map(|row| (row.id, key(row))).collect())
}
