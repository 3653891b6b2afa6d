use app::{
    CountedList,
    ledger::{AccountViewed, ViewAccountRefusal},
};
use async_graphql::{Context, ID, Object, Result};
use kernel::Label;

use super::query::not_allowed;
use crate::{
    refusal::Refusal,
    schema::{
        connection::{ConnectionOf, PageArguments, read_page, write_page},
        ids,
        ledger::{PageLots, StatementLine},
        nullable::{Nullable, nullable},
        scalars::{LocalDate, points},
        session::{app, session},
    },
};

#[derive(Default)]
pub(in crate::schema) struct HouseholdAccountQuery;

#[Object]
impl HouseholdAccountQuery {
    /// What a household owns in points, as the staff sees it: figures, nobody's name. For support, which says why, and the audit log
    /// keeps it; for finance and auditor. Null when there is no such household.
    async fn household_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] household_id: ID,
        #[graphql(desc = "Why you look, 1 to 120 characters; support must say.")] reason: Option<String>,
    ) -> Nullable<HouseholdAccount> {
        nullable(async {
            let principal = session(ctx).staff_signed_in()?;
            let unreadable = |_| Refusal::bad_input("BAD_REASON", "a reason has 1 to 120 characters that can be seen");
            let reason = reason.map(|reason| reason.parse::<Label>()).transpose().map_err(unreadable)?;
            let Some(household) = ids::read(&household_id)? else { return Ok(None) };
            let viewed = app(ctx).view_account(principal, household, reason.as_ref()).await?;
            let viewed = viewed.map_err(|refusal| match refusal {
                ViewAccountRefusal::NotAllowed(refusal) => not_allowed(refusal),
                ViewAccountRefusal::ReasonMissing => Refusal::bad_input("REASON_MISSING", "say why you look"),
            })?;
            Ok(viewed.map(HouseholdAccount))
        })
        .await
    }
}

pub(in crate::schema) struct HouseholdAccount(AccountViewed);

/// A household's points as the staff sees them.
#[Object]
impl HouseholdAccount {
    /// Whose: the household that the id you asked for stands for now.
    async fn household_id(&self) -> ID {
        ids::write(self.0.household)
    }

    /// The id you asked for, where it is one of a household that went into this one; null otherwise. The figures are those of all
    /// together then; the statement tells how its points came.
    async fn merged_household_id(&self) -> Option<ID> {
        self.0.asked_as.map(ids::write)
    }

    /// Points that can be spent today.
    async fn available(&self) -> Result<i32> {
        points(self.0.balance.available)
    }

    /// Points that wait for the end of a return window, or for a pick-up.
    async fn pending(&self) -> Result<i32> {
        points(self.0.balance.pending)
    }

    /// Points set aside for something that is not finished.
    async fn held(&self) -> Result<i32> {
        points(self.0.balance.held)
    }

    /// Points owed to the program.
    async fn owed(&self) -> Result<i32> {
        points(self.0.balance.owed)
    }

    /// The day these figures are of.
    async fn as_of(&self) -> LocalDate {
        LocalDate(self.0.today)
    }

    /// Every change of the account, the newest first. Names of members in it are refused to the staff.
    async fn statement(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the newest on, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "How many up to the oldest, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor; with `last`.")] before: Option<String>,
    ) -> Result<ConnectionOf<StatementLine>> {
        let list = format!("statement:{}", self.0.household);
        let page = read_page(&list, PageArguments { first, after, last, before }, |key| key.parse().ok())?;
        let postings = app(ctx).view_statement(session(ctx).staff_signed_in()?, self.0.household, page).await?;
        let postings = postings.map_err(not_allowed)?;
        let lots = PageLots::of(&postings.items);
        let line = |posting| StatementLine::of_page(posting, &lots);
        Ok(write_page(
            &list,
            &page,
            postings,
            |posting| posting.no.to_string(),
            line,
            CountedList::Statement(self.0.household),
        ))
    }
}
