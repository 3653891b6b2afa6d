use db::{Doing, Reader, Tx};
use kernel::{Fault, IdGenerator};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{LockBehavior, LockType},
};

use super::{erasures::binding, privacy_rows::blocked_persons};
use crate::{HealthKeys, Sealed};

/// Seals up to `limit` blocked persons anew that another key than the first sealed; returns how many it did.
///
/// # Errors
/// A [`Fault`] of the database, or when a row cannot be opened.
pub async fn update_blocked_persons_resealed(
    tx: &mut Tx,
    keys: &HealthKeys,
    chance: &IdGenerator,
    limit: u64,
) -> Result<usize, Fault> {
    let rows = blocked_persons::Entity::find()
        .filter(blocked_persons::Column::KeyId.ne(keys.sealing_id()))
        .order_by_asc(blocked_persons::Column::PersonId)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx.connection())
        .await
        .doing("claim blocked persons to seal anew")?;
    for row in &rows {
        let old = Sealed { key_id: row.key_id.clone(), nonce: row.nonce.clone(), sealed: row.sealed.clone() };
        let binding = binding(&row.person_id, &row.erasure_id);
        let sealed = keys.seal(&keys.open(&old, binding)?, binding, chance);
        let anew = blocked_persons::ActiveModel {
            person_id: Set(row.person_id),
            key_id: Set(sealed.key_id),
            nonce: Set(sealed.nonce),
            sealed: Set(sealed.sealed),
            ..Default::default()
        };
        anew.update_without_returning(tx.connection()).await.doing("seal a blocked person anew")?;
    }
    Ok(rows.len())
}

/// How many blocked persons another key than the first sealed.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_blocked_persons_to_reseal(reader: &Reader, keys: &HealthKeys) -> Result<u64, Fault> {
    let others = blocked_persons::Entity::find().filter(blocked_persons::Column::KeyId.ne(keys.sealing_id()));
    others.count(reader.connection()).await.doing("count blocked persons to seal anew")
}

/// The ids of the keys that blocked persons need.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_blocked_person_keys_in_use(reader: &Reader) -> Result<Vec<String>, Fault> {
    let ids = blocked_persons::Entity::find().select_only().column(blocked_persons::Column::KeyId).distinct();
    ids.into_tuple().all(reader.connection()).await.doing("list the keys of blocked persons")
}
