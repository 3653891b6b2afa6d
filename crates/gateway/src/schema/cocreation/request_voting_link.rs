use ::accounts::MAX_VOTING_LINKS_PER_HOUR;
use app::accounts::RequestVotingLinkRefusal;
use async_graphql::{Context, Enum, Object, SimpleObject};
use kernel::Locale;

use crate::schema::user_error::user_error;
use crate::schema::{
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct RequestVotingLinkMutation;

/// A link to the voting pages. Whoever opens it votes for your household: show it to nobody, open it in your own browser.
#[derive(SimpleObject)]
struct VotingLink {
    /// Where it leads, on this server.
    path: String,
    /// From then on it opens nothing.
    expires_at: Instant,
}

/// What became of asking for a link.
#[derive(SimpleObject, Default)]
struct RequestVotingLinkPayload {
    /// The link, shown this once; null when refused.
    voting_link: Option<VotingLink>,
    /// What was refused.
    user_errors: Vec<RequestVotingLinkUserError>,
}

user_error! {
    /// Why no link to the voting pages was made.
    RequestVotingLinkUserError(RequestVotingLinkErrorCode)
}

/// The refusals of `requestVotingLink`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RequestVotingLinkErrorCode {
    /// You were signed out in the meantime.
    NotSignedIn,
    /// One session makes ten links an hour, no more.
    TooManyVotingLinks,
}

use RequestVotingLinkErrorCode as Code;

#[Object]
impl RequestVotingLinkMutation {
    /// Makes a link that opens the voting pages in a browser, once and within ten minutes. That browser may then vote for two hours, and do
    /// nothing else; signing out here ends it, too.
    async fn request_voting_link(&self, ctx: &Context<'_>) -> Nullable<RequestVotingLinkPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let requested = match app(ctx).request_voting_link(principal).await? {
                Ok(requested) => requested,
                Err(refusal) => return Ok(Some(RequestVotingLinkPayload::refused(refusal, locale))),
            };
            let voting_link = VotingLink {
                path: format!("/lab/enter/{}", requested.token.to_text()),
                expires_at: Instant(requested.link.expires_at),
            };
            Ok(Some(RequestVotingLinkPayload { voting_link: Some(voting_link), user_errors: Vec::new() }))
        })
        .await
    }
}

impl RequestVotingLinkPayload {
    fn refused(refusal: RequestVotingLinkRefusal, locale: Locale) -> Self {
        let (code, zh, en) = match refusal {
            RequestVotingLinkRefusal::NotSignedIn => (
                Code::NotSignedIn,
                "登录已结束,请重新登录。".to_owned(),
                "You were signed out. Please sign in again.".to_owned(),
            ),
            RequestVotingLinkRefusal::TooManyVotingLinks(_) => (
                Code::TooManyVotingLinks,
                format!("一小时内最多打开 {MAX_VOTING_LINKS_PER_HOUR} 次投票页,请稍后再试。"),
                format!("At most {MAX_VOTING_LINKS_PER_HOUR} links in an hour. Please try again later."),
            ),
        };
        let message = locale.choose(zh, en);
        let retryable = code == Code::TooManyVotingLinks;
        Self {
            voting_link: None,
            user_errors: vec![RequestVotingLinkUserError { code, message, field: None, retryable }],
        }
    }
}
