//! What is said about a study in words.

use app::cocreation::StudyView;
use cocreation::{PanelPlace, PanelRule, StudyOption, StudyState, tally_file::Method};
use kernel::Locale;

use super::booth::Frame;

/// An option's name in the reader's language.
pub(super) fn name(frame: &Frame, option: &StudyOption) -> String {
    match frame.locale {
        Locale::ZhCn => option.name_zh.to_string(),
        Locale::En => option.name_en.to_string(),
    }
}

/// What the study is called.
pub(super) fn title(frame: &Frame, view: &StudyView) -> String {
    frame.t(view.study.asked.title_zh.as_str(), view.study.asked.title_en.as_str()).to_owned()
}

/// Where it is in its life.
pub(super) fn state(frame: &Frame, state: StudyState) -> &'static str {
    let [zh_cn, en] = match state {
        StudyState::Draft => ["未开始", "Not open yet"],
        StudyState::Open => ["正在投票", "Open"],
        StudyState::Closed => ["已截止，等待公布", "Closed, the result is to come"],
        StudyState::Published => ["结果已公布", "Result announced"],
        StudyState::Launched => ["已上架", "On the shelf"],
        StudyState::Dropped => ["不再推进", "Nothing comes of it"],
    };
    if frame.locale == Locale::ZhCn { zh_cn } else { en }
}

/// How it is counted, in a sentence.
pub(super) fn method(frame: &Frame, method: Method) -> &'static str {
    let [zh_cn, en] = match method {
        Method::SingleChoice => ["每户选一项，票数最多的当选。", "Each household names one; the most named wins."],
        Method::Approval => {
            ["每户可以选多项，被选次数最多的当选。", "Each household names as many as it likes; the most named wins."]
        }
        Method::Schulze => [
            "每户排出先后。两两相比，胜过其他各项的当选（舒尔茨法）。",
            "Each household ranks. Who beats the others one by one wins (Schulze).",
        ],
        Method::InstantRunoff => [
            "每户排出先后。每轮淘汰最少的一项，直到有一项过半。",
            "Each household ranks. The last goes out, round by round, until one has more than half.",
        ],
        Method::Star => [
            "每户打 0 到 5 分。总分最高的两项再比一次，更多家庭打分更高的当选。",
            "Each household scores 0 to 5. Of the two greatest sums, the one more households score higher wins.",
        ],
        Method::SequentialPav | Method::ExactPav => [
            "每户可以选多项。当选的几项让各类家庭按比例都有所得。",
            "Each household names as many as it likes. Who is elected gives each group its share.",
        ],
        Method::MeekStv | Method::ScottishStv => [
            "每户排出先后。票会转给下一位，选出几项（单记可让渡投票）。",
            "Each household ranks. Votes pass on to the next one; several are elected (single transferable vote).",
        ],
        Method::Quadratic => [
            "每户有 100 点。给一项投 n 票要用 n×n 点，票数最多的当选。",
            "Each household has 100 credits. n votes for one cost n×n; the most votes win.",
        ],
        Method::VanWestendorp | Method::GaborGranger => {
            ["这是价格调查，不是投票：不会选出哪个价格。", "This asks what you think of prices. It is no vote."]
        }
        Method::BradleyTerry | Method::MaxDiff => ["比较若干选项。", "Options are compared."],
    };
    if frame.locale == Locale::ZhCn { zh_cn } else { en }
}

/// Why the household is in or out.
pub(super) fn place(frame: &Frame, place: Option<PanelPlace>) -> &'static str {
    let [zh_cn, en] = match place {
        Some(PanelPlace::In) => [
            "您家在名单里：开始投票时，您家符合下面的条件。",
            "Your household is on the list: at the opening it met what is asked.",
        ],
        Some(PanelPlace::OtherCommunity) => {
            ["您家不在名单里：这次只问另一个社区。", "Your household is not on the list: another community is asked."]
        }
        Some(PanelPlace::TooNew) => [
            "您家不在名单里：开始投票时，您家加入的时间还不够长。",
            "Your household is not on the list: at the opening it had not been known for long enough.",
        ],
        Some(PanelPlace::TooFewOrders) => [
            "您家不在名单里：开始投票时，您家已提货的订单还不够。",
            "Your household is not on the list: at the opening too few of its orders had been delivered.",
        ],
        Some(PanelPlace::TooFewMonths) => [
            "您家不在名单里：开始投票时，您家第一笔订单还太近。",
            "Your household is not on the list: at the opening its first order was too recent.",
        ],
        Some(PanelPlace::NotDrawn) => [
            "您家符合条件，但这次没有抽中。抽签用的是公开的种子，谁都可以核对。",
            "Your household met what is asked and was not drawn. The draw follows from a published seed; anybody can check it.",
        ],
        None => [
            "您家不在名单里：开始投票时还没有这个家庭。",
            "Your household is not on the list: it did not exist at the opening.",
        ],
    };
    if frame.locale == Locale::ZhCn { zh_cn } else { en }
}

/// What the panel asks for, a line each.
pub(super) fn conditions(frame: &Frame, panel: &PanelRule) -> Vec<String> {
    let is_zh = frame.locale == Locale::ZhCn;
    let mut lines = Vec::new();
    if let Some(community) = &panel.community {
        lines.push(if is_zh { format!("社区：{community}") } else { format!("Community: {community}") });
    }
    let mut say = |number: u32, zh_cn: [&str; 2], en: [&str; 2]| {
        if number > 0 {
            let [before, after] = if is_zh { zh_cn } else { en };
            lines.push(format!("{before}{number}{after}"));
        }
    };
    say(panel.min_account_days, ["加入至少 ", " 天"], ["Known for at least ", " days"]);
    say(panel.min_delivered_orders, ["已提货订单至少 ", " 笔"], ["At least ", " orders delivered"]);
    say(panel.min_months, ["第一笔订单至少在 ", " 个月前"], ["The first order at least ", " months ago"]);
    say(panel.sample.unwrap_or(0), ["从符合条件的家庭中抽出 ", " 户"], ["", " of those households drawn"]);
    if lines.is_empty() {
        lines.push(frame.t("所有家庭", "All households").to_owned());
    }
    lines
}

/// Fen as yuan.
pub(super) fn yuan(fen: u64) -> String {
    format!("¥{}.{:02}", fen / 100, fen % 100)
}
