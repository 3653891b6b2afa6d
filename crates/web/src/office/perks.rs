use accounts::StaffRole;
use app::entitlements::{ChangePerk, ChangePerkRefusal, DefinePerk, DefinePerkRefusal, PerkVersion};
use askama::Template;
use entitlements::{Perk, Stock};
use kernel::{Id, Points, kinds};

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{Download, render, show},
    listing::Around,
};
use crate::csv_row;

/// Most perks of a file: what a spreadsheet opens at once.
const MAX_FILE_LINES: usize = 5_000;

/// The perks, on offer and off.
#[derive(Template)]
#[template(path = "office/perks.html")]
struct PerksPage {
    frame: Frame,
    perks: Vec<(Perk, Stock)>,
    around: Around,
}

/// One of them, or one to be.
#[derive(Template)]
#[template(path = "office/perk.html")]
struct PerkPage {
    frame: Frame,
    /// The perk as it is now; none for one to be.
    known: Option<(Perk, Stock)>,
    version: String,
    typed: Typed,
    problem: Option<String>,
    /// What somebody else made of it while this was typed.
    differs: Vec<[String; 3]>,
}

/// What a form holds, as it was typed.
#[derive(Default, Clone)]
struct Typed {
    code: String,
    name_zh: String,
    name_en: String,
    terms_zh: String,
    terms_en: String,
    price: String,
    limit: String,
    days: String,
    total: String,
    is_open: bool,
    reason: String,
}

/// `GET /office/perks`.
pub(super) async fn perks(desk: Desk) -> Answer {
    let page = desk.page(|text| text.parse::<Id<kinds::Perk>>().ok())?;
    let list = desk.app.list_perks(page).await?;
    let around = Around::of("/office/perks", &[], &page, &list, |(perk, _)| perk.id.to_string());
    show(&PerksPage { frame: desk.frame, perks: list.items, around })
}

/// `GET /office/perks.csv`: the catalogue with its stock.
pub(super) async fn perks_file(desk: Desk) -> Answer {
    let heads = ["id", "code", "name_zh", "name_en", "price", "is_open", "total", "taken", "offered", "waiting"];
    let mut text = format!("\u{FEFF}{}", csv_row(&heads));
    let (mut after, mut written) = (None, 0);
    while written < MAX_FILE_LINES {
        let page = app::Page::Forward { size: app::PageSize::new(100).expect("a hundred is a page"), after };
        let list = desk.app.list_perks(page).await?;
        for (perk, stock) in &list.items {
            let cells = [
                perk.id.to_string(),
                perk.code.to_string(),
                perk.name_zh.to_string(),
                perk.name_en.to_string(),
                perk.price.to_string(),
                perk.is_open.to_string(),
                stock.total.to_string(),
                stock.taken.to_string(),
                stock.offered.to_string(),
                stock.waiting.to_string(),
            ];
            text.push_str(&csv_row(&cells.each_ref().map(String::as_str)));
        }
        written += list.items.len();
        after = list.items.last().map(|(perk, _)| perk.id);
        if !list.has_more {
            break;
        }
    }
    let content_type = "text/csv; charset=utf-8; header=present";
    Ok(Reply::File(Download { name: "perks.csv".to_owned(), content_type, text }))
}

/// `GET /office/perks/new`.
pub(super) async fn new(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&[StaffRole::Perks]) {
        return Err(Away::NotAllowed);
    }
    let typed = Typed { limit: "1".to_owned(), days: "30".to_owned(), ..Typed::default() };
    show(&PerkPage {
        frame: desk.frame,
        known: None,
        version: String::new(),
        typed,
        problem: None,
        differs: Vec::new(),
    })
}

/// `GET /office/perks/ID`.
pub(super) async fn perk(desk: Desk) -> Answer {
    let known = desk.app.find_perk(desk.id::<kinds::Perk>()?).await?.ok_or(Away::NotThere)?;
    let (version, typed) = (version_of(&known), Typed::of(&known));
    show(&PerkPage { frame: desk.frame, known: Some(known), version, typed, problem: None, differs: Vec::new() })
}

/// `POST /office/perks/new`.
pub(super) async fn create(desk: Desk) -> Answer {
    let typed = Typed::read(&desk, desk.form.text("code"));
    save(&desk, None, typed).await
}

/// `POST /office/perks/ID`: only if it is still as it was when the form was shown.
pub(super) async fn change(desk: Desk) -> Answer {
    let known = desk.app.find_perk(desk.id::<kinds::Perk>()?).await?.ok_or(Away::NotThere)?;
    let typed = Typed::read(&desk, known.0.code.as_str());
    save(&desk, Some(known), typed).await
}

async fn save(desk: &Desk, known: Option<(Perk, Stock)>, typed: Typed) -> Answer {
    let expected = known.as_ref().map(|_| PerkVersion::named(desk.form.text("version")));
    let problem = match typed.parse(desk) {
        Err(problem) => problem,
        Ok((define, reason)) => {
            match desk.app.change_perk(&desk.principal, &ChangePerk { define, expected, reason }).await? {
                Ok(id) => {
                    let notice = desk.t("已保存。", "Saved.").to_owned();
                    return Ok(Reply::Done { to: format!("/office/perks/{id}"), notice });
                }
                Err(ChangePerkRefusal::NotAllowed(refusal)) => return Err(refusal.into()),
                Err(ChangePerkRefusal::VersionConflict) => return conflict(desk, known, typed).await,
                Err(refusal) => refused(desk, refusal),
            }
        }
    };
    let version = desk.form.text("version").to_owned();
    let (frame, differs) = (desk.frame.clone(), Vec::new());
    Ok(Reply::NotTaken(render(&PerkPage { frame, known, version, typed, problem: Some(problem), differs })))
}

/// Shows what the other made of it beside what was typed; sending it again overrules what is seen now.
async fn conflict(desk: &Desk, known: Option<(Perk, Stock)>, typed: Typed) -> Answer {
    let Some((perk, _)) = known else {
        let problem = desk.t("已有这个代码的权益。", "There is a perk of this code already.").to_owned();
        let (frame, differs, version) = (desk.frame.clone(), Vec::new(), String::new());
        let page = PerkPage { frame, known: None, version, typed, problem: Some(problem), differs };
        return Ok(Reply::NotTaken(render(&page)));
    };
    let now = desk.app.find_perk(perk.id).await?.ok_or(Away::NotThere)?;
    let differs = typed.differs(desk, &Typed::of(&now));
    let problem = desk.t(
        "您填写的时候，有人改了这项权益。下面列出与现在不同的地方；再次保存会以您填写的为准。",
        "Somebody changed this perk while you typed. What differs from how it is now stands below; saving again overrules it.",
    );
    let (version, problem) = (version_of(&now), Some(problem.to_owned()));
    let page = PerkPage { frame: desk.frame.clone(), known: Some(now), version, typed, problem, differs };
    Ok(Reply::NotTaken(render(&page)))
}

fn version_of((perk, stock): &(Perk, Stock)) -> String {
    PerkVersion::of(perk, *stock).as_str().to_owned()
}

impl Typed {
    fn of((perk, stock): &(Perk, Stock)) -> Self {
        Self {
            code: perk.code.to_string(),
            name_zh: perk.name_zh.to_string(),
            name_en: perk.name_en.to_string(),
            terms_zh: perk.terms_zh.to_string(),
            terms_en: perk.terms_en.to_string(),
            price: perk.price.to_string(),
            limit: perk.limit_per_household.to_string(),
            days: perk.valid_days.to_string(),
            total: stock.total.to_string(),
            is_open: perk.is_open,
            reason: String::new(),
        }
    }

    fn read(desk: &Desk, code: &str) -> Self {
        let text = |name| desk.form.text(name).to_owned();
        Self {
            code: code.to_owned(),
            name_zh: text("name_zh"),
            name_en: text("name_en"),
            terms_zh: text("terms_zh"),
            terms_en: text("terms_en"),
            price: text("price"),
            limit: text("limit"),
            days: text("days"),
            total: text("total"),
            is_open: desk.form.is_ticked("open"),
            reason: text("reason"),
        }
    }

    fn parse(&self, desk: &Desk) -> Result<(DefinePerk, kernel::Label), String> {
        let bad = |zh_cn: &'static str, en: &'static str| move || desk.t(zh_cn, en).to_owned();
        let label = |text: &str| text.parse::<kernel::Label>().ok();
        let whole = |text: &str| {
            let is_plain = !text.is_empty() && text.len() <= 9 && text.bytes().all(|byte| byte.is_ascii_digit());
            Some(text).filter(|_| is_plain).and_then(|text| text.parse::<u32>().ok())
        };
        let texts = bad("名称和说明都要有 1 到 120 个字。", "Names and terms have 1 to 120 characters each.");
        let numbers = bad("价格、上限、天数和总量都是整数。", "Price, limit, days and stock are whole numbers.");
        let define = DefinePerk {
            code: self.code.parse().ok().ok_or_else(bad(
                "代码由小写字母、数字和连字符组成，最多 40 个。",
                "A code is of lower-case letters, digits and hyphens, at most 40.",
            ))?,
            name_zh: label(&self.name_zh).ok_or_else(texts)?,
            name_en: label(&self.name_en).ok_or_else(texts)?,
            terms_zh: label(&self.terms_zh).ok_or_else(texts)?,
            terms_en: label(&self.terms_en).ok_or_else(texts)?,
            price: whole(&self.price).and_then(|price| Points::new(i64::from(price))).ok_or_else(numbers)?,
            limit_per_household: whole(&self.limit).ok_or_else(numbers)?,
            valid_days: whole(&self.days).ok_or_else(numbers)?,
            stock_total: whole(&self.total).ok_or_else(numbers)?,
            is_open: self.is_open,
        };
        let reason =
            label(&self.reason).ok_or_else(bad("请写明原因，1 到 120 个字。", "Say why, in 1 to 120 characters."))?;
        Ok((define, reason))
    }

    /// What, how it is now, and what was typed.
    fn differs(&self, desk: &Desk, now: &Self) -> Vec<[String; 3]> {
        let open = |is_open| desk.t(if is_open { "开放" } else { "关闭" }, if is_open { "open" } else { "closed" });
        let rows = [
            (desk.t("中文名称", "Name in Chinese"), now.name_zh.as_str(), self.name_zh.as_str()),
            (desk.t("英文名称", "Name in English"), now.name_en.as_str(), self.name_en.as_str()),
            (desk.t("中文说明", "Terms in Chinese"), now.terms_zh.as_str(), self.terms_zh.as_str()),
            (desk.t("英文说明", "Terms in English"), now.terms_en.as_str(), self.terms_en.as_str()),
            (desk.t("价格", "Price"), now.price.as_str(), self.price.as_str()),
            (desk.t("每户上限", "Limit per household"), now.limit.as_str(), self.limit.as_str()),
            (desk.t("有效天数", "Days it stands"), now.days.as_str(), self.days.as_str()),
            (desk.t("总量", "In all"), now.total.as_str(), self.total.as_str()),
            (desk.t("状态", "State"), open(now.is_open), open(self.is_open)),
        ];
        let differing = rows.into_iter().filter(|(_, now, typed)| now != typed);
        differing.map(|(what, now, typed)| [what, now, typed].map(str::to_owned)).collect()
    }
}

fn refused(desk: &Desk, refusal: ChangePerkRefusal) -> String {
    let [zh_cn, en] = match refusal {
        ChangePerkRefusal::NotAllowed(_) => ["您没有这项权限。", "None of your roles allows this."],
        ChangePerkRefusal::VersionConflict => ["内容刚刚变了。", "It was changed meanwhile."],
        ChangePerkRefusal::NoSuchPerk => ["没有这项权益。", "There is no such perk."],
        ChangePerkRefusal::PriceOfOpenPerk => [
            "开放中的权益不能直接改价。请先关闭，改价后再开放。",
            "The price of a perk that is open does not change. Close it, change the price, and open it again.",
        ],
        ChangePerkRefusal::NotDefined(DefinePerkRefusal::BadPrice) => {
            ["价格要大于零。", "The price must be above nought."]
        }
        ChangePerkRefusal::NotDefined(DefinePerkRefusal::BadLimit) => {
            ["每户上限至少是 1。", "The limit per household is at least 1."]
        }
        ChangePerkRefusal::NotDefined(DefinePerkRefusal::BadValidity) => {
            ["有效天数是 1 到 36500。", "A grant stands for 1 to 36500 days."]
        }
        ChangePerkRefusal::NotDefined(DefinePerkRefusal::BelowTaken { taken }) => {
            let taken = desk.frame.number(i64::from(taken));
            return format!(
                "{} {taken}",
                desk.t("总量不能少于已兑换的数量：", "There cannot be fewer than are granted:")
            );
        }
    };
    desk.t(zh_cn, en).to_owned()
}
