use ::entitlements::SlotRefusal;
use app::entitlements::{BookSlot, BookSlotRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use kernel::Locale;

use super::{DeliverySlot, Grant, redeem_perk::RedeemPerkPayload};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::input_field,
};

#[derive(Default)]
pub(in crate::schema) struct BookSlotMutation;

/// Which slot, for which order, and which act.
#[derive(InputObject)]
struct BookSlotInput {
    /// The slot, from `deliverySlots`.
    slot_id: ID,
    /// The operator's number of an order of your household that is still to be delivered.
    order_ref: String,
    /// Your own text for this very act, as for `redeemPerk`.
    idempotency_key: String,
}

/// What became of booking a slot.
#[derive(SimpleObject, Default)]
struct BookSlotPayload {
    /// The right the household has now; null when refused.
    grant: Option<Grant>,
    /// The next slot of the same perk in your community that can be booked, when this one cannot; null when there is none, and otherwise.
    next_free: Option<DeliverySlot>,
    /// What stands in the way of redeeming its perk, with what helps next; null otherwise.
    redemption: Option<RedeemPerkPayload>,
    /// What was refused. Nothing moved then.
    user_errors: Vec<BookSlotUserError>,
}

/// Why a slot was not booked.
#[derive(SimpleObject)]
pub(in crate::schema) struct BookSlotUserError {
    /// Which refusal.
    code: BookSlotErrorCode,
    /// A sentence for the person.
    pub(in crate::schema) message: String,
    /// The path of the input field at fault; null when no single field is.
    pub(in crate::schema) field: Option<Vec<String>>,
    /// Whether the very same request may succeed later, unchanged.
    pub(in crate::schema) retryable: bool,
}

/// The refusals of `bookSlot`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum BookSlotErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// There is no such slot.
    NoSuchSlot,
    /// Your household has no order of this number that is still to be delivered.
    NoSuchOrder,
    /// A slot is booked for the order already.
    OrderBooked,
    /// The slot is not on offer: `nextFree`.
    SlotClosed,
    /// The slot's cut-off has passed: `nextFree`.
    CutOff,
    /// The last place of the slot is gone: `nextFree`.
    SlotFull,
    /// Its perk cannot be redeemed: `redemption` says why.
    NotRedeemed,
}

use BookSlotErrorCode as Code;

#[Object]
impl BookSlotMutation {
    /// Books a delivery slot for an order of your household, with its points, at once or not at all. Until the slot's cut-off
    /// `giveBackGrant` returns them all.
    async fn book_slot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which slot, for which order, and which act.")] input: BookSlotInput,
    ) -> Nullable<BookSlotPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let refused = |code| Ok(Some(BookSlotPayload::refused(code, locale)));
            let Ok(idempotency_key) = input.idempotency_key.parse() else { return refused(Code::BadIdempotencyKey) };
            let Some(slot) = ids::read(&input.slot_id)? else { return refused(Code::NoSuchSlot) };
            let Ok(order_ref) = input.order_ref.parse() else { return refused(Code::NoSuchOrder) };
            let booked = match app(ctx).book_slot(principal, &BookSlot { slot, order_ref, idempotency_key }).await? {
                Ok(booked) => booked,
                Err(refusal) => return BookSlotPayload::explain(refusal, locale).map(Some),
            };
            if booked.is_replay {
                session.note_replay();
            }
            Ok(Some(BookSlotPayload { grant: Some(booked.grant.into()), ..BookSlotPayload::default() }))
        })
        .await
    }
}

impl BookSlotPayload {
    fn explain(refusal: BookSlotRefusal, locale: Locale) -> Result<Self> {
        let refused = |code| Self::refused(code, locale);
        Ok(match refusal {
            BookSlotRefusal::NoSuchSlot => refused(Code::NoSuchSlot),
            BookSlotRefusal::NoSuchOrder => refused(Code::NoSuchOrder),
            BookSlotRefusal::OrderBooked => refused(Code::OrderBooked),
            BookSlotRefusal::NotTaken { refusal, next_free } => {
                let code = match refusal {
                    SlotRefusal::Closed => Code::SlotClosed,
                    SlotRefusal::CutOff { .. } => Code::CutOff,
                    SlotRefusal::Full => Code::SlotFull,
                };
                Self { next_free: next_free.map(DeliverySlot::from), ..refused(code) }
            }
            BookSlotRefusal::NotRedeemed(refusal) => {
                let redemption = RedeemPerkPayload::explain(refusal, locale)?;
                let mut payload = refused(Code::NotRedeemed);
                // The person reads what stands in the way itself.
                if let (Some(error), Some(told)) = (payload.user_errors.first_mut(), redemption.first_error()) {
                    error.message.clone_from(&told.message);
                    error.retryable = told.retryable;
                }
                Self { redemption: Some(redemption), ..payload }
            }
        })
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::BadIdempotencyKey => (
                "请求编号格式不对,请重试。",
                "The idempotency key must be 16 to 64 visible ASCII characters.",
                Some("idempotencyKey"),
            ),
            Code::NoSuchSlot => ("没有这个时段。", "There is no such slot.", Some("slotId")),
            Code::NoSuchOrder => (
                "您家没有这个待配送的订单。",
                "Your household has no such order that is still to be delivered.",
                Some("orderRef"),
            ),
            Code::OrderBooked => {
                ("这个订单已预约过时段。", "A slot is booked for this order already.", Some("orderRef"))
            }
            Code::SlotClosed => ("这个时段不开放预约。", "This slot is not on offer.", Some("slotId")),
            Code::CutOff => ("这个时段已截止预约。", "It is too late to book this slot.", Some("slotId")),
            Code::SlotFull => ("这个时段已约满。", "This slot is full.", Some("slotId")),
            Code::NotRedeemed => ("现在不能兑换。", "It cannot be redeemed now.", None),
        };
        let message = match locale {
            Locale::ZhCn => zh,
            Locale::En => en,
        };
        let field = field.and_then(input_field);
        let retryable = matches!(code, Code::SlotClosed | Code::SlotFull);
        let error = BookSlotUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
