use app::communities::{EndLeader, EndLeaderRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::{Label, Locale};

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct EndLeaderMutation;

/// Who shall lead which community no more.
#[derive(InputObject)]
struct EndLeaderInput {
    /// The community, from `communities`.
    community_id: ID,
    /// Who leads it.
    person_id: ID,
    /// Why, in at most 120 characters. It stays in the audit log for ever: name nobody in it.
    reason: String,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct EndLeaderPayload {
    /// What was refused. Nothing changed then.
    user_errors: Vec<EndLeaderUserError>,
}

user_error! {
    /// Why nothing changed.
    EndLeaderUserError(EndLeaderErrorCode)
}

/// The refusals of `endLeader`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum EndLeaderErrorCode {
    /// None of your roles allows this.
    NotAllowed,
    /// The reason is empty, longer than 120 characters, or holds characters that cannot be seen.
    BadReason,
    /// This person does not lead this community.
    NotLeading,
}

use EndLeaderErrorCode as Code;

#[Object]
impl EndLeaderMutation {
    /// For admins: ends that a person leads a community. From then on they see nothing of it.
    async fn end_leader(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which community, who, and why.")] input: EndLeaderInput,
    ) -> Nullable<EndLeaderPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(EndLeaderPayload::refused(code, locale)));
            let Ok(reason) = input.reason.parse::<Label>() else { return refused(Code::BadReason) };
            let (Some(community), Some(person)) = (ids::read(&input.community_id)?, ids::read(&input.person_id)?)
            else {
                return refused(Code::NotLeading);
            };
            match app(ctx).end_leader(principal, &EndLeader { community, person, reason }).await? {
                Ok(()) => Ok(Some(EndLeaderPayload::default())),
                Err(EndLeaderRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                Err(EndLeaderRefusal::NotLeading) => refused(Code::NotLeading),
            }
        })
        .await
    }
}

impl EndLeaderPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = sentences(code);
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = EndLeaderUserError { code, message: message.to_owned(), field, retryable: false };
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
        Code::NotLeading => ("此人不是这个小区的团长。", "This person does not lead this community.", Some("personId")),
    }
}
