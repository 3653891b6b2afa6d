use accounts::StaffRole;
use app::cocreation::{AdvanceStudy, AdvanceStudyRefusal, ExportPublicationRefusal, StudyForStaff, StudyStep};
use askama::Template;
use cocreation::{StudyState, tally_file::Method};
use kernel::{Id, kinds};

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{Download, render, show},
    study_result::{Section, price_chart, sections},
};

/// The studies, drafts too.
#[derive(Template)]
#[template(path = "office/studies.html")]
struct StudiesPage {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    title: String,
    state: &'static str,
    class: &'static str,
    turnout: String,
    closes_at: String,
}

/// One of them: what is or would be frozen, how many voted, and what it came to once that is announced.
#[derive(Template)]
#[template(path = "office/study.html")]
struct StudyPage {
    frame: Frame,
    row: Row,
    options: Vec<[String; 3]>,
    facts: Vec<(String, String)>,
    panel: Vec<String>,
    panel_sha256: Option<String>,
    chart: Option<String>,
    sections: Vec<Section>,
    otherwise: Vec<(String, String)>,
    /// The step that is next: its word, and what it is called.
    step: Option<(&'static str, String)>,
    key: String,
    reason: String,
    problem: Option<String>,
    may_export: bool,
    may_end: bool,
}

/// `GET /office/studies`.
pub(super) async fn studies(desk: Desk) -> Answer {
    let all = desk.app.list_studies_by_staff(&desk.principal).await??;
    let rows = all.iter().map(|seen| row(&desk.frame, seen)).collect();
    show(&StudiesPage { rows, frame: desk.frame })
}

/// `GET /office/studies/ID`.
pub(super) async fn study(desk: Desk) -> Answer {
    let page = page(&desk, None).await?;
    show(&page)
}

/// `POST /office/studies/ID`: proposes the next step; a second one of the staff decides.
pub(super) async fn advance(desk: Desk) -> Answer {
    let study = desk.id::<kinds::Study>()?;
    let step = StudyStep::from_word(desk.form.text("step")).ok_or(Away::BadRequest)?;
    let Ok(reason) = desk.form.text("reason").parse() else {
        let problem = desk.t("请写明原因，1 到 120 个字。", "Say why, in 1 to 120 characters.").to_owned();
        return Ok(Reply::NotTaken(render(&page(&desk, Some(problem)).await?)));
    };
    let advance = AdvanceStudy { study, step, reason, idempotency_key: desk.key()? };
    match desk.app.advance_study(&desk.principal, &advance).await? {
        // Back here: who keeps perks reads no approvals.
        Ok(_) => {
            let notice = desk
                .t("已提交，等待审计在“审批”里决定。", "Proposed. An auditor decides it under Approvals.")
                .to_owned();
            Ok(Reply::Done { to: format!("/office/studies/{study}"), notice })
        }
        Err(AdvanceStudyRefusal::NotAllowed(refusal)) => Err(refusal.into()),
        Err(refusal) => {
            let problem = refused(&desk, &refusal);
            Ok(Reply::NotTaken(render(&page(&desk, Some(problem)).await?)))
        }
    }
}

/// `GET /office/studies/ID/export`: what `hearth tally verify` recounts.
pub(super) async fn export(desk: Desk) -> Answer {
    let id = desk.id::<kinds::Study>()?;
    desk.app.find_study_by_staff(&desk.principal, id).await??.ok_or(Away::NotThere)?;
    match desk.app.export_publication(id).await? {
        Ok(publication) => {
            let text = serde_json::to_string_pretty(&publication).expect("a publication is JSON");
            let content_type = "application/json; charset=utf-8";
            Ok(Reply::File(Download { name: format!("{id}.json"), content_type, text }))
        }
        Err(ExportPublicationRefusal::NotPublished | ExportPublicationRefusal::TooFewBallots(_)) => Err(Away::NotThere),
    }
}

async fn page(desk: &Desk, problem: Option<String>) -> Result<StudyPage, Away> {
    let id: Id<kinds::Study> = desk.id()?;
    let seen = desk.app.find_study_by_staff(&desk.principal, id).await??.ok_or(Away::NotThere)?;
    let otherwise = desk.app.count_study_otherwise(&desk.principal, id).await??;
    let frame = &desk.frame;
    let result = seen.study.published.as_ref().map(|published| &published.result);
    let asked = &seen.study.asked;
    let called = |id: &str| {
        let option = asked.options.iter().find(|option| option.id == id);
        option.map_or_else(
            || id.to_owned(),
            |option| frame.t(option.name_zh.as_str(), option.name_en.as_str()).to_owned(),
        )
    };
    let elected = |result: &serde_json::Value| {
        let ids = result["elected"].as_array().into_iter().flatten().filter_map(|id| id.as_str());
        ids.map(called).collect::<Vec<_>>().join(frame.t("、", ", "))
    };
    let otherwise = otherwise.iter().map(|(method, result)| (method_word(frame, *method).to_owned(), elected(result)));
    let step = match seen.state {
        StudyState::Draft => Some(("open", frame.t("提交审批：开始投票", "Propose to open it").to_owned())),
        StudyState::Closed => {
            Some(("publish", frame.t("提交审批：计票并公布", "Propose to count and announce it").to_owned()))
        }
        StudyState::Open | StudyState::Published | StudyState::Launched | StudyState::Dropped => None,
    };
    Ok(StudyPage {
        row: row(frame, &seen),
        options: asked
            .options
            .iter()
            .map(|it| [it.id.clone(), it.name_zh.to_string(), it.name_en.to_string()])
            .collect(),
        facts: facts(frame, &seen),
        panel: panel(frame, &seen),
        panel_sha256: seen.study.opening.as_ref().map(|opening| opening.panel_sha256.clone()),
        chart: result.and_then(|result| price_chart(frame, result)),
        sections: result.map(|result| sections(frame, result, &called)).unwrap_or_default(),
        otherwise: otherwise.collect(),
        step: step.filter(|_| desk.principal.roles.has_any(&[StaffRole::Perks, StaffRole::Auditor])),
        key: desk.new_key(),
        reason: desk.form.text("reason").to_owned(),
        problem,
        may_export: result.is_some() && seen.turnout >= cocreation::tally_file::MIN_PUBLISHED,
        may_end: result.is_some(),
        frame: frame.clone(),
    })
}

fn row(frame: &Frame, seen: &StudyForStaff) -> Row {
    let asked = &seen.study.asked;
    let (state, class) = match seen.state {
        StudyState::Draft => (["草稿", "draft"], "soft"),
        StudyState::Open => (["正在投票", "open"], "good"),
        StudyState::Closed => (["已截止，待公布", "closed, to be announced"], "bad"),
        StudyState::Published => (["已公布", "announced"], "soft"),
        StudyState::Launched => (["已上架", "launched"], "good"),
        StudyState::Dropped => (["不再推进", "dropped"], "soft"),
    };
    let size = seen.study.opening.as_ref().map(|opening| i64::from(opening.panel_size));
    let turnout = i64::try_from(seen.turnout).unwrap_or(i64::MAX);
    Row {
        id: seen.study.id.to_string(),
        title: frame.t(asked.title_zh.as_str(), asked.title_en.as_str()).to_owned(),
        state: if frame.locale == kernel::Locale::ZhCn { state[0] } else { state[1] },
        class,
        turnout: size
            .map_or_else(|| "—".to_owned(), |size| format!("{} / {}", frame.number(turnout), frame.number(size))),
        closes_at: frame.minute(&asked.closes_at),
    }
}

fn facts(frame: &Frame, seen: &StudyForStaff) -> Vec<(String, String)> {
    let asked = &seen.study.asked;
    let definition = &asked.definition;
    let mut facts = vec![
        (frame.t("计票方法", "Method").to_owned(), method_word(frame, definition.method).to_owned()),
        (frame.t("选出几项", "Elected").to_owned(), definition.seats.to_string()),
        (frame.t("法定票数", "Quorum").to_owned(), definition.quorum.to_string()),
        (frame.t("平票种子", "Seed of ties").to_owned(), definition.seed.clone()),
        (
            frame.t("选项顺序", "Order of options").to_owned(),
            if asked.is_shuffled {
                frame.t("每户不同", "of each household")
            } else {
                frame.t("都一样", "as listed")
            }
            .to_owned(),
        ),
    ];
    if !definition.prices.is_empty() {
        let prices: Vec<String> = definition.prices.iter().map(|&fen| yuan(fen)).collect();
        facts.push((frame.t("价格", "Prices").to_owned(), prices.join(" · ")));
    }
    facts
}

pub(super) fn yuan(fen: u64) -> String {
    format!("¥{}.{:02}", fen / 100, fen % 100)
}

fn panel(frame: &Frame, seen: &StudyForStaff) -> Vec<String> {
    let rule = &seen.study.asked.panel;
    let mut lines = Vec::new();
    let mut say = |zh_cn: &str, en: &str, what: String| lines.push(format!("{}{what}", frame.t(zh_cn, en)));
    if let Some(community) = &rule.community {
        say("社区：", "community: ", community.clone());
    }
    for (zh_cn, en, number) in [
        ("加入天数至少：", "days known, at least: ", rule.min_account_days),
        ("已提货订单至少：", "orders delivered, at least: ", rule.min_delivered_orders),
        ("首单至今月数至少：", "months since the first order, at least: ", rule.min_months),
        ("抽取户数：", "households drawn: ", rule.sample.unwrap_or(0)),
    ] {
        if number > 0 {
            say(zh_cn, en, number.to_string());
        }
    }
    if lines.is_empty() {
        lines.push(frame.t("所有家庭", "all households").to_owned());
    }
    lines
}

pub(super) fn method_word(frame: &Frame, method: Method) -> &'static str {
    let [zh_cn, en] = match method {
        Method::SingleChoice => ["单选", "single choice"],
        Method::Approval => ["赞成投票", "approval"],
        Method::Schulze => ["舒尔茨法", "Schulze"],
        Method::InstantRunoff => ["排序复选", "instant runoff"],
        Method::Star => ["评分加决选", "STAR"],
        Method::SequentialPav => ["比例赞成（逐席）", "sequential PAV"],
        Method::ExactPav => ["比例赞成（整体）", "exact PAV"],
        Method::MeekStv => ["单记可让渡（米克）", "Meek STV"],
        Method::ScottishStv => ["单记可让渡（苏格兰）", "Scottish STV"],
        Method::Quadratic => ["二次方投票", "quadratic"],
        Method::VanWestendorp => ["价格敏感度", "Van Westendorp"],
        Method::GaborGranger => ["价格阶梯", "Gabor–Granger"],
        Method::BradleyTerry => ["两两比较", "Bradley–Terry"],
        Method::MaxDiff => ["最好最差", "MaxDiff"],
    };
    if frame.locale == kernel::Locale::ZhCn { zh_cn } else { en }
}

fn refused(desk: &Desk, refusal: &AdvanceStudyRefusal) -> String {
    let [zh_cn, en] = match refusal {
        AdvanceStudyRefusal::TooManyPending(_) => {
            ["您提交的待审批事项太多，请先等待处理。", "Too many acts you proposed still wait."]
        }
        AdvanceStudyRefusal::IdempotencyKeyReused => ["这张表单已经提交过。", "This form was sent before."],
        AdvanceStudyRefusal::NotAllowed(_) => ["您没有这项权限。", "None of your roles allows this."],
        AdvanceStudyRefusal::NotOpened(_) => ["现在不能开始这项投票。", "It cannot be opened now."],
        AdvanceStudyRefusal::NotPublished(_) => [
            "现在不能公布：还没有封存，或已经公布。",
            "It cannot be announced now: it is not sealed yet, or was announced before.",
        ],
    };
    desk.t(zh_cn, en).to_owned()
}
