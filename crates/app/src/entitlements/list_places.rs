use entitlements::{WaitingPlace, store};
use kernel::Fault;

use crate::{App, Principal};

/// Most places of one household shown at once: more perks than any catalogue keeps lists for.
const MAX_PLACES: u64 = 100;

/// A household's place as its members see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceInLine {
    /// The place.
    pub place: WaitingPlace,
    /// How many wait before it; nobody, once it has an offer.
    pub ahead: u64,
}

impl App {
    /// The places on waiting lists that one's own household has now.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_places(&self, principal: &Principal) -> Result<Vec<PlaceInLine>, Fault> {
        let Some((household, _)) = principal.household else { return Ok(Vec::new()) };
        let mut places = Vec::new();
        for place in store::list_open_places(&self.reader(), household, MAX_PLACES).await? {
            places.push(self.place_in_line(place).await?);
        }
        Ok(places)
    }

    /// A place and how many are before it.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn place_in_line(&self, place: WaitingPlace) -> Result<PlaceInLine, Fault> {
        let ahead = match place.offer {
            Some(_) => 0,
            None => store::count_before(&self.reader(), place.perk, place.number).await?,
        };
        Ok(PlaceInLine { place, ahead })
    }
}
