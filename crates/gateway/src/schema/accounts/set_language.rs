use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::Locale;

use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct SetLanguageMutation;

/// Which language.
#[derive(InputObject)]
struct SetLanguageInput {
    /// The language of mails to you from now on, by its tag: `zh-CN` or `en`, or a region of either.
    language: String,
}

/// What became of choosing a language.
#[derive(SimpleObject, Default)]
struct SetLanguagePayload {
    /// The language of mails to you now, `zh-CN` or `en`; null when refused.
    language: Option<String>,
    /// What was refused.
    user_errors: Vec<SetLanguageUserError>,
}

user_error! {
    /// Why the language stays as it was.
    SetLanguageUserError(SetLanguageErrorCode)
}

/// The refusals of `setLanguage`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SetLanguageErrorCode {
    /// Hearth does not write in this language.
    UnknownLanguage,
}

#[Object]
impl SetLanguageMutation {
    /// Keeps in which language you read mails. Until you say so it is that of your first sign-in (`Accept-Language`). Answers of this
    /// interface are in the language each request asks for.
    async fn set_language(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which language.")] input: SetLanguageInput,
    ) -> Nullable<SetLanguagePayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let Some(language) = Locale::from_tag(&input.language) else {
                return Ok(Some(SetLanguagePayload::unknown(session.locale())));
            };
            app(ctx).set_language(principal, language).await?;
            Ok(Some(SetLanguagePayload { language: Some(language.tag().to_owned()), user_errors: Vec::new() }))
        })
        .await
    }
}

impl SetLanguagePayload {
    fn unknown(locale: Locale) -> Self {
        let message = locale.choose("邮件只有中文和英文。", "Mails come in Chinese and in English.").to_owned();
        let (code, field) = (SetLanguageErrorCode::UnknownLanguage, input_field("language"));
        let error = SetLanguageUserError { code, message, field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
