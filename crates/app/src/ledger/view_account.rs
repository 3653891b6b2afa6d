use accounts::{StaffRole, store::find_alias};
use db::AuditLine;
use kernel::{BusinessDate, Fault, Id, Label, kinds};
use ledger::{Balance, Posting, store::StatementPosition};

use crate::{App, Page, Paged, StaffPrincipal, staff::NotAllowed};

/// Rows 1 and 4 of the access matrix: who of the staff sees what a household owns.
pub(crate) const VIEWERS: [StaffRole; 3] = [StaffRole::Support, StaffRole::Finance, StaffRole::Auditor];

/// Those of them who see figures without saying why: it is their daily work, and they see no names.
const VIEWERS_WITHOUT_REASON: [StaffRole; 2] = [StaffRole::Finance, StaffRole::Auditor];

/// A household's account as the staff sees it: figures, nobody's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountViewed {
    /// Whose.
    pub household: Id<kinds::Household>,
    /// The id that was asked for, where it is one of a household that went into this one: its own book holds only history.
    pub asked_as: Option<Id<kinds::Household>>,
    /// Available, pending, held, owed.
    pub balance: Balance,
    /// The day these figures are of.
    pub today: BusinessDate,
}

/// Why an account is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ViewAccountRefusal {
    /// None of their roles sees accounts.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// Support says why, each time.
    #[error("say why")]
    ReasonMissing,
}

/// Whether they see figures without saying why.
pub(crate) fn may_view_without_reason(principal: &StaffPrincipal) -> bool {
    principal.roles.has_any(&VIEWERS_WITHOUT_REASON)
}

impl App {
    /// What a household owns, for the staff; by the id of one that went into another, what that one owns. Support says why, and the audit log keeps it; finance and auditors need not. `None` when
    /// there is no such household.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn view_account(
        &self,
        principal: &StaffPrincipal,
        household: Id<kinds::Household>,
        reason: Option<&Label>,
    ) -> Result<Result<Option<AccountViewed>, ViewAccountRefusal>, Fault> {
        if !principal.roles.has_any(&VIEWERS) {
            return Ok(Err(NotAllowed.into()));
        }
        let asked = household;
        let household = find_alias(&self.reader(), asked).await?.unwrap_or(asked);
        match reason {
            Some(reason) => {
                if let Err(refusal) = self.note_view(principal, household, reason).await? {
                    return Ok(Err(refusal.into()));
                }
            }
            None if may_view_without_reason(principal) => {}
            None => return Ok(Err(ViewAccountRefusal::ReasonMissing)),
        }
        let now = self.db().clock().now();
        let today = self.settings().zone.date_of(now);
        let balances = ledger::store::list_balances(&self.reader(), &[household], today, now).await?;
        let viewed = balances.get(&household).map(|&balance| AccountViewed {
            household,
            asked_as: (asked != household).then_some(asked),
            balance,
            today,
        });
        Ok(Ok(viewed))
    }

    /// A household's postings, newest first, for those of the staff who may view its account.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn view_statement(
        &self,
        principal: &StaffPrincipal,
        household: Id<kinds::Household>,
        page: Page<i64>,
    ) -> Result<Result<Paged<Posting>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&VIEWERS) {
            return Ok(Err(NotAllowed));
        }
        let (position, limit) = match page {
            Page::Forward { size, after } => {
                (after.map_or(StatementPosition::Newest, StatementPosition::Before), size.with_lookahead())
            }
            Page::Backward { size, before } => {
                (before.map_or(StatementPosition::Oldest, StatementPosition::After), size.with_lookahead())
            }
        };
        let postings = ledger::store::list_postings(&self.reader(), household, position, limit).await?;
        Ok(Ok(Paged::cut(postings, page)))
    }

    /// The log has it before the figures are read: whoever sees them has said why.
    async fn note_view(
        &self,
        principal: &StaffPrincipal,
        household: Id<kinds::Household>,
        reason: &Label,
    ) -> Result<Result<(), NotAllowed>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            if let Err(refusal) = principal.lock(&mut tx, &VIEWERS).await? {
                return Ok(Err(refusal));
            }

            tx.audit(AuditLine {
                action: "view_account",
                household: Some(household),
                subject: household.to_string(),
                detail: reason.to_string(),
            });

            tx.commit().await?;
            Ok(Ok(()))
        })
        .await
    }
}
