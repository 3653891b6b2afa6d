use db::{Doing, Reader, Tx};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set, sea_query::Expr};

use super::staff_rows::{staff, staff_sessions};
use crate::{StaffSession, StaffSessionHolder, TokenHash};

/// Inserts a session of the staff under the hash of its token.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_staff_session(tx: &mut Tx, session: &StaffSession, token: &TokenHash) -> Result<(), Fault> {
    let row = staff_sessions::ActiveModel {
        token_hash: Set(token.to_vec()),
        id: Set(session.id.uuid()),
        staff_id: Set(session.staff.uuid()),
        created_at: Set(session.created_at.timestamp_millis()),
        expires_at: Set(session.expires_at.timestamp_millis()),
        revoked_at: Set(None),
    };
    db::insert_rows::<staff_sessions::Entity, _>(tx, vec![row], "insert a staff session").await
}

/// Revokes one session. Returns whether it was open.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_staff_session_revoked(tx: &mut Tx, session: Id<kinds::StaffSession>) -> Result<bool, Fault> {
    let revoked = staff_sessions::Entity::update_many()
        .col_expr(staff_sessions::Column::RevokedAt, Expr::value(tx.now().timestamp_millis()))
        .filter(staff_sessions::Column::Id.eq(session.uuid()))
        .filter(staff_sessions::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await
        .doing("revoke a staff session")?;
    Ok(revoked.rows_affected == 1)
}

/// Revokes every open session of one of the staff, and returns how many those were.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_staff_sessions_revoked(tx: &mut Tx, id: Id<kinds::Staff>) -> Result<u64, Fault> {
    let revoked = staff_sessions::Entity::update_many()
        .col_expr(staff_sessions::Column::RevokedAt, Expr::value(tx.now().timestamp_millis()))
        .filter(staff_sessions::Column::StaffId.eq(id.uuid()))
        .filter(staff_sessions::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await
        .doing("revoke the sessions of one of the staff")?;
    Ok(revoked.rows_affected)
}

/// Who of the staff holds a token at `now`; `None` when it is unknown, expired or revoked, or when they were closed.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_staff_session_holder(
    reader: &Reader,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<StaffSessionHolder>, Fault> {
    let found = staff_sessions::Entity::find_by_id(token.to_vec())
        .filter(staff_sessions::Column::RevokedAt.is_null())
        .filter(staff_sessions::Column::ExpiresAt.gt(now.timestamp_millis()))
        .find_also_related(staff::Entity)
        .one(reader.connection())
        .await
        .doing("find who of the staff holds a session")?;
    let Some((session, Some(member))) = found else { return Ok(None) };
    if member.closed_at.is_some() {
        return Ok(None);
    }
    let roles = member.roles.parse();
    let roles = roles.map_err(|_| Fault::inconsistent("read the roles of one of the staff"))?;
    Ok(Some(StaffSessionHolder { session: Id::from_uuid(session.id), staff: Id::from_uuid(member.id), roles }))
}
