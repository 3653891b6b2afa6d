use kernel::Fault;
use ledger::EarnRule;

use crate::App;

impl App {
    /// All versions of all earn rules, oldest first. The operator's own act.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_earn_rules(&self) -> Result<Vec<EarnRule>, Fault> {
        ledger::store::list_earn_rules(&self.reader()).await
    }
}
