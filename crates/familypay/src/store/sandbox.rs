//! What the sandbox keeps in a provider's stead.

use db::{Doing, Reader, Tx, insert_new_rows, insert_rows};
use kernel::{Fault, Id, Money, Timestamp, kinds};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::{impossible, instant, money, payments::payment_rows};
use crate::{CLAIM_LIFE, MoneyMoved, ProviderRef, SandboxOutcome, SandboxPayment, refund_number};

/// Enters what whoever plays the bank chose, unless something was chosen before; whether it is new.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_sandbox_payment(tx: &mut Tx, new: &SandboxPayment) -> Result<bool, Fault> {
    let row = sandbox_rows::ActiveModel {
        attempt_id: Set(new.attempt.uuid()),
        provider_ref: Set(new.provider_ref.as_str().to_owned()),
        amount_minor: Set(new.amount.minor()),
        outcome: Set(new.outcome.word().to_owned()),
        paid_at: Set(new.paid_at.map(|at| at.timestamp_millis())),
        chosen_at: Set(tx.now().timestamp_millis()),
        refunded_minor: Set(0),
    };
    let key = [sandbox_rows::Column::AttemptId];
    let entered =
        insert_new_rows::<sandbox_rows::Entity, _>(tx, vec![row], &key, "enter a payment of the sandbox").await?;
    Ok(entered == 1)
}

/// What the sandbox keeps of an attempt.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_sandbox_payment(
    reader: &Reader,
    attempt: Id<kinds::PaymentAttempt>,
) -> Result<Option<SandboxPayment>, Fault> {
    let row = sandbox_rows::Entity::find_by_id(attempt.uuid()).one(reader.connection()).await;
    row.doing("find a payment of the sandbox")?.as_ref().map(payment).transpose()
}

/// Up to `limit` payments the sandbox has to tell by now and has not, and those it never tells once it would be asked: when the payer's
/// time at the cashier is over.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_due_sandbox_payments(
    reader: &Reader,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<SandboxPayment>, Fault> {
    use sea_orm::{QueryTrait, sea_query::Expr};
    let told = payment_rows::Entity::find()
        .select_only()
        .column(payment_rows::Column::ProviderRef)
        .filter(payment_rows::Column::Provider.eq("sandbox"))
        .filter(Expr::cust("payments.provider_ref = sandbox_payments.provider_ref"))
        .into_query();
    let is_told = sandbox_rows::Column::Outcome
        .is_in(["succeed", "late", "twice"])
        .and(sandbox_rows::Column::PaidAt.lte(now.timestamp_millis()));
    let is_asked = sandbox_rows::Column::Outcome
        .eq("never")
        .and(sandbox_rows::Column::PaidAt.lte((now - CLAIM_LIFE).timestamp_millis()));
    let rows = sandbox_rows::Entity::find()
        .filter(Condition::any().add(is_told).add(is_asked))
        .filter(Expr::exists(told).not())
        .order_by_asc(sandbox_rows::Column::PaidAt)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list payments the sandbox has to tell")?;
    rows.iter().map(payment).collect()
}

/// Gives money of a payment back, once for each number; whether the payment is one of the sandbox's and has that much left.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn insert_sandbox_refund(
    tx: &mut Tx,
    id: Id<kinds::PaymentRefund>,
    provider_ref: &ProviderRef,
    amount: Money,
) -> Result<bool, Fault> {
    let row = sandbox_rows::Entity::find()
        .filter(sandbox_rows::Column::ProviderRef.eq(provider_ref.as_str()))
        .lock_exclusive()
        .one(tx.connection())
        .await
        .doing("lock a payment of the sandbox")?;
    let Some(row) = row else { return Ok(false) };
    let refund = refund_rows::ActiveModel {
        id: Set(id.uuid()),
        attempt_id: Set(row.attempt_id),
        amount_minor: Set(amount.minor()),
        refunded_at: Set(tx.now().timestamp_millis()),
    };
    let known = refund_rows::Entity::find_by_id(id.uuid()).one(tx.connection()).await;
    if known.doing("find a refund of the sandbox")?.is_some() {
        return Ok(true);
    }
    let refunded_minor = row.refunded_minor + amount.minor();
    if refunded_minor > row.amount_minor {
        return Ok(false);
    }
    let changed = sandbox_rows::ActiveModel {
        attempt_id: Set(row.attempt_id),
        refunded_minor: Set(refunded_minor),
        ..Default::default()
    };
    changed.update_without_returning(tx.connection()).await.doing("give money of the sandbox back")?;
    insert_rows::<refund_rows::Entity, _>(tx, vec![refund], "enter a refund of the sandbox").await?;
    Ok(true)
}

/// The sandbox's books from `from` until `until`: its bill, as a provider elsewhere has one.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_sandbox_moved(reader: &Reader, (from, until): (Timestamp, Timestamp)) -> Result<MoneyMoved, Fault> {
    let paid = sandbox_rows::Entity::find()
        .filter(sandbox_rows::Column::PaidAt.gte(from.timestamp_millis()))
        .filter(sandbox_rows::Column::PaidAt.lt(until.timestamp_millis()))
        .all(reader.connection())
        .await
        .doing("list what the sandbox took in a day")?;
    let back = refund_rows::Entity::find()
        .filter(refund_rows::Column::RefundedAt.gte(from.timestamp_millis()))
        .filter(refund_rows::Column::RefundedAt.lt(until.timestamp_millis()))
        .all(reader.connection())
        .await
        .doing("list what the sandbox gave back in a day")?;
    let mut moved = MoneyMoved::default();
    for row in paid {
        moved.payments.insert(ProviderRef::new(&row.provider_ref).ok_or_else(impossible)?, money(row.amount_minor)?);
    }
    for row in back {
        moved.refunds.insert(refund_number(Id::from_uuid(row.id)), money(row.amount_minor)?);
    }
    Ok(moved)
}

fn payment(row: &sandbox_rows::Model) -> Result<SandboxPayment, Fault> {
    Ok(SandboxPayment {
        attempt: Id::from_uuid(row.attempt_id),
        provider_ref: ProviderRef::new(&row.provider_ref).ok_or_else(impossible)?,
        amount: money(row.amount_minor)?,
        outcome: SandboxOutcome::from_word(&row.outcome).ok_or_else(impossible)?,
        paid_at: row.paid_at.map(instant).transpose()?,
    })
}

mod sandbox_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sandbox_payments")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub attempt_id: Uuid,
        pub provider_ref: String,
        pub amount_minor: i64,
        pub outcome: String,
        pub paid_at: Option<i64>,
        pub chosen_at: i64,
        pub refunded_minor: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod refund_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sandbox_refunds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub attempt_id: Uuid,
        pub amount_minor: i64,
        pub refunded_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
