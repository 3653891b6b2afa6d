use async_graphql::{Context, Enum, InputObject, Object, SimpleObject};
use kernel::{Locale, PhoneNumber};

use super::contacts::Contacts;
use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
    user_error::{input_field, user_error},
};

#[derive(Default)]
pub(in crate::schema) struct SetPhoneMutation;

/// A phone number, or none.
#[derive(InputObject)]
struct SetPhoneInput {
    /// As people type it: full-width digits, spaces and `+86`, `0086` or no prefix are all one number. Null removes it.
    phone: Option<String>,
}

/// What became of setting a phone number.
#[derive(SimpleObject, Default)]
struct SetPhonePayload {
    /// Your contacts now; null when refused.
    contacts: Option<Contacts>,
    /// What was refused.
    user_errors: Vec<SetPhoneUserError>,
}

user_error! {
    /// Why the number stays as it was.
    SetPhoneUserError(SetPhoneErrorCode)
}

/// The refusals of `setPhone`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SetPhoneErrorCode {
    /// The text is no mobile number of mainland China.
    BadPhone,
}

#[Object]
impl SetPhoneMutation {
    /// Keeps your mobile number, or removes it. Only you see it whole.
    async fn set_phone(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which number.")] input: SetPhoneInput,
    ) -> Nullable<SetPhonePayload> {
        nullable(async {
            let session = session(ctx);
            let principal = session.signed_in()?;
            let Ok(phone) = input.phone.as_deref().map(str::parse::<PhoneNumber>).transpose() else {
                return Ok(Some(SetPhonePayload::refused(SetPhoneErrorCode::BadPhone, session.locale())));
            };
            let contacts = app(ctx).set_phone(principal, phone.as_ref()).await?;
            Ok(Some(SetPhonePayload { contacts: Some(contacts.into()), user_errors: Vec::new() }))
        })
        .await
    }
}

impl SetPhonePayload {
    fn refused(code: SetPhoneErrorCode, locale: Locale) -> Self {
        let (zh, en, field) = match code {
            SetPhoneErrorCode::BadPhone => {
                ("这不是有效的手机号。", "This is not a mobile number.", input_field("phone"))
            }
        };
        let message = locale.choose(zh, en);
        let error = SetPhoneUserError { code, message: message.to_owned(), field, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
