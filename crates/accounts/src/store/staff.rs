use std::collections::HashMap;

use db::{Doing, Reader, Tx};
use kernel::{Fault, Id, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{
    instant,
    staff_rows::{staff, staff_recovery_codes},
};
use crate::{NewStaff, PasswordHash, RecoveryCodeHash, SealedSecret, Staff, StaffName, StaffRoles, StaffView};

/// Locks those of the staff who have these ids, in the order of their ids; unknown ones are left out.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_staff(tx: &mut Tx, ids: &[Id<kinds::Staff>]) -> Result<Vec<Staff>, Fault> {
    let rows = staff::Entity::find()
        .filter(staff::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .order_by_asc(staff::Column::Id)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock those of the staff who act")?;
    rows.into_iter().map(read).collect()
}

/// Locks the one of the staff with a name.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_staff_by_name(tx: &mut Tx, name: &StaffName) -> Result<Option<Staff>, Fault> {
    let row = staff::Entity::find()
        .filter(staff::Column::Name.eq(name.as_str()))
        .lock_exclusive()
        .one(tx.connection())
        .await
        .doing("lock one of the staff by name")?;
    row.map(read).transpose()
}

/// What is kept of the password of a name, to be judged outside any transaction; `None` when nobody has the name.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_staff_password(reader: &Reader, name: &StaffName) -> Result<Option<PasswordHash>, Fault> {
    let hash: Option<String> = staff::Entity::find()
        .select_only()
        .column(staff::Column::PasswordHash)
        .filter(staff::Column::Name.eq(name.as_str()))
        .into_tuple()
        .one(reader.connection())
        .await
        .doing("find the password of a staff name")?;
    Ok(hash.map(PasswordHash::from_stored))
}

/// One of the staff as the others see them.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_staff(reader: &Reader, id: Id<kinds::Staff>) -> Result<Option<StaffView>, Fault> {
    let row = staff::Entity::find_by_id(id.uuid()).one(reader.connection()).await.doing("find one of the staff")?;
    row.map(|row| view(&row)).transpose()
}

/// What those of the staff are called; unknown ids are left out.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_staff_names(
    reader: &Reader,
    ids: &[Id<kinds::Staff>],
) -> Result<HashMap<Id<kinds::Staff>, StaffName>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, String)> = staff::Entity::find()
        .select_only()
        .columns([staff::Column::Id, staff::Column::Name])
        .filter(staff::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .into_tuple()
        .all(reader.connection())
        .await
        .doing("find what those of the staff are called")?;
    let unreadable = |_| Fault::inconsistent("read the name of one of the staff");
    rows.into_iter().map(|(id, name)| Ok((Id::from_uuid(id), name.parse().map_err(unreadable)?))).collect()
}

/// The staff in the order in which they came, the closed too: at most `limit`, after one when it is given, or backwards
/// before one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_staff(reader: &Reader, part: StaffPart, limit: u64) -> Result<Vec<StaffView>, Fault> {
    let query = staff::Entity::find().limit(limit);
    let query = match part {
        StaffPart::After(after) => {
            let query = query.order_by_asc(staff::Column::Id);
            after.map_or(query.clone(), |id| query.filter(staff::Column::Id.gt(id.uuid())))
        }
        StaffPart::Before(before) => {
            let query = query.order_by_desc(staff::Column::Id);
            before.map_or(query.clone(), |id| query.filter(staff::Column::Id.lt(id.uuid())))
        }
    };
    let rows = query.all(reader.connection()).await.doing("list the staff")?;
    let views = rows.iter().map(view);
    match part {
        StaffPart::After(_) => views.collect(),
        StaffPart::Before(_) => views.rev().collect(),
    }
}

/// How many are or were of the staff.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_staff(reader: &Reader) -> Result<u64, Fault> {
    staff::Entity::find().count(reader.connection()).await.doing("count the staff")
}

/// Which part of the list of the staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaffPart {
    /// From the first on, or after one.
    After(Option<Id<kinds::Staff>>),
    /// Up to the last, or before one.
    Before(Option<Id<kinds::Staff>>),
}

/// Inserts somebody new with their recovery codes. A name that is taken makes this contention.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_staff(tx: &mut Tx, new: &NewStaff) -> Result<(), Fault> {
    let row = staff::ActiveModel {
        id: Set(new.id.uuid()),
        name: Set(new.name.as_str().to_owned()),
        roles: Set(new.roles.to_string()),
        password_hash: Set(new.password_hash.as_str().to_owned()),
        totp_secret: Set(new.totp_secret.as_bytes().to_vec()),
        last_totp_step: Set(0),
        failed_attempts: Set(0),
        locked_until: Set(None),
        created_at: Set(tx.now().timestamp_millis()),
        closed_at: Set(None),
    };
    db::insert_rows::<staff::Entity, _>(tx, vec![row], "insert one of the staff").await?;
    insert_recovery_codes(tx, new.id, &new.recovery_codes).await
}

/// Keeps what became of one of the staff: tries, lock-out, roles, closing.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_staff(tx: &mut Tx, member: &Staff) -> Result<(), Fault> {
    let row = staff::ActiveModel {
        id: Set(member.id.uuid()),
        roles: Set(member.roles.to_string()),
        last_totp_step: Set(member.last_totp_step),
        failed_attempts: Set(member.failed_attempts),
        locked_until: Set(member.locked_until.map(|at| at.timestamp_millis())),
        closed_at: Set(member.closed_at.map(|at| at.timestamp_millis())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("update one of the staff").map(|_| ())
}

/// Keeps another password of one of the staff, whom the caller holds.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_staff_password(tx: &mut Tx, member: &Staff) -> Result<(), Fault> {
    let row = staff::ActiveModel {
        id: Set(member.id.uuid()),
        password_hash: Set(member.password_hash.as_str().to_owned()),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("keep another password").map(|_| ())
}

/// Keeps another authenticator of one of the staff, whom the caller holds, and other recovery codes in place of all from before.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_staff_authenticator(tx: &mut Tx, member: &Staff, codes: &[RecoveryCodeHash]) -> Result<(), Fault> {
    let row = staff::ActiveModel {
        id: Set(member.id.uuid()),
        totp_secret: Set(member.totp_secret.as_bytes().to_vec()),
        last_totp_step: Set(member.last_totp_step),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("keep another authenticator")?;
    staff_recovery_codes::Entity::delete_many()
        .filter(staff_recovery_codes::Column::StaffId.eq(member.id.uuid()))
        .exec(tx.connection())
        .await
        .doing("forget recovery codes")?;
    insert_recovery_codes(tx, member.id, codes).await
}

async fn insert_recovery_codes(tx: &mut Tx, id: Id<kinds::Staff>, codes: &[RecoveryCodeHash]) -> Result<(), Fault> {
    let codes = codes.iter().map(|hash| staff_recovery_codes::ActiveModel {
        staff_id: Set(id.uuid()),
        code_hash: Set(hash.to_vec()),
        used_at: Set(None),
    });
    db::insert_rows::<staff_recovery_codes::Entity, _>(tx, codes.collect(), "insert recovery codes").await
}

/// Keeps another name of one of the staff, whom the caller holds: that of somebody erased.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_staff_name(tx: &mut Tx, member: &Staff) -> Result<(), Fault> {
    let row = staff::ActiveModel {
        id: Set(member.id.uuid()),
        name: Set(member.name.as_str().to_owned()),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("take a name away").map(|_| ())
}

/// Locks all who have access, in the order of their ids: to judge who would be left.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_open_staff(tx: &mut Tx) -> Result<Vec<Staff>, Fault> {
    let rows = staff::Entity::find()
        .filter(staff::Column::ClosedAt.is_null())
        .order_by_asc(staff::Column::Id)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock the staff")?;
    rows.into_iter().map(read).collect()
}

/// Uses up a recovery code of one of the staff, whom the caller holds. Returns whether there was one to use.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_recovery_code_used(
    tx: &mut Tx,
    id: Id<kinds::Staff>,
    hash: &RecoveryCodeHash,
) -> Result<bool, Fault> {
    let used = staff_recovery_codes::Entity::update_many()
        .col_expr(staff_recovery_codes::Column::UsedAt, Expr::value(tx.now().timestamp_millis()))
        .filter(staff_recovery_codes::Column::StaffId.eq(id.uuid()))
        .filter(staff_recovery_codes::Column::CodeHash.eq(hash.to_vec()))
        .filter(staff_recovery_codes::Column::UsedAt.is_null())
        .exec(tx.connection())
        .await
        .doing("use up a recovery code")?;
    Ok(used.rows_affected == 1)
}

/// Whether a recovery code of one of the staff can still be used.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_recovery_code(tx: &mut Tx, id: Id<kinds::Staff>, hash: &RecoveryCodeHash) -> Result<bool, Fault> {
    let code = staff_recovery_codes::Entity::find_by_id((id.uuid(), hash.to_vec()))
        .lock_exclusive()
        .one(tx.connection())
        .await
        .doing("lock a recovery code")?;
    Ok(code.is_some_and(|code| code.used_at.is_none()))
}

fn roles(words: &str) -> Result<StaffRoles, Fault> {
    words.parse().map_err(|_| Fault::inconsistent("read the roles of one of the staff"))
}

fn name(text: &str) -> Result<StaffName, Fault> {
    text.parse().map_err(|_| Fault::inconsistent("read the name of one of the staff"))
}

fn read(row: staff::Model) -> Result<Staff, Fault> {
    Ok(Staff {
        id: Id::from_uuid(row.id),
        name: name(&row.name)?,
        roles: roles(&row.roles)?,
        closed_at: row.closed_at.map(instant).transpose()?,
        password_hash: PasswordHash::from_stored(row.password_hash),
        totp_secret: SealedSecret::from_stored(row.totp_secret),
        last_totp_step: row.last_totp_step,
        failed_attempts: row.failed_attempts,
        locked_until: row.locked_until.map(instant).transpose()?,
    })
}

fn view(row: &staff::Model) -> Result<StaffView, Fault> {
    Ok(StaffView {
        id: Id::from_uuid(row.id),
        name: name(&row.name)?,
        roles: roles(&row.roles)?,
        created_at: instant(row.created_at)?,
        locked_until: row.locked_until.map(instant).transpose()?,
        closed_at: row.closed_at.map(instant).transpose()?,
    })
}
