use accounts::StaffRole;
use askama::Template;

use super::{Answer, Away, Desk, Frame, desk::show};

/// What this process runs with.
#[derive(Template)]
#[template(path = "office/settings.html")]
struct SettingsPage {
    frame: Frame,
    settings: Vec<Shown>,
}

struct Shown {
    name: &'static str,
    meaning: &'static str,
    value: String,
}

/// `GET /office/settings`: what the rules look at. Secrets, addresses of machines and keys are not among it.
pub(super) async fn settings(desk: Desk) -> Answer {
    // What is set is nobody's business but theirs who answer for it.
    if !desk.principal.roles.has_any(&[StaffRole::Finance, StaffRole::Auditor, StaffRole::Admin]) {
        return Err(Away::NotAllowed);
    }
    let set = desk.app.settings();
    let shown = |name, zh_cn, en, value: String| Shown { name, meaning: desk.t(zh_cn, en), value };
    let mut settings = vec![
        shown("time_zone", "业务日期的时区", "whose days are business dates", set.zone.name().to_owned()),
        shown("maturity", "积分何时可用", "when points can first be spent", set.maturity.code().to_owned()),
        shown("pending_days", "退货期（天）", "return window, in days", set.pending_days.to_string()),
        shown("lot_life", "积分有效期", "how long points last", set.lot_life.to_string()),
        shown(
            "restore_grace_days",
            "退回的积分至少还能用几天",
            "days that returned points last at least",
            set.restore_grace_days.to_string(),
        ),
        shown("refund_policy", "退款时积分不够怎么办", "what a refund may take", set.refund_policy.code().to_owned()),
        shown("point_value", "每 100 积分的面值", "what 100 points are worth", set.point_value.to_string()),
        shown("session_days", "成员登录有效期（天）", "a member's session, in days", set.session_days.to_string()),
        shown(
            "staff_session_hours",
            "工作人员登录有效期（小时）",
            "a staff session, in hours",
            set.staff_session_hours.to_string(),
        ),
        shown(
            "erasure_cooling_days",
            "注销前的反悔期（天）",
            "days to take back a wish to be forgotten",
            set.erasure_cooling_days.to_string(),
        ),
        shown(
            "record_keeping_days",
            "交易凭证保存期（天）",
            "days that what proves transactions is kept",
            set.record_keeping_days.to_string(),
        ),
        shown(
            "invitation_link",
            "邀请链接的开头",
            "where the link of an invitation leads",
            set.invitation_link.clone().unwrap_or_else(|| "—".to_owned()),
        ),
    ];
    settings.extend(amounts(&desk));
    show(&SettingsPage { frame: desk.frame, settings })
}

/// How many points are given or decided alone.
fn amounts(desk: &Desk) -> [Shown; 3] {
    let set = desk.app.settings();
    [
        ("adjustment_limit", "一个人可以调整的积分上限", "points one of the staff adjusts alone", set.adjustment_limit),
        ("apology_points", "错过配送时段的致歉积分", "points for a missed delivery slot", set.apology_points),
        ("thanks_points", "参与共创的谢礼积分", "points for taking part in a study", set.thanks_points),
    ]
    .map(|(name, zh_cn, en, points)| Shown { name, meaning: desk.t(zh_cn, en), value: desk.frame.points(&points) })
}
