use std::collections::HashMap;

use accounts::StaffName;
use app::App;
use kernel::{Actor, Fault, Id, kinds};

use super::Frame;

/// What those of the staff are called on a page that speaks of them.
pub(super) struct Names(HashMap<Id<kinds::Staff>, StaffName>);

impl Names {
    pub(super) async fn of(app: &App, staff: impl Iterator<Item = Id<kinds::Staff>>) -> Result<Self, Fault> {
        let mut ids: Vec<_> = staff.collect();
        ids.sort();
        ids.dedup();
        app.find_staff_names(&ids).await.map(Self)
    }

    /// One of them; their id where nobody knows a name.
    pub(super) fn staff(&self, id: &Id<kinds::Staff>) -> String {
        self.0.get(id).map_or_else(|| id.to_string(), ToString::to_string)
    }

    /// Whoever acted, in a word. Of a member the id alone: who they are is for those to see who may.
    pub(super) fn actor(&self, frame: &Frame, actor: Actor) -> String {
        match actor {
            Actor::Anonymous => frame.t("未登录", "not signed in").to_owned(),
            Actor::Member(person) => format!("{} {person}", frame.t("成员", "member")),
            Actor::OrderSystem => frame.t("订单系统", "order system").to_owned(),
            Actor::Operator => frame.t("运营方", "operator").to_owned(),
            Actor::Staff(staff) => self.staff(&staff),
            Actor::System => frame.t("日历", "calendar").to_owned(),
        }
    }
}
