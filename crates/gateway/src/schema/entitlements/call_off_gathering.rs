use app::entitlements::{CallOffGathering, CallOffGatheringRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{Label, Locale};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct CallOffGatheringMutation;

/// Which gathering, as it was seen, and why.
#[derive(InputObject)]
struct CallOffGatheringInput {
    /// The perk whose grants are its seats.
    perk_id: ID,
    /// Its `version` as you saw it.
    expected_version: i32,
    /// Why, 1 to 120 characters: kept for good.
    reason: String,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct CallOffGatheringPayload {
    /// True when it is called off from now on; null when refused.
    is_called_off: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<CallOffGatheringUserError>,
}

user_error! {
    /// Why a gathering was not called off.
    CallOffGatheringUserError(CallOffGatheringErrorCode)
}

/// The refusals of `callOffGathering`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum CallOffGatheringErrorCode {
    /// None of your roles keeps perks.
    NotAllowed,
    /// There is no such gathering.
    NoSuchGathering,
    /// It was called off before, or is over.
    NotAhead,
    /// The reason is empty, too long, or holds characters that cannot be seen.
    BadReason,
    /// It is not as the version you saw: look again.
    VersionConflict,
}

use CallOffGatheringErrorCode as Code;

#[Object]
impl CallOffGatheringMutation {
    /// For the role perks: calls a gathering off. From now on no seat is taken; shortly after, all points of those that were taken are
    /// back, nobody waits any more, and each household is told once by mail.
    async fn call_off_gathering(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which gathering, as it was seen, and why.")] input: CallOffGatheringInput,
    ) -> Nullable<CallOffGatheringPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(CallOffGatheringPayload::refused(code, locale)));
            let Ok(reason) = input.reason.parse::<Label>() else { return refused(Code::BadReason) };
            let Some(perk) = ids::read(&input.perk_id)? else { return refused(Code::NoSuchGathering) };
            // No gathering has a version below one.
            let expected_version = u32::try_from(input.expected_version).unwrap_or(0);
            let call_off = CallOffGathering { perk, expected_version, reason };
            match app(ctx).call_off_gathering(principal, &call_off).await? {
                Ok(_) => Ok(Some(CallOffGatheringPayload { is_called_off: Some(true), user_errors: Vec::new() })),
                Err(CallOffGatheringRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                Err(CallOffGatheringRefusal::NoSuchGathering) => refused(Code::NoSuchGathering),
                Err(CallOffGatheringRefusal::CalledOff { .. } | CallOffGatheringRefusal::Over { .. }) => {
                    refused(Code::NotAhead)
                }
                Err(CallOffGatheringRefusal::VersionConflict) => refused(Code::VersionConflict),
            }
        })
        .await
    }
}

impl CallOffGatheringPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NotAllowed => ("您的岗位无权管理权益。", "None of your roles keeps perks.", None),
            Code::NoSuchGathering => ("没有这个活动。", "There is no such gathering.", Some("perkId")),
            Code::NotAhead => ("活动已取消或已结束。", "It was called off, or is over.", Some("perkId")),
            Code::BadReason => ("请写明原因。", "Please give a reason of 1 to 120 characters.", Some("reason")),
            Code::VersionConflict => {
                ("内容已被他人更改,请刷新后重试。", "It was changed meanwhile: look again.", Some("expectedVersion"))
            }
        };
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = CallOffGatheringUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
