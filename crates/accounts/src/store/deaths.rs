use db::{Doing, Tx};
use kernel::{BusinessDate, Fault, Id, kinds};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use uuid::Uuid;

use super::{
    erasures::shut_out,
    privacy_rows::{data_exports, erasures},
    rows::{kin_links, memberships, persons},
};
use crate::{ErasureState, LifeState, Role};

/// Whether a person lives, as far as we know. Locks the person's row; `None` where there is no such person.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_life(tx: &mut Tx, person: Id<kinds::Person>) -> Result<Option<LifeState>, Fault> {
    let row = persons::Entity::find_by_id(person.uuid()).lock_exclusive().one(tx.connection()).await;
    let Some(row) = row.doing("lock a person")? else { return Ok(None) };
    if let Some(died_on) = row.died_on {
        return Ok(Some(LifeState::Died(died_on)));
    }
    let gone = [ErasureState::Blocked.word(), ErasureState::Erased.word()];
    let erasure = erasures::Entity::find()
        .filter(erasures::Column::PersonId.eq(person.uuid()))
        .filter(erasures::Column::State.is_in(gone))
        .one(tx.connection())
        .await
        .doing("look whether a person was erased")?;
    Ok(Some(if erasure.is_some() { LifeState::Erased } else { LifeState::Living }))
}

/// Locks the kin links of a locked person and answers who is at the other ends.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_kin(tx: &mut Tx, person: Id<kinds::Person>) -> Result<Vec<Id<kinds::Person>>, Fault> {
    let either = Condition::any()
        .add(kin_links::Column::SeniorPersonId.eq(person.uuid()))
        .add(kin_links::Column::RelativePersonId.eq(person.uuid()));
    let rows = kin_links::Entity::find()
        .filter(either)
        .order_by_asc(kin_links::Column::SeniorPersonId)
        .order_by_asc(kin_links::Column::RelativePersonId)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock the kin links of a person")?;
    let other = |row: kin_links::Model| -> Uuid {
        if row.senior_person_id == person.uuid() { row.relative_person_id } else { row.senior_person_id }
    };
    Ok(rows.into_iter().map(other).map(Id::from_uuid).collect())
}

/// Locks the links of a senior to relatives and answers which of them are grown up, the longest linked first: a child pays for nobody.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_relatives(tx: &mut Tx, senior: Id<kinds::Person>) -> Result<Vec<Id<kinds::Person>>, Fault> {
    let mut rows = kin_links::Entity::find()
        .filter(kin_links::Column::SeniorPersonId.eq(senior.uuid()))
        .order_by_asc(kin_links::Column::RelativePersonId)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock the relatives of a senior")?;
    rows.sort_by_key(|row| (row.created_at, row.relative_person_id));
    let children: Vec<Uuid> = memberships::Entity::find()
        .select_only()
        .column(memberships::Column::PersonId)
        .filter(memberships::Column::PersonId.is_in(rows.iter().map(|row| row.relative_person_id)))
        .filter(memberships::Column::LeftAt.is_null())
        .filter(memberships::Column::Role.eq(Role::Child.word()))
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("find who of the relatives is a child")?;
    let grown_up = rows.into_iter().map(|row| row.relative_person_id).filter(|person| !children.contains(person));
    Ok(grown_up.map(Id::from_uuid).collect())
}

/// Keeps that a locked person, whose membership was ended, died. The name stays for old statements and the day for whoever asks; what
/// else is known goes, and nobody signs in as them any more.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_person_died(tx: &mut Tx, person: Id<kinds::Person>, died_on: BusinessDate) -> Result<(), Fault> {
    shut_out(tx, person).await?;
    data_exports::Entity::delete_many()
        .filter(data_exports::Column::PersonId.eq(person.uuid()))
        .exec(tx.connection())
        .await
        .doing("end the links to a person's data")?;
    let row = persons::ActiveModel {
        id: Set(person.uuid()),
        born_on: Set(None),
        email: Set(None),
        died_on: Set(Some(died_on)),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("keep that a person died").map(|_| ())
}
