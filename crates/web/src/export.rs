//! What is kept about a person, to download by a link that is worth something for a day.

use app::{App, privacy::PersonalData};
use poem::{
    Endpoint, Request, Response,
    http::{Method, StatusCode, header},
};
use serde_json::{Map, Value, json};

use crate::csv_row;

/// `GET /exports/TOKEN.json` and `.csv`. Whoever has the link has the data: it comes to its owner alone, once.
pub(crate) struct ExportPage {
    app: App,
}

impl ExportPage {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn answer(&self, request: &Request) -> Response {
        // Only GET counts as a download: what looks at links before people do must not use them up.
        if *request.method() != Method::GET {
            return private(StatusCode::METHOD_NOT_ALLOWED, TEXT).header(header::ALLOW, "GET").body("A link to read.");
        }
        let file = request.raw_path_param("file").unwrap_or_default();
        let (token, is_csv) = match (file.strip_suffix(".csv"), file.strip_suffix(".json")) {
            (Some(token), _) => (token, true),
            (None, Some(token)) => (token, false),
            (None, None) => return not_there(),
        };
        match self.app.download_data_export(token).await {
            Ok(Some(data)) if is_csv => attachment("text/csv; charset=utf-8; header=present", "csv", csv(&data)),
            Ok(Some(data)) => attachment("application/json; charset=utf-8", "json", json_text(&data)),
            Ok(None) => not_there(),
            Err(fault) => {
                tracing::error!("A data export failed: {}", fault.chain());
                private(StatusCode::SERVICE_UNAVAILABLE, TEXT).body("Try again.")
            }
        }
    }
}

impl Endpoint for ExportPage {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        Ok(self.answer(&request).await)
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

fn not_there() -> Response {
    private(StatusCode::NOT_FOUND, TEXT).body("There is no such download, or its time is over. Ask for another.")
}

/// Nobody on the way keeps it, lists it, or passes its address on.
fn private(status: StatusCode, content_type: &str) -> poem::ResponseBuilder {
    Response::builder()
        .status(status)
        .content_type(content_type)
        .header(header::CACHE_CONTROL, "no-store")
        .header("x-robots-tag", "noindex")
        .header("referrer-policy", "no-referrer")
        .header("x-content-type-options", "nosniff")
        .header("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
}

fn attachment(content_type: &str, ending: &str, body: String) -> Response {
    private(StatusCode::OK, content_type)
        .header(header::CONTENT_DISPOSITION, format!("attachment; filename=\"my-data.{ending}\""))
        .body(body)
}

/// A list of objects per kind of fact; null where nothing is known.
fn json_text(data: &PersonalData) -> String {
    let mut all = Map::new();
    all.insert("made_at".to_owned(), json!(data.made_at.to_rfc3339()));
    all.insert("is_complete".to_owned(), json!(data.is_complete));
    for section in &data.sections {
        let object = |row: &Vec<String>| {
            let fields =
                section.columns.iter().zip(row).map(|(column, text)| {
                    ((*column).to_owned(), if text.is_empty() { Value::Null } else { json!(text) })
                });
            Value::Object(fields.collect())
        };
        all.insert(section.name.to_owned(), section.rows.iter().map(object).collect());
    }
    format!("{:#}\n", Value::Object(all))
}

/// One fact a row, since kinds of facts have different columns: which kind, the how-manieth of it, which column, what.
fn csv(data: &PersonalData) -> String {
    let mut text = csv_row(&["section", "row", "field", "value"]);
    text.push_str(&csv_row(&["export", "1", "made_at", &data.made_at.to_rfc3339()]));
    text.push_str(&csv_row(&["export", "1", "is_complete", if data.is_complete { "true" } else { "false" }]));
    for section in &data.sections {
        for (number, row) in (1..).zip(&section.rows) {
            for (column, value) in section.columns.iter().zip(row) {
                text.push_str(&csv_row(&[section.name, &i32::to_string(&number), column, value]));
            }
        }
    }
    text
}
