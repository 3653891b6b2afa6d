//! Where points went from the wallet they were put into: from household to household, by the moves that took their lot along.

use db::{Doing, Tx};
use kernel::{Fault, Id, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{
    postings::{posting_rows, transfer_rows},
    wallets::{contributor, lot_rows},
};
use crate::{Moved, PostingKind};

/// How often the points of one lot are followed. Beyond it somebody moved them in a circle.
const MAX_HOPS: usize = 64;

/// How the reference of a move that takes another back begins; the other's follows.
const UNDO: &str = "undo ";

/// A wallet on the way of a lot.
#[derive(Debug, Clone)]
pub(super) struct Stop {
    /// Whose.
    pub(super) household: Uuid,
    /// The number of the posting by which the points came.
    pub(super) since: i64,
    /// The moves by which they came from where they were first put, but for those that were undone.
    pub(super) came_by: Vec<String>,
}

impl Stop {
    pub(super) fn at(posting: &posting_rows::Model, came_by: Vec<String>) -> Self {
        Self { household: posting.household_id, since: posting.no, came_by }
    }
}

/// Follows the points of a lot, from where and when they were put there, by the first move after it that took their lot along, and
/// so on. A move takes the lots of its contributors also when nothing is left in them: what comes back later comes back where
/// they would be. A move that was undone takes back only what came by it. `lot` is none for points that went into no lot.
pub(super) async fn follow(tx: &mut Tx, first: Stop, lot: Option<Uuid>) -> Result<Vec<Stop>, Fault> {
    let mut brought = None;
    let mut stops = vec![first];
    for _ in 0..MAX_HOPS {
        let last = stops.last().expect("it begins with one");
        let moves = list_moves(tx, last).await?;
        if moves.is_empty() {
            return Ok(stops);
        }
        if let (Some(lot), None) = (lot, &brought) {
            brought = Some(list_scopes(tx, last.household, lot).await?);
        }
        let named = list_moves_of(tx, last.household, lot, &moves).await?;
        let takes_it = |row: &&posting_rows::Model| match row.reference.strip_prefix(UNDO) {
            Some(undone) => last.came_by.last().is_some_and(|by| by == undone),
            None => {
                let is_of = |scope: &String| row.reason.as_ref() == Some(scope);
                named.contains(&row.id)
                    || brought.as_deref().map_or(is_of(&everything()), |some| some.iter().any(is_of))
            }
        };
        let Some(next) = moves.iter().find(takes_it) else { return Ok(stops) };
        let mut came_by = last.came_by.clone();
        if next.reference.starts_with(UNDO) {
            came_by.pop();
        } else {
            came_by.push(next.reference.clone());
        }
        let came = find_other_side(tx, next).await?;
        stops.push(Stop::at(&came, came_by));
    }
    Err(Fault::inconsistent("follow moved lots: they were moved on too often"))
}

/// The moves out of a wallet since points came to it.
async fn list_moves(tx: &mut Tx, stop: &Stop) -> Result<Vec<posting_rows::Model>, Fault> {
    posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(stop.household))
        .filter(posting_rows::Column::Kind.eq(PostingKind::MoveOut.code()))
        .filter(posting_rows::Column::No.gt(stop.since))
        .order_by_asc(posting_rows::Column::No)
        .all(tx.connection())
        .await
        .doing("list the moves of a household")
}

/// Which of the moves took points of the lot.
async fn list_moves_of(
    tx: &mut Tx,
    household: Uuid,
    lot: Option<Uuid>,
    moves: &[posting_rows::Model],
) -> Result<Vec<Uuid>, Fault> {
    let Some(lot) = lot else { return Ok(Vec::new()) };
    let of_lot = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.eq(household))
        .filter(transfer_rows::Column::PostingId.is_in(moves.iter().map(|row| row.id)))
        .filter(transfer_rows::Column::FromLotId.eq(lot))
        .all(tx.connection())
        .await
        .doing("list the moves of a lot")?;
    Ok(of_lot.into_iter().map(|transfer| transfer.posting_id).collect())
}

/// What moves that take a lot along say they are of.
async fn list_scopes(tx: &mut Tx, household: Uuid, lot: Uuid) -> Result<Vec<String>, Fault> {
    let row = lot_rows::Entity::find_by_id((household, lot)).one(tx.connection()).await.doing("find a moved lot")?;
    let row = row.ok_or_else(|| Fault::inconsistent("find a moved lot"))?;
    Ok(vec![everything(), Moved::scope(Some(contributor(row.contributor_id))).to_string()])
}

fn everything() -> String {
    Moved::scope(None).to_string()
}

async fn find_other_side(tx: &mut Tx, out: &posting_rows::Model) -> Result<posting_rows::Model, Fault> {
    let to = out.counterpart_id.ok_or_else(|| Fault::inconsistent("read a move: it names no household"))?;
    let came = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.eq(to))
        .filter(posting_rows::Column::Kind.eq(PostingKind::MoveIn.code()))
        .filter(posting_rows::Column::Reference.eq(out.reference.clone()))
        .one(tx.connection())
        .await
        .doing("find the other side of a move")?;
    came.ok_or_else(|| Fault::inconsistent("find the other side of a move"))
}

/// The way of an earn's points: through the wallets they were in, and the lot they are in now.
pub(super) struct EarnPath {
    /// The posting that put them where they are: the pick-up's, else the earn.
    pub(super) put_by: posting_rows::Model,
    /// The lot it put them into; none when a debt took them all.
    pub(super) lot: Option<Uuid>,
    pub(super) stops: Vec<Stop>,
}

impl EarnPath {
    /// All wallets on the way.
    pub(super) fn households(&self) -> Vec<Uuid> {
        self.stops.iter().map(|stop| stop.household).collect()
    }

    /// The wallet the points are in now.
    pub(super) fn holder(&self) -> Id<kinds::Household> {
        Id::from_uuid(self.stops.last().expect("a way begins somewhere").household)
    }
}

/// Follows the points of an earn. A pick-up puts them into another lot on the way, wherever they were by then.
pub(super) async fn follow_earn(tx: &mut Tx, earn: &posting_rows::Model) -> Result<EarnPath, Fault> {
    let lot = find_lot_put(tx, earn).await?;
    let mut stops = follow(tx, Stop::at(earn, Vec::new()), lot).await?;
    let scheduled = posting_rows::Entity::find()
        .filter(posting_rows::Column::HouseholdId.is_in(stops.iter().map(|stop| stop.household)))
        .filter(posting_rows::Column::CorrectsId.eq(earn.id))
        .filter(posting_rows::Column::Kind.eq(PostingKind::Schedule.code()))
        .one(tx.connection())
        .await
        .doing("find the pick-up of an earn")?;
    let Some(scheduled) = scheduled else { return Ok(EarnPath { put_by: earn.clone(), lot, stops }) };
    let was_there = |stop: &Stop| stop.household == scheduled.household_id && stop.since < scheduled.no;
    let at = stops.iter().rposition(was_there);
    let at = at.ok_or_else(|| Fault::inconsistent("find where an earn was picked up"))?;
    let lot = find_lot_put(tx, &scheduled).await?;
    stops.truncate(at + 1);
    let onward = follow(tx, Stop::at(&scheduled, stops[at].came_by.clone()), lot).await?;
    stops.extend(onward.into_iter().skip(1));
    Ok(EarnPath { put_by: scheduled, lot, stops })
}

pub(super) async fn find_lot_put(tx: &mut Tx, posting: &posting_rows::Model) -> Result<Option<Uuid>, Fault> {
    let put = transfer_rows::Entity::find()
        .filter(transfer_rows::Column::HouseholdId.eq(posting.household_id))
        .filter(transfer_rows::Column::PostingId.eq(posting.id))
        .filter(transfer_rows::Column::ToLotId.is_not_null())
        .one(tx.connection())
        .await
        .doing("find the lot of an earn")?;
    Ok(put.and_then(|row| row.to_lot_id))
}
