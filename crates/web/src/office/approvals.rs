use accounts::{Approval, ApprovalState, DecideRefusal, RecoveryCode, StaffRole, Verdict, store::ApprovalPlace};
use app::{
    approvals::{Act, ActRefusal, DecideApproval, DecideApprovalRefusal},
    cocreation::StudyStep,
    ledger::Adjustment,
    staff::AccessChange,
};
use askama::Template;
use kernel::kinds;

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
    listing::Around,
    names::Names,
    secret::SecretPage,
};

/// What was proposed, and by whom it waits to be decided.
#[derive(Template)]
#[template(path = "office/approvals.html")]
struct ApprovalsPage {
    frame: Frame,
    rows: Vec<Row>,
    around: Around,
}

/// One of them, to decide about.
#[derive(Template)]
#[template(path = "office/approval.html")]
struct ApprovalPage {
    frame: Frame,
    row: Row,
    facts: Vec<(String, String)>,
    household: Option<String>,
    decided: Option<[String; 2]>,
    can_decide: bool,
    can_withdraw: bool,
    key: String,
    problem: Option<String>,
}

/// An approval as it is read.
struct Row {
    id: String,
    what: String,
    reason: String,
    by: String,
    at: String,
    until: String,
    state: &'static str,
    class: &'static str,
    is_pending: bool,
}

impl Row {
    fn of(desk: &Desk, names: &Names, approval: &Approval) -> Result<Self, Away> {
        let act = desk.app.act_of(approval)?;
        let state = desk.app.approval_state(approval);
        let ([zh_cn, en], class) = match state {
            ApprovalState::Pending => (["待审批", "waits"], "warn"),
            ApprovalState::Expired => (["已过期", "expired"], "soft"),
            ApprovalState::Decided(Verdict::Approve) => (["已批准", "approved"], "good"),
            ApprovalState::Decided(Verdict::Reject) => (["已驳回", "rejected"], "bad"),
            ApprovalState::Decided(Verdict::Withdraw) => (["已撤回", "withdrawn"], "soft"),
        };
        let state_word = match desk.frame.locale {
            kernel::Locale::ZhCn => zh_cn,
            kernel::Locale::En => en,
        };
        Ok(Self {
            id: approval.id.to_string(),
            what: in_short(&desk.frame, &act),
            reason: approval.reason.to_string(),
            by: names.staff(&approval.proposed_by),
            at: desk.frame.minute(&approval.proposed_at),
            until: desk.frame.minute(&approval.expires_at),
            state: state_word,
            class,
            is_pending: state == ApprovalState::Pending,
        })
    }
}

/// `GET /office/approvals`.
pub(super) async fn approvals(desk: Desk) -> Answer {
    let page = desk.page(read_place)?;
    let list = desk.app.list_approvals(&desk.principal, page).await??;
    let around = Around::of("/office/approvals", &[], &page, &list, write_place);
    let names = Names::of(&desk.app, list.items.iter().map(|approval| approval.proposed_by)).await?;
    let rows = list.items.iter().map(|approval| Row::of(&desk, &names, approval)).collect::<Result<_, Away>>()?;
    show(&ApprovalsPage { frame: desk.frame, rows, around })
}

/// `GET /office/approvals/ID`.
pub(super) async fn approval(desk: Desk) -> Answer {
    let page = page_of(&desk, None).await?;
    show(&page)
}

/// `POST /office/approvals/ID`.
pub(super) async fn decide(desk: Desk) -> Answer {
    let verdict = match desk.form.text("verdict") {
        "approve" => Verdict::Approve,
        "reject" => Verdict::Reject,
        "withdraw" => Verdict::Withdraw,
        _ => return Err(Away::BadRequest),
    };
    let command = DecideApproval { approval: desk.id::<kinds::Approval>()?, verdict, idempotency_key: desk.key()? };
    let refusal = match desk.app.decide_approval(&desk.principal, &command).await? {
        Ok(decided) if !decided.recovery_codes.is_empty() => {
            let codes: Vec<String> = decided.recovery_codes.iter().map(RecoveryCode::to_text).collect();
            let title = desk.t("恢复码：请亲手交给本人", "Recovery codes: hand them over in person").to_owned();
            let back = format!("/office/approvals/{}", command.approval);
            return SecretPage::show(desk.frame, title, codes.join("\n"), back);
        }
        Ok(_) => {
            let notice = match verdict {
                Verdict::Approve => desk.t("已批准并执行。", "Approved, and done."),
                Verdict::Reject => desk.t("已驳回，没有做任何改动。", "Rejected; nothing was changed."),
                Verdict::Withdraw => desk.t("已撤回，没有做任何改动。", "Withdrawn; nothing was changed."),
            };
            return Ok(Reply::Done {
                to: format!("/office/approvals/{}", command.approval),
                notice: notice.to_owned(),
            });
        }
        Err(refusal) => refusal,
    };
    match refusal {
        DecideApprovalRefusal::NotAllowed(refusal) => Err(refusal.into()),
        DecideApprovalRefusal::NoSuchApproval => Err(Away::NotThere),
        other => {
            let [zh_cn, en] = refused(other);
            let problem = desk.t(zh_cn, en).to_owned();
            Ok(Reply::NotTaken(render(&page_of(&desk, Some(problem)).await?)))
        }
    }
}

async fn page_of(desk: &Desk, problem: Option<String>) -> Result<ApprovalPage, Away> {
    // Who reads no approvals reads not one: the list says so.
    let found = desk.app.find_approval(&desk.principal, desk.id::<kinds::Approval>()?).await?;
    let Some(approval) = found else {
        let readers = [StaffRole::Support, StaffRole::Finance, StaffRole::Auditor, StaffRole::Admin];
        return Err(if desk.principal.roles.has_any(&readers) { Away::NotThere } else { Away::NotAllowed });
    };
    let act = desk.app.act_of(&approval)?;
    let decided_by = approval.decision.as_ref().map(|decision| decision.decided_by);
    let people = [Some(approval.proposed_by), decided_by, act.about()];
    let names = Names::of(&desk.app, people.into_iter().flatten()).await?;
    let row = Row::of(desk, &names, &approval)?;
    let is_mine = approval.proposed_by == desk.principal.staff;
    let is_about_me = act.about() == Some(desk.principal.staff);
    Ok(ApprovalPage {
        facts: facts(&desk.frame, &names, &act),
        household: act.household().map(|household| household.to_string()),
        decided: approval
            .decision
            .as_ref()
            .map(|decision| [names.staff(&decision.decided_by), desk.frame.minute(&decision.decided_at)]),
        can_decide: row.is_pending && !is_mine && !is_about_me && desk.principal.roles.has_any(act.deciders()),
        can_withdraw: row.is_pending && is_mine,
        key: desk.new_key(),
        frame: desk.frame.clone(),
        row,
        problem,
    })
}

/// What it is about, in a line.
fn in_short(frame: &Frame, act: &Act) -> String {
    match act {
        Act::AdjustPoints { adjustment, points, .. } => {
            let sign = match adjustment {
                Adjustment::Credit => "+",
                Adjustment::Debit => "−",
            };
            format!("{} {sign}{}", frame.t("调整积分", "Adjust points"), frame.points(points))
        }
        Act::ReverseAdjustment { .. } => frame.t("冲销一笔调整", "Reverse an adjustment").to_owned(),
        Act::ChangeStaffRoles { .. } => frame.t("岗位变更", "Change of roles").to_owned(),
        Act::ChangeStaffAccess { change, .. } => in_words(frame, *change).to_owned(),
        Act::RecordDeath { .. } => frame.t("成员离世", "A member died").to_owned(),
        Act::AdvanceStudy { step: StudyStep::Open, .. } => frame.t("开始一项投票", "Open a study").to_owned(),
        Act::AdvanceStudy { step: StudyStep::Publish, .. } => {
            frame.t("公布投票结果", "Announce the result of a study").to_owned()
        }
    }
}

fn in_words(frame: &Frame, change: AccessChange) -> &'static str {
    match change {
        AccessChange::ResetSecondFactor => frame.t("重设两步验证", "Reset a second factor"),
        AccessChange::Close => frame.t("停用账号", "Close an account"),
        AccessChange::Erase => frame.t("停用并清除账号", "Close and erase an account"),
    }
}

/// All a second person reads before deciding.
fn facts(frame: &Frame, names: &Names, act: &Act) -> Vec<(String, String)> {
    let fact = |zh_cn: &'static str, en: &'static str, value: String| (frame.t(zh_cn, en).to_owned(), value);
    match act {
        Act::AdjustPoints { adjustment, points, .. } => {
            let which = match adjustment {
                Adjustment::Credit => frame.t("给予", "give"),
                Adjustment::Debit => frame.t("扣除", "take"),
            };
            vec![fact("方向", "Which way", which.to_owned()), fact("积分", "Points", frame.points(points))]
        }
        Act::ReverseAdjustment { posting, .. } => vec![fact("原调整", "The adjustment", posting.to_string())],
        Act::ChangeStaffRoles { staff, from, to } => vec![
            fact("工作人员", "Staff member", names.staff(staff)),
            fact("现在的岗位", "Roles now", frame.words_of(from)),
            fact("变更后的岗位", "Roles afterwards", frame.words_of(to)),
        ],
        Act::ChangeStaffAccess { staff, change } => vec![
            fact("工作人员", "Staff member", names.staff(staff)),
            fact("变更", "Change", in_words(frame, *change).to_owned()),
        ],
        Act::AdvanceStudy { study, .. } => vec![fact("投票", "Study", study.to_string())],
        Act::RecordDeath { death, .. } => vec![
            fact("成员", "Member", death.person.to_string()),
            fact("日期", "Day", death.died_on.to_string()),
            fact("继任户主", "Heir", death.heir.map_or_else(|| "—".to_owned(), |heir| heir.to_string())),
        ],
    }
}

fn read_place(key: &str) -> Option<ApprovalPlace> {
    let (state, id) = key.split_once('.')?;
    let is_decided = match state {
        "decided" => true,
        "pending" => false,
        _ => return None,
    };
    Some(ApprovalPlace { is_decided, id: id.parse().ok()? })
}

fn write_place(approval: &Approval) -> String {
    let state = if approval.decision.is_some() { "decided" } else { "pending" };
    format!("{state}.{}", approval.id)
}

const fn refused(refusal: DecideApprovalRefusal) -> [&'static str; 2] {
    match refusal {
        DecideApprovalRefusal::NotAllowed(_) => ["您没有这项权限。", "None of your roles allows this."],
        DecideApprovalRefusal::NoSuchApproval => ["没有这项审批。", "There is no such approval."],
        DecideApprovalRefusal::IdempotencyKeyReused => {
            ["这张表单已经提交过，请重新打开页面。", "This form was sent before: open the page again."]
        }
        DecideApprovalRefusal::NotDecided(DecideRefusal::AlreadyDecided) => {
            ["这项审批已经有了结果。", "It was decided before."]
        }
        DecideApprovalRefusal::NotDecided(DecideRefusal::Expired) => {
            ["这项审批已过期，需要重新提交。", "It expired, and must be proposed anew."]
        }
        DecideApprovalRefusal::NotDecided(DecideRefusal::SamePerson) => {
            ["提交人不能审批自己提交的事项。", "Whoever proposed it cannot decide it."]
        }
        DecideApprovalRefusal::NotDecided(DecideRefusal::NotYours) => {
            ["只有提交人可以撤回。", "Only whoever proposed it can take it back."]
        }
        DecideApprovalRefusal::AboutYourself => ["不能审批与自己有关的事项。", "Nobody decides about themselves."],
        DecideApprovalRefusal::ProposerMayNoLonger => [
            "提交人已不再具有相应岗位，需要重新提交。",
            "Whoever proposed it may not propose it any more; it must be proposed anew.",
        ],
        DecideApprovalRefusal::NotDone(refusal) => not_done(refusal),
    }
}

/// The books say no now, though it could be proposed then.
const fn not_done(_: ActRefusal) -> [&'static str; 2] {
    [
        "现在无法执行：账户在提交之后有了变化（例如可扣的积分不够，或岗位已变）。可以驳回后重新提交。",
        "It cannot be done now: something changed since it was proposed, such as fewer points to take, or other roles. Reject it, and \
         propose it anew.",
    ]
}
