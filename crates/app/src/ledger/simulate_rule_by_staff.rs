use accounts::StaffRole;
use kernel::Fault;
use ledger::EarnRules;
use tokio::sync::Semaphore;

use super::{RuleSimulation, SimulateRule, SimulateRuleRefusal};
use crate::{App, StaffPrincipal, staff::NotAllowed};

/// Who looks at what purchases earn, as at the figures of the programme.
const READERS: [StaffRole; 3] = [StaffRole::Perks, StaffRole::Finance, StaffRole::Auditor];

/// Most days that are replayed while somebody waits: two months.
pub const MAX_DAYS_SIMULATED: i64 = 62;

/// A replay reads every order of its days, so those who ask at the same time take turns.
static TURN: Semaphore = Semaphore::const_new(1);

/// Why a rule is not simulated for the staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SimulateByStaffRefusal {
    /// None of their roles looks at earn rules.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// More than [`MAX_DAYS_SIMULATED`].
    #[error("at most {MAX_DAYS_SIMULATED} days are replayed while somebody waits")]
    TooManyDays,
    /// It could not be simulated.
    #[error(transparent)]
    NotSimulated(#[from] SimulateRuleRefusal),
}

impl App {
    /// All versions of all earn rules, oldest first, with what closed them: for perks, finance and auditors.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_earn_rules_by_staff(
        &self,
        principal: &StaffPrincipal,
    ) -> Result<Result<EarnRules, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        self.list_earn_rules().await.map(Ok)
    }

    /// What a rule would have given for the orders of some days, for perks, finance and auditors. Writes nothing.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn simulate_rule_by_staff(
        &self,
        principal: &StaffPrincipal,
        simulate: &SimulateRule,
    ) -> Result<Result<RuleSimulation, SimulateByStaffRefusal>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed.into()));
        }
        if (simulate.until - simulate.from).num_days() >= MAX_DAYS_SIMULATED {
            return Ok(Err(SimulateByStaffRefusal::TooManyDays));
        }
        let _turn = TURN.acquire().await.expect("the turns are never closed");
        Ok(self.simulate_rule(simulate).await?.map_err(SimulateByStaffRefusal::from))
    }
}
