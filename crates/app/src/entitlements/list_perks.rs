use entitlements::{Perk, Stock, store::PerkPosition};
use kernel::{Fault, Id, kinds};

use crate::{App, Page, Paged};

impl App {
    /// The perks on offer and off, in the order they were defined, with what is left of each. Anyone may look.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_perks(&self, page: Page<Id<kinds::Perk>>) -> Result<Paged<(Perk, Stock)>, Fault> {
        let (position, limit) = match page {
            Page::Forward { size, after } => {
                (after.map_or(PerkPosition::First, PerkPosition::After), size.with_lookahead())
            }
            Page::Backward { size, before } => {
                (before.map_or(PerkPosition::Last, PerkPosition::Before), size.with_lookahead())
            }
        };
        let perks = entitlements::store::list_perks(&self.reader(), position, limit).await?;
        Ok(Paged::cut(perks, page))
    }

    /// One perk with what is left of it. Anyone may look.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_perk(&self, perk: Id<kinds::Perk>) -> Result<Option<(Perk, Stock)>, Fault> {
        entitlements::store::find_perk(&self.reader(), perk).await
    }
}
