use accounts::Role;
use app::cocreation::StudyView;
use askama::Template;
use cocreation::{Ending, PanelPlace, StudyKind, StudyState};

use super::{
    booth::{Answer, Away, Booth, Frame, Reply, show},
    words,
};

/// How many changes of a ballot a receipt lists.
const RECEIPTS: u64 = 10;

/// The votes there are.
#[derive(Template)]
#[template(path = "lab/studies.html")]
struct StudiesPage {
    frame: Frame,
    studies: Vec<Row>,
}

struct Row {
    address: String,
    title: String,
    state: &'static str,
    is_open: bool,
    closes_at: String,
}

/// One of them.
#[derive(Template)]
#[template(path = "lab/study.html")]
struct StudyPage {
    frame: Frame,
    address: String,
    title: String,
    state: &'static str,
    is_open: bool,
    is_price: bool,
    method: &'static str,
    closes_at: String,
    turnout: u64,
    panel_size: u32,
    place: &'static str,
    conditions: Vec<String>,
    may_vote: bool,
    is_child: bool,
    has_voted: bool,
    result: Option<Outcome>,
    /// By how many households what is sold now was chosen.
    chosen_by: Option<(String, u64)>,
    /// Why nothing comes of it.
    dropped: Option<String>,
}

/// What an announced study came to.
struct Outcome {
    elected: Vec<String>,
    is_tie: bool,
    received: u64,
    /// Price studies: what is acceptable, from and to.
    range: Option<[String; 2]>,
}

/// That the household's ballot was taken.
#[derive(Template)]
#[template(path = "lab/receipt.html")]
struct ReceiptPage {
    frame: Frame,
    address: String,
    title: String,
    digits: Vec<String>,
    cast_at: String,
    closes_at: String,
    is_open: bool,
    /// Who cast, and when; the newest first.
    casts: Vec<(String, String)>,
}

/// `GET /lab`.
pub(super) async fn studies(booth: Booth) -> Answer {
    let views = booth.app.list_studies(&booth.principal).await?;
    let row = |view: &StudyView| Row {
        address: format!("/lab/{}", view.study.id),
        title: words::title(&booth.frame, view),
        state: words::state(&booth.frame, view.state),
        is_open: view.state == StudyState::Open,
        closes_at: booth.frame.minute(view.study.asked.closes_at),
    };
    let studies = views.iter().map(row).collect();
    show(&StudiesPage { studies, frame: booth.frame })
}

/// `GET /lab/ID`.
pub(super) async fn study(booth: Booth) -> Answer {
    let view = booth.study().await?;
    let has_voted = !booth.app.list_ballot_receipts(&booth.principal, view.study.id, 1).await?.is_empty();
    let is_open = view.state == StudyState::Open;
    let is_child = booth.principal.household.is_some_and(|(_, role)| role == Role::Child);
    let asked = &view.study.asked;
    show(&StudyPage {
        address: format!("/lab/{}", view.study.id),
        title: words::title(&booth.frame, &view),
        state: words::state(&booth.frame, view.state),
        is_open,
        is_price: asked.kind == StudyKind::Price,
        method: words::method(&booth.frame, asked.definition.method),
        closes_at: booth.frame.minute(asked.closes_at),
        turnout: view.turnout,
        panel_size: view.study.opening.as_ref().map_or(0, |opening| opening.panel_size),
        place: words::place(&booth.frame, view.place),
        conditions: words::conditions(&booth.frame, &asked.panel),
        may_vote: is_open && view.place == Some(PanelPlace::In) && !is_child,
        is_child,
        has_voted,
        result: outcome(&booth.frame, &view),
        chosen_by: launched(&booth.frame, &view),
        dropped: match &view.study.ending {
            Some(Ending::Dropped { why, .. }) => Some(why.to_string()),
            Some(Ending::Launched(_)) | None => None,
        },
        frame: booth.frame.clone(),
    })
}

fn launched(frame: &Frame, view: &StudyView) -> Option<(String, u64)> {
    let launch = view.study.launched()?;
    let option = view.study.asked.options.iter().find(|option| option.id == launch.option)?;
    Some((words::name(frame, option), launch.chosen_by))
}

fn outcome(frame: &Frame, view: &StudyView) -> Option<Outcome> {
    let result = &view.study.published.as_ref()?.result;
    let called = |id: &serde_json::Value| {
        let option = view.study.asked.options.iter().find(|option| Some(option.id.as_str()) == id.as_str())?;
        Some(words::name(frame, option))
    };
    let elected = result["elected"].as_array().into_iter().flatten().filter_map(called).collect();
    let is_price = view.study.asked.kind == StudyKind::Price;
    let received = if is_price { &result["detail"]["answers"] } else { &result["ballots"]["received"] };
    let crossing = |field: &str| result["detail"][field]["linear"].as_u64().map(words::yuan);
    let range = crossing("marginal_cheapness").zip(crossing("marginal_expensiveness"));
    Some(Outcome {
        elected,
        is_tie: result["is_tie"] == true,
        received: received.as_u64().unwrap_or_default(),
        range: range.map(|(from, to)| [from, to]).filter(|_| is_price),
    })
}

/// `GET /lab/ID/receipt`. It says that a ballot was taken and never what it says.
pub(super) async fn receipt(booth: Booth) -> Answer {
    let view = booth.study().await?;
    let receipts = booth.app.list_ballot_receipts(&booth.principal, view.study.id, RECEIPTS).await?;
    let Some(newest) = receipts.first() else { return Ok(Reply::Go(format!("/lab/{}", view.study.id))) };
    let members = match booth.principal.household {
        Some((household, _)) => booth.app.find_household(&booth.principal, household).await?,
        None => None,
    };
    let members = members.ok_or(Away::NotThere)?.members;
    let cast_by = |receipt: &cocreation::BallotReceipt| {
        let member = members.iter().find(|member| member.person == receipt.person);
        member.map_or_else(
            || booth.frame.t("以前的家庭成员", "a former member").to_owned(),
            |member| member.name.to_string(),
        )
    };
    let digits: Vec<char> = newest.receipt.chars().collect();
    show(&ReceiptPage {
        address: format!("/lab/{}", view.study.id),
        title: words::title(&booth.frame, &view),
        digits: digits.chunks(4).map(|group| group.iter().collect()).collect(),
        cast_at: booth.frame.minute(newest.accepted_at),
        closes_at: booth.frame.minute(view.study.asked.closes_at),
        is_open: view.state == StudyState::Open,
        casts: receipts.iter().map(|receipt| (cast_by(receipt), booth.frame.minute(receipt.accepted_at))).collect(),
        frame: booth.frame.clone(),
    })
}
