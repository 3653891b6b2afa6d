use accounts::{
    StaffRole::{self, Admin, Auditor, Finance, Perks, Support},
    StaffRoles,
};
use kernel::{Locale, Points, Timestamp, Zone};

use crate::statement::grouped;

/// A page of the menu, and whose daily work it is. What a role may do is decided by the use-case, not here.
struct Entry {
    path: &'static str,
    zh_cn: &'static str,
    en: &'static str,
    roles: &'static [StaffRole],
}

const MENU: &[Entry] = &[
    entry("/office", "今日", "Today", &StaffRole::ALL),
    entry("/office/households", "家庭", "Households", &[Support, Finance, Auditor]),
    entry("/office/approvals", "审批", "Approvals", &[Support, Finance, Auditor, Admin]),
    entry("/office/perks", "权益", "Perks", &StaffRole::ALL),
    entry("/office/gatherings", "社区活动", "Gatherings", &StaffRole::ALL),
    entry("/office/slots", "配送时段", "Delivery slots", &StaffRole::ALL),
    entry("/office/check-in", "核销", "Check-in", &[Perks]),
    entry("/office/earn-rules", "积分规则", "Earn rules", &[Perks, Finance, Auditor]),
    entry("/office/studies", "投票", "Studies", &[Perks, Auditor]),
    entry("/office/pictures", "数据图", "Figures", &[Perks, Finance, Auditor]),
    entry("/office/payments", "家人代付", "Family payments", &[Support, Finance, Auditor]),
    entry("/office/parked", "搁置的事件", "Parked events", &[Auditor, Admin]),
    entry("/office/webhooks", "事件推送", "Webhooks", &[Auditor, Admin]),
    entry("/office/event-keys", "事件密钥", "Event keys", &[Auditor, Admin]),
    entry("/office/staff", "工作人员", "Staff", &[Auditor, Admin]),
    entry("/office/audit", "审计日志", "Audit log", &[Auditor, Admin]),
    entry("/office/settings", "设置", "Settings", &[Finance, Auditor, Admin]),
    entry("/office/account", "我的账号", "My account", &StaffRole::ALL),
];

const fn entry(path: &'static str, zh_cn: &'static str, en: &'static str, roles: &'static [StaffRole]) -> Entry {
    Entry { path, zh_cn, en, roles }
}

/// What stands around every page of the office, and how a template says things.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// In which language.
    pub(super) locale: Locale,
    /// Whose days.
    pub(super) zone: Zone,
    /// Who is signed in; empty when nobody is.
    pub(super) who: String,
    /// With which roles.
    pub(super) roles: Option<StaffRoles>,
    /// What every form carries.
    pub(super) form_token: String,
    /// The address of this page, to come back to.
    pub(super) here: String,
    /// What the last act came to.
    pub(super) notice: Option<String>,
}

/// A link of the menu.
pub(super) struct Link {
    pub(super) path: &'static str,
    pub(super) text: &'static str,
    pub(super) is_current: bool,
}

impl Frame {
    /// One of two wordings.
    pub(super) fn t<'a>(&self, zh_cn: &'a str, en: &'a str) -> &'a str {
        self.locale.choose(zh_cn, en)
    }

    /// The other language, in its own words, and its tag.
    pub(super) fn other_language(&self) -> (&'static str, &'static str) {
        match self.locale {
            Locale::ZhCn => ("English", Locale::En.tag()),
            Locale::En => ("中文", Locale::ZhCn.tag()),
        }
    }

    /// This page's address as it stands in a query.
    pub(super) fn here_encoded(&self) -> String {
        form_urlencoded::byte_serialize(self.here.as_bytes()).collect()
    }

    /// The menu for whoever is signed in.
    pub(super) fn menu(&self) -> Vec<Link> {
        let path = self.here.split('?').next().unwrap_or_default();
        let mine = |entry: &&Entry| self.may(entry.roles);
        let is_current = |entry: &Entry| match entry.path {
            "/office" => path == "/office" || path == "/office/",
            other => path == other || path.strip_prefix(other).is_some_and(|rest| rest.starts_with('/')),
        };
        let link = |entry: &Entry| Link {
            path: entry.path,
            text: self.t(entry.zh_cn, entry.en),
            is_current: is_current(entry),
        };
        MENU.iter().filter(mine).map(link).collect()
    }

    /// Whether whoever is signed in has one of these roles, to show or leave out what only they can use.
    pub(super) fn may(&self, roles: &[StaffRole]) -> bool {
        self.roles.is_some_and(|mine| mine.has_any(roles))
    }

    /// The roles, in words.
    pub(super) fn roles_in_words(&self) -> String {
        self.roles.map_or_else(String::new, |roles| self.words_of(&roles))
    }

    /// Roles in words.
    pub(super) fn words_of(&self, roles: &StaffRoles) -> String {
        let words: Vec<&str> = roles.iter().map(|role| self.role_word(role)).collect();
        words.join(self.t("、", ", "))
    }

    /// A role in a word.
    pub(super) fn role_word(&self, role: StaffRole) -> &'static str {
        match role {
            StaffRole::Support => self.t("客服", "support"),
            StaffRole::Perks => self.t("权益", "perks"),
            StaffRole::Finance => self.t("财务", "finance"),
            StaffRole::Auditor => self.t("审计", "auditor"),
            StaffRole::Admin => self.t("管理员", "admin"),
        }
    }

    /// An instant on the operator's clock, to the minute.
    pub(super) fn minute(&self, at: &Timestamp) -> String {
        self.zone.local(*at).format("%Y-%m-%d %H:%M").to_string()
    }

    /// Points with their thousands set apart.
    pub(super) fn points(&self, points: &Points) -> String {
        grouped(points.get())
    }

    /// A number with its thousands set apart, and a sign that is no hyphen.
    pub(super) fn number(&self, number: i64) -> String {
        let sign = if number < 0 { "−" } else { "" };
        let digits = grouped(number.checked_abs().unwrap_or(i64::MAX));
        format!("{sign}{digits}")
    }
}
