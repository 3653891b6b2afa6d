use app::audit::{AuditEntry, AuditFilter};
use askama::Template;
use kernel::{Actor, Id, kinds};

use super::{
    Answer, Desk, Frame, Reply,
    desk::{Download, show},
    listing::Around,
    names::Names,
};
use crate::csv_row;

/// How many lines a file holds at most: what a spreadsheet opens at once. More is for `hearth`'s own exports.
const MAX_FILE_LINES: usize = 5_000;

/// Who did what to what, when.
#[derive(Template)]
#[template(path = "office/audit.html")]
struct AuditPage {
    frame: Frame,
    household: String,
    staff: String,
    action: String,
    lines: Vec<AuditEntry>,
    names: Names,
    around: Around,
    file: String,
}

/// `GET /office/audit`.
pub(super) async fn audit(desk: Desk) -> Answer {
    let page = desk.page(|text| text.parse::<Id<kinds::Event>>().ok())?;
    let filter = filter(&desk)?;
    let list = desk.app.list_audit_lines(&desk.principal, &filter, page).await??;
    let [household, staff, action] = ["household", "staff", "action"].map(|name| desk.query.text(name).to_owned());
    let kept = [("household", household.as_str()), ("staff", staff.as_str()), ("action", action.as_str())];
    let around = Around::of("/office/audit", &kept, &page, &list, |line| line.id.to_string());
    let chosen = kept.iter().filter(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(chosen).finish();
    let names = Names::of(&desk.app, list.items.iter().filter_map(|line| line.actor.staff())).await?;
    let (file, lines) = (format!("/office/audit.csv?{query}"), list.items);
    show(&AuditPage { frame: desk.frame, household, staff, action, lines, names, around, file })
}

/// `GET /office/audit.csv`: the newest lines that meet the filter.
pub(super) async fn audit_file(desk: Desk) -> Answer {
    let filter = filter(&desk)?;
    let mut text = format!("\u{FEFF}{}", csv_row(&["acted_at", "actor", "action", "household", "subject", "detail"]));
    let (mut after, mut written) = (None, 0);
    while written < MAX_FILE_LINES {
        let page = app::Page::Forward { size: app::PageSize::new(100).expect("a hundred is a page"), after };
        let list = desk.app.list_audit_lines(&desk.principal, &filter, page).await??;
        for line in &list.items {
            let household = line.household.map_or_else(String::new, |household| household.to_string());
            let at = line.acted_at.to_rfc3339();
            text.push_str(&csv_row(&[
                &at,
                &line.actor.to_string(),
                &line.action,
                &household,
                &line.subject,
                &line.detail,
            ]));
        }
        written += list.items.len();
        after = list.items.last().map(|line| line.id);
        if !list.has_more {
            break;
        }
    }
    Ok(Reply::File(Download {
        name: "audit.csv".to_owned(),
        content_type: "text/csv; charset=utf-8; header=present",
        text,
    }))
}

fn filter(desk: &Desk) -> Result<AuditFilter, super::Away> {
    let action = Some(desk.query.text("action")).filter(|action| !action.is_empty()).map(str::to_owned);
    Ok(AuditFilter { household: desk.query.optional("household")?, staff: desk.query.optional("staff")?, action })
}

impl AuditPage {
    fn who(&self, actor: &Actor) -> String {
        self.names.actor(&self.frame, *actor)
    }
}
