use app::entitlements::{CheckInRefusal, DoorKeeper};
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::Perk;
use crate::schema::{
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
    user_error::input_field,
};

#[derive(Default)]
pub(in crate::schema) struct CheckInSeatMutation;

/// What was scanned.
#[derive(InputObject)]
struct CheckInSeatInput {
    /// The code of the seat, as the picture of its `checkInCode` holds it.
    code: String,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct CheckInSeatPayload {
    /// When they came in: now; null when refused.
    checked_in_at: Option<Instant>,
    /// The perk whose grants are the gathering's seats; null when refused.
    perk: Option<Perk>,
    /// When somebody came in with it before; null otherwise.
    was_checked_in_at: Option<Instant>,
    /// When the gathering begins, where the doors are closed; null otherwise.
    starts_at: Option<Instant>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<CheckInSeatUserError>,
}

/// Why nobody came in.
#[derive(SimpleObject)]
pub(in crate::schema) struct CheckInSeatUserError {
    /// Which refusal.
    code: CheckInSeatErrorCode,
    /// A sentence for whoever stands at the door.
    pub(in crate::schema) message: String,
    /// The path of the input field at fault; null when no single field is.
    pub(in crate::schema) field: Option<Vec<String>>,
    /// Whether the very same request may succeed later, unchanged.
    pub(in crate::schema) retryable: bool,
}

/// The refusals of `checkInSeat`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum CheckInSeatErrorCode {
    /// None of your roles keeps doors, or you lead no community of the gathering.
    NotAllowed,
    /// The code is none of a seat.
    NoSuchSeat,
    /// The seat was given back, or the gathering called off.
    SeatCancelled,
    /// Somebody came in with it before: `wasCheckedInAt`.
    AlreadyCheckedIn,
    /// The doors open two hours before `startsAt`, and close when it is over.
    DoorsClosed,
}

use CheckInSeatErrorCode as Code;

#[Object]
impl CheckInSeatMutation {
    /// Lets whoever shows the code of a seat in, once. For the role perks, and for leaders of the community that the gathering
    /// is for, or of any where it is for all.
    async fn check_in_seat(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was scanned.")] input: CheckInSeatInput,
    ) -> Nullable<CheckInSeatPayload> {
        nullable(async {
            let session = session(ctx);
            let locale = session.locale();
            let keeper = match session.staff() {
                Some(staff) => DoorKeeper::Staff(*staff),
                None => DoorKeeper::Leader(*session.signed_in()?),
            };
            let refused = |code| CheckInSeatPayload::refused(code, locale);
            Ok(Some(match app(ctx).check_in_seat(&keeper, &input.code).await? {
                Ok(seat) => CheckInSeatPayload {
                    checked_in_at: seat.grant.used_at.map(Instant),
                    perk: session.perk(app(ctx), seat.perk.id).await?.map(Perk::from),
                    ..CheckInSeatPayload::default()
                },
                Err(CheckInRefusal::NotAllowed) => refused(Code::NotAllowed),
                Err(CheckInRefusal::NoSuchSeat) => refused(Code::NoSuchSeat),
                Err(CheckInRefusal::Cancelled { .. }) => refused(Code::SeatCancelled),
                Err(CheckInRefusal::CheckedIn { at }) => {
                    CheckInSeatPayload { was_checked_in_at: Some(Instant(at)), ..refused(Code::AlreadyCheckedIn) }
                }
                Err(CheckInRefusal::DoorsClosed { starts_at }) => {
                    CheckInSeatPayload { starts_at: Some(Instant(starts_at)), ..refused(Code::DoorsClosed) }
                }
            }))
        })
        .await
    }
}

impl CheckInSeatPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NotAllowed => ("您不能在这里核销名额。", "You keep no doors here.", None),
            Code::NoSuchSeat => ("这个码不是活动名额。", "This code is none of a seat.", Some("code")),
            Code::SeatCancelled => {
                ("名额已退回,或活动已取消。", "The seat was given back, or the gathering called off.", Some("code"))
            }
            Code::AlreadyCheckedIn => ("这个码已经核销过了。", "Somebody came in with this code before.", Some("code")),
            Code::DoorsClosed => (
                "还没到入场时间,或活动已结束。",
                "The doors open two hours before it begins, and close when it is over.",
                Some("code"),
            ),
        };
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error =
            CheckInSeatUserError { code, message: message.to_owned(), field, retryable: code == Code::DoorsClosed };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
