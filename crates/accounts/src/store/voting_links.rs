use db::{Dialect, Doing, Reader, Tx, insert_rows};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbBackend, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect,
    Set, Statement,
};

use super::{instant, rows::voting_links, sessions::HolderRow};
use crate::{SessionHolder, TokenHash, VotingLink};

/// Who may vote in a browser: whoever made the link, for as long as the session that made it is open. Spelled in SQL as the look-up of
/// sessions is.
const FIND_VOTER: &str = "\
    SELECT s.id AS session_id, s.person_id, m.household_id, m.role \
    FROM voting_links v \
    JOIN sessions s ON s.id = v.session_id \
    JOIN persons p ON p.id = s.person_id \
    LEFT JOIN memberships m \
      ON m.household_id = p.active_household_id AND m.person_id = p.id AND m.left_at IS NULL \
    WHERE v.browser_hash = $1 AND v.ends_at > $2 AND s.revoked_at IS NULL AND s.expires_at > $3";

/// Inserts a link under the hash of its token.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_voting_link(tx: &mut Tx, link: &VotingLink, token: &TokenHash) -> Result<(), Fault> {
    let row = voting_links::ActiveModel {
        token_hash: Set(token.to_vec()),
        session_id: Set(link.session.uuid()),
        created_at: Set(link.created_at.timestamp_millis()),
        expires_at: Set(link.expires_at.timestamp_millis()),
        opened_at: Set(None),
        browser_hash: Set(None),
        ends_at: Set(None),
    };
    insert_rows::<voting_links::Entity, _>(tx, vec![row], "insert a voting link").await
}

/// How many links a session asked for after an instant. Hold the session.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_voting_links(tx: &mut Tx, session: Id<kinds::Session>, after: Timestamp) -> Result<usize, Fault> {
    let recent = voting_links::Entity::find()
        .filter(voting_links::Column::SessionId.eq(session.uuid()))
        .filter(voting_links::Column::CreatedAt.gt(after.timestamp_millis()));
    let count = recent.count(tx.connection()).await.doing("count voting links")?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Locks the link of a token.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_voting_link(tx: &mut Tx, token: &TokenHash) -> Result<Option<VotingLink>, Fault> {
    let row = voting_links::Entity::find_by_id(token.to_vec()).lock_exclusive().one(tx.connection()).await;
    let Some(row) = row.doing("lock a voting link")? else { return Ok(None) };
    Ok(Some(VotingLink {
        session: Id::from_uuid(row.session_id),
        created_at: instant(row.created_at)?,
        expires_at: instant(row.expires_at)?,
        opened_at: row.opened_at.map(instant).transpose()?,
        ends_at: row.ends_at.map(instant).transpose()?,
    }))
}

/// Keeps that a link which is locked was opened, and by which browser.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_voting_link_opened(
    tx: &mut Tx,
    token: &TokenHash,
    link: &VotingLink,
    browser: &TokenHash,
) -> Result<(), Fault> {
    let row = voting_links::ActiveModel {
        token_hash: Set(token.to_vec()),
        opened_at: Set(link.opened_at.map(|at| at.timestamp_millis())),
        ends_at: Set(link.ends_at.map(|at| at.timestamp_millis())),
        browser_hash: Set(Some(browser.to_vec())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("open a voting link").map(drop)
}

/// Who votes in a browser at `now`; `None` when what it shows is unknown or over, or the session behind it was ended.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_voter(reader: &Reader, browser: &TokenHash, now: Timestamp) -> Result<Option<SessionHolder>, Fault> {
    let backend = match reader.dialect() {
        Dialect::Sqlite => DbBackend::Sqlite,
        Dialect::Postgres => DbBackend::Postgres,
    };
    let now = now.timestamp_millis();
    let statement =
        Statement::from_sql_and_values(backend, FIND_VOTER, [browser.to_vec().into(), now.into(), now.into()]);
    let row =
        HolderRow::find_by_statement(statement).one(reader.connection()).await.doing("find who votes in a browser")?;
    row.map(HolderRow::holder).transpose()
}
