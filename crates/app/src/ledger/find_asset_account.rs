use kernel::{BusinessDate, Fault, Id, kinds};
use ledger::{Balance, Lot};

use crate::{App, Principal};

/// What a household owns in points, on the day it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetAccount {
    /// Available, pending, held, owed.
    pub balance: Balance,
    /// The lots with points that have not lapsed, the earliest expiry first.
    pub lots: Vec<Lot>,
    /// The day these figures are of.
    pub today: BusinessDate,
}

impl App {
    /// A household's asset account, read in one statement. `None` to anyone who does not belong to it.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_asset_account(
        &self,
        principal: &Principal,
        household: Id<kinds::Household>,
    ) -> Result<Option<AssetAccount>, Fault> {
        if !principal.belongs_to(household) {
            return Ok(None);
        }
        let now = self.db().clock().now();
        let account = ledger::store::find_account(&self.reader(), household, now).await?;
        let account = account.ok_or_else(|| Fault::inconsistent("find the wallet of a household"))?;
        let today = self.settings().zone.date_of(now);
        let balance = Balance::of(&account.lots, account.owed, today);
        let lots = account.lots.into_iter().filter(|lot| !lot.key.is_lapsed(today) || !lot.held.is_zero()).collect();
        Ok(Some(AssetAccount { balance, lots, today }))
    }
}
