use std::collections::HashMap;

use db::{Doing, Reader, Tx, insert_rows, is_any_id};
use kernel::{BusinessDate, Fault, Id, Points, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use uuid::Uuid;

use crate::{Grant, SlotBooking};

/// From where in a household's grants to read on. Grants run from the newest to the oldest, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantPosition {
    /// The newest.
    Newest,
    /// Those older than this one.
    Before(Id<kinds::Grant>),
    /// The oldest.
    Oldest,
    /// Those newer than this one.
    After(Id<kinds::Grant>),
}

/// Writes grants.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_grants(tx: &mut Tx, new: &[Grant]) -> Result<(), Fault> {
    let rows = new.iter().map(active_grant);
    insert_rows::<grant_rows::Entity, _>(tx, rows.collect(), "insert grants").await
}

fn active_grant(grant: &Grant) -> grant_rows::ActiveModel {
    grant_rows::ActiveModel {
        household_id: Set(grant.household.uuid()),
        id: Set(grant.id.uuid()),
        perk_id: Set(grant.perk.uuid()),
        posting_id: Set(grant.posting.uuid()),
        redeemed_by: Set(grant.redeemed_by.uuid()),
        price_points: Set(grant.price.get()),
        granted_at: Set(grant.granted_at.timestamp_millis()),
        expires_on: Set(grant.expires_on),
        cancelled_at: Set(grant.cancelled_at.map(|at| at.timestamp_millis())),
        paid_by_id: Set((grant.paid_by != grant.household).then(|| grant.paid_by.uuid())),
        returned_points: Set(grant.returned.map(Points::get)),
        used_at: Set(grant.used_at.map(|at| at.timestamp_millis())),
        slot_id: Set(grant.booking.map(|booking| booking.slot.uuid())),
        order_id: Set(grant.booking.map(|booking| booking.order.uuid())),
        missed_at: Set(missed_at(grant)),
    }
}

fn missed_at(grant: &Grant) -> Option<i64> {
    grant.booking.and_then(|booking| booking.missed_at).map(|at| at.timestamp_millis())
}

/// Lets the grants of a household that these paid for be another's; how many. Call it holding both wallets: that keeps their grants
/// still. The rows are laid anew, since a row's household says where it lies.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_grants_moved(
    tx: &mut Tx,
    (from, to): (Id<kinds::Household>, Id<kinds::Household>),
    is_moving: impl Fn(Id<kinds::Household>) -> bool,
) -> Result<usize, Fault> {
    let rows = grant_rows::Entity::find().filter(grant_rows::Column::HouseholdId.eq(from.uuid()));
    let rows = rows.all(tx.connection()).await.doing("list the grants of a household")?;
    let grants = rows.iter().map(grant).collect::<Result<Vec<Grant>, Fault>>()?;
    let moving: Vec<Grant> = grants.into_iter().filter(|grant| is_moving(grant.paid_by)).collect();
    if moving.is_empty() {
        return Ok(0);
    }
    grant_rows::Entity::delete_many()
        .filter(grant_rows::Column::HouseholdId.eq(from.uuid()))
        .filter(is_any_id(tx, grant_rows::Column::Id, moving.iter().map(|grant| grant.id.uuid())))
        .exec(tx.connection())
        .await
        .doing("take grants along")?;
    let moved: Vec<Grant> = moving.into_iter().map(|grant| Grant { household: to, ..grant }).collect();
    insert_grants(tx, &moved).await?;
    Ok(moved.len())
}

/// How many grants a household ever redeemed.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_grants(reader: &Reader, household: Id<kinds::Household>) -> Result<u64, Fault> {
    let grants = grant_rows::Entity::find().filter(grant_rows::Column::HouseholdId.eq(household.uuid()));
    grants.count(reader.connection()).await.doing("count the grants of a household")
}

/// One grant of a household.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_grant(
    reader: &Reader,
    household: Id<kinds::Household>,
    id: Id<kinds::Grant>,
) -> Result<Option<Grant>, Fault> {
    let row = grant_rows::Entity::find_by_id((household.uuid(), id.uuid())).one(reader.connection()).await;
    row.doing("find a grant")?.as_ref().map(grant).transpose()
}

/// One grant of a household whose wallet is locked: that keeps its grants still.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_grant(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    id: Id<kinds::Grant>,
) -> Result<Option<Grant>, Fault> {
    let row = grant_rows::Entity::find_by_id((household.uuid(), id.uuid())).one(tx.connection()).await;
    row.doing("find a grant")?.as_ref().map(grant).transpose()
}

/// Writes that a grant was cancelled.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_grant_cancelled(tx: &mut Tx, grant: &Grant) -> Result<(), Fault> {
    let row = grant_rows::ActiveModel {
        household_id: Set(grant.household.uuid()),
        id: Set(grant.id.uuid()),
        cancelled_at: Set(grant.cancelled_at.map(|at| at.timestamp_millis())),
        returned_points: Set(grant.returned.map(Points::get)),
        missed_at: Set(missed_at(grant)),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("cancel a grant").map(|_| ())
}

/// Writes that a grant was used. Call it holding the household's wallet.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_grant_used(tx: &mut Tx, grant: &Grant) -> Result<(), Fault> {
    let row = grant_rows::ActiveModel {
        household_id: Set(grant.household.uuid()),
        id: Set(grant.id.uuid()),
        used_at: Set(grant.used_at.map(|at| at.timestamp_millis())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("note that a grant was used").map(|_| ())
}

/// Up to `limit` grants of a household, newest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_grants(
    reader: &Reader,
    household: Id<kinds::Household>,
    position: GrantPosition,
    limit: u64,
) -> Result<Vec<Grant>, Fault> {
    let query = grant_rows::Entity::find().filter(grant_rows::Column::HouseholdId.eq(household.uuid())).limit(limit);
    let query = match position {
        GrantPosition::Newest => query.order_by_desc(grant_rows::Column::Id),
        GrantPosition::Before(id) => {
            query.filter(grant_rows::Column::Id.lt(id.uuid())).order_by_desc(grant_rows::Column::Id)
        }
        GrantPosition::Oldest => query.order_by_asc(grant_rows::Column::Id),
        GrantPosition::After(id) => {
            query.filter(grant_rows::Column::Id.gt(id.uuid())).order_by_asc(grant_rows::Column::Id)
        }
    };
    let mut rows = query.all(reader.connection()).await.doing("list grants")?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    rows.iter().map(grant).collect()
}

/// How many grants of a household stand on a day: neither cancelled nor expired. Call it holding the household's wallet.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_standing_grants(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    today: BusinessDate,
) -> Result<u64, Fault> {
    grant_rows::Entity::find()
        .filter(grant_rows::Column::HouseholdId.eq(household.uuid()))
        .filter(grant_rows::Column::CancelledAt.is_null())
        .filter(grant_rows::Column::ExpiresOn.gte(today))
        .count(tx.connection())
        .await
        .doing("count standing grants")
}

/// What each of these members spent on grants since an instant and did not get back, by household and person. Call it holding the
/// households' wallets: that keeps their grants still.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_spent_since(
    tx: &mut Tx,
    spenders: &[(Id<kinds::Household>, Id<kinds::Person>)],
    since: Timestamp,
) -> Result<HashMap<(Id<kinds::Household>, Id<kinds::Person>), Points>, Fault> {
    let households = spenders.iter().map(|(household, _)| household.uuid());
    let persons = spenders.iter().map(|(_, person)| person.uuid());
    let rows: Vec<(Uuid, Uuid, i64, Option<i64>)> = grant_rows::Entity::find()
        .select_only()
        .columns([
            grant_rows::Column::HouseholdId,
            grant_rows::Column::RedeemedBy,
            grant_rows::Column::PricePoints,
            grant_rows::Column::ReturnedPoints,
        ])
        .filter(is_any_id(tx, grant_rows::Column::HouseholdId, households))
        .filter(is_any_id(tx, grant_rows::Column::RedeemedBy, persons))
        .filter(grant_rows::Column::GrantedAt.gte(since.timestamp_millis()))
        // Of one that was given back late a part stays spent.
        .filter(grant_rows::Column::CancelledAt.is_null().or(grant_rows::Column::ReturnedPoints.is_not_null()))
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("list what members spent")?;
    let mut spent = HashMap::new();
    for (household, person, price, returned) in rows {
        let price = price.checked_sub(returned.unwrap_or(0)).and_then(Points::new);
        let price = price.ok_or_else(|| Fault::inconsistent("read the price of a grant"))?;
        let sum = spent.entry((Id::from_uuid(household), Id::from_uuid(person))).or_insert(Points::ZERO);
        *sum = sum.plus(price).map_err(|_| Fault::inconsistent("sum what a member spent"))?;
    }
    Ok(spent)
}

pub(super) fn grant(row: &grant_rows::Model) -> Result<Grant, Fault> {
    let impossible = || Fault::inconsistent("read a grant: a column is out of range");
    let instant = |millis: Option<i64>| -> Result<Option<Timestamp>, Fault> {
        millis.map(|millis| Timestamp::from_timestamp_millis(millis).ok_or_else(impossible)).transpose()
    };
    Ok(Grant {
        id: Id::from_uuid(row.id),
        household: Id::from_uuid(row.household_id),
        perk: Id::from_uuid(row.perk_id),
        paid_by: Id::from_uuid(row.paid_by_id.unwrap_or(row.household_id)),
        posting: Id::from_uuid(row.posting_id),
        redeemed_by: Id::from_uuid(row.redeemed_by),
        price: Points::new(row.price_points).ok_or_else(impossible)?,
        granted_at: Timestamp::from_timestamp_millis(row.granted_at).ok_or_else(impossible)?,
        expires_on: row.expires_on,
        cancelled_at: instant(row.cancelled_at)?,
        returned: row.returned_points.map(|points| Points::new(points).ok_or_else(impossible)).transpose()?,
        used_at: instant(row.used_at)?,
        booking: match row.slot_id.zip(row.order_id) {
            Some((slot, order)) => Some(SlotBooking {
                slot: Id::from_uuid(slot),
                order: Id::from_uuid(order),
                missed_at: instant(row.missed_at)?,
            }),
            None => None,
        },
    })
}

pub(super) mod grant_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "grants")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub perk_id: Uuid,
        pub posting_id: Uuid,
        pub redeemed_by: Uuid,
        pub price_points: i64,
        pub granted_at: i64,
        pub expires_on: chrono::NaiveDate,
        pub cancelled_at: Option<i64>,
        pub paid_by_id: Option<Uuid>,
        pub returned_points: Option<i64>,
        pub used_at: Option<i64>,
        pub slot_id: Option<Uuid>,
        pub order_id: Option<Uuid>,
        pub missed_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
