use db::{Doing, Reader, Tx, insert_rows};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::Condition,
};

use super::{
    instant,
    privacy_rows::data_exports,
    role,
    rows::{kin_links, memberships, sessions},
};
use crate::{DataExport, PastMembership, Relation, Session, TokenHash};

/// Most rows of one kind a person's export holds of people's tables.
const MAX_LISTED: u64 = 1_000;

/// Inserts a link under the hash of its token.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_data_export(tx: &mut Tx, export: &DataExport, token: &TokenHash) -> Result<(), Fault> {
    let row = data_exports::ActiveModel {
        id: Set(export.id.uuid()),
        person_id: Set(export.person.uuid()),
        token_hash: Set(token.to_vec()),
        requested_at: Set(export.requested_at.timestamp_millis()),
        expires_at: Set(export.expires_at.timestamp_millis()),
        downloads_left: Set(i64::from(export.downloads_left)),
    };
    insert_rows::<data_exports::Entity, _>(tx, vec![row], "insert a data export").await
}

/// How many links a person asked for after an instant. Hold the person.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_data_exports(tx: &mut Tx, person: Id<kinds::Person>, after: Timestamp) -> Result<usize, Fault> {
    let recent = data_exports::Entity::find()
        .filter(data_exports::Column::PersonId.eq(person.uuid()))
        .filter(data_exports::Column::RequestedAt.gt(after.timestamp_millis()));
    let count = recent.count(tx.connection()).await.doing("count data exports")?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Locks the link of a token.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_data_export(tx: &mut Tx, token: &TokenHash) -> Result<Option<DataExport>, Fault> {
    let row = data_exports::Entity::find()
        .filter(data_exports::Column::TokenHash.eq(token.to_vec()))
        .lock_exclusive()
        .one(tx.connection())
        .await
        .doing("lock a data export")?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(DataExport {
        id: Id::from_uuid(row.id),
        person: Id::from_uuid(row.person_id),
        requested_at: instant(row.requested_at)?,
        expires_at: instant(row.expires_at)?,
        downloads_left: u8::try_from(row.downloads_left).map_err(|_| Fault::inconsistent("read a data export"))?,
    }))
}

/// Keeps how often a link still works.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_downloaded(tx: &mut Tx, export: &DataExport) -> Result<(), Fault> {
    let row = data_exports::ActiveModel {
        id: Set(export.id.uuid()),
        downloads_left: Set(i64::from(export.downloads_left)),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("count a download").map(drop)
}

/// Every household a person belonged to, the newest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_past_memberships(reader: &Reader, person: Id<kinds::Person>) -> Result<Vec<PastMembership>, Fault> {
    let rows = memberships::Entity::find()
        .filter(memberships::Column::PersonId.eq(person.uuid()))
        .order_by_desc(memberships::Column::JoinedAt)
        .limit(MAX_LISTED)
        .all(reader.connection())
        .await
        .doing("list the memberships of a person")?;
    let past = rows.into_iter().map(|row| {
        Ok(PastMembership {
            household: Id::from_uuid(row.household_id),
            role: role(&row.role)?,
            joined_at: instant(row.joined_at)?,
            left_at: row.left_at.map(instant).transpose()?,
        })
    });
    past.collect()
}

/// Whose relative a person is, and who is the person's, with the relation. The other's id alone: the name is the other's.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_kin(
    reader: &Reader,
    person: Id<kinds::Person>,
) -> Result<Vec<(Id<kinds::Person>, Id<kinds::Person>, Relation)>, Fault> {
    let either = Condition::any()
        .add(kin_links::Column::SeniorPersonId.eq(person.uuid()))
        .add(kin_links::Column::RelativePersonId.eq(person.uuid()));
    let rows = kin_links::Entity::find().filter(either).limit(MAX_LISTED).all(reader.connection()).await;
    let links = rows.doing("list the kin links of a person")?.into_iter().map(|row| {
        let relation = row.relation.parse().map_err(|_| Fault::inconsistent("read the relation of a kin link"))?;
        Ok((Id::from_uuid(row.senior_person_id), Id::from_uuid(row.relative_person_id), relation))
    });
    links.collect()
}

/// The sessions of a person that are still kept, the newest first, with when they were revoked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_sessions_of(
    reader: &Reader,
    person: Id<kinds::Person>,
) -> Result<Vec<(Session, Option<Timestamp>)>, Fault> {
    let rows = sessions::Entity::find()
        .filter(sessions::Column::PersonId.eq(person.uuid()))
        .order_by_desc(sessions::Column::CreatedAt)
        .limit(MAX_LISTED)
        .all(reader.connection())
        .await
        .doing("list the sessions of a person")?;
    let all = rows.into_iter().map(|row| {
        let session = Session {
            id: Id::from_uuid(row.id),
            person: Id::from_uuid(row.person_id),
            created_at: instant(row.created_at)?,
            expires_at: instant(row.expires_at)?,
        };
        Ok((session, row.revoked_at.map(instant).transpose()?))
    });
    all.collect()
}
