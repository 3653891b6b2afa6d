use db::{Dialect, Doing, Reader, Tx};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Select, Set, Statement,
    Value, sea_query::Expr,
};
use uuid::Uuid;

use super::{instant, place, rows::sessions};
use crate::{Session, SessionHolder, TokenHash};

/// Who holds a token, in one statement because every signed-in request asks. Spelled in SQL: two joins, one of them
/// outer, with a condition, read better so.
const FIND_HOLDER: &str = "\
    SELECT s.id AS session_id, s.person_id, m.household_id, m.role \
    FROM sessions s \
    JOIN persons p ON p.id = s.person_id \
    LEFT JOIN memberships m \
      ON m.household_id = p.active_household_id AND m.person_id = p.id AND m.left_at IS NULL \
    WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2";

/// As [`FIND_HOLDER`], by the session's own id.
const FIND_OPEN: &str = "\
    SELECT s.id AS session_id, s.person_id, m.household_id, m.role \
    FROM sessions s \
    JOIN persons p ON p.id = s.person_id \
    LEFT JOIN memberships m \
      ON m.household_id = p.active_household_id AND m.person_id = p.id AND m.left_at IS NULL \
    WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2";

#[derive(Debug, FromQueryResult)]
pub(super) struct HolderRow {
    session_id: Uuid,
    person_id: Uuid,
    household_id: Option<Uuid>,
    role: Option<String>,
}

/// Inserts a session under the hash of its token.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_session(tx: &mut Tx, session: &Session, token: &TokenHash) -> Result<(), Fault> {
    let row = sessions::ActiveModel {
        token_hash: Set(token.to_vec()),
        id: Set(session.id.uuid()),
        person_id: Set(session.person.uuid()),
        created_at: Set(session.created_at.timestamp_millis()),
        expires_at: Set(session.expires_at.timestamp_millis()),
        revoked_at: Set(None),
    };
    db::insert_rows::<sessions::Entity, _>(tx, vec![row], "insert a session").await
}

/// Revokes the session of a token if this person holds it. Returns whether there was one to revoke.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_session_revoked(tx: &mut Tx, token: &TokenHash, person: Id<kinds::Person>) -> Result<bool, Fault> {
    let revoked = sessions::Entity::update_many()
        .col_expr(sessions::Column::RevokedAt, Expr::value(tx.now().timestamp_millis()))
        .filter(sessions::Column::TokenHash.eq(token.to_vec()))
        .filter(sessions::Column::PersonId.eq(person.uuid()))
        .filter(sessions::Column::RevokedAt.is_null())
        .exec(tx.connection())
        .await
        .doing("revoke a session")?;
    Ok(revoked.rows_affected == 1)
}

/// The open sessions of a person with the hashes of their tokens, locked in the order of the hashes.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_open_sessions(tx: &mut Tx, person: Id<kinds::Person>) -> Result<Vec<(Session, TokenHash)>, Fault> {
    let rows = open_sessions(person, tx.now())
        .order_by_asc(sessions::Column::TokenHash)
        .lock_exclusive()
        .all(tx.connection())
        .await
        .doing("lock the sessions of a person")?;
    let locked = rows.into_iter().map(|row| {
        let hash = row.token_hash.as_slice().try_into().map_err(|_| Fault::inconsistent("read a token's hash"))?;
        Ok((session(&row)?, hash))
    });
    locked.collect()
}

/// Revokes sessions that were locked just now.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_tokens_revoked(tx: &mut Tx, tokens: &[TokenHash]) -> Result<(), Fault> {
    for chunk in tokens.chunks(db::MAX_BOUND_VALUES / 2) {
        sessions::Entity::update_many()
            .col_expr(sessions::Column::RevokedAt, Expr::value(tx.now().timestamp_millis()))
            .filter(sessions::Column::TokenHash.is_in(chunk.iter().map(|hash| hash.to_vec())))
            .exec(tx.connection())
            .await
            .doing("revoke sessions")?;
    }
    Ok(())
}

/// The open sessions of a person at `now`, newest first, `limit` of them.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_open_sessions(
    reader: &Reader,
    person: Id<kinds::Person>,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Session>, Fault> {
    let rows = open_sessions(person, now)
        .order_by_desc(sessions::Column::CreatedAt)
        .order_by_desc(sessions::Column::Id)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list the sessions of a person")?;
    rows.iter().map(session).collect()
}

fn open_sessions(person: Id<kinds::Person>, now: Timestamp) -> Select<sessions::Entity> {
    sessions::Entity::find()
        .filter(sessions::Column::PersonId.eq(person.uuid()))
        .filter(sessions::Column::RevokedAt.is_null())
        .filter(sessions::Column::ExpiresAt.gt(now.timestamp_millis()))
}

fn session(row: &sessions::Model) -> Result<Session, Fault> {
    Ok(Session {
        id: Id::from_uuid(row.id),
        person: Id::from_uuid(row.person_id),
        created_at: instant(row.created_at)?,
        expires_at: instant(row.expires_at)?,
    })
}

/// Who holds a token at `now`; `None` when it is unknown, expired or revoked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_session_holder(
    reader: &Reader,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<SessionHolder>, Fault> {
    find_holder(reader, FIND_HOLDER, token.to_vec().into(), now).await
}

/// Who has a session that is open at `now`; `None` when it is unknown, expired or revoked.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_open_session(
    reader: &Reader,
    session: Id<kinds::Session>,
    now: Timestamp,
) -> Result<Option<SessionHolder>, Fault> {
    find_holder(reader, FIND_OPEN, session.uuid().into(), now).await
}

async fn find_holder(
    reader: &Reader,
    sql: &'static str,
    key: Value,
    now: Timestamp,
) -> Result<Option<SessionHolder>, Fault> {
    let backend = match reader.dialect() {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
    };
    let statement = Statement::from_sql_and_values(backend, sql, [key, now.timestamp_millis().into()]);
    let row =
        HolderRow::find_by_statement(statement).one(reader.connection()).await.doing("find who holds a session")?;
    row.map(HolderRow::holder).transpose()
}

impl HolderRow {
    pub(super) fn holder(self) -> Result<SessionHolder, Fault> {
        Ok(SessionHolder {
            session: Id::from_uuid(self.session_id),
            person: Id::from_uuid(self.person_id),
            household: place(self.household_id, self.role.as_deref())?,
        })
    }
}
