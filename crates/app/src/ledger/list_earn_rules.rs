use kernel::Fault;
use ledger::EarnRules;

use crate::App;

impl App {
    /// All versions of all earn rules, oldest first, with what closed them. The operator's own act.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_earn_rules(&self) -> Result<EarnRules, Fault> {
        ledger::store::list_earn_rules(&self.reader()).await
    }
}
