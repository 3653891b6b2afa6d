use accounts::StaffRole;
use app::cocreation::{EndStudy, EndStudyRefusal, EndsAs, LaunchSales, Sold, StudyForStaff};
use askama::Template;
use cocreation::{EndRefusal, Ending, StudyState};
use kernel::{Id, kinds};

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
};

/// How a study whose result is announced ends, and what was sold since.
#[derive(Template)]
#[template(path = "office/study_end.html")]
struct EndPage {
    frame: Frame,
    id: String,
    title: String,
    /// The elected options, as id and name; none of them can be launched where the list is empty.
    elected: Vec<(String, String)>,
    may_end: bool,
    is_published: bool,
    launched: Option<Launched>,
    dropped: Option<String>,
    option: String,
    product: String,
    why: String,
    problem: Option<String>,
}

struct Launched {
    name: String,
    product: String,
    chosen_by: String,
    at: String,
    until: String,
    /// Who, households, orders, pieces.
    sales: Vec<[String; 4]>,
}

/// `GET /office/studies/ID/end`.
pub(super) async fn ask(desk: Desk) -> Answer {
    let page = page(&desk, None).await?;
    show(&page)
}

/// `POST /office/studies/ID/end`.
pub(super) async fn end(desk: Desk) -> Answer {
    let study = desk.id::<kinds::Study>()?;
    if !desk.principal.roles.has_any(&[StaffRole::Perks]) {
        return Err(Away::NotAllowed);
    }
    let Some(ends) = read(&desk) else {
        let problem = desk.t(
            "上架要选一个选项并填商品编号；不再推进要写明原因。",
            "To launch, choose an option and its product; to drop it, say why.",
        );
        let problem = problem.to_owned();
        return Ok(Reply::NotTaken(render(&page(&desk, Some(problem)).await?)));
    };
    match desk.app.end_study(&desk.principal, &EndStudy { study, ends }).await? {
        Ok(ended) => {
            let notice = match ended.launched() {
                Some(_) => {
                    desk.t("已上架。参与的家庭会收到谢意。", "Launched. Every household that took part is thanked.")
                }
                None => desk.t("已结束。", "Dropped."),
            };
            Ok(Reply::Done { to: format!("/office/studies/{study}/end"), notice: notice.to_owned() })
        }
        Err(EndStudyRefusal::NotAllowed(refusal)) => Err(refusal.into()),
        Err(EndStudyRefusal::NoSuchStudy) => Err(Away::NotThere),
        Err(refusal) => {
            let problem = refused(&desk, refusal);
            Ok(Reply::NotTaken(render(&page(&desk, Some(problem)).await?)))
        }
    }
}

fn read(desk: &Desk) -> Option<EndsAs> {
    match desk.form.text("as") {
        "launched" => Some(EndsAs::Launched {
            option: Some(desk.form.text("option")).filter(|option| !option.is_empty())?.to_owned(),
            product: desk.form.text("product").parse().ok()?,
        }),
        "dropped" => Some(EndsAs::Dropped { why: desk.form.text("why").parse().ok()? }),
        _ => None,
    }
}

async fn page(desk: &Desk, problem: Option<String>) -> Result<EndPage, Away> {
    let id: Id<kinds::Study> = desk.id()?;
    let seen = desk.app.find_study_by_staff(&desk.principal, id).await??.ok_or(Away::NotThere)?;
    let frame = &desk.frame;
    let asked = &seen.study.asked;
    let sales = match seen.study.launched() {
        Some(launch) => Some(desk.app.find_launch_sales(&desk.principal, id, launch).await??),
        None => None,
    };
    let dropped = match &seen.study.ending {
        Some(Ending::Dropped { why, .. }) => Some(why.to_string()),
        Some(Ending::Launched(_)) | None => None,
    };
    Ok(EndPage {
        id: id.to_string(),
        title: frame.t(asked.title_zh.as_str(), asked.title_en.as_str()).to_owned(),
        elected: elected(frame, &seen),
        may_end: seen.state == StudyState::Published && desk.principal.roles.has_any(&[StaffRole::Perks]),
        is_published: seen.study.published.is_some(),
        launched: sales.and_then(|sales| launched(frame, &seen, &sales)),
        dropped,
        option: desk.form.text("option").to_owned(),
        product: desk.form.text("product").to_owned(),
        why: desk.form.text("why").to_owned(),
        problem,
        frame: frame.clone(),
    })
}

fn name(frame: &Frame, seen: &StudyForStaff, id: &str) -> String {
    let option = seen.study.asked.options.iter().find(|option| option.id == id);
    option.map_or_else(|| id.to_owned(), |it| frame.t(it.name_zh.as_str(), it.name_en.as_str()).to_owned())
}

fn elected(frame: &Frame, seen: &StudyForStaff) -> Vec<(String, String)> {
    let result = seen.study.published.as_ref().map(|published| &published.result["elected"]);
    let ids = result.and_then(|elected| elected.as_array()).into_iter().flatten().filter_map(|id| id.as_str());
    ids.map(|id| (id.to_owned(), name(frame, seen, id))).collect()
}

fn launched(frame: &Frame, seen: &StudyForStaff, sales: &LaunchSales) -> Option<Launched> {
    let launch = seen.study.launched()?;
    let count = |number: u64| frame.number(i64::try_from(number).unwrap_or(i64::MAX));
    let few = || frame.t("不足 5 户，不显示", "fewer than 5 households: not shown").to_owned();
    let line = |who: &str, sold: Option<Sold>| match sold {
        Some(sold) => [who.to_owned(), count(sold.households), count(sold.orders), count(sold.units)],
        None => [who.to_owned(), few(), String::new(), String::new()],
    };
    let (voters, others) = sales.voters_and_others.unzip();
    Some(Launched {
        name: name(frame, seen, &launch.option),
        product: launch.product_ref.to_string(),
        chosen_by: count(launch.chosen_by),
        at: frame.minute(&launch.launched_at),
        until: frame.minute(&launch.followed_until()),
        sales: vec![
            line(frame.t("投过票的家庭", "Households that voted"), voters),
            line(frame.t("其他家庭", "Other households"), others),
            line(frame.t("合计", "All"), sales.all),
        ],
    })
}

fn refused(desk: &Desk, refusal: EndStudyRefusal) -> String {
    let [zh_cn, en] = match refusal {
        EndStudyRefusal::NotAllowed(_) => ["您没有这项权限。", "None of your roles allows this."],
        EndStudyRefusal::NoSuchStudy => ["没有这项投票。", "There is no such study."],
        EndStudyRefusal::NoSuchProduct => {
            ["商品目录里没有这个编号，请先导入商品。", "The catalogue has no product of this number: import it first."]
        }
        EndStudyRefusal::ProductChosen => ["这个商品是另一项投票选出的。", "Another study chose this product."],
        EndStudyRefusal::NotEnded(EndRefusal::NotPublished) => ["结果还没有公布。", "Its result is not announced yet."],
        EndStudyRefusal::NotEnded(EndRefusal::AlreadyEnded) => {
            ["已经上架，或已不再推进。", "It was launched or dropped already."]
        }
        EndStudyRefusal::NotEnded(EndRefusal::NotElected) => ["这个选项没有当选。", "The option was not elected."],
    };
    desk.t(zh_cn, en).to_owned()
}
