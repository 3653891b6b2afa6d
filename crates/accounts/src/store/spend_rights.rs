use std::collections::HashMap;

use db::{Doing, Tx, is_any_id};
use kernel::{BusinessDate, Fault, Id, Points, kinds};
use sea_orm::{
    ActiveModelTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::LockType,
};
use uuid::Uuid;

use super::{
    persons::active_membership,
    role,
    rows::{memberships, persons},
};
use crate::{SpendRight, Spender};

#[derive(Debug, FromQueryResult)]
struct SpenderRow {
    household_id: Uuid,
    person_id: Uuid,
    role: String,
    spend_right: Option<String>,
    weekly_points: Option<i64>,
    born_on: Option<BusinessDate>,
}

/// As [`super::lock_memberships`], with what each member may spend. One statement; only whoever is nowhere is looked for once more, for
/// they may have gone into another household while we waited for their old membership.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_spenders(
    tx: &mut Tx,
    people: &[Id<kinds::Person>],
) -> Result<HashMap<Id<kinds::Person>, Spender>, Fault> {
    let mut spenders = find_spenders(tx, people).await?;
    let missing: Vec<_> = people.iter().copied().filter(|person| !spenders.contains_key(person)).collect();
    if !missing.is_empty() {
        spenders.extend(find_spenders(tx, &missing).await?);
    }
    Ok(spenders)
}

async fn find_spenders(
    tx: &mut Tx,
    people: &[Id<kinds::Person>],
) -> Result<HashMap<Id<kinds::Person>, Spender>, Fault> {
    let mut select = memberships::Entity::find()
        .column(persons::Column::BornOn)
        .join(JoinType::InnerJoin, active_membership())
        .filter(is_any_id(tx, memberships::Column::PersonId, people.iter().map(|id| id.uuid())))
        .order_by_asc(memberships::Column::PersonId);
    // The birth date is read without a lock: a redemption must not wait for the insert of whatever refers to the person.
    QuerySelect::query(&mut select).lock_with_tables(LockType::Update, [memberships::Entity]);
    let rows: Vec<SpenderRow> = select.into_model().all(tx.connection()).await.doing("lock who spends")?;
    rows.into_iter().map(|row| Ok((Id::from_uuid(row.person_id), spender(&row)?))).collect()
}

fn spender(row: &SpenderRow) -> Result<Spender, Fault> {
    let set = spend_right(row.spend_right.as_deref(), row.weekly_points)?;
    let household = Id::from_uuid(row.household_id);
    Ok(Spender { household, role: role(&row.role)?, set, born_on: row.born_on })
}

/// A right as memberships keep it; `None` while the role decides.
pub(super) fn spend_right(word: Option<&str>, weekly: Option<i64>) -> Result<Option<SpendRight>, Fault> {
    let unreadable = || Fault::inconsistent("read the spend right of a member");
    let weekly = weekly.map(|points| Points::new(points).ok_or_else(unreadable)).transpose()?;
    word.map(|word| SpendRight::from_stored(word, weekly).ok_or_else(unreadable)).transpose()
}

/// Writes what a member may spend from now on. The membership must be locked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_spend_right(
    tx: &mut Tx,
    household: Id<kinds::Household>,
    person: Id<kinds::Person>,
    right: SpendRight,
) -> Result<(), Fault> {
    let row = memberships::ActiveModel {
        household_id: Set(household.uuid()),
        person_id: Set(person.uuid()),
        spend_right: Set(Some(right.word().to_owned())),
        weekly_points: Set(right.weekly_points().map(Points::get)),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("set a spend right").map(|_| ())
}
