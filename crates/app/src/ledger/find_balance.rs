use std::sync::Arc;

use kernel::{BusinessDate, Fault, Id, kinds};
use ledger::Balance;

use super::balance_lane::{Answer, Waiting};
use crate::{App, Principal};

impl App {
    /// A household's balance today, and which day that is: for those who do not ask for lots. Those who ask at the same time
    /// share one statement. `None` to anyone who does not belong to the household.
    ///
    /// # Errors
    /// A [`Fault`] of the database; busy when too many wait.
    pub async fn find_balance(
        &self,
        principal: &Principal,
        household: Id<kinds::Household>,
    ) -> Result<Option<(Balance, BusinessDate)>, Fault> {
        if !principal.belongs_to(household) {
            return Ok(None);
        }
        let balance = self.share_balance(household).await?;
        let balance = balance.map_err(|fault| Fault::because(fault.kind(), "find a balance", fault))?;
        balance.map(Some).ok_or_else(|| Fault::inconsistent("find the wallet of a household"))
    }

    /// Stands in line until somebody reads for us, or reads for all who stand there.
    async fn share_balance(&self, household: Id<kinds::Household>) -> Result<Answer, Fault> {
        let lane = self.balances();
        loop {
            let mut answered = lane.wait(household)?;
            let answer = tokio::select! {
                biased;
                answer = &mut answered => answer,
                turn = lane.turn() => {
                    self.answer_balances(lane.take()).await;
                    drop(turn);
                    answered.await
                }
            };
            // No answer: whoever was reading for us was dropped.
            if let Ok(answer) = answer {
                return Ok(answer);
            }
        }
    }

    async fn answer_balances(&self, waiting: Vec<Waiting>) {
        if waiting.is_empty() {
            return;
        }
        let now = self.db().clock().now();
        let today = self.settings().zone.date_of(now);
        let households: Vec<Id<kinds::Household>> = waiting.iter().map(|waiting| waiting.household).collect();
        match ledger::store::list_balances(&self.reader(), &households, today, now).await {
            Ok(balances) => waiting.into_iter().for_each(|waiting| {
                let balance = balances.get(&waiting.household).map(|balance| (*balance, today));
                waiting.answer(Ok(balance));
            }),
            Err(fault) => {
                let fault = Arc::new(fault);
                waiting.into_iter().for_each(|waiting| waiting.answer(Err(Arc::clone(&fault))));
            }
        }
    }
}
