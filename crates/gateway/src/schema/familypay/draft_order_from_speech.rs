use ::familypay::understand::UnderstandRefusal;
use app::familypay::DraftOrderRefusal;
use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::Locale;

use super::spoken_draft::SpokenDraft;
use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct DraftOrderFromSpeechMutation;

/// What was said.
#[derive(InputObject)]
struct DraftOrderFromSpeechInput {
    /// What a speech recogniser wrote of it, in Chinese, such as 两斤橘子,一板鸡蛋. At most 500 characters.
    transcript: String,
}

/// What became of a transcript.
#[derive(SimpleObject, Default)]
struct DraftOrderFromSpeechPayload {
    /// What was understood; null when refused.
    draft: Option<SpokenDraft>,
    /// What was refused.
    user_errors: Vec<DraftOrderFromSpeechUserError>,
}

user_error! {
    /// Why there is no draft.
    DraftOrderFromSpeechUserError(DraftOrderFromSpeechErrorCode)
}

/// The refusals of `draftOrderFromSpeech`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum DraftOrderFromSpeechErrorCode {
    /// You belong to no household.
    NoHousehold,
    /// The transcript is longer than anybody orders: 500 characters.
    TranscriptTooLong,
}

#[Object]
impl DraftOrderFromSpeechMutation {
    /// Understands a spoken order by what is on offer now. Every line stands for certain or is asked back with at most three
    /// choices, never guessed. Nothing is kept and nothing is ordered.
    async fn draft_order_from_speech(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was said.")] input: DraftOrderFromSpeechInput,
    ) -> Nullable<DraftOrderFromSpeechPayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let locale = session.locale();
            let payload = match app(ctx).draft_order_from_speech(principal, &input.transcript).await? {
                Ok(draft) => DraftOrderFromSpeechPayload {
                    draft: Some(SpokenDraft::new(&draft, locale)),
                    user_errors: Vec::new(),
                },
                Err(refusal) => DraftOrderFromSpeechPayload::refused(refusal, locale),
            };
            Ok(Some(payload))
        })
        .await
    }
}

impl DraftOrderFromSpeechPayload {
    fn refused(refusal: DraftOrderRefusal, locale: Locale) -> Self {
        let (code, zh, en, field) = match refusal {
            DraftOrderRefusal::NoHousehold => (
                DraftOrderFromSpeechErrorCode::NoHousehold,
                "您还没有加入家庭户。",
                "You do not belong to a household yet.",
                None,
            ),
            DraftOrderRefusal::NotUnderstood(UnderstandRefusal::TooLong) => (
                DraftOrderFromSpeechErrorCode::TranscriptTooLong,
                "这段话太长了,请分几次说。",
                "That was too long. Please say it in several parts.",
                input_field("transcript"),
            ),
        };
        let message = locale.choose(zh, en);
        let error = DraftOrderFromSpeechUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
