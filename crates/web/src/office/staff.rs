use accounts::{StaffRole, StaffRoles, StaffView};
use app::staff::{ChangeStaffRoles, ChangeStaffRolesRefusal};
use askama::Template;
use kernel::{Id, Label, kinds};

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
    listing::Around,
};

/// The staff, and one of them whose roles are to change.
#[derive(Template)]
#[template(path = "office/staff.html")]
struct StaffPage {
    frame: Frame,
    staff: Vec<StaffView>,
    around: Around,
}

#[derive(Template)]
#[template(path = "office/staff_roles.html")]
struct RolesPage {
    frame: Frame,
    member: StaffView,
    chosen: Vec<StaffRole>,
    reason: String,
    key: String,
    problem: Option<String>,
}

impl RolesPage {
    fn is_chosen(&self, role: &StaffRole) -> bool {
        self.chosen.contains(role)
    }
}

/// `GET /office/staff`.
pub(super) async fn staff(desk: Desk) -> Answer {
    let page = desk.page(|text| text.parse::<Id<kinds::Staff>>().ok())?;
    let list = desk.app.list_staff_members(&desk.principal, page).await??;
    let around = Around::of("/office/staff", &[], &page, &list, |staff| staff.id.to_string());
    show(&StaffPage { frame: desk.frame, staff: list.items, around })
}

/// `GET /office/staff/ID`: what a second admin is to be asked for.
pub(super) async fn roles(desk: Desk) -> Answer {
    let member = find(&desk).await?;
    let (chosen, key) = (member.roles.iter().collect(), desk.new_key());
    show(&RolesPage { frame: desk.frame, member, chosen, reason: String::new(), key, problem: None })
}

/// `POST /office/staff/ID`.
pub(super) async fn change_roles(desk: Desk) -> Answer {
    let member = find(&desk).await?;
    let chosen: Vec<StaffRole> =
        desk.form.all("role").map(|word| word.parse().map_err(|_| Away::BadRequest)).collect::<Result<_, _>>()?;
    let reason = desk.form.text("reason").to_owned();
    let change = match (StaffRoles::of(chosen.iter().copied()), reason.parse::<Label>()) {
        (Some(roles), Ok(label)) => {
            Ok(ChangeStaffRoles { staff: member.id, roles, reason: label, idempotency_key: desk.key()? })
        }
        (None, _) => Err(desk.t(
            "至少选一个岗位；要停用账号，请用 hearth staff close。",
            "Choose a role; to end their access use hearth staff close.",
        )),
        (_, Err(_)) => Err(desk.t("请写明原因，1 到 120 个字。", "Say why, in 1 to 120 characters.")),
    };
    let problem = match change {
        Ok(change) => match desk.app.change_staff_roles(&desk.principal, &change).await? {
            Ok(proposed) => {
                let notice =
                    desk.t("已提交，等待另一位管理员审批。", "Proposed; it waits for a second admin.").to_owned();
                return Ok(Reply::Done { to: format!("/office/approvals/{}", proposed.approval.id), notice });
            }
            Err(ChangeStaffRolesRefusal::NotAllowed(refusal)) => return Err(refusal.into()),
            Err(refusal) => desk.t(refused(refusal)[0], refused(refusal)[1]).to_owned(),
        },
        Err(problem) => problem.to_owned(),
    };
    let key = desk.new_key();
    Ok(Reply::NotTaken(render(&RolesPage { frame: desk.frame, member, chosen, reason, key, problem: Some(problem) })))
}

/// Only who reads the list may read one of it.
async fn find(desk: &Desk) -> Result<StaffView, Away> {
    let id = desk.id::<kinds::Staff>()?;
    desk.app.find_staff_member(&desk.principal, id).await??.ok_or(Away::NotThere)
}

const fn refused(refusal: ChangeStaffRolesRefusal) -> [&'static str; 2] {
    match refusal {
        ChangeStaffRolesRefusal::NotAllowed(_) => ["您没有这项权限。", "None of your roles allows this."],
        ChangeStaffRolesRefusal::NoSuchStaff => {
            ["没有这位工作人员，或已停用。", "There is no such staff member, or they were closed."]
        }
        ChangeStaffRolesRefusal::NothingChanges => ["岗位没有变化。", "They have just these roles."],
        ChangeStaffRolesRefusal::RolesChanged => {
            ["对方的岗位刚刚变了，请重新查看。", "Their roles changed meanwhile: look again."]
        }
        ChangeStaffRolesRefusal::IdempotencyKeyReused => {
            ["这张表单已经提交过，请重新打开页面。", "This form was sent before: open the page again."]
        }
        ChangeStaffRolesRefusal::TooManyPending(_) => {
            ["您提交的待审批事项太多，请先等待处理。", "Too many acts you proposed still wait."]
        }
    }
}
