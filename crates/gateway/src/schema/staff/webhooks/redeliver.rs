use app::webhooks::{Decider, RedeliverRefusal};
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct RedeliverMutation;

/// Which message.
#[derive(InputObject)]
struct RedeliverInput {
    /// Which, from `webhookDeliveries`.
    delivery_id: ID,
}

/// What became of it.
#[derive(SimpleObject, Default)]
struct RedeliverPayload {
    /// True when it is sent again by the background work; null when refused.
    is_due: Option<bool>,
    /// What was refused. Nothing changed then.
    user_errors: Vec<RedeliverUserError>,
}

user_error! {
    /// Why a message is not sent again.
    RedeliverUserError(RedeliverErrorCode)
}

/// The refusals of `redeliver`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RedeliverErrorCode {
    /// You are no admin.
    NotAllowed,
    /// There is no such delivery.
    NoSuchDelivery,
    /// The webhook is disabled, and stays so: add another.
    WebhookDisabled,
}

use RedeliverErrorCode as Code;

#[Object]
impl RedeliverMutation {
    /// For admins: sends a message again, whatever became of it, with all its tries before it. The message and its id are the same.
    async fn redeliver(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which message.")] input: RedeliverInput,
    ) -> Nullable<RedeliverPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.staff_signed_in()?, session.locale());
            let refused = |code| Ok(Some(RedeliverPayload::refused(code, locale)));
            let Some(delivery) = ids::read(&input.delivery_id)? else { return refused(Code::NoSuchDelivery) };
            match app(ctx).redeliver(Decider::Staff(*principal), delivery).await? {
                Ok(()) => Ok(Some(RedeliverPayload { is_due: Some(true), user_errors: Vec::new() })),
                Err(RedeliverRefusal::NotAllowed(_)) => refused(Code::NotAllowed),
                Err(RedeliverRefusal::NoSuchDelivery) => refused(Code::NoSuchDelivery),
                Err(RedeliverRefusal::Disabled) => refused(Code::WebhookDisabled),
            }
        })
        .await
    }
}

impl RedeliverPayload {
    fn refused(code: Code, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            Code::NotAllowed => ("只有管理员可以这样做。", "Only admins do this.", None),
            Code::NoSuchDelivery => ("没有这次投递。", "There is no such delivery.", Some("deliveryId")),
            Code::WebhookDisabled => ("这个推送地址已停用。", "This webhook is disabled.", None),
        };
        let message = locale.choose(zh, en);
        let field = field.and_then(input_field);
        let error = RedeliverUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
