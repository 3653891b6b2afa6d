use ::accounts::NothingToCancel;
use async_graphql::{Context, Enum, Object, SimpleObject};
use kernel::Locale;

use super::erasure::Erasure;
use crate::schema::user_error::user_error;
use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct CancelErasureMutation;

/// What became of changing your mind.
#[derive(SimpleObject, Default)]
struct CancelErasurePayload {
    /// The erasure, cancelled now; null when refused.
    erasure: Option<Erasure>,
    /// What was refused.
    user_errors: Vec<CancelErasureUserError>,
}

user_error! {
    /// Why nothing was cancelled.
    CancelErasureUserError(CancelErasureErrorCode)
}

/// The refusals of `cancelErasure`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum CancelErasureErrorCode {
    /// No erasure is under way that could still be cancelled.
    NothingToCancel,
}

#[Object]
impl CancelErasureMutation {
    /// Takes your wish to be forgotten back, until `blocksAt`.
    async fn cancel_erasure(&self, ctx: &Context<'_>) -> Nullable<CancelErasurePayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            Ok(Some(match app(ctx).cancel_erasure(principal).await? {
                Ok(erasure) => CancelErasurePayload { erasure: Some(erasure.into()), user_errors: Vec::new() },
                Err(NothingToCancel) => CancelErasurePayload::refused(CancelErasureErrorCode::NothingToCancel, locale),
            }))
        })
        .await
    }
}

impl CancelErasurePayload {
    fn refused(code: CancelErasureErrorCode, locale: Locale) -> Self {
        let (zh, en) = match code {
            CancelErasureErrorCode::NothingToCancel => {
                ("没有可以取消的注销申请。", "There is no erasure that could still be cancelled.")
            }
        };
        let message = locale.choose(zh, en);
        let error = CancelErasureUserError { code, message: message.to_owned(), field: None, retryable: false };
        Self { user_errors: vec![error], ..Self::default() }
    }
}
