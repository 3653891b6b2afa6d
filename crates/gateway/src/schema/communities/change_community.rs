use app::communities::{ChangeCommunity, ChangeCommunityRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{Label, Locale};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct ChangeCommunityMutation;

/// Where a household lives.
#[derive(InputObject)]
struct ChangeCommunityInput {
    /// The household; also the id of one that went into it.
    household_id: ID,
    /// The community, from `communities`.
    community_id: ID,
    /// Why, in at most 120 characters. It stays in the audit log for ever: name nobody in it.
    reason: String,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct ChangeCommunityPayload {
    /// What was refused. Nothing changed then.
    user_errors: Vec<ChangeCommunityUserError>,
}

user_error! {
    /// Why nothing changed.
    ChangeCommunityUserError(ChangeCommunityErrorCode)
}

/// The refusals of `changeCommunity`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ChangeCommunityErrorCode {
    /// None of your roles allows this.
    NotAllowed,
    /// The reason is empty, longer than 120 characters, or holds characters that cannot be seen.
    BadReason,
    /// There is no such household.
    NoSuchHousehold,
    /// There is no such community.
    NoSuchCommunity,
}

use ChangeCommunityErrorCode as Code;

#[Object]
impl ChangeCommunityMutation {
    /// For support and admins: says in which community a household lives. From then on its leaders see it, and those of the old one do not.
    async fn change_community(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which household, where, and why.")] input: ChangeCommunityInput,
    ) -> Nullable<ChangeCommunityPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(ChangeCommunityPayload::refused(code, locale)));
            let Ok(reason) = input.reason.parse::<Label>() else { return refused(Code::BadReason) };
            let Some(household) = ids::read(&input.household_id)? else { return refused(Code::NoSuchHousehold) };
            let Some(community) = ids::read(&input.community_id)? else { return refused(Code::NoSuchCommunity) };
            match app(ctx).change_community(principal, &ChangeCommunity { household, community, reason }).await? {
                Ok(()) => Ok(Some(ChangeCommunityPayload::default())),
                Err(ChangeCommunityRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                Err(ChangeCommunityRefusal::NoSuchHousehold) => refused(Code::NoSuchHousehold),
                Err(ChangeCommunityRefusal::NoSuchCommunity) => refused(Code::NoSuchCommunity),
            }
        })
        .await
    }
}

impl ChangeCommunityPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = sentences(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = ChangeCommunityUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error] }
    }
}

/// What the person reads, in Chinese and in English, and the field at fault.
const fn sentences(code: Code) -> (&'static str, &'static str, Option<&'static str>) {
    match code {
        Code::NotAllowed => ("您的岗位无权进行此操作。", "None of your roles allows this.", None),
        Code::BadReason => {
            ("请填写原因,不超过一百二十个字。", "Please give a reason of at most 120 characters.", Some("reason"))
        }
        Code::NoSuchHousehold => ("没有这个家庭户。", "There is no such household.", Some("householdId")),
        Code::NoSuchCommunity => ("没有这个小区。", "There is no such community.", Some("communityId")),
    }
}
