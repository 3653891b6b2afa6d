use ::entitlements::SlotTermsRefusal;
use app::entitlements::{DefineSlot, DefineSlotRefusal};
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::DeliverySlot;
use crate::schema::{
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct DefineSlotMutation;

/// A delivery slot as it shall be.
#[derive(InputObject)]
struct DefineSlotInput {
    /// The short name of the perk whose grants book it. From its first slot on the perk is redeemed by `bookSlot` alone.
    perk_code: String,
    /// The name of the community it is for.
    community: String,
    /// When delivering begins. A known one of the perk and the community changes that slot.
    starts_at: Instant,
    /// When all is delivered, at most a day later. Stays once it is booked.
    ends_at: Instant,
    /// From then on nobody books it or gives it back: later than now, not later than `startsAt`. Stays once it is booked.
    cut_off_at: Instant,
    /// How many orders fit, 1 to 10,000.
    capacity: i32,
    /// Whether it can be booked; true when left out.
    is_open: Option<bool>,
    /// The `version` of the slot as you saw it; left out for a new one.
    expected_version: Option<i32>,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct DefineSlotPayload {
    /// The slot; null when refused.
    slot: Option<DeliverySlot>,
    /// How many booked it, where that stands in the way; null otherwise.
    taken: Option<u32>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<DefineSlotUserError>,
}

user_error! {
    /// Why a slot is not as it was told.
    DefineSlotUserError(DefineSlotErrorCode)
}

/// The refusals of `defineSlot`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DefineSlotErrorCode {
    /// None of your roles keeps perks.
    NotAllowed,
    /// There is no perk of that code.
    NoSuchPerk,
    /// The perk is a seat at a gathering, or was granted without a slot before.
    OtherUse,
    /// There is no community of that name.
    NoSuchCommunity,
    /// The times are not in order, over a day long, or past.
    BadTimes,
    /// There is room for nobody, or for more than 10,000.
    BadCapacity,
    /// It is not as the version you saw, or there is one already: look again.
    VersionConflict,
    /// It is booked on these terms: end and cut-off stay. `taken` says how often.
    Booked,
    /// More booked it than there would be room for: `taken`.
    BelowTaken,
}

use DefineSlotErrorCode as Code;

#[Object]
impl DefineSlotMutation {
    /// For the role perks: puts a delivery slot on offer, or changes one as it was seen.
    async fn define_slot(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The slot as it shall be.")] input: DefineSlotInput,
    ) -> Nullable<DefineSlotPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let define = match read(&input) {
                Ok(define) => define,
                Err(code) => return Ok(Some(DefineSlotPayload::refused(code, locale))),
            };
            Ok(Some(match app(ctx).define_slot(principal, &define).await? {
                Ok(slot) => DefineSlotPayload { slot: Some(slot.into()), ..DefineSlotPayload::default() },
                Err(refusal) => DefineSlotPayload::explain(refusal, locale),
            }))
        })
        .await
    }
}

fn read(input: &DefineSlotInput) -> Result<DefineSlot, Code> {
    Ok(DefineSlot {
        perk: input.perk_code.parse().map_err(|_| Code::NoSuchPerk)?,
        community: input.community.parse().map_err(|_| Code::NoSuchCommunity)?,
        starts_at: input.starts_at.0,
        ends_at: input.ends_at.0,
        cut_off_at: input.cut_off_at.0,
        capacity: u32::try_from(input.capacity).map_err(|_| Code::BadCapacity)?,
        is_open: input.is_open.unwrap_or(true),
        // No slot has a version below one.
        expected_version: input.expected_version.map(|version| u32::try_from(version).unwrap_or(0)),
    })
}

impl DefineSlotPayload {
    fn explain(refusal: DefineSlotRefusal, locale: Locale) -> Self {
        let refused = |code| Self::refused(code, locale);
        match refusal {
            DefineSlotRefusal::NotAllowed(_) => refused(Code::NotAllowed),
            DefineSlotRefusal::Terms(SlotTermsRefusal::BadTimes) => refused(Code::BadTimes),
            DefineSlotRefusal::Terms(SlotTermsRefusal::BadCapacity) => refused(Code::BadCapacity),
            DefineSlotRefusal::NoSuchPerk => refused(Code::NoSuchPerk),
            DefineSlotRefusal::OtherUse => refused(Code::OtherUse),
            DefineSlotRefusal::NoSuchCommunity => refused(Code::NoSuchCommunity),
            DefineSlotRefusal::VersionConflict => refused(Code::VersionConflict),
            DefineSlotRefusal::Booked { taken } => Self { taken: Some(taken), ..refused(Code::Booked) },
            DefineSlotRefusal::BelowTaken { taken } => Self { taken: Some(taken), ..refused(Code::BelowTaken) },
        }
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NotAllowed => ("您的岗位无权管理权益。", "None of your roles keeps perks.", None),
            Code::NoSuchPerk => ("没有这项权益。", "There is no such perk.", Some("perkCode")),
            Code::OtherUse => (
                "这项权益是活动名额,或已经不带时段兑换过。",
                "The perk is a seat at a gathering, or was granted without a slot before.",
                Some("perkCode"),
            ),
            Code::NoSuchCommunity => ("没有这个社区。", "There is no such community.", Some("community")),
            Code::BadTimes => (
                "截止要晚于现在、不晚于开始,结束要在开始后一天之内。",
                "The cut-off must be later than now and not after the beginning, and the end within a day of that.",
                Some("startsAt"),
            ),
            Code::BadCapacity => ("容量要在 1 到 10000 之间。", "The capacity must be 1 to 10,000.", Some("capacity")),
            Code::VersionConflict => {
                ("内容已被他人更改,请刷新后重试。", "It was changed meanwhile: look again.", Some("expectedVersion"))
            }
            Code::Booked => {
                ("已有人预约,结束和截止时间不能再改。", "It is booked: its end and cut-off stay as they are.", None)
            }
            Code::BelowTaken => {
                ("容量不能少于已预约的数量。", "More booked it than there would be room for.", Some("capacity"))
            }
        };
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = DefineSlotUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
