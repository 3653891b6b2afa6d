use accounts::StaffRole;
use app::entitlements::{BookingOutcome, SettleBooking, SettleBookingRefusal};
use askama::Template;

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{render, show},
};

/// What became of the booking of an order.
#[derive(Template)]
#[template(path = "office/settle.html")]
struct SettlePage {
    frame: Frame,
    order: String,
    back: String,
    apology: String,
    /// A missed promise is looked at once more before points move.
    is_preview: bool,
    problem: Option<String>,
}

/// `GET /office/slots/settle?order=…`: a field for the number of an order.
pub(super) async fn ask(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&[StaffRole::Perks]) {
        return Err(Away::NotAllowed);
    }
    let order = desk.query.text("order").to_owned();
    show(&page(&desk, order, false, None))
}

/// `POST /office/slots/settle`: delivered at once; missed first shows what it gives back.
pub(super) async fn settle(desk: Desk) -> Answer {
    if !desk.principal.roles.has_any(&[StaffRole::Perks]) {
        return Err(Away::NotAllowed);
    }
    let outcome = match desk.form.text("outcome") {
        "kept" => BookingOutcome::Kept,
        "missed" => BookingOutcome::Missed,
        _ => return Err(Away::BadRequest),
    };
    let typed = desk.form.text("order").to_owned();
    let Ok(order_ref) = typed.parse() else { return not_taken(&desk, typed, &SettleBookingRefusal::NoSuchBooking) };
    if outcome == BookingOutcome::Missed && !desk.form.is_ticked("sure") {
        return show(&page(&desk, typed, true, None));
    }
    match desk.app.settle_booking(&desk.principal, &SettleBooking { order_ref, outcome }).await? {
        Ok(settled) => {
            let to = settled
                .grant
                .booking
                .map_or("/office/slots".to_owned(), |booked| format!("/office/slots/{}", booked.slot));
            let (price, apology) = (desk.frame.points(&settled.grant.price), desk.frame.points(&settled.apology));
            let notice = match outcome {
                BookingOutcome::Kept => desk.t("已登记：准时送达。", "Noted: delivered in time.").to_owned(),
                BookingOutcome::Missed => format!(
                    "{} {price} + {apology}",
                    desk.t(
                        "已登记：未准时送达。退回与致歉积分：",
                        "Noted: missed. Points given back, and as an apology:"
                    )
                ),
            };
            Ok(Reply::Done { to, notice })
        }
        Err(SettleBookingRefusal::NotAllowed(refusal)) => Err(refusal.into()),
        Err(refusal) => not_taken(&desk, typed, &refusal),
    }
}

fn not_taken(desk: &Desk, typed: String, refusal: &SettleBookingRefusal) -> Answer {
    let problem = refused(desk, refusal);
    Ok(Reply::NotTaken(render(&page(desk, typed, false, Some(problem)))))
}

fn page(desk: &Desk, order: String, is_preview: bool, problem: Option<String>) -> SettlePage {
    let apology = desk.frame.points(&desk.app.settings().apology_points);
    SettlePage { frame: desk.frame.clone(), order, back: "/office/slots".to_owned(), apology, is_preview, problem }
}

fn refused(desk: &Desk, refusal: &SettleBookingRefusal) -> String {
    let [zh_cn, en] = match refusal {
        SettleBookingRefusal::NotAllowed(_) => ["您没有这项权限。", "None of your roles allows this."],
        SettleBookingRefusal::NoSuchBooking => ["这个订单没有预约时段。", "No slot is booked for this order."],
        SettleBookingRefusal::NotCutOff { at } => {
            let begin = desk.t("还没有到截止时间：", "Nothing is delivered before the cut-off at ");
            return format!("{begin}{}", desk.frame.minute(at));
        }
        SettleBookingRefusal::NotStanding(_) => ["已经登记过，或已退回。", "It was settled before, or given back."],
        SettleBookingRefusal::NotRestored(_) | SettleBookingRefusal::NotGiven(_) => {
            ["这家的积分已达上限。", "The household cannot hold that many points."]
        }
    };
    desk.t(zh_cn, en).to_owned()
}
