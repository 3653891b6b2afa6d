use app::accounts::{ChangeVersion, RemoveMember, RemoveMemberRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{IdempotencyKey, Locale};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    scalars::points,
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct RemoveMemberMutation;

/// Whom, by which preview, and which act.
#[derive(InputObject)]
struct RemoveMemberInput {
    /// The member, from `household { members { person { id } } }`.
    person_id: ID,
    /// The `version` of `previewRemoval`.
    version: String,
    /// Your own text for this very act, 16 to 64 visible ASCII characters. Sent again with the same input it answers again.
    idempotency_key: String,
}

/// What became of removing a member.
#[derive(SimpleObject, Default)]
struct RemoveMemberPayload {
    /// How many points moved to the household they have of their own; null when refused.
    points_moved: Option<i32>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<RemoveMemberUserError>,
}

user_error! {
    /// Why nobody was removed.
    RemoveMemberUserError(RemoveMemberErrorCode)
}

/// The refusals of `removeMember`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RemoveMemberErrorCode {
    /// The key is not 16 to 64 visible ASCII characters.
    BadIdempotencyKey,
    /// The key was used with other input.
    IdempotencyKeyReused,
    /// You own no household: only the owner decides.
    NotOwner,
    /// Nobody of this id belongs to your household.
    NoSuchMember,
    /// You own the household: offer it to another, and leave once it is accepted.
    Yourself,
    /// A child is not removed.
    ChildStays,
    /// They came with a household that merged with yours less than seven days ago, and may still part again. They may leave.
    CameByMerge,
    /// The household changed since the preview. Look again, and decide again.
    Stale,
}

use RemoveMemberErrorCode as Code;

#[Object]
impl RemoveMemberMutation {
    /// Removes a member from your household exactly as `previewRemoval` said: they have a household of their own then, with the free points
    /// they brought, as if they had left. Only the owner may.
    async fn remove_member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, by which preview, and which act.")] input: RemoveMemberInput,
    ) -> Nullable<RemoveMemberPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let refused = |code| Ok(Some(RemoveMemberPayload::refused(code, session.locale())));
            let Ok(idempotency_key) = input.idempotency_key.parse::<IdempotencyKey>() else {
                return refused(Code::BadIdempotencyKey);
            };
            let Some(person) = ids::read(&input.person_id)? else { return refused(Code::NoSuchMember) };
            let remove = RemoveMember { person, version: ChangeVersion::told(&input.version), idempotency_key };
            match app(ctx).remove_member(principal, &remove).await? {
                Ok(removed) => {
                    if removed.is_replay {
                        session.note_replay();
                    }
                    let points_moved = Some(points(removed.moved)?);
                    Ok(Some(RemoveMemberPayload { points_moved, user_errors: Vec::new() }))
                }
                Err(RemoveMemberRefusal::NotOwner) => refused(Code::NotOwner),
                Err(RemoveMemberRefusal::NoSuchMember) => refused(Code::NoSuchMember),
                Err(RemoveMemberRefusal::Yourself) => refused(Code::Yourself),
                Err(RemoveMemberRefusal::ChildStays) => refused(Code::ChildStays),
                Err(RemoveMemberRefusal::CameByMerge) => refused(Code::CameByMerge),
                Err(RemoveMemberRefusal::Stale) => refused(Code::Stale),
                Err(RemoveMemberRefusal::IdempotencyKeyReused) => refused(Code::IdempotencyKeyReused),
            }
        })
        .await
    }
}

impl RemoveMemberPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = explained(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = RemoveMemberUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads in Chinese and in English, and the field at fault.
const fn explained(code: Code) -> (&'static str, &'static str, Option<&'static str>) {
    match code {
        Code::BadIdempotencyKey => (
            "请求编号格式不对,请重试。",
            "The idempotency key must be 16 to 64 visible ASCII characters.",
            Some("idempotencyKey"),
        ),
        Code::IdempotencyKeyReused => (
            "这个请求编号已用于另一次操作。",
            "This idempotency key was used for something else.",
            Some("idempotencyKey"),
        ),
        Code::NotOwner => ("只有户主可以移出成员。", "Only the owner of a household removes a member.", None),
        Code::NoSuchMember => ("您家没有这位成员。", "Nobody of your household has this id.", Some("personId")),
        Code::Yourself => (
            "您是户主,请先转让户主身份再离开。",
            "You own this household. Hand it over, and leave once it is accepted.",
            Some("personId"),
        ),
        Code::ChildStays => ("未成年成员不能被移出。", "A child is not removed.", Some("personId")),
        Code::CameByMerge => (
            "这位成员随合并的家庭加入还不到七天,期间合并可以撤销,不能移出。",
            "They came with a household that may part again within seven days of merging, and cannot be removed before.",
            Some("personId"),
        ),
        Code::Stale => ("情况已有变化,请重新查看。", "The household changed meanwhile: look again.", Some("version")),
    }
}
