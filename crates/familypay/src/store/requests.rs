//! Pay requests and who may pay them.

use std::collections::{BTreeMap, BTreeSet};

use db::{Doing, Reader, Tx, insert_rows};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::stored_request::{book, payer_rows, request_row, request_rows};
use crate::{PayLink, PayRequestBook};

/// Where a request lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestPlace {
    /// The household that receives.
    pub household: Id<kinds::Household>,
    /// The request.
    pub request: Id<kinds::PayRequest>,
}

/// Locks a request with its payers.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_request(tx: &mut Tx, place: RequestPlace) -> Result<Option<PayRequestBook>, Fault> {
    let row = request_rows::Entity::find_by_id((place.household.uuid(), place.request.uuid()))
        .lock_exclusive()
        .one(tx.connection())
        .await
        .doing("lock a pay request")?;
    let Some(row) = row else { return Ok(None) };
    let payers = list_payers(tx.connection(), &row).await?;
    book(&row, &payers).map(Some)
}

/// Locks the requests a senior has waiting in a household, by id.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_waiting_requests_of(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    senior: Id<kinds::Person>,
) -> Result<Vec<PayRequestBook>, Fault> {
    let rows = request_rows::Entity::find()
        .filter(request_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(request_rows::Column::AskedById.eq(senior.uuid()))
        .filter(request_rows::Column::State.is_in(["asked", "claimed", "declined", "expired"]))
        .order_by_asc(request_rows::Column::Id)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock the pay requests of a senior")?;
    let mut books = Vec::with_capacity(rows.len());
    for row in rows {
        let payers = list_payers(tx.connection(), &row).await?;
        books.push(book(&row, &payers)?);
    }
    Ok(books)
}

/// A request as it is now, by its id alone.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_request(reader: &Reader, id: Id<kinds::PayRequest>) -> Result<Option<PayRequestBook>, Fault> {
    let row = request_rows::Entity::find()
        .filter(request_rows::Column::Id.eq(id.uuid()))
        .one(reader.connection())
        .await
        .doing("find a pay request")?;
    let Some(row) = row else { return Ok(None) };
    let payers = list_payers(reader.connection(), &row).await?;
    book(&row, &payers).map(Some)
}

/// Where a request lies, by its id alone. It never moves.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_request_place(tx: &mut Tx, id: Id<kinds::PayRequest>) -> Result<Option<RequestPlace>, Fault> {
    let row = request_rows::Entity::find().filter(request_rows::Column::Id.eq(id.uuid())).one(tx.connection()).await;
    let row = row.doing("find where a pay request lies")?;
    Ok(row.map(|row| RequestPlace { household: Id::from_uuid(row.household_id), request: id }))
}

/// Which request a link leads to, and which payer has it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_link(reader: &Reader, link: &PayLink) -> Result<Option<(RequestPlace, Id<kinds::Person>)>, Fault> {
    let row = payer_rows::Entity::find()
        .filter(payer_rows::Column::TokenHash.eq(link.hash()))
        .one(reader.connection())
        .await
        .doing("find the pay request of a link")?;
    Ok(row.map(|row| {
        let place = RequestPlace { household: Id::from_uuid(row.household_id), request: Id::from_uuid(row.request_id) };
        (place, Id::from_uuid(row.payer_id))
    }))
}

/// Enters a new request with its payers' links, in their order.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_request(tx: &mut Tx, new: &PayRequestBook, links: &[PayLink]) -> Result<(), Fault> {
    let row = request_row(new, 1, tx.now());
    insert_rows::<request_rows::Entity, _>(tx, vec![row], "insert a pay request").await?;
    let payers = (1..).zip(new.payers.iter().zip(links)).map(|(place, (payer, link))| payer_rows::ActiveModel {
        household_id: Set(new.request.household().uuid()),
        request_id: Set(new.request.id().uuid()),
        place: Set(place),
        payer_id: Set(payer.person.uuid()),
        token_hash: Set(link.hash()),
        reason: Set(None),
        declined_at: Set(None),
    });
    insert_rows::<payer_rows::Entity, _>(tx, payers.collect(), "insert the payers of a request").await
}

/// Writes what became of a locked request and its payers.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_request(tx: &mut Tx, changed: &PayRequestBook) -> Result<(), Fault> {
    let row = request_row(changed, changed.version + 1, tx.now());
    row.update_without_returning(tx.connection()).await.doing("update a pay request")?;
    for (place, payer) in (1..).zip(&changed.payers) {
        let Some((reason, at)) = payer.declined else { continue };
        let row = payer_rows::ActiveModel {
            household_id: Set(changed.request.household().uuid()),
            request_id: Set(changed.request.id().uuid()),
            place: Set(place),
            reason: Set(Some(reason.word().to_owned())),
            declined_at: Set(Some(at.timestamp_millis())),
            ..Default::default()
        };
        row.update_without_returning(tx.connection()).await.doing("update a payer of a request")?;
    }
    Ok(())
}

/// Up to `limit` requests where something is due: the deadline came, or half the time is over and nobody was reminded.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_due_requests(reader: &Reader, now: Timestamp, limit: u64) -> Result<Vec<RequestPlace>, Fault> {
    use sea_orm::sea_query::Expr;
    let now = now.timestamp_millis();
    let is_half_over = Condition::all()
        .add(request_rows::Column::RemindedAt.is_null())
        .add(Expr::cust(format!("asked_at + (deadline_at - asked_at) / 2 <= {now}")));
    let is_due = Condition::any().add(request_rows::Column::DeadlineAt.lte(now)).add(is_half_over);
    let rows = request_rows::Entity::find()
        .filter(request_rows::Column::State.is_in(["asked", "claimed"]))
        .filter(is_due)
        .order_by_asc(request_rows::Column::DeadlineAt)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list pay requests that are due")?;
    Ok(rows.iter().map(place_of).collect())
}

/// The newest requests a senior made, at most `limit`, whatever household she was in.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_requests_of_senior(
    reader: &Reader,
    senior: Id<kinds::Person>,
    limit: u64,
) -> Result<Vec<PayRequestBook>, Fault> {
    let rows = request_rows::Entity::find()
        .filter(request_rows::Column::AskedById.eq(senior.uuid()))
        .order_by_desc(request_rows::Column::Id)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list the pay requests of a senior")?;
    with_payers(reader, rows).await
}

/// The newest requests somebody may pay, at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_requests_of_payer(
    reader: &Reader,
    payer: Id<kinds::Person>,
    limit: u64,
) -> Result<Vec<PayRequestBook>, Fault> {
    let places = payer_rows::Entity::find()
        .filter(payer_rows::Column::PayerId.eq(payer.uuid()))
        .order_by_desc(payer_rows::Column::RequestId)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list what a payer may pay")?;
    let ids: BTreeSet<uuid::Uuid> = places.into_iter().map(|row| row.request_id).collect();
    let rows = request_rows::Entity::find()
        .filter(request_rows::Column::Id.is_in(ids))
        .order_by_desc(request_rows::Column::Id)
        .all(reader.connection())
        .await
        .doing("list the pay requests of a payer")?;
    with_payers(reader, rows).await
}

/// The newest requests of all households, at most `limit`; with `before`, those older than it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_requests(
    reader: &Reader,
    before: Option<Id<kinds::PayRequest>>,
    limit: u64,
) -> Result<Vec<PayRequestBook>, Fault> {
    let mut select = request_rows::Entity::find().order_by_desc(request_rows::Column::Id).limit(limit);
    if let Some(before) = before {
        select = select.filter(request_rows::Column::Id.lt(before.uuid()));
    }
    let rows = select.all(reader.connection()).await.doing("list pay requests")?;
    with_payers(reader, rows).await
}

async fn with_payers(reader: &Reader, rows: Vec<request_rows::Model>) -> Result<Vec<PayRequestBook>, Fault> {
    let payers = payer_rows::Entity::find()
        .filter(payer_rows::Column::RequestId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(payer_rows::Column::Place)
        .all(reader.connection())
        .await
        .doing("list the payers of requests")?;
    let mut by_request: BTreeMap<uuid::Uuid, Vec<payer_rows::Model>> = BTreeMap::new();
    payers.into_iter().for_each(|payer| by_request.entry(payer.request_id).or_default().push(payer));
    rows.iter().map(|row| book(row, by_request.get(&row.id).map_or(&[], Vec::as_slice))).collect()
}

async fn list_payers(
    connection: &impl ConnectionTrait,
    row: &request_rows::Model,
) -> Result<Vec<payer_rows::Model>, Fault> {
    payer_rows::Entity::find()
        .filter(payer_rows::Column::HouseholdId.eq(row.household_id))
        .filter(payer_rows::Column::RequestId.eq(row.id))
        .order_by_asc(payer_rows::Column::Place)
        .all(connection)
        .await
        .doing("list the payers of a request")
}

fn place_of(row: &request_rows::Model) -> RequestPlace {
    RequestPlace { household: Id::from_uuid(row.household_id), request: Id::from_uuid(row.id) }
}
