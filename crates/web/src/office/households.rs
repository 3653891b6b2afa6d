use accounts::{Contact, HouseholdShown, StaffRole};
use app::{
    accounts::{HouseholdSearch, HouseholdViewed},
    ledger::ViewAccountRefusal,
};
use askama::Template;
use kernel::{Id, Label, kinds};
use ledger::{Contributor, Lot, NEVER, UNSCHEDULED};

use super::{
    Answer, Away, Desk, Frame, Reply,
    chart::Chart,
    desk::{render, show},
    listing::Around,
    postings::Line,
};

/// How many of its newest postings the story of a household shows.
const NEWEST: usize = 20;

/// Where a household is looked for.
#[derive(Template)]
#[template(path = "office/households.html")]
struct SearchPage {
    frame: Frame,
    typed: String,
    reason: String,
    needs_reason: bool,
    found: Option<Vec<HouseholdShown>>,
    problem: Option<String>,
}

/// A household's story.
#[derive(Template)]
#[template(path = "office/household.html")]
struct HouseholdPage {
    frame: Frame,
    viewed: HouseholdViewed,
    lines: Vec<Line>,
    chart: String,
}

/// Where somebody says why they look.
#[derive(Template)]
#[template(path = "office/why.html")]
struct WhyPage {
    frame: Frame,
    problem: bool,
}

/// A household's postings, page by page.
#[derive(Template)]
#[template(path = "office/statement.html")]
struct StatementPage {
    frame: Frame,
    household: Id<kinds::Household>,
    lines: Vec<Line>,
    around: Around,
}

/// `GET /office/households`.
pub(super) async fn ask(desk: Desk) -> Answer {
    // Who may look at no account looks for none.
    if !desk.principal.roles.has_any(&[StaffRole::Support, StaffRole::Finance, StaffRole::Auditor]) {
        return Err(Away::NotAllowed);
    }
    show(&search_page(&desk, None, None))
}

/// `POST /office/households`: by post, since what is looked for may be somebody's name, which belongs in no address.
pub(super) async fn search(desk: Desk) -> Answer {
    let reason = match optional_reason(&desk) {
        Ok(reason) => reason,
        Err(problem) => return Ok(Reply::NotTaken(render(&search_page(&desk, None, Some(problem))))),
    };
    let Some(search) = searched(desk.form.text("q")) else {
        let problem = desk.t("请输入要找的内容。", "Type what you know of it.").to_owned();
        return Ok(Reply::NotTaken(render(&search_page(&desk, None, Some(problem)))));
    };
    match desk.app.search_households(&desk.principal, &search, reason.as_ref()).await? {
        Ok(found) => show(&search_page(&desk, Some(found), None)),
        Err(ViewAccountRefusal::NotAllowed(refusal)) => Err(refusal.into()),
        Err(ViewAccountRefusal::ReasonMissing) => {
            let problem = desk.t("请写明原因。", "Say why you look.").to_owned();
            Ok(Reply::NotTaken(render(&search_page(&desk, None, Some(problem)))))
        }
    }
}

fn search_page(desk: &Desk, found: Option<Vec<HouseholdShown>>, problem: Option<String>) -> SearchPage {
    SearchPage {
        typed: desk.form.text("q").to_owned(),
        reason: desk.form.text("reason").to_owned(),
        needs_reason: desk.principal.roles.has_any(&[StaffRole::Support]),
        frame: desk.frame.clone(),
        found,
        problem,
    }
}

/// What was typed, by its form: an id, a contact, a number, else what somebody is called. A number has no space and a digit in it.
fn searched(typed: &str) -> Option<HouseholdSearch> {
    if let Ok(id) = typed.parse::<Id<kinds::Household>>() {
        return Some(HouseholdSearch::Id(id));
    }
    if let Ok(contact) = typed.parse::<Contact>() {
        return Some(HouseholdSearch::Contact(contact));
    }
    match typed.parse() {
        Ok(number) if typed.bytes().any(|byte| byte.is_ascii_digit()) => Some(HouseholdSearch::Number(number)),
        Ok(_) | Err(_) => typed.parse().ok().map(HouseholdSearch::Name),
    }
}

/// `GET /office/households/ID`, and by post with the reason support gives, each time anew: the log keeps each look.
pub(super) async fn household(desk: Desk) -> Answer {
    let id = desk.id::<kinds::Household>()?;
    let Ok(reason) = optional_reason(&desk) else {
        return Ok(Reply::NotTaken(render(&WhyPage { frame: desk.frame, problem: true })));
    };
    let viewed = match desk.app.view_household(&desk.principal, id, reason.as_ref()).await? {
        Ok(viewed) => viewed.ok_or(Away::NotThere)?,
        Err(ViewAccountRefusal::NotAllowed(refusal)) => return Err(refusal.into()),
        Err(ViewAccountRefusal::ReasonMissing) => return show(&WhyPage { frame: desk.frame, problem: false }),
    };
    let page = desk.page(|text| text.parse().ok())?;
    let list = desk.app.view_statement(&desk.principal, viewed.household.household, page).await??;
    let lines = list.items.iter().take(NEWEST).map(|posting| Line::of(&desk.frame, posting)).collect();
    let chart = render(&balance_over_time(&desk.frame, &viewed));
    show(&HouseholdPage { frame: desk.frame, viewed, lines, chart })
}

/// `GET /office/households/ID/statement`.
pub(super) async fn statement(desk: Desk) -> Answer {
    let household = desk.id::<kinds::Household>()?;
    let page = desk.page(|text| text.parse::<i64>().ok())?;
    let list = desk.app.view_statement(&desk.principal, household, page).await??;
    let path = format!("/office/households/{household}/statement");
    let around = Around::of(&path, &[], &page, &list, |posting| posting.no.to_string());
    let lines = list.items.iter().map(|posting| Line::of(&desk.frame, posting)).collect();
    show(&StatementPage { frame: desk.frame, household, lines, around })
}

fn optional_reason(desk: &Desk) -> Result<Option<Label>, String> {
    desk.form
        .optional::<Label>("reason")
        .map_err(|_| desk.t("原因要有 1 到 120 个字。", "The reason has 1 to 120 characters.").to_owned())
}

fn balance_over_time(frame: &Frame, viewed: &HouseholdViewed) -> Chart {
    let moments = viewed.months.iter().map(|(month, _)| month.to_string()).collect();
    let balances = viewed.months.iter().map(|(_, mark)| mark.balance.get()).collect();
    let lines = vec![(frame.t("余额", "Balance").to_owned(), balances)];
    let title = frame.t("每月末的积分余额", "Points at the end of each month");
    Chart::new(frame, title, frame.t("月份", "Month"), moments, lines)
}

impl HouseholdPage {
    /// When a lot can be spent and until when.
    fn days(&self, lot: &Lot) -> String {
        let first = if lot.key.available_from == UNSCHEDULED {
            self.frame.t("提货后", "after the pick-up").to_owned()
        } else {
            lot.key.available_from.to_string()
        };
        let last = if lot.key.expires_on == NEVER {
            self.frame.t("永久", "for ever").to_owned()
        } else {
            lot.key.expires_on.to_string()
        };
        format!("{first} – {last}")
    }

    fn from(&self, lot: &Lot) -> String {
        match lot.key.contributor {
            Contributor::Household => self.frame.t("全家", "the household").to_owned(),
            Contributor::Person(person) => {
                let known = self.viewed.members.iter().find(|member| member.person == person);
                let name = known.and_then(|member| member.name.clone());
                name.unwrap_or_else(|| self.frame.t("一位成员", "a member").to_owned())
            }
        }
    }

    fn role(&self, role: &accounts::Role) -> &'static str {
        match role {
            accounts::Role::Owner => self.frame.t("户主", "owner"),
            accounts::Role::Adult => self.frame.t("成人", "adult"),
            accounts::Role::Senior => self.frame.t("长辈", "senior"),
            accounts::Role::Child => self.frame.t("未成年", "child"),
        }
    }
}
