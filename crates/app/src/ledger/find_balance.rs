use kernel::{BusinessDate, Fault, Id, kinds};
use ledger::Balance;

use crate::{App, Principal};

impl App {
    /// A household's balance today, and which day that is: one statement that returns one row, for those who do not ask for
    /// lots. `None` to anyone who does not belong to the household.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_balance(
        &self,
        principal: &Principal,
        household: Id<kinds::Household>,
    ) -> Result<Option<(Balance, BusinessDate)>, Fault> {
        if !principal.belongs_to(household) {
            return Ok(None);
        }
        let today = self.settings().zone.date_of(self.db().clock().now());
        let balance = ledger::store::find_balance(&self.reader(), household, today).await?;
        let balance = balance.ok_or_else(|| Fault::inconsistent("find the wallet of a household"))?;
        Ok(Some((balance, today)))
    }
}
