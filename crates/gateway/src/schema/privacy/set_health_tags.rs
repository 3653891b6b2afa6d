use app::privacy::{SetHealthTags, SetHealthTagsRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::health_tags::{HealthTag, written};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct SetHealthTagsMutation;

/// All health tags from now on.
#[derive(InputObject)]
struct SetHealthTagsInput {
    /// Which; those not named are deleted. None of them: an empty list.
    tags: Vec<HealthTag>,
    /// The child you are guardian of; omitted for yourself.
    person_id: Option<ID>,
}

/// What became of setting health tags.
#[derive(SimpleObject, Default)]
struct SetHealthTagsPayload {
    /// The tags as they are kept now; null when refused.
    tags: Option<Vec<HealthTag>>,
    /// What was refused.
    user_errors: Vec<SetHealthTagsUserError>,
}

user_error! {
    /// Why tags stay as they were.
    SetHealthTagsUserError(SetHealthTagsErrorCode)
}

/// The refusals of `setHealthTags`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SetHealthTagsErrorCode {
    /// There is no such person, or you are not the guardian of that child.
    NoSuchPerson,
    /// You are under fourteen: an adult of your household sets them for you.
    GuardianNeeded,
    /// Consent to `HEALTH_TAGS` comes first.
    ConsentNeeded,
}

#[Object]
impl SetHealthTagsMutation {
    /// Replaces your health tags, or those of a child under fourteen whose guardian you are. Needs a consent to `HEALTH_TAGS`.
    async fn set_health_tags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tags.")] input: SetHealthTagsInput,
    ) -> Nullable<SetHealthTagsPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let refused = |code| Ok(Some(SetHealthTagsPayload::refused(code, locale)));
            let person = match input.person_id.as_ref().map(ids::read).transpose()? {
                Some(None) => return refused(SetHealthTagsErrorCode::NoSuchPerson),
                named => named.flatten(),
            };
            let tags = input.tags.into_iter().map(Into::into).collect();
            match app(ctx).set_health_tags(principal, &SetHealthTags { person, tags }).await? {
                Ok(tags) => Ok(Some(SetHealthTagsPayload { tags: Some(written(tags)), user_errors: Vec::new() })),
                Err(SetHealthTagsRefusal::NoSuchPerson) => refused(SetHealthTagsErrorCode::NoSuchPerson),
                Err(SetHealthTagsRefusal::GuardianNeeded) => refused(SetHealthTagsErrorCode::GuardianNeeded),
                Err(SetHealthTagsRefusal::ConsentNeeded) => refused(SetHealthTagsErrorCode::ConsentNeeded),
            }
        })
        .await
    }
}

impl SetHealthTagsPayload {
    fn refused(code: SetHealthTagsErrorCode, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            SetHealthTagsErrorCode::NoSuchPerson => {
                ("没有这位成员。", "There is no such person.", input_field("personId"))
            }
            SetHealthTagsErrorCode::GuardianNeeded => (
                "未满十四周岁需要由家里的大人来设置。",
                "You are under fourteen: please ask an adult at home to set them for you.",
                None,
            ),
            SetHealthTagsErrorCode::ConsentNeeded => {
                ("请先同意保存健康标签。", "Please agree to keeping health tags first.", None)
            }
        };
        let message = locale.choose(zh, en);
        let error = SetHealthTagsUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
