use app::webhooks::{ChangeWebhookRefusal, Decider};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct DisableWebhookMutation;

/// Which webhook.
#[derive(InputObject)]
struct DisableWebhookInput {
    /// Which, from `webhooks`.
    webhook_id: ID,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct DisableWebhookPayload {
    /// True when it is told nothing any more; null when refused.
    is_disabled: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<DisableWebhookUserError>,
}

user_error! {
    /// Why a webhook was not disabled.
    DisableWebhookUserError(DisableWebhookErrorCode)
}

/// The refusals of `disableWebhook`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DisableWebhookErrorCode {
    /// You are no admin.
    NotAllowed,
    /// There is no such webhook.
    NoSuchWebhook,
    /// The webhook is disabled, and stays so: add another.
    WebhookDisabled,
}

use DisableWebhookErrorCode as Code;

#[Object]
impl DisableWebhookMutation {
    /// For admins: stops telling a webhook anything, for good. What was still on its way to it is parked.
    async fn disable_webhook(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which webhook.")] input: DisableWebhookInput,
    ) -> Nullable<DisableWebhookPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(DisableWebhookPayload::refused(code, locale)));
            let Some(webhook) = ids::read(&input.webhook_id)? else { return refused(Code::NoSuchWebhook) };
            match app(ctx).disable_webhook(Decider::Staff(*principal), webhook).await? {
                Ok(()) => Ok(Some(DisableWebhookPayload { is_disabled: Some(true), user_errors: Vec::new() })),
                Err(ChangeWebhookRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                Err(ChangeWebhookRefusal::NoSuchWebhook) => refused(Code::NoSuchWebhook),
                Err(ChangeWebhookRefusal::Disabled | ChangeWebhookRefusal::VersionConflict) => {
                    refused(Code::WebhookDisabled)
                }
            }
        })
        .await
    }
}

impl DisableWebhookPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NotAllowed => ("只有管理员可以这样做。", "Only admins do this.", None),
            Code::NoSuchWebhook => ("没有这个推送地址。", "There is no such webhook.", Some("webhookId")),
            Code::WebhookDisabled => ("这个推送地址已停用。", "This webhook is disabled.", None),
        };
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = DisableWebhookUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
