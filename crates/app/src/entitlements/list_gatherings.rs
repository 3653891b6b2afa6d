use entitlements::{Perk, SeatCount, Stock, store};
use kernel::{Fault, Id, Timestamp, kinds};

use crate::App;

/// Most gatherings listed at once: a month of more is no calendar anybody reads.
pub const MAX_GATHERINGS: usize = 200;

impl App {
    /// The gatherings that begin from one instant on and before another, by when they begin, those called off too; the first
    /// [`MAX_GATHERINGS`]. Anyone may look, as at perks.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_gatherings(&self, between: (Timestamp, Timestamp)) -> Result<Vec<(Perk, Stock)>, Fault> {
        store::list_gatherings(&self.reader(), between, MAX_GATHERINGS as u64).await
    }

    /// How many seats of a gathering stand, and how many points calling it off would give back. Numbers alone: nothing of whose they are.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn count_seats(&self, gathering: Id<kinds::Perk>) -> Result<SeatCount, Fault> {
        store::count_seats(&self.reader(), gathering).await
    }
}
