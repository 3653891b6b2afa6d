use app::webhooks::{AddWebhook, AddWebhookRefusal, Decider, WebhookUrl};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::read_types;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};
use crate::webhooks::PrivateAddresses;

#[derive(Default)]
pub(in crate::schema) struct AddWebhookMutation;

/// Where messages go, and of which events.
#[derive(InputObject)]
struct AddWebhookInput {
    /// An absolute `https` URL.
    url: String,
    /// Types such as `orders.order_recorded.v1`; not given or empty: all that are and will be.
    event_types: Option<Vec<String>>,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct AddWebhookPayload {
    /// The webhook; null when refused.
    webhook_id: Option<ID>,
    /// The key its messages are signed with, `whsec_…`: shown this once. Null when refused.
    signing_key: Option<String>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<AddWebhookUserError>,
}

user_error! {
    /// Why no webhook was added.
    AddWebhookUserError(AddWebhookErrorCode)
}

/// The refusals of `addWebhook`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum AddWebhookErrorCode {
    /// You are no admin.
    NotAllowed,
    /// The URL is not an absolute `https` URL of at most 2000 characters, or names a user, a password or a fragment.
    BadUrl,
    /// The host is an address that is not public, or the URL is without encryption.
    PrivateAddress,
    /// One of the types is none that is published.
    BadEventTypes,
    /// There are twenty webhooks that are not disabled.
    TooManyWebhooks,
    /// One with this URL is there and not disabled.
    AlreadyThere,
}

use AddWebhookErrorCode as Code;

#[Object]
impl AddWebhookMutation {
    /// For admins: adds an address that is told of what happens, from about a second later on, and of nothing before. There are at most
    /// twenty.
    async fn add_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where messages go, and of which events.")] input: AddWebhookInput,
    ) -> Nullable<AddWebhookPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(AddWebhookPayload::refused(code, locale)));
            let Ok(url) = input.url.parse::<WebhookUrl>() else { return refused(Code::BadUrl) };
            if !ctx.data_unchecked::<PrivateAddresses>().allow(url.as_str()) {
                return refused(Code::PrivateAddress);
            }
            let Some(event_types) = read_types(input.event_types) else { return refused(Code::BadEventTypes) };
            match app(ctx).add_webhook(Decider::Staff(*principal), &AddWebhook { url, event_types }).await? {
                Ok(added) => Ok(Some(AddWebhookPayload {
                    webhook_id: Some(ids::write(added.webhook)),
                    signing_key: Some(added.key.to_text()),
                    user_errors: Vec::new(),
                })),
                Err(AddWebhookRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                Err(AddWebhookRefusal::TooMany) => refused(Code::TooManyWebhooks),
                Err(AddWebhookRefusal::AlreadyThere) => refused(Code::AlreadyThere),
            }
        })
        .await
    }
}

impl AddWebhookPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NotAllowed => ("只有管理员可以这样做。", "Only admins do this.", None),
            Code::BadUrl => (
                "地址必须是以 https:// 开头的完整网址。",
                "The URL must be an absolute one that begins with https://.",
                Some("url"),
            ),
            Code::PrivateAddress => (
                "不能推送到内网地址,也不能不加密。",
                "Messages go to public addresses only, and encrypted.",
                Some("url"),
            ),
            Code::BadEventTypes => ("有不存在的事件类型。", "One of these is no type of event.", Some("eventTypes")),
            Code::TooManyWebhooks => {
                ("推送地址已达上限,请先停用一个。", "There are twenty webhooks already; disable one first.", None)
            }
            Code::AlreadyThere => ("已有这个推送地址。", "There is a webhook with this URL already.", Some("url")),
        };
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = AddWebhookUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
