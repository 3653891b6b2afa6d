use accounts::{Party, store};
use db::Tx;
use kernel::{Fault, Id, kinds};

use crate::{App, Principal};

/// Who decides, and about whose data; locked.
pub(super) struct Parties {
    pub(super) by: Party,
    /// `None` when there is no such person.
    pub(super) about: Option<Party>,
}

impl App {
    /// Locks whoever is signed in and whom the act is about: the same person when none is named.
    pub(super) async fn lock_parties(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        about: Option<Id<kinds::Person>>,
    ) -> Result<Parties, Fault> {
        let about = about.unwrap_or(principal.person);
        let parties = store::lock_parties(tx, &[principal.person, about]).await?;
        let by = parties.get(&principal.person).copied();
        let by = by.ok_or_else(|| Fault::inconsistent("find the person who is signed in"))?;
        Ok(Parties { by, about: parties.get(&about).copied() })
    }

    /// The operator's day of an act.
    pub(super) fn day_of(&self, tx: &Tx) -> kernel::BusinessDate {
        self.settings().zone.date_of(tx.now())
    }
}
