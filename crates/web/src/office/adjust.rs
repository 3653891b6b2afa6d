use accounts::StaffRole;
use app::ledger::{
    Acted, AdjustPoints, AdjustPointsRefusal, Adjustment, ReverseAdjustment, ReverseAdjustmentRefusal,
    StaffAdjustRefusal,
};
use askama::Template;
use kernel::{Id, Label, Points, kinds};
use ledger::AdjustRefusal;

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
};

/// Where points are given or taken by decision: typed first, then shown, then done.
#[derive(Template)]
#[template(path = "office/adjust.html")]
struct AdjustPage {
    frame: Frame,
    household: Id<kinds::Household>,
    is_debit: bool,
    points: String,
    reason: String,
    key: String,
    problem: Option<String>,
    /// What it would do, once it can be said; then the form only asks whether to.
    preview: Option<Preview>,
    limit: String,
}

/// What an adjustment would do.
struct Preview {
    signed: String,
    waits: bool,
}

/// Where an adjustment is reversed.
#[derive(Template)]
#[template(path = "office/reverse.html")]
struct ReversePage {
    frame: Frame,
    household: Id<kinds::Household>,
    posting: Id<kinds::Posting>,
    reason: String,
    key: String,
    problem: Option<String>,
}

/// Row 5 of the access matrix. The use-case judges it again under lock; here it only spares a form nobody would take.
const PROPOSERS: [StaffRole; 2] = [StaffRole::Support, StaffRole::Finance];

/// `GET /office/households/ID/adjust`.
pub(super) async fn ask(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&PROPOSERS) {
        return Err(Away::NotAllowed);
    }
    show(&page_of(&desk, None, None)?)
}

/// `POST /office/households/ID/adjust`: first what it would do, and from there, with the very same figures, that it be done.
pub(super) async fn adjust(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&PROPOSERS) {
        return Err(Away::NotAllowed);
    }
    let (adjustment, points, reason) = match read(&desk) {
        Ok(read) => read,
        Err(problem) => return Ok(Reply::NotTaken(render(&page_of(&desk, None, Some(problem.to_owned()))?))),
    };
    if !desk.form.is_ticked("sure") {
        let sign = match adjustment {
            Adjustment::Credit => "+",
            Adjustment::Debit => "−",
        };
        let is_finance = desk.principal.roles.has_any(&[StaffRole::Finance]);
        let waits = !is_finance || points > desk.app.settings().adjustment_limit;
        let preview = Preview { signed: format!("{sign}{}", desk.frame.points(&points)), waits };
        return show(&page_of(&desk, Some(preview), None)?);
    }
    let household = desk.id::<kinds::Household>()?;
    let command = AdjustPoints { household, adjustment, points, reason, idempotency_key: desk.key()? };
    match desk.app.adjust_points_by_staff(&desk.principal, &command).await? {
        Ok(acted) => Ok(done(&desk, household, &acted.acted)),
        Err(StaffAdjustRefusal::NotAllowed(refusal)) => Err(refusal.into()),
        Err(StaffAdjustRefusal::NotAdjusted(AdjustPointsRefusal::NoSuchHousehold)) => Err(Away::NotThere),
        Err(refusal) => {
            let problem = refused(&desk, refusal);
            Ok(Reply::NotTaken(render(&page_of(&desk, None, Some(problem))?)))
        }
    }
}

/// `GET /office/households/ID/reverse?posting=…`.
pub(super) async fn ask_to_reverse(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&[StaffRole::Finance]) {
        return Err(Away::NotAllowed);
    }
    let posting = desk.query.optional("posting")?.ok_or(Away::NotThere)?;
    show(&reverse_page(&desk, posting, None)?)
}

/// `POST /office/households/ID/reverse`.
pub(super) async fn reverse(desk: Desk) -> Answer {
    let (household, posting) = (desk.id::<kinds::Household>()?, desk.form.optional("posting")?.ok_or(Away::NotThere)?);
    let Ok(reason) = desk.form.text("reason").parse::<Label>() else {
        let problem = desk.t("请写明原因，1 到 120 个字。", "Say why, in 1 to 120 characters.").to_owned();
        return Ok(Reply::NotTaken(render(&reverse_page(&desk, posting, Some(problem))?)));
    };
    let command = ReverseAdjustment { household, posting, reason, idempotency_key: desk.key()? };
    let problem = match desk.app.reverse_adjustment(&desk.principal, &command).await? {
        Ok(acted) => return Ok(done(&desk, household, &acted.acted)),
        Err(ReverseAdjustmentRefusal::NotAllowed(refusal)) => return Err(refusal.into()),
        Err(ReverseAdjustmentRefusal::NoSuchAdjustment) => return Err(Away::NotThere),
        Err(ReverseAdjustmentRefusal::AlreadyReversed) => {
            desk.t("这笔调整已经冲销过。", "This adjustment was reversed before.").to_owned()
        }
        Err(ReverseAdjustmentRefusal::IdempotencyKeyReused) => sent_before(&desk),
        Err(ReverseAdjustmentRefusal::TooManyPending(_)) => too_many(&desk),
        Err(ReverseAdjustmentRefusal::NotAdjusted(refusal)) => not_adjusted(&desk, refusal),
    };
    Ok(Reply::NotTaken(render(&reverse_page(&desk, posting, Some(problem))?)))
}

fn done(desk: &Desk, household: Id<kinds::Household>, acted: &Acted) -> Reply {
    match acted {
        Acted::Done(posting) => {
            let (id, points) = (posting.cause.id, desk.frame.points(&posting.points));
            let notice = format!("{} {points} · {id}", desk.t("已入账：", "Posted:"));
            Reply::Done { to: format!("/office/households/{household}/statement"), notice }
        }
        Acted::Waiting(approval) => {
            let notice =
                desk.t("已提交，等待另一位财务审批。", "Proposed; it waits for a second person of finance.").to_owned();
            Reply::Done { to: format!("/office/approvals/{}", approval.id), notice }
        }
    }
}

fn read(desk: &Desk) -> Result<(Adjustment, Points, Label), &str> {
    let adjustment = Adjustment::from_word(desk.form.text("adjustment"));
    let adjustment = adjustment.ok_or_else(|| desk.t("请选择给予或扣除。", "Say whether to give or to take."))?;
    // Only digits: no sign, no point, no full-width digit that looks like one.
    let typed = desk.form.text("points");
    let is_plain = typed.len() <= 10 && typed.bytes().all(|byte| byte.is_ascii_digit());
    let points = Some(typed).filter(|_| is_plain).and_then(|typed| typed.parse().ok()).and_then(Points::new);
    let points = points.filter(|points| !points.is_zero() && *points <= Points::MAX);
    let points = points.ok_or_else(|| desk.t("积分要是大于零的整数。", "Points are a whole number above nought."))?;
    let reason = desk.form.text("reason").parse();
    let reason = reason.map_err(|_| desk.t("请写明原因，1 到 120 个字。", "Say why, in 1 to 120 characters."))?;
    Ok((adjustment, points, reason))
}

fn page_of(desk: &Desk, preview: Option<Preview>, problem: Option<String>) -> Result<AdjustPage, Away> {
    // The key stays with the figures from the preview on; other figures are another act.
    let key = match &preview {
        Some(_) => desk.key()?.to_string(),
        None => desk.new_key(),
    };
    Ok(AdjustPage {
        household: desk.id()?,
        is_debit: desk.form.text("adjustment") == Adjustment::Debit.word(),
        points: desk.form.text("points").to_owned(),
        reason: desk.form.text("reason").to_owned(),
        limit: desk.frame.points(&desk.app.settings().adjustment_limit),
        frame: desk.frame.clone(),
        key,
        problem,
        preview,
    })
}

fn reverse_page(desk: &Desk, posting: Id<kinds::Posting>, problem: Option<String>) -> Result<ReversePage, Away> {
    let reason = desk.form.text("reason").to_owned();
    Ok(ReversePage { frame: desk.frame.clone(), household: desk.id()?, posting, reason, key: desk.new_key(), problem })
}

fn refused(desk: &Desk, refusal: StaffAdjustRefusal) -> String {
    match refusal {
        StaffAdjustRefusal::NotAllowed(_) => desk.t("您没有这项权限。", "None of your roles allows this.").to_owned(),
        StaffAdjustRefusal::TooManyPending(_) => too_many(desk),
        StaffAdjustRefusal::NotAdjusted(AdjustPointsRefusal::NoSuchHousehold) => {
            desk.t("没有这个家庭。", "There is no such household.").to_owned()
        }
        StaffAdjustRefusal::NotAdjusted(AdjustPointsRefusal::NoPoints) => {
            desk.t("积分要大于零。", "Points must be above nought.").to_owned()
        }
        StaffAdjustRefusal::NotAdjusted(AdjustPointsRefusal::IdempotencyKeyReused) => sent_before(desk),
        StaffAdjustRefusal::NotAdjusted(AdjustPointsRefusal::NotAdjusted(refusal)) => not_adjusted(desk, refusal),
    }
}

fn not_adjusted(desk: &Desk, refusal: AdjustRefusal) -> String {
    match refusal {
        AdjustRefusal::TooFew { free } => {
            let free = desk.frame.points(&free);
            format!("{} {free}", desk.t("可扣的积分不够，目前只有", "Fewer points can be taken; there are"))
        }
        AdjustRefusal::WalletFull(_) => {
            desk.t("该家庭的积分已达上限。", "The household cannot hold that many points.").to_owned()
        }
    }
}

fn sent_before(desk: &Desk) -> String {
    desk.t(
        "这张表单已经提交过别的内容，请重新打开页面。",
        "This form was sent with other figures before: open the page again.",
    )
    .to_owned()
}

fn too_many(desk: &Desk) -> String {
    desk.t("您提交的待审批事项太多，请先等待处理。", "Too many acts you proposed still wait.").to_owned()
}
