use app::entitlements::{BookingOutcome, SettleBooking, SettleBookingRefusal};
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    nullable::{Nullable, nullable},
    scalars::{Instant, points},
    session::{app, session},
    user_error::input_field,
};

#[derive(Default)]
pub(in crate::schema) struct SettleBookingMutation;

/// Whether an order came in the slot it was promised.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SlotOutcome {
    /// It did.
    Kept,
    /// It did not: all points come back, and some more as an apology.
    Missed,
}

/// What became of a booking.
#[derive(InputObject)]
struct SettleBookingInput {
    /// The operator's number of the order.
    order_ref: String,
    /// Whether it came in its slot.
    outcome: SlotOutcome,
}

/// What was done about it.
#[derive(SimpleObject, Default)]
struct SettleBookingPayload {
    /// How many points came back to the household; null when refused.
    restored_points: Option<i32>,
    /// How many it got beside them; null when refused.
    apology_points: Option<i32>,
    /// Until when the household may still give it back, where it is too early; null otherwise.
    cut_off_at: Option<Instant>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<SettleBookingUserError>,
}

/// Why nothing was done.
#[derive(SimpleObject)]
pub(in crate::schema) struct SettleBookingUserError {
    /// Which refusal.
    code: SettleBookingErrorCode,
    /// A sentence for the person.
    pub(in crate::schema) message: String,
    /// The path of the input field at fault; null when no single field is.
    pub(in crate::schema) field: Option<Vec<String>>,
    /// Whether the very same request may succeed later, unchanged.
    pub(in crate::schema) retryable: bool,
}

/// The refusals of `settleBooking`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SettleBookingErrorCode {
    /// None of your roles keeps perks.
    NotAllowed,
    /// No slot was booked for an order of this number.
    NoSuchBooking,
    /// Nothing is delivered before `cutOffAt`.
    NotCutOff,
    /// It was settled before, or given back.
    AlreadySettled,
    /// The household cannot hold that many points.
    WalletFull,
}

use SettleBookingErrorCode as Code;

#[Object]
impl SettleBookingMutation {
    /// For the role perks: says whether an order came in the slot it was promised. Told twice, it is done once.
    async fn settle_booking(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What became of it.")] input: SettleBookingInput,
    ) -> Nullable<SettleBookingPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| SettleBookingPayload::refused(code, locale);
            let Ok(order_ref) = input.order_ref.parse() else { return Ok(Some(refused(Code::NoSuchBooking))) };
            let outcome = match input.outcome {
                SlotOutcome::Kept => BookingOutcome::Kept,
                SlotOutcome::Missed => BookingOutcome::Missed,
            };
            Ok(Some(match app(ctx).settle_booking(principal, &SettleBooking { order_ref, outcome }).await? {
                Ok(settled) => {
                    let restored = settled.grant.cancelled_at.map_or(kernel::Points::ZERO, |_| settled.grant.price);
                    SettleBookingPayload {
                        restored_points: Some(points(restored)?),
                        apology_points: Some(points(settled.apology)?),
                        ..SettleBookingPayload::default()
                    }
                }
                Err(SettleBookingRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                Err(SettleBookingRefusal::NoSuchBooking) => refused(Code::NoSuchBooking),
                Err(SettleBookingRefusal::NotCutOff { at }) => {
                    SettleBookingPayload { cut_off_at: Some(Instant(at)), ..refused(Code::NotCutOff) }
                }
                Err(SettleBookingRefusal::NotStanding(_)) => refused(Code::AlreadySettled),
                Err(SettleBookingRefusal::NotRestored(_) | SettleBookingRefusal::NotGiven(_)) => {
                    refused(Code::WalletFull)
                }
            }))
        })
        .await
    }
}

impl SettleBookingPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NotAllowed => ("您的岗位无权管理权益。", "None of your roles keeps perks.", None),
            Code::NoSuchBooking => ("这个订单没有预约时段。", "No slot is booked for this order.", Some("orderRef")),
            Code::NotCutOff => ("还没有到截止时间。", "Nothing is delivered before the cut-off.", Some("outcome")),
            Code::AlreadySettled => {
                ("已经登记过,或已退回。", "It was settled before, or given back.", Some("orderRef"))
            }
            Code::WalletFull => ("这家的积分已达上限。", "The household cannot hold that many points.", None),
        };
        let message = match locale {
            Locale::ZhCn => zh,
            Locale::En => en,
        };
        let field = field.and_then(input_field);
        let retryable = matches!(code, Code::NotCutOff | Code::WalletFull);
        let error = SettleBookingUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
