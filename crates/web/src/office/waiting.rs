use accounts::StaffRole;
use app::entitlements::PlaceInLine;
use askama::Template;
use entitlements::{Perk, Stock};
use kernel::kinds;

use super::{
    Answer, Away, Desk, Frame, Reply,
    desk::{Download, show},
    listing::Around,
};
use crate::csv_row;

/// Most lines of a file: more than ever wait for one perk.
const MAX_FILE_LINES: usize = 10_000;

/// Who waits for a perk.
#[derive(Template)]
#[template(path = "office/waiting.html")]
struct WaitingPage {
    frame: Frame,
    perk: Perk,
    stock: Stock,
    places: Vec<PlaceInLine>,
    around: Around,
    may_open_households: bool,
}

/// Whether whoever is signed in reads waiting lists, to show or leave out a link; the use-case decides.
pub(super) fn may_see(frame: &Frame) -> bool {
    frame.may(&[StaffRole::Perks, StaffRole::Support, StaffRole::Auditor])
}

/// `GET /office/perks/ID/waiting`.
pub(super) async fn waiting(desk: Desk) -> Answer {
    let id = desk.id::<kinds::Perk>()?;
    let page = desk.page(|text| text.parse::<u32>().ok())?;
    let list = desk.app.list_waiting_places(&desk.principal, id, page).await??;
    let (perk, stock) = desk.app.find_perk(id).await?.ok_or(Away::NotThere)?;
    let around =
        Around::of(&format!("/office/perks/{id}/waiting"), &[], &page, &list, |it| it.place.number.to_string());
    let may_open_households = desk.frame.may(&[StaffRole::Support, StaffRole::Auditor]);
    show(&WaitingPage { frame: desk.frame, perk, stock, places: list.items, around, may_open_households })
}

/// `GET /office/perks/ID/waiting.csv`.
pub(super) async fn waiting_file(desk: Desk) -> Answer {
    let id = desk.id::<kinds::Perk>()?;
    let mut text =
        format!("\u{FEFF}{}", csv_row(&["number", "ahead", "household", "joined_at", "offered_at", "offer_ends_at"]));
    let (mut after, mut written) = (None, 0);
    while written < MAX_FILE_LINES {
        let page = app::Page::Forward { size: app::PageSize::new(100).expect("a hundred is a page"), after };
        let list = desk.app.list_waiting_places(&desk.principal, id, page).await??;
        for PlaceInLine { place, ahead } in &list.items {
            let [made, ends] = match place.offer {
                Some(offer) => [offer.made_at.to_rfc3339(), offer.ends_at.to_rfc3339()],
                None => [String::new(), String::new()],
            };
            let cells = [
                place.number.to_string(),
                ahead.to_string(),
                place.household.to_string(),
                place.joined_at.to_rfc3339(),
                made,
                ends,
            ];
            text.push_str(&csv_row(&cells.each_ref().map(String::as_str)));
        }
        written += list.items.len();
        after = list.items.last().map(|it| it.place.number);
        if !list.has_more {
            break;
        }
    }
    desk.app.find_perk(id).await?.ok_or(Away::NotThere)?;
    Ok(Reply::File(Download {
        name: "waiting.csv".to_owned(),
        content_type: "text/csv; charset=utf-8; header=present",
        text,
    }))
}
