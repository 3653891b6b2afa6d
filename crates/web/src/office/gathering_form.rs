use accounts::StaffRole;
use app::entitlements::{DefineGathering, DefineGatheringRefusal};
use askama::Template;
use entitlements::{GatheringRefusal, Perk, SeatReturns, Stock};
use kernel::{Fault, Points, Rate};

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
    gatherings::{find, page},
    typed::{instant, label, local, whole},
};

/// The form of a gathering to be.
#[derive(Template)]
#[template(path = "office/gathering_new.html")]
struct NewPage {
    frame: Frame,
    form: Form,
}

/// The form of a gathering, as it is or as it was typed.
pub(super) struct Form {
    pub(super) typed: Typed,
    /// The version that is seen beside it; empty for one to be.
    pub(super) version: String,
    pub(super) problem: Option<String>,
    /// What somebody else made of it while this was typed.
    pub(super) differs: Vec<[String; 3]>,
}

/// What a form holds, as it was typed.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) code: String,
    pub(super) name_zh: String,
    pub(super) name_en: String,
    pub(super) terms_zh: String,
    pub(super) terms_en: String,
    pub(super) place_zh: String,
    pub(super) place_en: String,
    pub(super) price: String,
    pub(super) seats: String,
    pub(super) limit: String,
    pub(super) starts_at: String,
    pub(super) ends_at: String,
    pub(super) full_until: String,
    pub(super) part_until: String,
    pub(super) part: String,
    pub(super) opens_at: String,
    pub(super) community: String,
    pub(super) min_age: String,
    pub(super) is_open: bool,
}

/// `GET /office/gatherings/new`.
pub(super) async fn new(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&[StaffRole::Perks]) {
        return Err(Away::NotAllowed);
    }
    let typed = Typed { limit: "1".to_owned(), part: "50".to_owned(), is_open: true, ..Typed::default() };
    show(&NewPage {
        form: Form { typed, version: String::new(), problem: None, differs: Vec::new() },
        frame: desk.frame,
    })
}

/// `POST /office/gatherings/new`.
pub(super) async fn create(desk: Desk) -> Answer {
    let typed = Typed::read(&desk, desk.form.text("code"));
    let problem = match save(&desk, &typed, None).await? {
        Ok(reply) => return Ok(reply),
        Err(DefineProblem::Refused(DefineGatheringRefusal::VersionConflict)) => {
            desk.t("已有这个代码的活动。", "There is a gathering of this code already.").to_owned()
        }
        Err(problem) => problem.in_words(&desk),
    };
    let form = Form { typed, version: String::new(), problem: Some(problem), differs: Vec::new() };
    Ok(Reply::NotTaken(render(&NewPage { form, frame: desk.frame })))
}

/// `POST /office/gatherings/ID`: only if it is still as it was when the form was shown.
pub(super) async fn change(desk: Desk) -> Answer {
    let known = find(&desk).await?;
    let typed = Typed::read(&desk, known.0.code.as_str());
    let version = desk.form.optional::<u32>("version")?.ok_or(Away::BadRequest)?;
    let problem = match save(&desk, &typed, Some(version)).await? {
        Ok(reply) => return Ok(reply),
        Err(problem) => problem,
    };
    let mut form =
        Form { problem: Some(problem.in_words(&desk)), typed, version: version.to_string(), differs: Vec::new() };
    // What the other made of it beside what was typed; sending it again overrules what is seen now.
    let now = find(&desk).await?;
    if let DefineProblem::Refused(DefineGatheringRefusal::VersionConflict) = problem {
        let there = Form::of(&desk, &now).await?;
        form.differs = form.typed.differs(&desk.frame, &there.typed);
        form.version = there.version;
    }
    Ok(Reply::NotTaken(render(&page(&desk, &now, form).await?)))
}

/// Why it was not saved.
enum DefineProblem {
    /// What was typed is none of it.
    Typed([&'static str; 2]),
    Refused(DefineGatheringRefusal),
}

async fn save(desk: &Desk, typed: &Typed, version: Option<u32>) -> Result<Result<Reply, DefineProblem>, Away> {
    let define = match typed.parse(desk, version) {
        Ok(define) => define,
        Err(problem) => return Ok(Err(DefineProblem::Typed(problem))),
    };
    match desk.app.define_gathering(&desk.principal, &define).await? {
        Ok(perk) => {
            let notice = desk.t("已保存。", "Saved.").to_owned();
            Ok(Ok(Reply::Done { to: format!("/office/gatherings/{}", perk.id), notice }))
        }
        Err(DefineGatheringRefusal::NotAllowed(refusal)) => Err(refusal.into()),
        Err(refusal) => Ok(Err(DefineProblem::Refused(refusal))),
    }
}

impl Form {
    /// As it is now.
    pub(super) async fn of(desk: &Desk, (perk, stock): &(Perk, Stock)) -> Result<Self, Fault> {
        let community = match perk.audience.community {
            Some(id) => desk.app.find_community_name(id).await?.map(|name| name.to_string()),
            None => None,
        };
        let version = perk.gathering.as_ref().map(|gathering| gathering.version.to_string()).unwrap_or_default();
        let typed = Typed::of(&desk.frame, perk, *stock, community.unwrap_or_default());
        Ok(Self { typed, version, problem: None, differs: Vec::new() })
    }
}

impl Typed {
    fn of(frame: &Frame, perk: &Perk, stock: Stock, community: String) -> Self {
        let at = |at| local(frame.zone, at);
        let mut typed = Self {
            code: perk.code.to_string(),
            name_zh: perk.name_zh.to_string(),
            name_en: perk.name_en.to_string(),
            terms_zh: perk.terms_zh.to_string(),
            terms_en: perk.terms_en.to_string(),
            price: perk.price.to_string(),
            seats: stock.total.to_string(),
            limit: perk.limit_per_household.to_string(),
            opens_at: perk.window.opens_at.map(at).unwrap_or_default(),
            community,
            min_age: perk.audience.min_age.map(|age| age.to_string()).unwrap_or_default(),
            is_open: perk.is_open,
            ..Self::default()
        };
        if let Some(gathering) = &perk.gathering {
            typed.place_zh = gathering.place_zh.to_string();
            typed.place_en = gathering.place_en.to_string();
            typed.starts_at = at(gathering.starts_at);
            typed.ends_at = at(gathering.ends_at);
            typed.full_until = at(gathering.returns.full_until);
            typed.part_until = at(gathering.returns.part_until);
            typed.part = percent(gathering.returns.part);
        }
        typed
    }

    fn read(desk: &Desk, code: &str) -> Self {
        let text = |name| desk.form.text(name).to_owned();
        Self {
            code: code.to_owned(),
            name_zh: text("name_zh"),
            name_en: text("name_en"),
            terms_zh: text("terms_zh"),
            terms_en: text("terms_en"),
            place_zh: text("place_zh"),
            place_en: text("place_en"),
            price: text("price"),
            seats: text("seats"),
            limit: text("limit"),
            starts_at: text("starts_at"),
            ends_at: text("ends_at"),
            full_until: text("full_until"),
            part_until: text("part_until"),
            part: text("part"),
            opens_at: text("opens_at"),
            community: text("community"),
            min_age: text("min_age"),
            is_open: desk.form.is_ticked("open"),
        }
    }

    fn parse(&self, desk: &Desk, expected_version: Option<u32>) -> Result<DefineGathering, [&'static str; 2]> {
        let texts =
            ["名称、说明和地点都要有 1 到 120 个字。", "Names, terms and places have 1 to 120 characters each."];
        let numbers = ["价格、名额、上限和年龄都是整数。", "Price, seats, limit and age are whole numbers."];
        let times = ["时间写成 2026-12-31 20:00。", "Times are such as 2026-12-31 20:00."];
        let code = [
            "代码由小写字母、数字和连字符组成，最多 40 个。",
            "A code is of lower-case letters, digits and hyphens, at most 40.",
        ];
        let at = |text: &str| instant(desk.frame.zone, text).ok_or(times);
        let text = |text: &str| label(text).ok_or(texts);
        let number = |text: &str| whole(text).ok_or(numbers);
        let filled = |text: &'_ str| !text.is_empty();
        Ok(DefineGathering {
            code: self.code.parse().map_err(|_| code)?,
            name_zh: text(&self.name_zh)?,
            name_en: text(&self.name_en)?,
            terms_zh: text(&self.terms_zh)?,
            terms_en: text(&self.terms_en)?,
            place_zh: text(&self.place_zh)?,
            place_en: text(&self.place_en)?,
            price: Points::new(i64::from(number(&self.price)?)).ok_or(numbers)?,
            seats: number(&self.seats)?,
            seats_per_household: number(&self.limit)?,
            starts_at: at(&self.starts_at)?,
            ends_at: at(&self.ends_at)?,
            returns: SeatReturns {
                full_until: at(&self.full_until)?,
                part_until: at(&self.part_until)?,
                part: read_percent(&self.part)
                    .ok_or(["退回比例是 0 到 100 的百分数。", "The part is 0 to 100 per cent."])?,
            },
            opens_at: Some(&self.opens_at).filter(|text| filled(text)).map(|text| at(text)).transpose()?,
            community: Some(&self.community).filter(|it| filled(it)).map(|it| text(it)).transpose()?,
            min_age: Some(&self.min_age).filter(|it| filled(it)).map(|it| number(it)).transpose()?,
            is_open: self.is_open,
            expected_version,
        })
    }

    /// What, how it is now, and what was typed.
    fn differs(&self, frame: &Frame, now: &Self) -> Vec<[String; 3]> {
        let open = |is_open| frame.t(if is_open { "开放" } else { "关闭" }, if is_open { "open" } else { "closed" });
        let rows = [
            (frame.t("中文名称", "Name in Chinese"), now.name_zh.as_str(), self.name_zh.as_str()),
            (frame.t("英文名称", "Name in English"), &now.name_en, &self.name_en),
            (frame.t("中文说明", "Terms in Chinese"), &now.terms_zh, &self.terms_zh),
            (frame.t("英文说明", "Terms in English"), &now.terms_en, &self.terms_en),
            (frame.t("中文地点", "Place in Chinese"), &now.place_zh, &self.place_zh),
            (frame.t("英文地点", "Place in English"), &now.place_en, &self.place_en),
            (frame.t("价格", "Price"), &now.price, &self.price),
            (frame.t("名额", "Seats"), &now.seats, &self.seats),
            (frame.t("每户上限", "Per household"), &now.limit, &self.limit),
            (frame.t("开始", "Begins"), &now.starts_at, &self.starts_at),
            (frame.t("结束", "Ends"), &now.ends_at, &self.ends_at),
            (frame.t("全额退回至", "All back until"), &now.full_until, &self.full_until),
            (frame.t("部分退回至", "A part back until"), &now.part_until, &self.part_until),
            (frame.t("退回百分比", "Per cent back"), &now.part, &self.part),
            (frame.t("开放报名", "Opens"), &now.opens_at, &self.opens_at),
            (frame.t("社区", "Community"), &now.community, &self.community),
            (frame.t("最小年龄", "Age from"), &now.min_age, &self.min_age),
            (frame.t("状态", "State"), open(now.is_open), open(self.is_open)),
        ];
        let differing = rows.into_iter().filter(|(_, now, typed)| now != typed);
        differing.map(|(what, now, typed)| [what, now, typed].map(str::to_owned)).collect()
    }
}

/// A rate in per cent, with what is less than one only where there is some.
pub(super) fn percent(rate: Rate) -> String {
    let (whole, rest) = (rate.basis_points() / 100, rate.basis_points() % 100);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:02}") }
}

/// Per cent with at most two digits behind the point.
fn read_percent(text: &str) -> Option<Rate> {
    let (whole_part, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 2 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let basis_points = whole(whole_part)?.checked_mul(100)?.checked_add(format!("{rest:0<2}").parse().ok()?)?;
    Rate::from_basis_points(basis_points).filter(|rate| *rate <= Rate::ONE)
}

impl DefineProblem {
    fn in_words(&self, desk: &Desk) -> String {
        let counted = |zh_cn, en, taken: u32| format!("{} {}", desk.t(zh_cn, en), desk.frame.number(i64::from(taken)));
        let refusal = match self {
            Self::Typed([zh_cn, en]) => return desk.t(zh_cn, en).to_owned(),
            Self::Refused(DefineGatheringRefusal::SeatsTaken { taken }) => {
                let (zh_cn, en) = (
                    "有人已按现有条件报名，价格、时间和退回规则不能再改。已报名：",
                    "People have seats on these terms: price, times and returns stay. Seats taken:",
                );
                return counted(zh_cn, en, *taken);
            }
            Self::Refused(DefineGatheringRefusal::BelowTaken { taken }) => {
                return counted("名额不能少于已报名的数量：", "There cannot be fewer seats than are taken:", *taken);
            }
            Self::Refused(refusal) => refusal,
        };
        let [zh_cn, en] = refused(refusal);
        desk.t(zh_cn, en).to_owned()
    }
}

const fn refused(refusal: &DefineGatheringRefusal) -> [&'static str; 2] {
    match refusal {
        DefineGatheringRefusal::NotAllowed(_) => ["您没有这项权限。", "None of your roles allows this."],
        DefineGatheringRefusal::Gathering(GatheringRefusal::BadTimes) => {
            ["活动要在将来开始，并在开始之后结束。", "A gathering begins later than now, and ends after that."]
        }
        DefineGatheringRefusal::Gathering(GatheringRefusal::BadReturns) => [
            "先是全额退回，再是部分退回，都不晚于开始时间。",
            "All comes back first, then a part, and neither after it begins.",
        ],
        DefineGatheringRefusal::BadPrice => ["价格要大于零。", "The price must be above nought."],
        DefineGatheringRefusal::BadSeats => {
            ["名额和每户上限至少是 1。", "Seats, and seats per household, are at least 1."]
        }
        DefineGatheringRefusal::BadAudience => {
            ["年龄是 1 到 150，开放报名要早于开始。", "The age is 1 to 150, and seats are taken before it begins."]
        }
        DefineGatheringRefusal::NoSuchCommunity => ["没有这个名称的社区。", "There is no community of that name."],
        DefineGatheringRefusal::CodeTaken => ["这个代码是另一项权益的。", "The code is another perk's."],
        DefineGatheringRefusal::VersionConflict => [
            "您填写的时候，有人改了这个活动。下面列出与现在不同的地方；再次保存会以您填写的为准。",
            "Somebody changed this gathering while you typed. What differs from how it is now stands below; saving again overrules it.",
        ],
        DefineGatheringRefusal::CalledOff => ["活动已取消。", "It was called off."],
        DefineGatheringRefusal::SeatsTaken { .. } | DefineGatheringRefusal::BelowTaken { .. } => {
            ["已有人报名。", "Seats are taken."]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{percent, read_percent};

    #[test]
    fn per_cent_are_read_as_they_are_shown() {
        for (text, basis_points) in [("0", 0), ("50", 5_000), ("33.33", 3_333), ("100", 10_000), ("7.05", 705)] {
            let rate = read_percent(text).unwrap();
            assert_eq!((rate.basis_points(), percent(rate).as_str()), (basis_points, text));
        }
        assert_eq!(read_percent("12.5").map(percent).as_deref(), Some("12.50"));
        for odd in ["", "-1", "100.01", "1.234", "x", "1.x", "99999999999"] {
            assert_eq!(read_percent(odd), None, "{odd}");
        }
    }
}
