use accounts::StaffRole;
use app::cocreation::DraftByStaffRefusal;
use askama::Template;
use cocreation::{
    DraftRefusal, NewStudy, PanelRule, StudyKind, StudyOption,
    tally_file::{DefeatStrengthRule, Definition, EqualRanksRule, Method, UnlistedRule},
};
use kernel::{Label, Timestamp};

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
    studies::method_word,
};

/// What a household can be asked.
const METHODS: [Method; 12] = [
    Method::SingleChoice,
    Method::Approval,
    Method::Schulze,
    Method::InstantRunoff,
    Method::Star,
    Method::SequentialPav,
    Method::ExactPav,
    Method::MeekStv,
    Method::ScottishStv,
    Method::Quadratic,
    Method::VanWestendorp,
    Method::GaborGranger,
];

/// The form of a draft.
#[derive(Template)]
#[template(path = "office/study_new.html")]
struct NewPage {
    frame: Frame,
    key: String,
    typed: Typed,
    methods: Vec<(String, &'static str)>,
    problem: Option<String>,
}

/// What a form holds, as it was typed.
struct Typed {
    kind: String,
    title_zh: String,
    title_en: String,
    options: String,
    prices: String,
    method: String,
    seats: String,
    seed: String,
    quorum: String,
    community: String,
    account_days: String,
    orders: String,
    months: String,
    sample: String,
    sample_seed: String,
    closes_at: String,
    has_no_opinion: bool,
    refuses_equals: bool,
    by_margins: bool,
    is_shuffled: bool,
}

/// `GET /office/studies/new`.
pub(super) async fn ask(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&[StaffRole::Perks, StaffRole::Auditor]) {
        return Err(Away::NotAllowed);
    }
    let mut typed = Typed::read(&desk);
    typed.is_shuffled = true;
    (typed.kind, typed.method, typed.seats) = ("product".to_owned(), "schulze".to_owned(), "1".to_owned());
    show(&page(&desk, desk.new_key(), typed, None))
}

/// `POST /office/studies/new`.
pub(super) async fn draft(desk: Desk) -> Answer {
    let (key, typed) = (desk.key()?, Typed::read(&desk));
    let problem = match typed.parse(&desk) {
        Err([zh_cn, en]) => desk.t(zh_cn, en).to_owned(),
        Ok(asked) => match desk.app.draft_study_by_staff(&desk.principal, &asked, &key).await? {
            Ok(id) => {
                let notice =
                    desk.t("草稿已保存，请核对后提交审批。", "Drafted. Look it over, then propose to open it.");
                return Ok(Reply::Done { to: format!("/office/studies/{id}"), notice: notice.to_owned() });
            }
            Err(DraftByStaffRefusal::NotAllowed(refusal)) => return Err(refusal.into()),
            Err(refusal) => refused(&desk, &refusal),
        },
    };
    Ok(Reply::NotTaken(render(&page(&desk, desk.new_key(), typed, Some(problem)))))
}

fn page(desk: &Desk, key: String, typed: Typed, problem: Option<String>) -> NewPage {
    let frame = desk.frame.clone();
    let methods = METHODS.into_iter().map(|method| (word(method), method_word(&frame, method))).collect();
    NewPage { key, typed, methods, problem, frame }
}

/// As files write it.
fn word(method: Method) -> String {
    serde_json::to_value(method).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

type Problem = [&'static str; 2];

impl Typed {
    fn read(desk: &Desk) -> Self {
        let text = |name| desk.form.text(name).to_owned();
        Self {
            kind: text("kind"),
            title_zh: text("title_zh"),
            title_en: text("title_en"),
            options: text("options"),
            prices: text("prices"),
            method: text("method"),
            seats: text("seats"),
            seed: text("seed"),
            quorum: text("quorum"),
            community: text("community"),
            account_days: text("account_days"),
            orders: text("orders"),
            months: text("months"),
            sample: text("sample"),
            sample_seed: text("sample_seed"),
            closes_at: text("closes_at"),
            has_no_opinion: desk.form.is_ticked("no_opinion"),
            refuses_equals: desk.form.is_ticked("refuses_equals"),
            by_margins: desk.form.is_ticked("margins"),
            is_shuffled: desk.form.is_ticked("shuffled"),
        }
    }

    fn parse(&self, desk: &Desk) -> Result<NewStudy, Problem> {
        let title = |text: &str| {
            text.parse::<Label>().map_err(|_| ["标题要有 1 到 120 个字。", "Titles have 1 to 120 characters."])
        };
        let options = self.options()?;
        Ok(NewStudy {
            kind: StudyKind::from_word(&self.kind).ok_or(["请选择类型。", "Choose what is asked."])?,
            title_zh: title(&self.title_zh)?,
            title_en: title(&self.title_en)?,
            definition: self.definition(&options)?,
            options,
            panel: self.panel()?,
            closes_at: self.closes_at(desk)?,
            is_shuffled: self.is_shuffled,
        })
    }

    /// A line each: id, Chinese, English, with a bar between.
    fn options(&self) -> Result<Vec<StudyOption>, Problem> {
        let bad = ["选项每行写：代码 | 中文 | 英文。", "A line for each option: id | Chinese | English."];
        let option = |line: &str| {
            let parts: Vec<&str> = line.split('|').map(str::trim).collect();
            let [id, zh, en] = parts[..] else { return Err(bad) };
            let label = |text: &str| text.parse::<Label>().map_err(|_| bad);
            Ok(StudyOption { id: id.to_owned(), name_zh: label(zh)?, name_en: label(en)? })
        };
        self.options.lines().map(str::trim).filter(|line| !line.is_empty()).map(option).collect()
    }

    fn definition(&self, options: &[StudyOption]) -> Result<Definition, Problem> {
        let method = METHODS.into_iter().find(|&method| word(method) == self.method);
        let numbers = ["数字要是整数。", "Numbers are whole."];
        let price = |text: &str| {
            fen(text).ok_or(["价格写成 9.9，用空格隔开。", "Prices are such as 9.9, with blanks between."])
        };
        Ok(Definition {
            method: method.ok_or(["请选择计票方法。", "Choose how it is counted."])?,
            options: options.iter().map(|option| option.id.clone()).collect(),
            seats: usize::try_from(whole(&self.seats).ok_or(numbers)?.max(1)).map_err(|_| numbers)?,
            seed: self.seed.clone(),
            unlisted: if self.has_no_opinion { UnlistedRule::NoOpinion } else { UnlistedRule::Last },
            equal_ranks: if self.refuses_equals { EqualRanksRule::Refused } else { EqualRanksRule::Allowed },
            defeat_strength: if self.by_margins {
                DefeatStrengthRule::Margins
            } else {
                DefeatStrengthRule::WinningVotes
            },
            quorum: u64::from(whole(&self.quorum).ok_or(numbers)?),
            prices: self.prices.split_whitespace().map(price).collect::<Result<_, Problem>>()?,
        })
    }

    fn panel(&self) -> Result<PanelRule, Problem> {
        let numbers = ["数字要是整数。", "Numbers are whole."];
        let number = |text: &str| whole(text).ok_or(numbers);
        Ok(PanelRule {
            community: Some(self.community.clone()).filter(|community| !community.is_empty()),
            min_account_days: number(&self.account_days)?,
            min_delivered_orders: number(&self.orders)?,
            min_months: number(&self.months)?,
            sample: Some(number(&self.sample)?).filter(|&sample| sample > 0),
            sample_seed: self.sample_seed.clone(),
        })
    }

    /// On the operator's clock, as the browser's field writes it.
    fn closes_at(&self, desk: &Desk) -> Result<Timestamp, Problem> {
        let local = format!("{}:00", self.closes_at.replace(' ', "T"));
        let local =
            local.parse().map_err(|_| ["截止时间写成 2026-12-31 20:00。", "It closes at such as 2026-12-31 20:00."])?;
        Ok(desk.frame.zone.instant_of(local))
    }
}

/// Nothing typed is nought.
fn whole(text: &str) -> Option<u32> {
    let is_plain = text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
    if text.is_empty() { Some(0) } else { Some(text).filter(|_| is_plain).and_then(|text| text.parse().ok()) }
}

/// Yuan in fen.
fn fen(text: &str) -> Option<u64> {
    let (yuan, rest) = text.split_once('.').unwrap_or((text, ""));
    let is_plain = |text: &str, most: usize| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_price = !yuan.is_empty() && is_plain(yuan, 7) && is_plain(rest, 2);
    Some(format!("{yuan}{rest:0<2}")).filter(|_| is_price).and_then(|fen| fen.parse().ok())
}

fn refused(desk: &Desk, refusal: &DraftByStaffRefusal) -> String {
    let [zh_cn, en] = match refusal {
        DraftByStaffRefusal::NotAllowed(_) => ["您没有这项权限。", "None of your roles allows this."],
        DraftByStaffRefusal::IdempotencyKeyReused => {
            ["这张表单已经提交过，内容不同。", "This form was sent before, with other words."]
        }
        DraftByStaffRefusal::NotDrafted(DraftRefusal::ClosesInThePast) => {
            ["截止时间已过。", "It would close in the past."]
        }
        DraftByStaffRefusal::NotDrafted(DraftRefusal::Options) => {
            ["至少要有两个选项。价格调查没有选项。", "A vote has two options or more, a price study none."]
        }
        DraftByStaffRefusal::NotDrafted(DraftRefusal::PriceMethod) => {
            ["价格调查只能用价格方法，其他投票不能用。", "A price study, and it alone, asks by a method of prices."]
        }
        DraftByStaffRefusal::NotDrafted(DraftRefusal::NoVote | DraftRefusal::Definition(_)) => {
            ["选项、席位、价格和方法对不上。", "Options, seats, prices and method do not hold together."]
        }
    };
    desk.t(zh_cn, en).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{fen, whole};

    #[test]
    fn reads_numbers_and_prices_as_they_are_typed() {
        assert_eq!([whole(""), whole("30"), whole("-1"), whole("1.5")], [Some(0), Some(30), None, None]);
        assert_eq!(
            [fen("9.9"), fen("15"), fen(".5"), fen("9.999"), fen("x")],
            [Some(990), Some(1_500), None, None, None]
        );
    }
}
