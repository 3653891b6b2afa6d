use app::webhooks::{ChangeWebhook, ChangeWebhookRefusal, Decider, WebhookVersion};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::read_types;
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct ChangeWebhookMutation;

/// Which webhook, and what it shall hear.
#[derive(InputObject)]
struct ChangeWebhookInput {
    /// Which, from `webhooks`.
    webhook_id: ID,
    /// All the types it shall hear of; empty: all that are and will be.
    event_types: Vec<String>,
    /// The `version` of the webhook as you saw it.
    expected_version: String,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct ChangeWebhookPayload {
    /// True when it hears of these from now on; null when refused.
    is_changed: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<ChangeWebhookUserError>,
}

user_error! {
    /// Why a webhook was not changed.
    ChangeWebhookUserError(ChangeWebhookErrorCode)
}

/// The refusals of `changeWebhook`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum ChangeWebhookErrorCode {
    /// You are no admin.
    NotAllowed,
    /// There is no such webhook.
    NoSuchWebhook,
    /// The webhook is disabled, and stays so: add another.
    WebhookDisabled,
    /// One of the types is none that is published.
    BadEventTypes,
    /// The webhook is not as the version you saw: look again.
    VersionConflict,
}

use ChangeWebhookErrorCode as Code;

#[Object]
impl ChangeWebhookMutation {
    /// For admins: has a webhook hear of other events, from about a second later on. Its URL stays: another address is another webhook,
    /// with a key of its own.
    async fn change_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which webhook, and what it shall hear.")] input: ChangeWebhookInput,
    ) -> Nullable<ChangeWebhookPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(ChangeWebhookPayload::refused(code, locale)));
            let Some(webhook) = ids::read(&input.webhook_id)? else { return refused(Code::NoSuchWebhook) };
            let Some(event_types) = read_types(Some(input.event_types)) else { return refused(Code::BadEventTypes) };
            let expected = Some(WebhookVersion::named(&input.expected_version));
            let change = ChangeWebhook { webhook, event_types, expected };
            match app(ctx).change_webhook(Decider::Staff(*principal), &change).await? {
                Ok(()) => Ok(Some(ChangeWebhookPayload { is_changed: Some(true), user_errors: Vec::new() })),
                Err(ChangeWebhookRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                Err(ChangeWebhookRefusal::NoSuchWebhook) => refused(Code::NoSuchWebhook),
                Err(ChangeWebhookRefusal::Disabled) => refused(Code::WebhookDisabled),
                Err(ChangeWebhookRefusal::VersionConflict) => refused(Code::VersionConflict),
            }
        })
        .await
    }
}

impl ChangeWebhookPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NotAllowed => ("只有管理员可以这样做。", "Only admins do this.", None),
            Code::NoSuchWebhook => ("没有这个推送地址。", "There is no such webhook.", Some("webhookId")),
            Code::WebhookDisabled => ("这个推送地址已停用。", "This webhook is disabled.", None),
            Code::BadEventTypes => ("有不存在的事件类型。", "One of these is no type of event.", Some("eventTypes")),
            Code::VersionConflict => {
                ("内容已被他人更改,请刷新后重试。", "It was changed meanwhile: look again.", Some("expectedVersion"))
            }
        };
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = ChangeWebhookUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
