use accounts::StaffRole;
use app::entitlements::{CallOffGathering, CallOffGatheringRefusal};
use askama::Template;
use entitlements::{Perk, SeatCount, Stock};

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
    gatherings::find,
    typed::label,
};

/// What calling a gathering off would do, and the form that does it.
#[derive(Template)]
#[template(path = "office/call_off.html")]
struct CallOffPage {
    frame: Frame,
    perk: Perk,
    stock: Stock,
    seats: SeatCount,
    version: u32,
    /// What this page shows, in a word: another sale makes it another.
    seen: String,
    reason: String,
    problem: Option<String>,
}

/// `GET /office/gatherings/ID/call-off`: nothing is done yet.
pub(super) async fn ask(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&[StaffRole::Perks]) {
        return Err(Away::NotAllowed);
    }
    let page = page(&desk, None).await?;
    show(&page)
}

/// `POST /office/gatherings/ID/call-off`: only what was seen is done.
pub(super) async fn call_off(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&[StaffRole::Perks]) {
        return Err(Away::NotAllowed);
    }
    let known = find(&desk).await?;
    let version = desk.form.optional::<u32>("version")?.ok_or(Away::BadRequest)?;
    let Some(reason) = label(desk.form.text("reason")) else {
        return not_taken(&desk, ["请写明原因，1 到 120 个字。", "Say why, in 1 to 120 characters."]).await;
    };
    // What is sold after this look comes back all the same: the look is for whoever decides, not for the books.
    let seats = desk.app.count_seats(known.0.id).await?;
    if desk.form.text("seen") != seen(&seats, known.1) && is_standing(&known.0) {
        let changed = [
            "您查看之后，报名情况变了。请按现在的数字再确认一次。",
            "Seats were taken or given back since you looked. Look at the numbers as they are now, and confirm again.",
        ];
        return not_taken(&desk, changed).await;
    }
    let call_off = CallOffGathering { perk: known.0.id, expected_version: version, reason };
    match desk.app.call_off_gathering(&desk.principal, &call_off).await? {
        Ok(perk) => {
            let notice = desk.t(
                "已取消。积分正在退回，并通知每一户。",
                "Called off. Points are on their way back, and everybody is told.",
            );
            Ok(Reply::Done { to: format!("/office/gatherings/{}", perk.id), notice: notice.to_owned() })
        }
        Err(CallOffGatheringRefusal::NotAllowed(refusal)) => Err(refusal.into()),
        Err(CallOffGatheringRefusal::NoSuchGathering) => Err(Away::NotThere),
        Err(CallOffGatheringRefusal::CalledOff { .. }) => {
            not_taken(&desk, ["活动之前已经取消。", "It was called off before."]).await
        }
        Err(CallOffGatheringRefusal::Over { .. }) => not_taken(&desk, ["活动已经结束。", "It is over."]).await,
        Err(CallOffGatheringRefusal::VersionConflict) => {
            not_taken(&desk, ["有人刚改了这个活动，请再看一次。", "Somebody changed it meanwhile: look once more."])
                .await
        }
    }
}

async fn not_taken(desk: &Desk, [zh_cn, en]: [&str; 2]) -> Answer {
    let problem = desk.t(zh_cn, en).to_owned();
    Ok(Reply::NotTaken(render(&page(desk, Some(problem)).await?)))
}

async fn page(desk: &Desk, problem: Option<String>) -> Result<CallOffPage, Away> {
    let (perk, stock) = find(desk).await?;
    let seats = desk.app.count_seats(perk.id).await?;
    let version = perk.gathering.as_ref().map_or(0, |gathering| gathering.version);
    let (seen, reason) = (seen(&seats, stock), desk.form.text("reason").to_owned());
    Ok(CallOffPage { frame: desk.frame.clone(), perk, stock, seats, version, seen, reason, problem })
}

fn seen(seats: &SeatCount, stock: Stock) -> String {
    format!("{}-{}-{}", seats.taken, seats.restorable, stock.waiting + stock.offered)
}

fn is_standing(perk: &Perk) -> bool {
    perk.gathering.as_ref().is_some_and(|gathering| gathering.called_off_at.is_none())
}

impl CallOffPage {
    /// Whether there is anything to call off.
    fn is_standing(&self) -> bool {
        is_standing(&self.perk)
    }

    /// All who are on the waiting list, those with an offer too.
    fn waiting(&self) -> u32 {
        self.stock.waiting + self.stock.offered
    }
}
