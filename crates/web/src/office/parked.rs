use accounts::StaffRole;
use app::parked_events::{ParkedEvent, RetryEventRefusal};
use askama::Template;
use kernel::{Id, kinds};

use super::{Answer, Away, Desk, Frame, Reply, desk::show, listing::Around};

/// Events whose reactions failed for the last time.
#[derive(Template)]
#[template(path = "office/parked.html")]
struct ParkedPage {
    frame: Frame,
    events: Vec<ParkedEvent>,
    around: Around,
}

/// `GET /office/parked`.
pub(super) async fn parked(desk: Desk) -> Answer {
    let page = desk.page(|text| text.parse::<Id<kinds::Event>>().ok())?;
    let list = desk.app.list_parked_events(&desk.principal, page).await??;
    let around = Around::of("/office/parked", &[], &page, &list, |event| event.id.to_string());
    show(&ParkedPage { frame: desk.frame, events: list.items, around })
}

/// `POST /office/parked/ID`: its reactions run again.
pub(super) async fn retry(desk: Desk) -> Answer {
    match desk.app.retry_event(&desk.principal, desk.id::<kinds::Event>()?).await? {
        Ok(()) => {
            let notice = desk.t("会马上再处理一次。", "It runs again right away.").to_owned();
            Ok(Reply::Done { to: "/office/parked".to_owned(), notice })
        }
        Err(RetryEventRefusal::NotAllowed(refusal)) => Err(refusal.into()),
        Err(RetryEventRefusal::NoSuchEvent) => Err(Away::NotThere),
    }
}
