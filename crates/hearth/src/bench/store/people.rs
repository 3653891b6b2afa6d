//! Who the people of a measurement turned out to be.

use app::Principal;
use db::Db;
use kernel::{Actor, ExternalRef, Fault, Id};

/// The principals these persons would be after signing in, in the same order.
///
/// # Errors
/// A [`Fault`] of the database, or when one of them is not there.
#[expect(clippy::disallowed_methods, reason = "the bench looks behind the rules, and rolls back")]
pub async fn list_principals(db: &Db, refs: &[ExternalRef]) -> Result<Vec<Principal>, Fault> {
    let mut tx = db.begin(Actor::System).await?;
    let places = accounts::store::find_person_refs(&mut tx, refs).await?;
    tx.rollback().await?;
    let principal = |external_ref: &ExternalRef| {
        let place = places.get(external_ref).ok_or_else(|| Fault::inconsistent("find a person of the bench"))?;
        Ok(Principal { session: Id::from_uuid(place.person.uuid()), person: place.person, household: place.household })
    };
    refs.iter().map(principal).collect()
}
