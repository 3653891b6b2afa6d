use db::{Doing, Reader, Tx};
use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Set, sea_query::Expr,
};

use super::{instant, label};
use crate::{Approval, Decision, Verdict};

/// The state while nobody decided.
const PENDING: &str = "pending";

/// Inserts a proposed act.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_approval(tx: &mut Tx, approval: &Approval) -> Result<(), Fault> {
    let row = approval_rows::ActiveModel {
        id: Set(approval.id.uuid()),
        kind: Set(approval.act.clone()),
        household_id: Set(approval.household.map(Id::uuid)),
        payload: Set(approval.payload.clone()),
        payload_hash: Set(approval.payload_hash.to_vec()),
        reason: Set(approval.reason.as_str().to_owned()),
        proposed_by: Set(approval.proposed_by.uuid()),
        proposed_at: Set(approval.proposed_at.timestamp_millis()),
        expires_at: Set(approval.expires_at.timestamp_millis()),
        state: Set(PENDING.to_owned()),
        decided_by: Set(None),
        decided_at: Set(None),
        outcome: Set(None),
    };
    db::insert_rows::<approval_rows::Entity, _>(tx, vec![row], "insert a proposed act").await
}

/// Locks a proposed act. Those of the staff who decide it are locked before.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_approval(tx: &mut Tx, id: Id<kinds::Approval>) -> Result<Option<Approval>, Fault> {
    let row = approval_rows::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx.connection()).await;
    row.doing("lock a proposed act")?.map(read).transpose()
}

/// Keeps what was decided.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_approval(tx: &mut Tx, approval: &Approval) -> Result<(), Fault> {
    let decision = approval.decision.as_ref();
    let row = approval_rows::ActiveModel {
        id: Set(approval.id.uuid()),
        state: Set(decision.map_or(PENDING, |decision| decision.verdict.state()).to_owned()),
        decided_by: Set(decision.map(|decision| decision.decided_by.uuid())),
        decided_at: Set(decision.map(|decision| decision.decided_at.timestamp_millis())),
        outcome: Set(decision.and_then(|decision| decision.outcome.clone())),
        ..Default::default()
    };
    row.update_without_returning(tx.connection()).await.doing("update a proposed act").map(|_| ())
}

/// How many acts of one of the staff wait at an instant.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_pending_approvals(tx: &mut Tx, by: Id<kinds::Staff>, now: Timestamp) -> Result<u64, Fault> {
    approval_rows::Entity::find()
        .filter(approval_rows::Column::State.eq(PENDING))
        .filter(approval_rows::Column::ProposedBy.eq(by.uuid()))
        .filter(approval_rows::Column::ExpiresAt.gt(now.timestamp_millis()))
        .count(tx.connection())
        .await
        .doing("count the acts that wait")
}

/// How many acts of all the staff wait at an instant.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_all_pending_approvals(reader: &Reader, now: Timestamp) -> Result<u64, Fault> {
    approval_rows::Entity::find()
        .filter(approval_rows::Column::State.eq(PENDING))
        .filter(approval_rows::Column::ExpiresAt.gt(now.timestamp_millis()))
        .count(reader.connection())
        .await
        .doing("count the acts that wait for anybody")
}

/// A proposed act.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_approval(reader: &Reader, id: Id<kinds::Approval>) -> Result<Option<Approval>, Fault> {
    let row = approval_rows::Entity::find_by_id(id.uuid()).one(reader.connection()).await;
    row.doing("find a proposed act")?.map(read).transpose()
}

/// An item of the list of approvals: those nobody decided first, each part newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApprovalPlace {
    /// Whether it was decided when the place was noted.
    pub is_decided: bool,
    /// Which.
    pub id: Id<kinds::Approval>,
}

/// Which part of the list of approvals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalPart {
    /// From the first on, or after one.
    After(Option<ApprovalPlace>),
    /// Up to the last, or before one.
    Before(Option<ApprovalPlace>),
}

/// Proposed acts: those nobody decided first, each part newest first; at most `limit`. Each part is read by an index of its own.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_approvals(reader: &Reader, part: ApprovalPart, limit: u64) -> Result<Vec<Approval>, Fault> {
    let (place, is_forward) = match part {
        ApprovalPart::After(place) => (place, true),
        ApprovalPart::Before(place) => (place, false),
    };
    // In the order of reading: what is pending comes first going forward, and last going back.
    let parts = [!is_forward, is_forward];
    let begins_in = place.map_or(parts[0], |place| place.is_decided);
    let mut rows = Vec::new();
    for is_decided in parts.into_iter().skip_while(|is_decided| *is_decided != begins_in) {
        let after = place.filter(|place| place.is_decided == is_decided).map(|place| place.id);
        let left = limit - rows.len() as u64;
        rows.extend(list_rows(reader, is_decided, is_forward, after, left).await?);
    }
    let approvals = rows.into_iter().map(read);
    if is_forward { approvals.collect() } else { approvals.rev().collect() }
}

async fn list_rows(
    reader: &Reader,
    is_decided: bool,
    is_forward: bool,
    after: Option<Id<kinds::Approval>>,
    limit: u64,
) -> Result<Vec<approval_rows::Model>, Fault> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    // Spelled out, since an index over a part of a table is used only where the statement names that part.
    let which = if is_decided { "state <> 'pending'" } else { "state = 'pending'" };
    let id = approval_rows::Column::Id;
    let beyond = after.map(|after| if is_forward { id.lt(after.uuid()) } else { id.gt(after.uuid()) });
    approval_rows::Entity::find()
        .filter(Condition::all().add(Expr::cust(which)).add_option(beyond))
        .order_by(id, if is_forward { Order::Desc } else { Order::Asc })
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list the proposed acts")
}

fn read(row: approval_rows::Model) -> Result<Approval, Fault> {
    let unreadable = || Fault::inconsistent("read a proposed act");
    let decision = match (row.decided_by, row.decided_at) {
        (Some(by), Some(at)) => Some(Decision {
            verdict: Verdict::from_state(&row.state).ok_or_else(unreadable)?,
            decided_by: Id::from_uuid(by),
            decided_at: instant(at)?,
            outcome: row.outcome,
        }),
        _ => None,
    };
    Ok(Approval {
        id: Id::from_uuid(row.id),
        act: row.kind,
        household: row.household_id.map(Id::from_uuid),
        payload: row.payload,
        reason: label(&row.reason)?,
        proposed_by: Id::from_uuid(row.proposed_by),
        proposed_at: instant(row.proposed_at)?,
        expires_at: instant(row.expires_at)?,
        decision,
        payload_hash: row.payload_hash.try_into().map_err(|_| unreadable())?,
    })
}

mod approval_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "approvals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub household_id: Option<Uuid>,
        pub payload: String,
        pub payload_hash: Vec<u8>,
        pub reason: String,
        pub proposed_by: Uuid,
        pub proposed_at: i64,
        pub expires_at: i64,
        pub state: String,
        pub decided_by: Option<Uuid>,
        pub decided_at: Option<i64>,
        pub outcome: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
