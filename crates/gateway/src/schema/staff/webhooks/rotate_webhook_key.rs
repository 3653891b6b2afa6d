use app::webhooks::{ChangeWebhookRefusal, Decider, WebhookVersion};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct RotateWebhookKeyMutation;

/// Which webhook's key.
#[derive(InputObject)]
struct RotateWebhookKeyInput {
    /// Which, from `webhooks`.
    webhook_id: ID,
    /// The `version` of the webhook as you saw it.
    expected_version: String,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct RotateWebhookKeyPayload {
    /// The key, `whsec_…`: shown this once. Null when refused.
    signing_key: Option<String>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<RotateWebhookKeyUserError>,
}

user_error! {
    /// Why a key was not replaced.
    RotateWebhookKeyUserError(RotateWebhookKeyErrorCode)
}

/// The refusals of `rotateWebhookKey`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RotateWebhookKeyErrorCode {
    /// You are no admin.
    NotAllowed,
    /// There is no such webhook.
    NoSuchWebhook,
    /// The webhook is disabled, and stays so: add another.
    WebhookDisabled,
    /// The webhook is not as the version you saw: look again.
    VersionConflict,
}

use RotateWebhookKeyErrorCode as Code;

#[Object]
impl RotateWebhookKeyMutation {
    /// For admins: gives a webhook a new key. For 24 hours its messages carry the signatures of both; a key before the one that was
    /// replaced signs nothing any more, so a second press is refused by its version.
    async fn rotate_webhook_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which webhook's key.")] input: RotateWebhookKeyInput,
    ) -> Nullable<RotateWebhookKeyPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(RotateWebhookKeyPayload::refused(code, locale)));
            let Some(webhook) = ids::read(&input.webhook_id)? else { return refused(Code::NoSuchWebhook) };
            let expected = WebhookVersion::named(&input.expected_version);
            match app(ctx).rotate_webhook_key(Decider::Staff(*principal), webhook, Some(&expected)).await? {
                Ok(key) => {
                    Ok(Some(RotateWebhookKeyPayload { signing_key: Some(key.to_text()), user_errors: Vec::new() }))
                }
                Err(ChangeWebhookRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                Err(ChangeWebhookRefusal::NoSuchWebhook) => refused(Code::NoSuchWebhook),
                Err(ChangeWebhookRefusal::Disabled) => refused(Code::WebhookDisabled),
                Err(ChangeWebhookRefusal::VersionConflict) => refused(Code::VersionConflict),
            }
        })
        .await
    }
}

impl RotateWebhookKeyPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NotAllowed => ("只有管理员可以这样做。", "Only admins do this.", None),
            Code::NoSuchWebhook => ("没有这个推送地址。", "There is no such webhook.", Some("webhookId")),
            Code::WebhookDisabled => ("这个推送地址已停用。", "This webhook is disabled.", None),
            Code::VersionConflict => {
                ("内容已被他人更改,请刷新后重试。", "It was changed meanwhile: look again.", Some("expectedVersion"))
            }
        };
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = RotateWebhookKeyUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
