use accounts::StaffRole;
use entitlements::{
    WaitingPlace,
    store::{self, WaitingPosition},
};
use kernel::{Fault, Id, kinds};

use super::PlaceInLine;
use crate::{App, Page, Paged, StaffPrincipal, staff::NotAllowed};

/// Who of the staff sees who waits: those who keep perks, who answers those who wait, and who reads everything.
const READERS: [StaffRole; 3] = [StaffRole::Perks, StaffRole::Support, StaffRole::Auditor];

impl App {
    /// The open places on the waiting list of a perk, by number, for perks, support and auditors. No names: a household by its id.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_waiting_places(
        &self,
        principal: &StaffPrincipal,
        perk: Id<kinds::Perk>,
        page: Page<u32>,
    ) -> Result<Result<Paged<PlaceInLine>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        let (position, limit) = match page {
            Page::Forward { size, after } => (WaitingPosition::After(after), size.with_lookahead()),
            Page::Backward { size, before } => (WaitingPosition::Before(before), size.with_lookahead()),
        };
        let places = store::list_waiting_places(&self.reader(), perk, position, limit).await?;
        let Paged { items, has_more } = Paged::cut(places, page);
        let before = match items.first() {
            Some(first) => store::count_before(&self.reader(), perk, first.number).await?,
            None => 0,
        };
        Ok(Ok(Paged { items: in_line(&items, before), has_more }))
    }
}

/// How many wait before each: who has an offer waits no more.
fn in_line(places: &[WaitingPlace], mut ahead: u64) -> Vec<PlaceInLine> {
    let place_in_line = |place: &WaitingPlace| {
        if place.offer.is_some() {
            return PlaceInLine { place: *place, ahead: 0 };
        }
        ahead += 1;
        PlaceInLine { place: *place, ahead: ahead - 1 }
    };
    places.iter().map(place_in_line).collect()
}
