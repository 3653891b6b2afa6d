use std::collections::{BTreeMap, BTreeSet};

use db::{Doing, Reader, Tx, insert_rows};
use kernel::{Fault, Id, IdGenerator, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{LockBehavior, LockType},
};
use uuid::Uuid;

use super::{
    consents::consent,
    lock_consent,
    privacy_rows::{consents, health_tags},
};
use crate::{Binding, Consent, HealthKeys, HealthTag, Purpose, Sealed, TagUse};

/// Whether a rule may use a person's tag now. The one question every rule that looks at a tag asks, in the transaction of what it
/// decides: the answer holds until its commit, because a withdrawal waits for it.
///
/// # Errors
/// A [`Fault`] of the database, or when a row cannot be opened.
pub async fn lock_health_tag_use(
    tx: &mut Tx,
    keys: &HealthKeys,
    person: Id<kinds::Person>,
    tag: HealthTag,
) -> Result<TagUse, Fault> {
    let consent = lock_consent(tx, person, Purpose::HealthTags).await?;
    if !consent.is_some_and(|consent| consent.covers()) {
        return Ok(TagUse::NoConsent);
    }
    let tags = lock_health_tags(tx, keys, person).await?;
    Ok(if tags.contains_key(&tag) { TagUse::Usable } else { TagUse::NotSet })
}

/// The tags of a person with the rows that keep them. Hold the person, or the consent.
///
/// # Errors
/// A [`Fault`] of the database, or when a row cannot be opened.
pub async fn lock_health_tags(
    tx: &mut Tx,
    keys: &HealthKeys,
    person: Id<kinds::Person>,
) -> Result<BTreeMap<HealthTag, Id<kinds::HealthTag>>, Fault> {
    let rows = health_tags::Entity::find()
        .filter(health_tags::Column::PersonId.eq(person.uuid()))
        .all(tx.connection())
        .await
        .doing("read the health tags of a person")?;
    rows.iter().map(|row| Ok((open(keys, row)?, Id::from_uuid(row.id)))).collect()
}

/// Adds tags to a person's, under the consent that allows them.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_health_tags(
    tx: &mut Tx,
    keys: &HealthKeys,
    chance: &IdGenerator,
    consent: &Consent,
    tags: impl IntoIterator<Item = HealthTag>,
) -> Result<(), Fault> {
    let (person, set_at) = (consent.person.uuid(), tx.now().timestamp_millis());
    let rows = tags.into_iter().map(|tag| {
        let id = tx.new_id::<kinds::HealthTag>().uuid();
        let sealed = keys.seal(tag.word(), binding(&person, &id), chance);
        health_tags::ActiveModel {
            id: Set(id),
            person_id: Set(person),
            consent_id: Set(consent.id.uuid()),
            key_id: Set(sealed.key_id),
            nonce: Set(sealed.nonce),
            sealed: Set(sealed.sealed),
            set_at: Set(set_at),
        }
    });
    let rows = rows.collect();
    insert_rows::<health_tags::Entity, _>(tx, rows, "insert health tags").await
}

/// Takes tags away from a person.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_health_tags_removed(tx: &mut Tx, rows: &[Id<kinds::HealthTag>]) -> Result<(), Fault> {
    health_tags::Entity::delete_many()
        .filter(health_tags::Column::Id.is_in(rows.iter().map(|id| id.uuid())))
        .exec(tx.connection())
        .await
        .doing("delete health tags")
        .map(drop)
}

/// The tags of one person, for the person.
///
/// # Errors
/// A [`Fault`] of the database, or when a row cannot be opened.
pub async fn list_health_tags(
    reader: &Reader,
    keys: &HealthKeys,
    person: Id<kinds::Person>,
) -> Result<BTreeSet<HealthTag>, Fault> {
    let of = list_health_tags_of(reader, keys, &[person]).await?;
    Ok(of.into_values().next().unwrap_or_default())
}

/// The tags of some persons; those without are left out.
///
/// # Errors
/// A [`Fault`] of the database, or when a row cannot be opened.
pub async fn list_health_tags_of(
    reader: &Reader,
    keys: &HealthKeys,
    people: &[Id<kinds::Person>],
) -> Result<BTreeMap<Id<kinds::Person>, BTreeSet<HealthTag>>, Fault> {
    let rows = health_tags::Entity::find()
        .filter(health_tags::Column::PersonId.is_in(people.iter().map(|id| id.uuid())))
        .all(reader.connection())
        .await
        .doing("list health tags")?;
    let mut tags: BTreeMap<Id<kinds::Person>, BTreeSet<HealthTag>> = BTreeMap::new();
    for row in &rows {
        tags.entry(Id::from_uuid(row.person_id)).or_default().insert(open(keys, row)?);
    }
    Ok(tags)
}

/// Which of these persons a standing consent to a purpose covers.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_covered(
    reader: &Reader,
    people: &[Id<kinds::Person>],
    purpose: Purpose,
) -> Result<BTreeSet<Id<kinds::Person>>, Fault> {
    let rows = consents::Entity::find()
        .filter(consents::Column::PersonId.is_in(people.iter().map(|id| id.uuid())))
        .filter(consents::Column::Purpose.eq(purpose.word()))
        .filter(consents::Column::WithdrawnAt.is_null())
        .all(reader.connection())
        .await
        .doing("list who agreed to a purpose")?;
    let standing = rows.into_iter().map(consent).collect::<Result<Vec<_>, Fault>>()?;
    Ok(standing.into_iter().filter(Consent::covers).map(|consent| consent.person).collect())
}

/// Seals up to `limit` tags anew that another key than the first sealed; returns how many it did. Takes what nobody holds.
///
/// # Errors
/// A [`Fault`] of the database, or when a row cannot be opened.
pub async fn update_health_tags_resealed(
    tx: &mut Tx,
    keys: &HealthKeys,
    chance: &IdGenerator,
    limit: u64,
) -> Result<usize, Fault> {
    let rows = health_tags::Entity::find()
        .filter(health_tags::Column::KeyId.ne(keys.sealing_id()))
        .order_by_asc(health_tags::Column::Id)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx.connection())
        .await
        .doing("claim health tags to seal anew")?;
    for row in &rows {
        let sealed = keys.seal(open(keys, row)?.word(), binding(&row.person_id, &row.id), chance);
        let anew = health_tags::ActiveModel {
            id: Set(row.id),
            key_id: Set(sealed.key_id),
            nonce: Set(sealed.nonce),
            sealed: Set(sealed.sealed),
            ..Default::default()
        };
        anew.update_without_returning(tx.connection()).await.doing("seal a health tag anew")?;
    }
    Ok(rows.len())
}

/// How many tags another key than the first sealed.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_health_tags_to_reseal(reader: &Reader, keys: &HealthKeys) -> Result<u64, Fault> {
    let others = health_tags::Entity::find().filter(health_tags::Column::KeyId.ne(keys.sealing_id()));
    others.count(reader.connection()).await.doing("count health tags to seal anew")
}

/// The ids of the keys that rows need.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_health_keys_in_use(reader: &Reader) -> Result<Vec<String>, Fault> {
    let ids = health_tags::Entity::find().select_only().column(health_tags::Column::KeyId).distinct();
    ids.into_tuple().all(reader.connection()).await.doing("list the keys of health tags")
}

fn binding<'a>(person: &'a Uuid, row: &'a Uuid) -> Binding<'a> {
    Binding { table: "health_tags", ids: [person.as_bytes(), row.as_bytes()] }
}

fn open(keys: &HealthKeys, row: &health_tags::Model) -> Result<HealthTag, Fault> {
    let sealed = Sealed { key_id: row.key_id.clone(), nonce: row.nonce.clone(), sealed: row.sealed.clone() };
    let word = keys.open(&sealed, binding(&row.person_id, &row.id))?;
    word.parse().map_err(|_| Fault::inconsistent("read a health tag"))
}
