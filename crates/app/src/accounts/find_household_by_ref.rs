use kernel::{Actor, ExternalRef, Fault, Id, kinds};

use crate::App;

impl App {
    /// The household the operator knows by a number. `None`: nobody has that number.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_household_by_ref(&self, number: &ExternalRef) -> Result<Option<Id<kinds::Household>>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let found = accounts::store::find_households_by_ref(&mut tx, std::slice::from_ref(number)).await?;
        tx.rollback().await?;
        Ok(found.into_values().next())
    }

    /// The person the operator knows by a number. `None`: nobody has that number.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_person_by_ref(&self, number: &ExternalRef) -> Result<Option<Id<kinds::Person>>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let found = accounts::store::find_person_refs(&mut tx, std::slice::from_ref(number)).await?;
        tx.rollback().await?;
        Ok(found.into_values().next().map(|place| place.person))
    }
}
