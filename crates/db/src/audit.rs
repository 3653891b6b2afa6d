//! The audit log: one line per act, written by the commit that made it true, never changed.

use kernel::{Actor, Fault, Id, kinds};
use sea_orm::Set;

use crate::{Tx, insert_rows};

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
