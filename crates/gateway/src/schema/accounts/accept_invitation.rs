use ::accounts::AcceptRefusal;
use app::accounts::AcceptInvitationRefusal;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::{LocalDate, points},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct AcceptInvitationMutation;

/// Which invitation.
#[derive(InputObject)]
struct AcceptInvitationInput {
    /// The secret from the mail, 32 hexadecimal digits; blanks and dashes do no harm.
    token: String,
}

/// What became of accepting an invitation.
#[derive(SimpleObject, Default)]
struct AcceptInvitationPayload {
    /// The household you belong to now, to be asked for in the next request; null for a kin link, and when refused.
    household_id: Option<ID>,
    /// How many points came along from your own household, where nobody is left; null when refused.
    points_brought: Option<i32>,
    /// The first day on which you can join, when you left a household not long ago; null otherwise.
    possible_on: Option<LocalDate>,
    /// How many points your own household owes, when that is what stands in the way; null otherwise.
    owed: Option<i32>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<AcceptInvitationUserError>,
}

#[Object]
impl AcceptInvitationMutation {
    /// Accepts the invitation of a link, as whoever signed in by the address it was sent to. Accepting again answers the same. Somebody
    /// who lives alone brings the points of their household, lot by lot.
    async fn accept_invitation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which invitation.")] input: AcceptInvitationInput,
    ) -> Nullable<AcceptInvitationPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let refused = |code| AcceptInvitationPayload::refused(code, session.locale());
            Ok(Some(match app(ctx).accept_invitation(principal, &input.token).await? {
                Ok(accepted) => AcceptInvitationPayload {
                    household_id: accepted.joined.map(ids::write),
                    points_brought: Some(points(accepted.carried)?),
                    ..AcceptInvitationPayload::default()
                },
                Err(AcceptInvitationRefusal::NotAccepted(refusal)) => AcceptInvitationPayload {
                    possible_on: refusal.possible_on(app(ctx).settings().zone).map(LocalDate),
                    ..refused(code_of(refusal))
                },
                Err(AcceptInvitationRefusal::RightsStand) => refused(AcceptInvitationErrorCode::RightsStand),
                Err(AcceptInvitationRefusal::OwesPoints { owed }) => AcceptInvitationPayload {
                    owed: Some(points(owed)?),
                    ..refused(AcceptInvitationErrorCode::OwesPoints)
                },
                Err(AcceptInvitationRefusal::NotMoved(_)) => refused(AcceptInvitationErrorCode::PointsHeld),
            }))
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    AcceptInvitationUserError(AcceptInvitationErrorCode)
}

/// The refusals of `acceptInvitation`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AcceptInvitationErrorCode {
    /// The secret is wrong, the invitation has ended, or it was sent to another address than the one you sign in by.
    NoSuchInvitation,
    /// You belong to this household already.
    AlreadyMember,
    /// You share another household with others. Leave it first: `previewLeave` shows what that means.
    InAnotherHousehold,
    /// You left a household less than thirty days ago: `possibleOn` says from when on you can join.
    LeftTooRecently,
    /// Your own household has rights that would be lost. Use or cancel them, or have the owner invite your whole household.
    RightsStand,
    /// Your own household owes points: `owed`. They would become a debt of the household you join.
    OwesPoints,
    /// Some points of your own household are set aside for something unfinished.
    PointsHeld,
    /// You cannot be your own relative.
    OwnRelative,
    /// Your whole household is invited: see `previewMerge`, and accept by `mergeHouseholds`.
    InvitesHousehold,
}

impl AcceptInvitationPayload {
    fn refused(code: AcceptInvitationErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = match code {
            AcceptInvitationErrorCode::NoSuchInvitation => input_field("token"),
            AcceptInvitationErrorCode::AlreadyMember
            | AcceptInvitationErrorCode::InAnotherHousehold
            | AcceptInvitationErrorCode::LeftTooRecently
            | AcceptInvitationErrorCode::RightsStand
            | AcceptInvitationErrorCode::OwesPoints
            | AcceptInvitationErrorCode::PointsHeld
            | AcceptInvitationErrorCode::OwnRelative
            | AcceptInvitationErrorCode::InvitesHousehold => None,
        };
        let retryable = matches!(
            code,
            AcceptInvitationErrorCode::InAnotherHousehold
                | AcceptInvitationErrorCode::LeftTooRecently
                | AcceptInvitationErrorCode::RightsStand
                | AcceptInvitationErrorCode::OwesPoints
                | AcceptInvitationErrorCode::PointsHeld
        );
        let error = AcceptInvitationUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

const fn code_of(refusal: AcceptRefusal) -> AcceptInvitationErrorCode {
    match refusal {
        AcceptRefusal::NoSuchInvitation => AcceptInvitationErrorCode::NoSuchInvitation,
        AcceptRefusal::AlreadyMember => AcceptInvitationErrorCode::AlreadyMember,
        AcceptRefusal::InAnotherHousehold => AcceptInvitationErrorCode::InAnotherHousehold,
        AcceptRefusal::LeftTooRecently { .. } => AcceptInvitationErrorCode::LeftTooRecently,
        AcceptRefusal::OwnRelative => AcceptInvitationErrorCode::OwnRelative,
        AcceptRefusal::InvitesHousehold => AcceptInvitationErrorCode::InvitesHousehold,
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: AcceptInvitationErrorCode) -> (&'static str, &'static str) {
    match code {
        AcceptInvitationErrorCode::NoSuchInvitation => (
            "邀请无效或已结束。请用收到邀请的邮箱登录后再试。",
            "This invitation is not good any more, or not for you. Sign in by the address the mail came to.",
        ),
        AcceptInvitationErrorCode::AlreadyMember => {
            ("您已经是这个家的成员了。", "You are a member of this household already.")
        }
        AcceptInvitationErrorCode::InAnotherHousehold => (
            "您还在另一个家里。请先离开那个家,再接受邀请。",
            "You share another household with others. Leave it first, then accept.",
        ),
        AcceptInvitationErrorCode::LeftTooRecently => (
            "您不久前刚离开一个家,三十天后才能加入新的家。",
            "You left a household less than thirty days ago. Please wait a little.",
        ),
        AcceptInvitationErrorCode::RightsStand => (
            "您自己的家还有没用完的权益,请先用完,或请户主邀请两家合并。",
            "Your own household has rights that would be lost. Use them first, or have its owner invite your whole household.",
        ),
        AcceptInvitationErrorCode::OwesPoints => {
            ("您自己的家还欠积分,补上之后才能加入。", "Your own household owes points. Settle that first.")
        }
        AcceptInvitationErrorCode::PointsHeld => (
            "您自己的家有冻结中的积分,等用完或解冻后再加入。",
            "Some points of your own household are set aside. Wait until that is over.",
        ),
        AcceptInvitationErrorCode::OwnRelative => ("不能和自己结为亲属。", "You cannot be your own relative."),
        AcceptInvitationErrorCode::InvitesHousehold => (
            "这是两家合并的邀请,请先查看合并会怎样,再确认合并。",
            "This invites your whole household. Look at what merging would do, and confirm that.",
        ),
    }
}
