use db::{Doing, Reader, Tx};
use kernel::{EmailAddress, Fault, Id, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set, sea_query::OnConflict,
};

use super::{
    address, instant,
    rows::{persons, sign_in_addresses, sign_in_challenges},
};
use crate::{AddressHash, Challenge};

/// Locks the row that stands for an address, known or not, so that codes for it are counted and tried one after
/// another.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_or_insert_address(tx: &mut Tx, hash: AddressHash) -> Result<(), Fault> {
    let row = sign_in_addresses::ActiveModel {
        address_hash: Set(hash.to_vec()),
        first_seen_at: Set(tx.now().timestamp_millis()),
    };
    let once = OnConflict::column(sign_in_addresses::Column::AddressHash).do_nothing().to_owned();
    sign_in_addresses::Entity::insert_many([row])
        .on_conflict(once)
        .exec_without_returning(tx.connection())
        .await
        .doing("insert a sign-in address")?;
    lock_address(tx, hash).await
}

async fn lock_address(tx: &mut Tx, hash: AddressHash) -> Result<(), Fault> {
    sign_in_addresses::Entity::find_by_id(hash.to_vec())
        .lock_exclusive()
        .one(tx.connection())
        .await
        .doing("lock a sign-in address")
        .map(|_| ())
}

/// When the newest challenges of an address were made after `since`, newest first, at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_recent_challenges(
    tx: &mut Tx,
    hash: AddressHash,
    since: Timestamp,
    limit: usize,
) -> Result<Vec<Timestamp>, Fault> {
    let made_at: Vec<i64> = sign_in_challenges::Entity::find()
        .select_only()
        .column(sign_in_challenges::Column::CreatedAt)
        .filter(sign_in_challenges::Column::AddressHash.eq(hash.to_vec()))
        .filter(sign_in_challenges::Column::CreatedAt.gt(since.timestamp_millis()))
        .order_by_desc(sign_in_challenges::Column::CreatedAt)
        .limit(u64::try_from(limit).unwrap_or(u64::MAX))
        .into_tuple()
        .all(tx.connection())
        .await
        .doing("list recent sign-in challenges")?;
    made_at.into_iter().map(instant).collect()
}

/// Inserts a challenge.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_challenge(tx: &mut Tx, challenge: &Challenge) -> Result<(), Fault> {
    let row = sign_in_challenges::ActiveModel {
        id: Set(challenge.id.uuid()),
        address_hash: Set(challenge.address.to_vec()),
        person_id: Set(challenge.person.map(Id::uuid)),
        failed_attempts: Set(challenge.failed_attempts),
        created_at: Set(challenge.created_at.timestamp_millis()),
        expires_at: Set(challenge.expires_at.timestamp_millis()),
        used_at: Set(challenge.used_at.map(|at| at.timestamp_millis())),
    };
    db::insert_rows::<sign_in_challenges::Entity, _>(tx, vec![row], "insert a sign-in challenge").await
}

/// Locks the newest challenge of an address: the only one that counts, so that asking again makes older codes
/// worthless.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_newest_challenge(tx: &mut Tx, hash: AddressHash) -> Result<Option<Challenge>, Fault> {
    // The address first: a newer challenge may be on its way in a transaction we would not wait for otherwise.
    lock_address(tx, hash).await?;
    let row = sign_in_challenges::Entity::find()
        .filter(sign_in_challenges::Column::AddressHash.eq(hash.to_vec()))
        .order_by_desc(sign_in_challenges::Column::CreatedAt)
        .order_by_desc(sign_in_challenges::Column::Id)
        .limit(1)
        .lock_exclusive()
        .one(tx.connection())
        .await
        .doing("lock the newest sign-in challenge")?;
    row.map(challenge).transpose()
}

/// Keeps what became of a challenge: its failed attempts and its use.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_challenge(tx: &mut Tx, challenge: &Challenge) -> Result<(), Fault> {
    let row = sign_in_challenges::ActiveModel {
        id: Set(challenge.id.uuid()),
        failed_attempts: Set(challenge.failed_attempts),
        used_at: Set(challenge.used_at.map(|at| at.timestamp_millis())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("update a sign-in challenge").map(|_| ())
}

/// A challenge with the address its code goes to: a person's, or one that was invited. `None` when it is neither.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_challenge(
    reader: &Reader,
    id: Id<kinds::Challenge>,
) -> Result<Option<(Challenge, EmailAddress)>, Fault> {
    let row = sign_in_challenges::Entity::find_by_id(id.uuid())
        .one(reader.connection())
        .await
        .doing("find a sign-in challenge")?;
    let Some(row) = row else { return Ok(None) };
    let Some(person_id) = row.person_id else {
        let challenge = challenge(row)?;
        let invited = super::find_invited(reader, challenge.address, challenge.created_at).await?;
        return Ok(invited.map(|(address, _)| (challenge, address)));
    };
    let person = persons::Entity::find_by_id(person_id);
    let person = person.one(reader.connection()).await.doing("find the person of a sign-in challenge")?;
    let email = person.and_then(|person| person.email);
    email.map(|email| Ok((challenge(row)?, address(&email)?))).transpose()
}

fn challenge(row: sign_in_challenges::Model) -> Result<Challenge, Fault> {
    Ok(Challenge {
        id: Id::from_uuid(row.id),
        address: AddressHash::from_stored(&row.address_hash)
            .ok_or_else(|| Fault::inconsistent("read the address hash of a sign-in challenge"))?,
        person: row.person_id.map(Id::from_uuid),
        failed_attempts: row.failed_attempts,
        created_at: instant(row.created_at)?,
        expires_at: instant(row.expires_at)?,
        used_at: row.used_at.map(instant).transpose()?,
    })
}
