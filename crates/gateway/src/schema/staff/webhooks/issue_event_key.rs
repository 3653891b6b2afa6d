use app::webhooks::{Decider, EventKeyRefusal};
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use kernel::Locale;

use crate::schema::user_error::user_error;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct IssueEventKeyMutation;

/// What became of it.
#[derive(SimpleObject, Default)]
struct IssueEventKeyPayload {
    /// The id of the key; null when refused.
    event_key_id: Option<ID>,
    /// The key, `whsec_…`: shown this once. Null when refused.
    signing_key: Option<String>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<IssueEventKeyUserError>,
}

user_error! {
    /// Why no key was made.
    IssueEventKeyUserError(IssueEventKeyErrorCode)
}

/// The refusals of `issueEventKey`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum IssueEventKeyErrorCode {
    /// You are no admin.
    NotAllowed,
    /// Two keys are good already: revoke one first.
    TooManyEventKeys,
}

use IssueEventKeyErrorCode as Code;

#[Object]
impl IssueEventKeyMutation {
    /// For admins: makes a key the order system may sign with, beside the one in use. Two may be good at one time.
    async fn issue_event_key(&self, ctx: &Context<'_>) -> Nullable<IssueEventKeyPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(IssueEventKeyPayload::refused(code, locale)));
            match app(ctx).issue_event_key(Decider::Staff(*principal)).await? {
                Ok(issued) => Ok(Some(IssueEventKeyPayload {
                    event_key_id: Some(ids::write(issued.id)),
                    signing_key: Some(issued.key.to_text()),
                    user_errors: Vec::new(),
                })),
                Err(EventKeyRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                // Nothing is looked for by an id here.
                Err(EventKeyRefusal::TooMany | EventKeyRefusal::NoSuchKey) => refused(Code::TooManyEventKeys),
            }
        })
        .await
    }
}

impl IssueEventKeyPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en) = match code {
            Code::NotAllowed => ("只有管理员可以这样做。", "Only admins do this."),
            Code::TooManyEventKeys => {
                ("已有两个有效密钥,请先撤销一个。", "Two keys are good already; revoke one first.")
            }
        };
        let message = locale.choose(zh, en);
        let error = IssueEventKeyUserError { code, message: message.to_owned(), field: None, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
