use app::privacy::{ReadHealthTags, ReadHealthTagsRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{Label, Locale};

use super::health_tags::{HealthTag, written};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct ReadHealthTagsMutation;

/// Whose health tags must be known, and why.
#[derive(InputObject)]
struct ReadHealthTagsInput {
    /// The household the member belongs to.
    household_id: ID,
    /// The member.
    person_id: ID,
    /// Why, in at most 120 characters. It stays in the audit log for ever: name nobody in it.
    reason: String,
}

/// What was shown.
#[derive(SimpleObject, Default)]
struct ReadHealthTagsPayload {
    /// The tags; null when refused.
    tags: Option<Vec<HealthTag>>,
    /// What was refused.
    user_errors: Vec<ReadHealthTagsUserError>,
}

user_error! {
    /// Why nothing is shown.
    ReadHealthTagsUserError(ReadHealthTagsErrorCode)
}

/// The refusals of `readHealthTags`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ReadHealthTagsErrorCode {
    /// None of your roles allows this.
    NotAllowed,
    /// The reason is empty, longer than 120 characters, or holds characters that cannot be seen.
    BadReason,
    /// There is no such household, or nobody of that id in it.
    NoSuchMember,
}

#[Object]
impl ReadHealthTagsMutation {
    /// For support: a member's health tags. A mutation, because each read is written down with its reason.
    async fn read_health_tags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and why.")] input: ReadHealthTagsInput,
    ) -> Nullable<ReadHealthTagsPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(ReadHealthTagsPayload::refused(code, locale)));
            let Ok(reason) = input.reason.parse::<Label>() else {
                return refused(ReadHealthTagsErrorCode::BadReason);
            };
            let (Some(household), Some(person)) = (ids::read(&input.household_id)?, ids::read(&input.person_id)?)
            else {
                return refused(ReadHealthTagsErrorCode::NoSuchMember);
            };
            let command = ReadHealthTags { household, person, reason };
            match app(ctx).read_health_tags(principal, &command).await? {
                Ok(tags) => Ok(Some(ReadHealthTagsPayload { tags: Some(written(tags)), user_errors: Vec::new() })),
                Err(ReadHealthTagsRefusal::NotAllowed(_)) => refused(ReadHealthTagsErrorCode::NotAllowed),
                Err(ReadHealthTagsRefusal::NoSuchMember) => refused(ReadHealthTagsErrorCode::NoSuchMember),
            }
        })
        .await
    }
}

impl ReadHealthTagsPayload {
    fn refused(code: ReadHealthTagsErrorCode, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            ReadHealthTagsErrorCode::NotAllowed => {
                ("您的角色无权进行此操作。", "None of your roles allows this.", None)
            }
            ReadHealthTagsErrorCode::BadReason => (
                "请填写原因(不超过 120 字)。",
                "Please give a reason of at most 120 characters.",
                input_field("reason"),
            ),
            ReadHealthTagsErrorCode::NoSuchMember => {
                ("该家庭户没有这位成员。", "There is no such member of that household.", input_field("personId"))
            }
        };
        let message = locale.choose(zh, en);
        let error = ReadHealthTagsUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
