//! Money that goes back, to the payment it came by.

use db::{Doing, Reader, Tx, insert_rows};
use kernel::{Fault, Id, Money, Timestamp, kinds};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    sea_query::{Expr, Func},
};

use super::{impossible, instant, money};
use crate::{Provider, ProviderRef};

/// What a refund of a whole payment that was not needed is for.
const SURPLUS: &str = "surplus";

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundState {
    /// Decided, and not yet sent.
    ToSend,
    /// Sent; the provider has not said that the money is back.
    Sent,
    /// The money is back.
    Succeeded,
    /// The provider says it cannot go back; staff look at it.
    Failed,
}

impl RefundState {
    /// The word as stored and told.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::ToSend => "to_send",
            Self::Sent => "sent",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::ToSend, Self::Sent, Self::Succeeded, Self::Failed].into_iter().find(|state| state.word() == word)
    }
}

/// Whose payment a refund goes back to, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundOrigin {
    /// The household that receives the order.
    pub household: Id<kinds::Household>,
    /// The request.
    pub request: Id<kinds::PayRequest>,
    /// Who paid, and gets it back.
    pub payer: Id<kinds::Person>,
}

/// A refund as it is kept. Its id is the number the provider knows it by, the same each time it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRefund {
    /// Our number of it.
    pub id: Id<kinds::PaymentRefund>,
    /// Who moves it.
    pub provider: Provider,
    /// The payment.
    pub payment: ProviderRef,
    /// The operator's number of the refund of an order; none: the whole payment was not needed.
    pub order_refund: Option<String>,
    /// Whose.
    pub origin: Option<RefundOrigin>,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: RefundState,
    /// When it was decided.
    pub created_at: Timestamp,
}

impl StoredRefund {
    /// Whether it is a whole payment that was not needed.
    #[must_use]
    pub fn is_surplus(&self) -> bool {
        self.order_refund.is_none()
    }
}

/// Enters a refund. Of one payment there is one of each reference.
///
/// # Errors
/// A [`Fault`] of the database; contention when another decided the same at the same time.
pub async fn insert_refund(tx: &mut Tx, new: &StoredRefund) -> Result<(), Fault> {
    let row = refund_rows::ActiveModel {
        id: Set(new.id.uuid()),
        provider: Set(new.provider.word().to_owned()),
        provider_ref: Set(new.payment.as_str().to_owned()),
        reference: Set(new.order_refund.as_ref().map_or(SURPLUS.to_owned(), |number| format!("order {number}"))),
        household_id: Set(new.origin.map(|origin| origin.household.uuid())),
        request_id: Set(new.origin.map(|origin| origin.request.uuid())),
        payer_id: Set(new.origin.map(|origin| origin.payer.uuid())),
        amount_minor: Set(new.amount.minor()),
        state: Set(new.state.word().to_owned()),
        created_at: Set(new.created_at.timestamp_millis()),
        sent_at: Set(None),
        ended_at: Set(None),
        asked_at: Set(None),
    };
    insert_rows::<refund_rows::Entity, _>(tx, vec![row], "insert a refund of a payment").await
}

/// The refund of a payment for a refund of its order, if it was decided before.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_refund(
    tx: &mut Tx,
    (provider, payment): (Provider, &ProviderRef),
    order_refund: &str,
) -> Result<Option<StoredRefund>, Fault> {
    let row = refund_rows::Entity::find()
        .filter(refund_rows::Column::Provider.eq(provider.word()))
        .filter(refund_rows::Column::ProviderRef.eq(payment.as_str()))
        .filter(refund_rows::Column::Reference.eq(format!("order {order_refund}")))
        .one(tx.connection())
        .await
        .doing("find a refund of a payment")?;
    row.as_ref().map(refund).transpose()
}

/// A refund by its id.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn find_refund_by_id(reader: &Reader, id: Id<kinds::PaymentRefund>) -> Result<Option<StoredRefund>, Fault> {
    let row = refund_rows::Entity::find_by_id(id.uuid()).one(reader.connection()).await;
    row.doing("find a refund of a payment")?.as_ref().map(refund).transpose()
}

/// Locks a refund.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn lock_refund(tx: &mut Tx, id: Id<kinds::PaymentRefund>) -> Result<Option<StoredRefund>, Fault> {
    let row = refund_rows::Entity::find_by_id(id.uuid()).lock_exclusive().one(tx.connection()).await;
    row.doing("lock a refund of a payment")?.as_ref().map(refund).transpose()
}

/// Writes where a locked refund stands now.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_refund_state(tx: &mut Tx, id: Id<kinds::PaymentRefund>, state: RefundState) -> Result<(), Fault> {
    let now = tx.now().timestamp_millis();
    // When it was sent first stays, however often it is sent.
    let sent_at = Func::coalesce([Expr::col(refund_rows::Column::SentAt), Expr::val(now)]);
    let mut changed = refund_rows::Entity::update_many()
        .col_expr(refund_rows::Column::State, Expr::value(state.word()))
        .filter(refund_rows::Column::Id.eq(id.uuid()));
    changed = match state {
        RefundState::ToSend => changed,
        RefundState::Sent => changed
            .col_expr(refund_rows::Column::SentAt, sent_at.into())
            .col_expr(refund_rows::Column::AskedAt, Expr::value(now)),
        RefundState::Succeeded | RefundState::Failed => changed
            .col_expr(refund_rows::Column::SentAt, sent_at.into())
            .col_expr(refund_rows::Column::EndedAt, Expr::value(now)),
    };
    changed.exec(tx.connection()).await.doing("update a refund of a payment").map(drop)
}

/// Notes that the provider was asked about a refund just now.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn update_refund_asked(tx: &mut Tx, id: Id<kinds::PaymentRefund>) -> Result<(), Fault> {
    let changed = refund_rows::Entity::update_many()
        .col_expr(refund_rows::Column::AskedAt, Expr::value(tx.now().timestamp_millis()))
        .filter(refund_rows::Column::Id.eq(id.uuid()));
    changed.exec(tx.connection()).await.doing("note that a refund was asked about").map(drop)
}

/// Up to `limit` refunds that were sent and of which nothing was heard since `before`, the longest silent first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_refunds_to_ask(
    reader: &Reader,
    provider: Provider,
    before: Timestamp,
    limit: u64,
) -> Result<Vec<StoredRefund>, Fault> {
    let rows = refund_rows::Entity::find()
        .filter(refund_rows::Column::State.is_in(["sent"]))
        .filter(refund_rows::Column::Provider.eq(provider.word()))
        .filter(refund_rows::Column::AskedAt.lte(before.timestamp_millis()))
        .order_by_asc(refund_rows::Column::AskedAt)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list refunds to ask about")?;
    rows.iter().map(refund).collect()
}

/// The refunds of what was paid for a request, the earliest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_refunds_of_request(
    reader: &Reader,
    request: Id<kinds::PayRequest>,
) -> Result<Vec<StoredRefund>, Fault> {
    let rows = refund_rows::Entity::find()
        .filter(refund_rows::Column::RequestId.eq(request.uuid()))
        .order_by_asc(refund_rows::Column::Id)
        .all(reader.connection())
        .await
        .doing("list the refunds of a request")?;
    rows.iter().map(refund).collect()
}

/// Up to `limit` refunds that are not over, the oldest first.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn list_open_refunds(reader: &Reader, limit: u64) -> Result<Vec<StoredRefund>, Fault> {
    let rows = refund_rows::Entity::find()
        .filter(refund_rows::Column::State.is_in(["to_send", "sent"]))
        .order_by_asc(refund_rows::Column::CreatedAt)
        .limit(limit)
        .all(reader.connection())
        .await
        .doing("list refunds that are not over")?;
    rows.iter().map(refund).collect()
}

/// How many refunds there are, and how many of them are over with the money back.
///
/// # Errors
/// A [`Fault`] of the database.
pub async fn count_refunds(reader: &Reader) -> Result<(u64, u64), Fault> {
    let all = refund_rows::Entity::find().count(reader.connection()).await.doing("count refunds of payments")?;
    let done = refund_rows::Entity::find()
        .filter(refund_rows::Column::State.eq(RefundState::Succeeded.word()))
        .count(reader.connection())
        .await
        .doing("count refunds that are over")?;
    Ok((all, done))
}

fn refund(row: &refund_rows::Model) -> Result<StoredRefund, Fault> {
    let origin = match (row.household_id, row.request_id, row.payer_id) {
        (Some(household), Some(request), Some(payer)) => Some(RefundOrigin {
            household: Id::from_uuid(household),
            request: Id::from_uuid(request),
            payer: Id::from_uuid(payer),
        }),
        _ => None,
    };
    Ok(StoredRefund {
        id: Id::from_uuid(row.id),
        provider: Provider::from_word(&row.provider).ok_or_else(impossible)?,
        payment: ProviderRef::new(&row.provider_ref).ok_or_else(impossible)?,
        order_refund: row.reference.strip_prefix("order ").map(str::to_owned),
        origin,
        amount: money(row.amount_minor)?,
        state: RefundState::from_word(&row.state).ok_or_else(impossible)?,
        created_at: instant(row.created_at)?,
    })
}

pub(super) mod refund_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payment_refunds")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub provider: String,
        pub provider_ref: String,
        pub reference: String,
        pub household_id: Option<Uuid>,
        pub request_id: Option<Uuid>,
        pub payer_id: Option<Uuid>,
        pub amount_minor: i64,
        pub state: String,
        pub created_at: i64,
        pub sent_at: Option<i64>,
        pub ended_at: Option<i64>,
        pub asked_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
