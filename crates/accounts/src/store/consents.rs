use std::collections::HashMap;

use db::{Doing, Reader, Tx, insert_rows};
use kernel::{Fault, Id, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait, Set,
    sea_query::LockType,
};

use super::{
    instant, lock_memberships,
    privacy_rows::{consents, health_tags},
    role,
    rows::{memberships, persons},
};
use crate::{Consent, Party, Purpose};

/// Most consents read of one person: a standing one per purpose, and what was withdrawn before.
const MAX_CONSENTS: u64 = 200;

/// Locks persons, in the order of their ids, and then where they belong: what they may decide is judged on this.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_parties(
    tx: &mut Tx,
    people: &[Id<kinds::Person>],
) -> Result<HashMap<Id<kinds::Person>, Party>, Fault> {
    // Not the key: what only refers to a person, such as a session, need not wait.
    let rows = persons::Entity::find()
        .filter(persons::Column::Id.is_in(people.iter().map(|id| id.uuid())))
        .order_by_asc(persons::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(tx.connection())
        .await
        .doing("lock persons")?;
    let mut places = lock_memberships(tx, people).await?;
    let parties = rows.into_iter().map(|row| {
        let person = Id::from_uuid(row.id);
        (person, Party { person, born_on: row.born_on, household: places.remove(&person) })
    });
    Ok(parties.collect())
}

/// Members of a household as consents look at them, for reading.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_parties(
    reader: &Reader,
    household: Id<kinds::Household>,
    people: &[Id<kinds::Person>],
) -> Result<Vec<Party>, Fault> {
    let rows = memberships::Entity::find()
        .select_also(persons::Entity)
        .join(JoinType::InnerJoin, memberships::Relation::Person.def())
        .filter(memberships::Column::HouseholdId.eq(household.uuid()))
        .filter(memberships::Column::PersonId.is_in(people.iter().map(|id| id.uuid())))
        .filter(memberships::Column::LeftAt.is_null())
        .all(reader.connection())
        .await
        .doing("find members of a household")?;
    let mut parties = Vec::with_capacity(rows.len());
    for (membership, row) in rows {
        let Some(row) = row else { continue };
        let place = Some((household, role(&membership.role)?));
        parties.push(Party { person: Id::from_uuid(row.id), born_on: row.born_on, household: place });
    }
    Ok(parties)
}

/// Locks the consent that stands for a purpose, so that nobody withdraws it meanwhile. Lock persons first, wallets after.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_consent(tx: &mut Tx, person: Id<kinds::Person>, purpose: Purpose) -> Result<Option<Consent>, Fault> {
    // Shared: rules that read the same tag need not wait for each other, and a withdrawal waits for all of them.
    let row = consents::Entity::find()
        .filter(consents::Column::PersonId.eq(person.uuid()))
        .filter(consents::Column::Purpose.eq(purpose.word()))
        .filter(consents::Column::WithdrawnAt.is_null())
        .lock(LockType::Share)
        .one(tx.connection())
        .await
        .doing("lock a consent")?;
    row.map(consent).transpose()
}

/// Inserts a consent. Hold the person: two at once for one purpose would both be the first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_consent(tx: &mut Tx, consent: &Consent) -> Result<(), Fault> {
    let row = consents::ActiveModel {
        id: Set(consent.id.uuid()),
        person_id: Set(consent.person.uuid()),
        purpose: Set(consent.purpose.word().to_owned()),
        policy_version: Set(i64::from(consent.policy_version)),
        channel: Set(consent.channel.word().to_owned()),
        given_by_person_id: Set(consent.given_by.uuid()),
        given_at: Set(consent.given_at.timestamp_millis()),
        withdrawn_by_person_id: Set(None),
        withdrawn_at: Set(None),
    };
    insert_rows::<consents::Entity, _>(tx, vec![row], "insert a consent").await
}

/// Ends a consent. What was kept under it goes with it: the health tags are deleted here, not later.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_consent_withdrawn(tx: &mut Tx, consent: &Consent, by: Id<kinds::Person>) -> Result<Consent, Fault> {
    let row = consents::ActiveModel {
        id: Set(consent.id.uuid()),
        withdrawn_by_person_id: Set(Some(by.uuid())),
        withdrawn_at: Set(Some(tx.now().timestamp_millis())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("withdraw a consent")?;
    health_tags::Entity::delete_many()
        .filter(health_tags::Column::ConsentId.eq(consent.id.uuid()))
        .exec(tx.connection())
        .await
        .doing("delete the health tags of a withdrawn consent")?;
    Ok(Consent { withdrawn_at: Some(tx.now()), ..*consent })
}

/// Replaces a consent by one to a newer wording; the health tags go over to it.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_consent_renewed(tx: &mut Tx, old: &Consent, new: &Consent) -> Result<(), Fault> {
    let row = consents::ActiveModel {
        id: Set(old.id.uuid()),
        withdrawn_by_person_id: Set(Some(new.given_by.uuid())),
        withdrawn_at: Set(Some(tx.now().timestamp_millis())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("end a consent to an older wording")?;
    insert_consent(tx, new).await?;
    health_tags::Entity::update_many()
        .col_expr(health_tags::Column::ConsentId, sea_orm::sea_query::Expr::value(new.id.uuid()))
        .filter(health_tags::Column::ConsentId.eq(old.id.uuid()))
        .exec(tx.connection())
        .await
        .doing("carry health tags over to a renewed consent")
        .map(drop)
}

/// What a person agreed to, the newest of each purpose first, withdrawn ones after; at most 200.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_consents(reader: &Reader, person: Id<kinds::Person>) -> Result<Vec<Consent>, Fault> {
    let rows = consents::Entity::find()
        .filter(consents::Column::PersonId.eq(person.uuid()))
        .order_by_desc(consents::Column::GivenAt)
        .order_by_desc(consents::Column::Id)
        .limit(MAX_CONSENTS)
        .all(reader.connection())
        .await
        .doing("list the consents of a person")?;
    rows.into_iter().map(consent).collect()
}

pub(super) fn consent(row: consents::Model) -> Result<Consent, Fault> {
    let unreadable = || Fault::inconsistent("read a consent");
    Ok(Consent {
        id: Id::from_uuid(row.id),
        person: Id::from_uuid(row.person_id),
        purpose: row.purpose.parse().map_err(|_| unreadable())?,
        policy_version: u16::try_from(row.policy_version).map_err(|_| unreadable())?,
        channel: row.channel.parse().map_err(|_| unreadable())?,
        given_by: Id::from_uuid(row.given_by_person_id),
        given_at: instant(row.given_at)?,
        withdrawn_at: row.withdrawn_at.map(instant).transpose()?,
    })
}
