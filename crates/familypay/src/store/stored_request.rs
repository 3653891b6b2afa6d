//! How a request is written down and read again.

use kernel::{Fault, Id, Timestamp, kinds};
use sea_orm::Set;
use serde::{Deserialize, Serialize};

use super::{impossible, instant, money};
use crate::{DeclineReason, PayLine, PayRequest, PayRequestBook, PayRequestState, Payer, understand::Quantity};

/// A line as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct StoredLine {
    product_ref: String,
    name: String,
    quantity_thousandths: i64,
    unit: String,
    price_minor: i64,
    amount_minor: i64,
}

impl StoredLine {
    fn of(line: &PayLine) -> Self {
        Self {
            product_ref: line.product_ref.to_string(),
            name: line.name.to_string(),
            quantity_thousandths: line.quantity.thousandths(),
            unit: line.unit.to_string(),
            price_minor: line.price.minor(),
            amount_minor: line.amount.minor(),
        }
    }

    fn line(&self) -> Result<PayLine, Fault> {
        Ok(PayLine {
            product_ref: self.product_ref.parse().map_err(|_| impossible())?,
            name: self.name.parse().map_err(|_| impossible())?,
            quantity: Quantity::from_thousandths(self.quantity_thousandths).ok_or_else(impossible)?,
            unit: self.unit.parse().map_err(|_| impossible())?,
            price: money(self.price_minor)?,
            amount: money(self.amount_minor)?,
        })
    }
}

pub(super) fn request_row(book: &PayRequestBook, version: u32, changed_at: Timestamp) -> request_rows::ActiveModel {
    let request = &book.request;
    let lines: Vec<StoredLine> = book.lines.iter().map(StoredLine::of).collect();
    let claimed = if let PayRequestState::Claimed { by, until } = request.state { Some((by, until)) } else { None };
    let millis = |at: Option<Timestamp>| at.map(|at| at.timestamp_millis());
    request_rows::ActiveModel {
        household_id: Set(request.household.uuid()),
        id: Set(request.id.uuid()),
        asked_by_id: Set(request.asked_by.uuid()),
        amount_minor: Set(request.amount.minor()),
        lines: Set(serde_json::to_string(&lines).expect("plain structs always serialise")),
        pick_up: Set(book.pick_up.as_ref().map(ToString::to_string)),
        state: Set(request.state.word().to_owned()),
        version: Set(i64::from(version)),
        declined_count: Set(i64::try_from(request.declined_count).expect("no more than there are payers")),
        claimed_by_id: Set(claimed.map(|(by, _)| by.uuid())),
        claimed_until: Set(claimed.map(|(_, until)| until.timestamp_millis())),
        cut_off_at: Set(request.cut_off.timestamp_millis()),
        asked_at: Set(millis(request.asked_at)),
        deadline_at: Set(millis(request.deadline)),
        reminded_at: Set(millis(request.reminded_at)),
        refunded_minor: Set(request.refunded.minor()),
        is_reserved: Set(book.is_reserved),
        mandate_id: Set(book.mandate.map(|(mandate, _)| mandate.uuid())),
        mandate_month: Set(book.mandate.map(|(_, month)| month.to_string())),
        changed_at: Set(changed_at.timestamp_millis()),
    }
}

/// A request of its rows; the payers in the order of their places.
pub(super) fn book(row: &request_rows::Model, payers: &[payer_rows::Model]) -> Result<PayRequestBook, Fault> {
    let optional = |millis: Option<i64>| millis.map(instant).transpose();
    let claimed = row.claimed_by_id.zip(row.claimed_until);
    let mandate = row.mandate_id.zip(row.mandate_month.as_deref()).map(|(mandate, month)| -> Result<_, Fault> {
        Ok((Id::from_uuid(mandate), month.parse().map_err(|_| impossible())?))
    });
    let lines: Vec<StoredLine> = serde_json::from_str(&row.lines).map_err(|_| impossible())?;
    let request = PayRequest {
        id: Id::from_uuid(row.id),
        household: Id::from_uuid(row.household_id),
        asked_by: Id::from_uuid(row.asked_by_id),
        amount: money(row.amount_minor)?,
        payers: payers.iter().map(|payer| Id::from_uuid(payer.payer_id)).collect(),
        declined_count: usize::try_from(row.declined_count).map_err(|_| impossible())?,
        state: state(&row.state, claimed)?,
        cut_off: instant(row.cut_off_at)?,
        asked_at: optional(row.asked_at)?,
        deadline: optional(row.deadline_at)?,
        reminded_at: optional(row.reminded_at)?,
        refunded: money(row.refunded_minor)?,
    };
    Ok(PayRequestBook {
        request,
        lines: lines.iter().map(StoredLine::line).collect::<Result<_, _>>()?,
        pick_up: row.pick_up.as_deref().map(str::parse).transpose().map_err(|_| impossible())?,
        payers: payers.iter().map(payer).collect::<Result<_, _>>()?,
        is_reserved: row.is_reserved,
        mandate: mandate.transpose()?,
        version: u32::try_from(row.version).map_err(|_| impossible())?,
        changed_at: instant(row.changed_at)?,
    })
}

fn payer(row: &payer_rows::Model) -> Result<Payer, Fault> {
    let declined = row.reason.as_deref().zip(row.declined_at).map(|(word, at)| -> Result<_, Fault> {
        Ok((DeclineReason::from_word(word).ok_or_else(impossible)?, instant(at)?))
    });
    Ok(Payer { person: Id::from_uuid(row.payer_id), declined: declined.transpose()? })
}

fn state(word: &str, claimed: Option<(uuid::Uuid, i64)>) -> Result<PayRequestState, Fault> {
    use PayRequestState as State;
    if let Some((by, until)) = claimed {
        let by: Id<kinds::Person> = Id::from_uuid(by);
        return Ok(State::Claimed { by, until: instant(until)? });
    }
    let all = [
        State::Draft,
        State::Asked,
        State::Paid,
        State::Declined,
        State::Expired,
        State::Cancelled,
        State::PayAtPickUp,
        State::RefundedPartly,
        State::Refunded,
    ];
    all.into_iter().find(|state| state.word() == word).ok_or_else(impossible)
}

pub(super) mod request_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "pay_requests")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub asked_by_id: Uuid,
        pub amount_minor: i64,
        pub lines: String,
        pub pick_up: Option<String>,
        pub state: String,
        pub version: i64,
        pub declined_count: i64,
        pub claimed_by_id: Option<Uuid>,
        pub claimed_until: Option<i64>,
        pub cut_off_at: i64,
        pub asked_at: Option<i64>,
        pub deadline_at: Option<i64>,
        pub reminded_at: Option<i64>,
        pub refunded_minor: i64,
        pub is_reserved: bool,
        pub mandate_id: Option<Uuid>,
        pub mandate_month: Option<String>,
        pub changed_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod payer_rows {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "pay_request_payers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub household_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub request_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub place: i64,
        pub payer_id: Uuid,
        pub token_hash: Vec<u8>,
        pub reason: Option<String>,
        pub declined_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
