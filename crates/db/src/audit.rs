//! The audit log: one line per act, written by the commit that made it true, never changed.

use kernel::{Actor, Fault, Id, Timestamp, kinds};
use sea_orm::{ColumnTrait, Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::{Doing, Reader, Tx, insert_rows};

/// What an auditor reads later: who did what to what, when. Never names, addresses, tokens or choices.
#[derive(Debug, Clone)]
pub struct AuditLine {
    /// The use-case, such as `redeem_perk`.
    pub action: &'static str,
    /// Whose household it touched, if one.
    pub household: Option<Id<kinds::Household>>,
    /// The text id of what was acted on.
    pub subject: String,
    /// What changed, in a few words.
    pub detail: String,
}

pub(crate) async fn write_lines(tx: &mut Tx) -> Result<(), Fault> {
    let lines = std::mem::take(&mut tx.audit);
    let rows = lines.into_iter().map(|(actor, line)| row(tx, actor, line)).collect();
    insert_rows::<audit_lines::Entity, _>(tx, rows, "insert audit lines").await
}

fn row(tx: &Tx, actor: Actor, line: AuditLine) -> audit_lines::ActiveModel {
    audit_lines::ActiveModel {
        id: Set(tx.new_id::<kinds::Event>().uuid()),
        acted_at: Set(tx.now().timestamp_millis()),
        actor_kind: Set(actor.kind().to_owned()),
        actor_person_id: Set(actor.person().map(Id::uuid)),
        actor_staff_id: Set(actor.staff().map(Id::uuid)),
        action: Set(line.action.to_owned()),
        household_id: Set(line.household.map(Id::uuid)),
        subject: Set(line.subject),
        detail: Set(line.detail),
    }
}

/// A line of the audit log as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id; lines sort by it in the order of their coming.
    pub id: Id<kinds::Event>,
    /// When.
    pub acted_at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// The use-case.
    pub action: String,
    /// Whose household it touched, if one.
    pub household: Option<Id<kinds::Household>>,
    /// The text id of what was acted on.
    pub subject: String,
    /// What changed, in a few words.
    pub detail: String,
}

/// Which lines are wanted: all that meet every part that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only acts on this household.
    pub household: Option<Id<kinds::Household>>,
    /// Only acts of this one of the staff.
    pub staff: Option<Id<kinds::Staff>>,
    /// Only this use-case.
    pub action: Option<String>,
}

/// Which part of the audit log, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditPart {
    /// From the newest on, or what is older than a line.
    Older(Option<Id<kinds::Event>>),
    /// Up to the oldest, or what is newer than a line.
    Newer(Option<Id<kinds::Event>>),
}

/// Lines of the audit log, newest first, at most `limit`.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_audit_entries(
    reader: &Reader,
    filter: &AuditFilter,
    part: AuditPart,
    limit: u64,
) -> Result<Vec<AuditEntry>, Fault> {
    use audit_lines::Column;
    let chosen = Condition::all()
        .add_option(filter.household.map(|id| Column::HouseholdId.eq(id.uuid())))
        .add_option(filter.staff.map(|id| Column::ActorStaffId.eq(id.uuid())))
        .add_option(filter.action.as_ref().map(|action| Column::Action.eq(action.as_str())));
    let chosen = match part {
        AuditPart::Older(than) => chosen.add_option(than.map(|id| Column::Id.lt(id.uuid()))),
        AuditPart::Newer(than) => chosen.add_option(than.map(|id| Column::Id.gt(id.uuid()))),
    };
    let order = match part {
        AuditPart::Older(_) => Order::Desc,
        AuditPart::Newer(_) => Order::Asc,
    };
    let rows = audit_lines::Entity::find().filter(chosen).order_by(Column::Id, order).limit(limit);
    let rows = rows.all(reader.connection()).await.doing("list the audit log")?;
    let entries = rows.into_iter().map(entry);
    match part {
        AuditPart::Older(_) => entries.collect(),
        AuditPart::Newer(_) => entries.rev().collect(),
    }
}

fn entry(row: audit_lines::Model) -> Result<AuditEntry, Fault> {
    let unreadable = || Fault::inconsistent("read a line of the audit log");
    Ok(AuditEntry {
        id: Id::from_uuid(row.id),
        acted_at: Timestamp::from_timestamp_millis(row.acted_at).ok_or_else(unreadable)?,
        actor: Actor::from_stored(&row.actor_kind, row.actor_person_id, row.actor_staff_id).ok_or_else(unreadable)?,
        action: row.action,
        household: row.household_id.map(Id::from_uuid),
        subject: row.subject,
        detail: row.detail,
    })
}

mod audit_lines {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_lines")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub acted_at: i64,
        pub actor_kind: String,
        pub actor_person_id: Option<Uuid>,
        pub actor_staff_id: Option<Uuid>,
        pub action: String,
        pub household_id: Option<Uuid>,
        pub subject: String,
        pub detail: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
