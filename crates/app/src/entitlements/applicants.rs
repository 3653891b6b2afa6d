use std::collections::HashMap;

use accounts::Spender;
use chrono::TimeDelta;
use db::Tx;
use entitlements::{Applicant, NO_SHOW_DAYS, Shelf, barred_until};
use kernel::{BusinessDate, Fault, Id, Timestamp, kinds};

/// What perks ask of households, looked up only where one of them asks.
#[derive(Default)]
pub(super) struct Applicants {
    communities: HashMap<Id<kinds::Household>, Id<kinds::Community>>,
    no_shows: HashMap<Id<kinds::Household>, Vec<Timestamp>>,
}

impl Applicants {
    /// Where households live, where a perk is for one community; where they let seats stand empty, where one is a seat. The households'
    /// wallets must be locked.
    pub(super) async fn load<'a>(
        tx: &mut Tx,
        shelves: impl Iterator<Item = &'a Shelf> + Clone,
        households: &[Id<kinds::Household>],
    ) -> Result<Self, Fault> {
        let mut known = Self::default();
        if shelves.clone().any(|shelf| shelf.perk().audience.community.is_some()) {
            known.communities = accounts::store::find_communities_of(tx, households).await?;
        }
        if shelves.clone().any(|shelf| shelf.perk().gathering.is_some()) {
            let since = tx.now() - TimeDelta::days(NO_SHOW_DAYS);
            known.no_shows = entitlements::store::list_no_shows(tx, households, since).await?;
        }
        Ok(known)
    }

    /// A member who asks, at an instant and its day.
    pub(super) fn applicant(
        &self,
        person: Id<kinds::Person>,
        spender: &Spender,
        (now, today): (Timestamp, BusinessDate),
    ) -> Applicant {
        let household = spender.household;
        Applicant {
            household,
            person,
            community: self.communities.get(&household).copied(),
            born_on: spender.born_on,
            barred_until: self.no_shows.get(&household).and_then(|no_shows| barred_until(no_shows, now)),
            now,
            today,
        }
    }
}
