use std::collections::BTreeSet;

use accounts::store::{self, LockedPerson};
use db::Tx;
use kernel::{Fault, FaultKind, Id, kinds};

/// Locks a person and all who share their household. Who does is read before any lock; if the person went elsewhere meanwhile,
/// everything runs again.
pub(super) async fn lock_people(
    tx: &mut Tx,
    person: Id<kinds::Person>,
) -> Result<(LockedPerson, BTreeSet<Id<kinds::Person>>), Fault> {
    let place = store::find_households_of(tx, &[person]).await?.remove(&person);
    let mut people = match place {
        Some(household) => store::find_members(tx, household).await?,
        None => BTreeSet::new(),
    };
    people.insert(person);
    store::lock_persons(tx, &people).await?;
    let locked = store::lock_person(tx, person).await?;
    if locked.household == place {
        Ok((locked, people))
    } else {
        Err(Fault::new(FaultKind::Contention, "lock a household that was left just now"))
    }
}
