use async_graphql::{Context, Enum, Object, SimpleObject};
use kernel::Locale;

use crate::schema::user_error::user_error;
use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct StaffSignOutMutation;

/// What became of signing out as staff.
#[derive(SimpleObject)]
struct StaffSignOutPayload {
    /// True when the token of this request is worth nothing any more; null when refused.
    is_signed_out: Option<bool>,
    /// What was refused.
    user_errors: Vec<StaffSignOutUserError>,
}

user_error! {
    /// Why nobody of the staff was signed out.
    StaffSignOutUserError(StaffSignOutErrorCode)
}

/// The refusals of `staffSignOut`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum StaffSignOutErrorCode {
    /// The request came without a token of the staff.
    NotSignedIn,
}

#[Object]
impl StaffSignOutMutation {
    /// Ends the session of the staff token that came with this request, at once and everywhere.
    async fn staff_sign_out(&self, ctx: &Context<'_>) -> Nullable<StaffSignOutPayload> {
        nullable(async {
            let session = session(ctx);
            let Some(principal) = session.staff() else {
                return Ok(Some(StaffSignOutPayload::not_signed_in(session.locale())));
            };
            app(ctx).staff_sign_out(principal).await?;
            Ok(Some(StaffSignOutPayload { is_signed_out: Some(true), user_errors: Vec::new() }))
        })
        .await
    }
}

impl StaffSignOutPayload {
    fn not_signed_in(locale: Locale) -> Self {
        let message = match locale {
            Locale::ZhCn => "没有工作人员登录。",
            Locale::En => "Nobody of the staff is signed in.",
        };
        let code = StaffSignOutErrorCode::NotSignedIn;
        let error = StaffSignOutUserError { code, message: message.to_owned(), field: None, retryable: false };
        Self { is_signed_out: None, user_errors: vec![error] }
    }
}
