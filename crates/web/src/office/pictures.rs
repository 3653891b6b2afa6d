use app::ledger::{MonthOfProgram, ProgramViewed};
use askama::Template;

use super::{
    Answer, Desk, Frame,
    chart::Chart,
    desk::{render, show},
};

/// The programme in pictures.
#[derive(Template)]
#[template(path = "office/pictures.html")]
struct PicturesPage {
    frame: Frame,
    summed_at: String,
    outstanding: String,
    owed: String,
    charts: Vec<String>,
    perks: Vec<PerkTaken>,
}

/// How much of a perk is taken, and how that compares with the others.
struct PerkTaken {
    name: String,
    taken: String,
    left: String,
    /// Of 300 units of the picture.
    width: i64,
}

/// `GET /office/pictures`.
pub(super) async fn pictures(desk: Desk) -> Answer {
    let viewed = desk.app.view_program(&desk.principal).await??;
    let last = viewed.months.last();
    let charts = [flows(&desk.frame, &viewed), outstanding(&desk.frame, &viewed), lapsing(&desk.frame, &viewed)];
    show(&PicturesPage {
        summed_at: desk.frame.minute(&viewed.summed_at),
        outstanding: desk.frame.number(last.map_or(0, |month| month.outstanding)),
        owed: desk.frame.number(last.map_or(0, |month| month.owed)),
        charts: charts.iter().map(render).collect(),
        perks: perks(&desk.frame, &viewed),
        frame: desk.frame,
    })
}

fn flows(frame: &Frame, viewed: &ProgramViewed) -> Chart {
    let line = |zh_cn: &'static str, en: &'static str, of: fn(&MonthOfProgram) -> i64| {
        (frame.t(zh_cn, en).to_owned(), viewed.months.iter().map(of).collect())
    };
    let lines = vec![
        line("发放", "Issued", |month| month.issued),
        line("已兑", "Redeemed", |month| month.redeemed),
        line("失效", "Lapsed", |month| month.lapsed),
        line("人工调整", "Adjusted", |month| month.adjusted),
    ];
    let title = frame.t("每月发放、兑换、失效的积分", "Points issued, redeemed and lapsed, by month");
    Chart::new(frame, title, frame.t("月份", "Month"), moments(viewed), lines)
}

fn outstanding(frame: &Frame, viewed: &ProgramViewed) -> Chart {
    let lines = vec![
        (frame.t("未兑积分", "Outstanding").to_owned(), viewed.months.iter().map(|month| month.outstanding).collect()),
        (
            frame.t("家庭欠积分", "Owed by households").to_owned(),
            viewed.months.iter().map(|month| month.owed).collect(),
        ),
    ];
    let title = frame.t("每月末的未兑积分（积分负债）", "Points outstanding at the end of each month (the liability)");
    Chart::new(frame, title, frame.t("月份", "Month"), moments(viewed), lines)
}

/// What is owed as it will lapse if nobody spends any more: the months from now on.
fn lapsing(frame: &Frame, viewed: &ProgramViewed) -> Chart {
    let mut left = viewed.never_lapsing + viewed.lapsing.iter().map(|(_, points)| points).sum::<i64>();
    let months = viewed.lapsing.iter().take(24);
    let (mut moments, mut lapse, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for (month, points) in months {
        left -= points;
        moments.push(month.to_string());
        lapse.push(*points);
        rest.push(left);
    }
    if moments.is_empty() {
        moments.push("—".to_owned());
        lapse.push(0);
        rest.push(left);
    }
    let lines = vec![
        (frame.t("当月到期", "Lapsing in the month").to_owned(), lapse),
        (frame.t("月末剩余", "Left at its end").to_owned(), rest),
    ];
    let title = frame.t("现有积分将怎样到期", "How what is outstanding now will lapse");
    Chart::new(frame, title, frame.t("月份", "Month"), moments, lines)
}

fn moments(viewed: &ProgramViewed) -> Vec<String> {
    viewed.months.iter().map(|month| month.month.to_string()).collect()
}

fn perks(frame: &Frame, viewed: &ProgramViewed) -> Vec<PerkTaken> {
    let most = viewed.perks.iter().map(|(_, stock)| i64::from(stock.taken)).max().unwrap_or(0).max(1);
    let taken = |(perk, stock): &(entitlements::Perk, entitlements::Stock)| PerkTaken {
        name: frame.t(perk.name_zh.as_str(), perk.name_en.as_str()).to_owned(),
        taken: frame.number(i64::from(stock.taken)),
        left: frame.number(i64::from(stock.left())),
        width: i64::from(stock.taken) * 300 / most,
    };
    viewed.perks.iter().map(taken).collect()
}
