use entitlements::{Grant, Perk, Stock, store::PerkPosition};
use kernel::{Fault, Id, Label, Points, kinds};

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

    /// Whether a perk can be redeemed at this instant, as far as the calendar and the operator go.
    #[must_use]
    pub fn is_on_offer(&self, perk: &Perk) -> bool {
        let now = self.db().clock().now();
        perk.is_on_shelf() && !perk.window.is_over(now) && perk.window.opens_later(now).is_none()
    }

    /// What a community is called. Anyone may look.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_community_name(&self, community: Id<kinds::Community>) -> Result<Option<Label>, Fault> {
        accounts::store::find_community_name(&self.reader(), community).await
    }

    /// How many points giving a grant of a perk back would return now; `None` where it cannot be given back.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn returns_now(&self, grant: &Grant, perk: &Perk) -> Result<Option<Points>, Fault> {
        let now = self.db().clock().now();
        if grant.cancelled_at.is_some() || grant.used_at.is_some() {
            return Ok(None);
        }
        if let Some(booking) = grant.booking {
            let slot = self.find_slot(booking.slot).await?;
            return Ok(slot.filter(|slot| slot.cut_off_at > now).map(|_| grant.price));
        }
        let gathering = perk.gathering.as_ref().filter(|gathering| !gathering.has_begun(now));
        Ok(gathering.map(|gathering| gathering.returns.of(grant.price, now)))
    }
}
