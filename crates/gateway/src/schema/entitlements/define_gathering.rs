use ::entitlements::{GatheringRefusal, SeatReturns};
use app::entitlements::{DefineGathering, DefineGatheringRefusal};
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::{Label, Locale, Points, Rate};

use super::Perk;
use crate::schema::{
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct DefineGatheringMutation;

/// A gathering as it shall be.
#[derive(InputObject)]
struct DefineGatheringInput {
    /// The short name of its perk: lower-case letters, digits and hyphens, at most 40. A known one changes that gathering.
    code: String,
    /// What it is called, in Chinese.
    name_zh: String,
    /// What it is called, in English.
    name_en: String,
    /// What there is, in Chinese.
    terms_zh: String,
    /// What there is, in English.
    terms_en: String,
    /// Where, in Chinese.
    place_zh: String,
    /// Where, in English.
    place_en: String,
    /// How many points a seat costs, at least one. Stays once a seat is taken.
    price: i32,
    /// How many seats there are, at least one.
    seats: i32,
    /// How many of them a household may have, at least one.
    seats_per_household: i32,
    /// When it begins, later than now. Stays once a seat is taken.
    starts_at: Instant,
    /// When it is over. Stays once a seat is taken.
    ends_at: Instant,
    /// Up to and with then, a seat that is given back returns all its points. Stays once a seat is taken.
    full_return_until: Instant,
    /// Up to and with then, it returns `partReturnPercent` of them; afterwards none. Stays once a seat is taken.
    part_return_until: Instant,
    /// How many in a hundred of its points a seat returns that is given back late: 0 to 100.
    part_return_percent: i32,
    /// From when on seats are taken; at once when left out.
    opens_at: Option<Instant>,
    /// The name of the community it is for; for all when left out.
    community: Option<String>,
    /// How many years whoever takes a seat must be, 1 to 150; any when left out.
    min_age: Option<i32>,
    /// Whether seats can be taken; true when left out.
    is_open: Option<bool>,
    /// The `version` of the gathering as you saw it; left out for a new one.
    expected_version: Option<i32>,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct DefineGatheringPayload {
    /// The perk whose grants are its seats; null when refused.
    perk: Option<Perk>,
    /// How many seats are taken, where that stands in the way; null otherwise.
    taken: Option<u32>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<DefineGatheringUserError>,
}

user_error! {
    /// Why a gathering is not as it was told.
    DefineGatheringUserError(DefineGatheringErrorCode)
}

/// The refusals of `defineGathering`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DefineGatheringErrorCode {
    /// None of your roles keeps perks.
    NotAllowed,
    /// The code is no code, or another perk's.
    BadCode,
    /// A text is empty, too long, or holds characters that cannot be seen.
    BadText,
    /// The price is below one.
    BadPrice,
    /// There is no seat, or none for any household.
    BadSeats,
    /// It begins before now, or ends before it begins.
    BadTimes,
    /// The times of returning seats are not in order, or the part is below 0 or above 100.
    BadReturns,
    /// The age is below 1 or above 150, or seats are taken only once it has begun.
    BadAudience,
    /// There is no community of that name.
    NoSuchCommunity,
    /// It is not as the version you saw: look again.
    VersionConflict,
    /// It was called off.
    CalledOff,
    /// Seats are taken on these terms: price, times and returns stay. `taken` says how many.
    SeatsTaken,
    /// More seats are taken than there would be: `taken`.
    BelowTaken,
}

use DefineGatheringErrorCode as Code;

#[Object]
impl DefineGatheringMutation {
    /// For the role perks: announces a gathering, or changes one as it was seen. Its seats are grants of a perk, redeemed by `redeemPerk`.
    async fn define_gathering(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The gathering as it shall be.")] input: DefineGatheringInput,
    ) -> Nullable<DefineGatheringPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let define = match read(&input) {
                Ok(define) => define,
                Err((code, field)) => return Ok(Some(DefineGatheringPayload::refused(code, Some(field), locale))),
            };
            match app(ctx).define_gathering(principal, &define).await? {
                Ok(perk) => {
                    let perk = session.perk(app(ctx), perk.id).await?.map(Perk::from);
                    Ok(Some(DefineGatheringPayload { perk, ..DefineGatheringPayload::default() }))
                }
                Err(refusal) => Ok(Some(DefineGatheringPayload::explain(refusal, locale))),
            }
        })
        .await
    }
}

fn read(input: &DefineGatheringInput) -> Result<DefineGathering, (Code, &'static str)> {
    let text = |text: &str, field| text.parse::<Label>().map_err(|_| (Code::BadText, field));
    let count = |number: i32, code, field| u32::try_from(number).map_err(|_| (code, field));
    let percent = u32::try_from(input.part_return_percent).ok().filter(|percent| *percent <= 100);
    let part = percent.and_then(|percent| Rate::from_basis_points(percent * 100));
    let price = Points::new(i64::from(input.price)).ok_or((Code::BadPrice, "price"))?;
    let min_age = input.min_age.map(|age| count(age, Code::BadAudience, "minAge")).transpose()?;
    // No gathering has a version below one.
    let expected_version = input.expected_version.map(|version| u32::try_from(version).unwrap_or(0));
    Ok(DefineGathering {
        code: input.code.parse().map_err(|_| (Code::BadCode, "code"))?,
        name_zh: text(&input.name_zh, "nameZh")?,
        name_en: text(&input.name_en, "nameEn")?,
        terms_zh: text(&input.terms_zh, "termsZh")?,
        terms_en: text(&input.terms_en, "termsEn")?,
        place_zh: text(&input.place_zh, "placeZh")?,
        place_en: text(&input.place_en, "placeEn")?,
        price,
        seats: count(input.seats, Code::BadSeats, "seats")?,
        seats_per_household: count(input.seats_per_household, Code::BadSeats, "seatsPerHousehold")?,
        starts_at: input.starts_at.0,
        ends_at: input.ends_at.0,
        returns: SeatReturns {
            full_until: input.full_return_until.0,
            part_until: input.part_return_until.0,
            part: part.ok_or((Code::BadReturns, "partReturnPercent"))?,
        },
        opens_at: input.opens_at.map(|at| at.0),
        community: input.community.as_deref().map(|name| text(name, "community")).transpose()?,
        min_age,
        is_open: input.is_open.unwrap_or(true),
        expected_version,
    })
}

impl DefineGatheringPayload {
    fn explain(refusal: DefineGatheringRefusal, locale: Locale) -> Self {
        let refused = |code, field| Self::refused(code, field, locale);
        match refusal {
            DefineGatheringRefusal::NotAllowed(_) => refused(Code::NotAllowed, None),
            DefineGatheringRefusal::Gathering(GatheringRefusal::BadTimes) => refused(Code::BadTimes, Some("startsAt")),
            DefineGatheringRefusal::Gathering(GatheringRefusal::BadReturns) => {
                refused(Code::BadReturns, Some("fullReturnUntil"))
            }
            DefineGatheringRefusal::BadPrice => refused(Code::BadPrice, Some("price")),
            DefineGatheringRefusal::BadSeats => refused(Code::BadSeats, Some("seats")),
            DefineGatheringRefusal::BadAudience => refused(Code::BadAudience, None),
            DefineGatheringRefusal::NoSuchCommunity => refused(Code::NoSuchCommunity, Some("community")),
            DefineGatheringRefusal::CodeTaken => refused(Code::BadCode, Some("code")),
            DefineGatheringRefusal::VersionConflict => refused(Code::VersionConflict, Some("expectedVersion")),
            DefineGatheringRefusal::CalledOff => refused(Code::CalledOff, Some("code")),
            DefineGatheringRefusal::SeatsTaken { taken } => {
                Self { taken: Some(taken), ..refused(Code::SeatsTaken, None) }
            }
            DefineGatheringRefusal::BelowTaken { taken } => {
                Self { taken: Some(taken), ..refused(Code::BelowTaken, Some("seats")) }
            }
        }
    }

    fn refused(code: Code, field: Option<&'static str>, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = DefineGatheringUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads in Chinese and in English.
const fn sentences(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::NotAllowed => ("您的岗位无权管理权益。", "None of your roles keeps perks."),
        Code::BadCode => ("代码格式不对,或已用于其他权益。", "The code is no code, or another perk's."),
        Code::BadText => {
            ("文字不能为空,也不能太长。", "A text is empty, too long, or holds characters that cannot be seen.")
        }
        Code::BadPrice => ("积分必须大于零。", "The price must be at least one point."),
        Code::BadSeats => ("名额必须大于零。", "There must be at least one seat, also for a household."),
        Code::BadTimes => ("开始时间要晚于现在,结束要晚于开始。", "It must begin later than now, and end after that."),
        Code::BadReturns => (
            "退回时间的先后或比例不对。",
            "The times of returning seats are not in order, or the part is not 0 to 100.",
        ),
        Code::BadAudience => (
            "年龄要在 1 到 150 之间,开放时间要早于开始。",
            "The age must be 1 to 150, and seats are taken before it begins.",
        ),
        Code::NoSuchCommunity => ("没有这个社区。", "There is no such community."),
        Code::VersionConflict => ("内容已被他人更改,请刷新后重试。", "It was changed meanwhile: look again."),
        Code::CalledOff => ("活动已取消。", "It was called off."),
        Code::SeatsTaken => {
            ("已有人兑换,价格、时间和退回规则不能再改。", "Seats are taken: price, times and returns stay as they are.")
        }
        Code::BelowTaken => ("名额不能少于已兑换的数量。", "More seats are taken than there would be."),
    }
}
