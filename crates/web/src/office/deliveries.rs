use accounts::StaffRole;
use app::webhooks::{Decider, Delivery, DeliveryState, RedeliverRefusal};
use askama::Template;
use kernel::{Id, kinds};

use super::{Answer, Away, Desk, Frame, Reply, desk::show, listing::Around};

/// What is on its way to webhooks, and what became of it.
#[derive(Template)]
#[template(path = "office/deliveries.html")]
struct DeliveriesPage {
    frame: Frame,
    deliveries: Vec<Delivery>,
    around: Around,
}

/// `GET /office/deliveries`, of all webhooks or of one.
pub(super) async fn deliveries(desk: Desk) -> Answer {
    let page = desk.page(|text| text.parse::<Id<kinds::Delivery>>().ok())?;
    let webhook = desk.query.optional("webhook")?;
    let list = desk.app.list_deliveries_by_staff(&desk.principal, webhook, page).await??;
    let kept = [("webhook", desk.query.text("webhook"))];
    let around = Around::of("/office/deliveries", &kept, &page, &list, |delivery| delivery.id.to_string());
    show(&DeliveriesPage { deliveries: list.items, around, frame: desk.frame })
}

/// `POST /office/deliveries/ID`: due again now.
pub(super) async fn redeliver(desk: Desk) -> Answer {
    let notice = match desk.app.redeliver(Decider::Staff(desk.principal), desk.id::<kinds::Delivery>()?).await? {
        Ok(()) => desk.t("会马上再投递一次。", "It is sent again right away."),
        Err(RedeliverRefusal::NotAllowed(refusal)) => return Err(refusal.into()),
        Err(RedeliverRefusal::NoSuchDelivery) => return Err(Away::NotThere),
        Err(RedeliverRefusal::Disabled) => {
            desk.t("没有投递：这个推送地址已停用。", "Not sent: its webhook is disabled.")
        }
    };
    let notice = notice.to_owned();
    Ok(Reply::Done { to: "/office/deliveries".to_owned(), notice })
}
