use ::entitlements::CancelRefusal;
use app::entitlements::{GiveBackGrant, GiveBackRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use kernel::{Locale, Points};

use super::Grant;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::points,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct GiveBackGrantMutation;

/// Which grant, and what the member was shown.
#[derive(InputObject)]
struct GiveBackGrantInput {
    /// The grant, from `grants`.
    grant_id: ID,
    /// The grant's `returnsNow` as you showed it: another number is refused, and nobody loses points unawares.
    expected_points: i32,
}

/// What became of giving back.
#[derive(SimpleObject, Default)]
struct GiveBackGrantPayload {
    /// The grant, which stands no more; null when refused.
    grant: Option<Grant>,
    /// How many points came back; null when refused.
    returned_points: Option<i32>,
    /// How many points would come back, when that is not what you expected; null otherwise.
    returns_now: Option<i32>,
    /// What was refused. Nothing moved then.
    user_errors: Vec<GiveBackGrantUserError>,
}

user_error! {
    /// Why a grant was not given back.
    GiveBackGrantUserError(GiveBackGrantErrorCode)
}

/// The refusals of `giveBackGrant`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum GiveBackGrantErrorCode {
    /// Your household has no such grant.
    NoSuchGrant,
    /// You may spend none of the household's points.
    NotAllowed,
    /// Only seats at gatherings are given back; for other grants ask the operator.
    NotReturnable,
    /// The gathering began, or somebody came in with the seat.
    GatheringBegun,
    /// Another number of points would come back: `returnsNow`. Show it, and ask again.
    ReturnChanged,
    /// It stands no more: it was cancelled before.
    AlreadyCancelled,
    /// The household cannot hold that many points.
    WalletFull,
}

use GiveBackGrantErrorCode as Code;

#[Object]
impl GiveBackGrantMutation {
    /// Gives a seat at a gathering back. Its points return whole, in part or not at all, as the gathering says, to the lots they came from;
    /// whoever waits is offered the seat.
    async fn give_back_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which grant, and what the member was shown.")] input: GiveBackGrantInput,
    ) -> Nullable<GiveBackGrantPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let Some(grant) = ids::read(&input.grant_id)? else {
                return Ok(Some(GiveBackGrantPayload::refused(Code::NoSuchGrant, locale)));
            };
            // What cannot be a number of points is none that would come back: the refusal says which would.
            let expected = Points::new(i64::from(input.expected_points)).unwrap_or(Points::MAX);
            match app(ctx).give_back_grant(principal, &GiveBackGrant { grant, expected }).await? {
                Ok(given) => Ok(Some(GiveBackGrantPayload {
                    grant: Some(given.grant.into()),
                    returned_points: Some(points(given.returned)?),
                    ..GiveBackGrantPayload::default()
                })),
                Err(refusal) => GiveBackGrantPayload::explain(refusal, locale).map(Some),
            }
        })
        .await
    }
}

impl GiveBackGrantPayload {
    fn explain(refusal: GiveBackRefusal, locale: Locale) -> Result<Self> {
        let refused = |code| Ok(Self::refused(code, locale));
        match refusal {
            GiveBackRefusal::NoSuchGrant => refused(Code::NoSuchGrant),
            GiveBackRefusal::NotAllowed => refused(Code::NotAllowed),
            GiveBackRefusal::NotReturnable => refused(Code::NotReturnable),
            GiveBackRefusal::Begun { .. } => refused(Code::GatheringBegun),
            GiveBackRefusal::ReturnChanged { returns } => {
                Ok(Self { returns_now: Some(points(returns)?), ..Self::refused(Code::ReturnChanged, locale) })
            }
            GiveBackRefusal::NotCancelled(CancelRefusal::AlreadyCancelled { .. }) => refused(Code::AlreadyCancelled),
            GiveBackRefusal::NotCancelled(CancelRefusal::Used { .. }) => refused(Code::GatheringBegun),
            GiveBackRefusal::NotRestored(_) => refused(Code::WalletFull),
        }
    }

    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NoSuchGrant => ("您家没有这项权益凭证。", "Your household has no such grant.", Some("grantId")),
            Code::NotAllowed => ("您不能使用家庭积分。", "You may spend none of the household's points.", None),
            Code::NotReturnable => (
                "这项权益不能自行退回,请联系客服。",
                "This perk cannot be given back. Please ask the operator.",
                Some("grantId"),
            ),
            Code::GatheringBegun => ("活动已经开始,不能退回。", "The gathering has begun.", Some("grantId")),
            Code::ReturnChanged => (
                "可退的积分和刚才不同,请确认后再退。",
                "Another number of points would come back. Please look again.",
                Some("expectedPoints"),
            ),
            Code::AlreadyCancelled => ("已经退过了。", "It was given back before.", Some("grantId")),
            Code::WalletFull => ("您家的积分已达上限。", "Your household cannot hold that many points.", None),
        };
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let retryable = code == Code::WalletFull;
        let error = GiveBackGrantUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
