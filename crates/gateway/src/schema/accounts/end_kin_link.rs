use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct EndKinLinkMutation;

/// With whom.
#[derive(InputObject)]
struct EndKinLinkInput {
    /// The other one, from `me { kin { person { id } } }`.
    person_id: ID,
}

/// What became of ending a kin link.
#[derive(SimpleObject, Default)]
struct EndKinLinkPayload {
    /// True when there is no link any more; null when refused.
    is_ended: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<EndKinLinkUserError>,
}

#[Object]
impl EndKinLinkMutation {
    /// Ends a kin link, from either side.
    async fn end_kin_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "With whom.")] input: EndKinLinkInput,
    ) -> Nullable<EndKinLinkPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let other = ids::read(&input.person_id)?;
            let is_ended = match other {
                Some(other) => app(ctx).end_kin_link(principal, other).await?,
                None => false,
            };
            Ok(Some(if is_ended {
                EndKinLinkPayload { is_ended: Some(true), user_errors: Vec::new() }
            } else {
                EndKinLinkPayload::refused(EndKinLinkErrorCode::NoSuchKin, session.locale())
            }))
        })
        .await
    }
}

user_error! {
    /// Why it was refused.
    EndKinLinkUserError(EndKinLinkErrorCode)
}

/// The refusals of `endKinLink`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum EndKinLinkErrorCode {
    /// You are not linked with a person of this id.
    NoSuchKin,
}

impl EndKinLinkPayload {
    fn refused(code: EndKinLinkErrorCode, locale: Locale) -> Self {
        let (zh, en) = sentences(code);
        let message = locale.choose(zh, en);
        let field = input_field("personId");
        let retryable = false;
        let error = EndKinLinkUserError { code, message: message.to_owned(), field, retryable };
        Self { user_errors: vec![error], ..Self::default() }
    }
}

/// What the person reads, in Chinese and in English.
const fn sentences(code: EndKinLinkErrorCode) -> (&'static str, &'static str) {
    match code {
        EndKinLinkErrorCode::NoSuchKin => ("您和这个人没有亲属关系。", "You are not linked with this person."),
    }
}
