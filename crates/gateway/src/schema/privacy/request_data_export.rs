use ::accounts::TooManyExports;
use async_graphql::{Context, Enum, Object, SimpleObject};
use kernel::Locale;

use crate::schema::user_error::user_error;
use crate::schema::{
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct RequestDataExportMutation;

/// Links by which you download what is kept about you. Whoever has one has your data: show it to nobody.
#[derive(SimpleObject)]
struct DataExport {
    /// Where the JSON file is, on this server.
    json_path: String,
    /// Where the CSV file is, on this server.
    csv_path: String,
    /// From then on both are worth nothing.
    expires_at: Instant,
    /// How often they work, together.
    downloads: i32,
}

/// What became of asking.
#[derive(SimpleObject, Default)]
struct RequestDataExportPayload {
    /// The links, shown this once; null when refused.
    data_export: Option<DataExport>,
    /// What was refused.
    user_errors: Vec<RequestDataExportUserError>,
}

user_error! {
    /// Why no link was made.
    RequestDataExportUserError(RequestDataExportErrorCode)
}

/// The refusals of `requestDataExport`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum RequestDataExportErrorCode {
    /// Three links within a day are all there are.
    TooManyExports,
}

#[Object]
impl RequestDataExportMutation {
    /// Makes links by which you download everything kept about you: profile, memberships, kin, consents, health tags, sessions, orders
    /// you placed, statement lines and grants of yours. The files are put together when downloaded; no copy is kept.
    async fn request_data_export(&self, ctx: &Context<'_>) -> Nullable<RequestDataExportPayload> {
        nullable(async {
            let session = session(ctx);
            let (principal, locale) = (session.signed_in()?, session.locale());
            let Ok(requested) = app(ctx).request_data_export(principal).await? else {
                return Ok(Some(RequestDataExportPayload::refused(TooManyExports, locale)));
            };
            let token = requested.token.to_text();
            let data_export = DataExport {
                json_path: format!("/exports/{token}.json"),
                csv_path: format!("/exports/{token}.csv"),
                expires_at: Instant(requested.export.expires_at),
                downloads: i32::from(requested.export.downloads_left),
            };
            Ok(Some(RequestDataExportPayload { data_export: Some(data_export), user_errors: Vec::new() }))
        })
        .await
    }
}

impl RequestDataExportPayload {
    fn refused(_: TooManyExports, locale: Locale) -> Self {
        let message = match locale {
            Locale::ZhCn => "24 小时内最多导出三次,请稍后再试。",
            Locale::En => "At most three exports in 24 hours. Please try again later.",
        };
        let code = RequestDataExportErrorCode::TooManyExports;
        let error = RequestDataExportUserError { code, message: message.to_owned(), field: None, retryable: true };
        Self { data_export: None, user_errors: vec![error] }
    }
}
