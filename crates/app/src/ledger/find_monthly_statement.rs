use std::collections::{BTreeSet, HashMap};

use kernel::{Fault, Id, Label, Month, Zone, kinds};
use ledger::{
    Posting,
    store::{StatementMark, StatementPosition},
};

use crate::{App, Principal};

/// How many postings one statement reads.
const POSTINGS_PER_READ: u64 = 500;

/// What happened to a household's points in one month.
///
/// A month has the postings that were written in it, in the order in which they were written. Not those of its business dates: a
/// balance after each line could not run, and a page printed yesterday would be another today when an old order is imported. Each
/// line shows both days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyStatement {
    /// Whose points.
    pub household: Id<kinds::Household>,
    /// What the household is called today.
    pub name: Label,
    /// The month.
    pub month: Month,
    /// Whose days and hours it shows.
    pub zone: Zone,
    /// Whether the month is over: then nothing will be added to it.
    pub is_over: bool,
    /// Where it began.
    pub opening: StatementMark,
    /// Its lines, oldest first; at most [`MonthlyStatement::MAX_LINES`].
    pub lines: Vec<MonthlyLine>,
    /// How many lines at the end are left out because there are too many. Opening and closing are of the whole month all the same.
    pub lines_left_out: i64,
    /// Where it ended, or stands now.
    pub closing: StatementMark,
}

impl MonthlyStatement {
    /// Most lines shown. A family has some dozens a month; an imported history is written in one month, and may be cut.
    pub const MAX_LINES: usize = 5_000;
}

/// One posting, and who caused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyLine {
    /// The posting.
    pub posting: Posting,
    /// The name of the member who acted; none when it was no member.
    pub person: Option<Label>,
}

impl App {
    /// A household's month, for its members; also that of a household that went into theirs. `None` to everybody else, and for a month that has not begun.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_monthly_statement(
        &self,
        principal: &Principal,
        household: Id<kinds::Household>,
        month: Month,
    ) -> Result<Option<MonthlyStatement>, Fault> {
        if self.find_own_household(principal, household).await?.is_none() {
            return Ok(None);
        }
        self.find_any_monthly_statement(household, month).await
    }

    /// Any household's month, for the operator. `None` when there is no such household, or the month has not begun.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_any_monthly_statement(
        &self,
        household: Id<kinds::Household>,
        month: Month,
    ) -> Result<Option<MonthlyStatement>, Fault> {
        let (now, zone) = (self.db().clock().now(), self.settings().zone);
        let (begins_at, ends_at) = (zone.start_of(month.first_day()), zone.start_of(month.next().first_day()));
        if now < begins_at {
            return Ok(None);
        }
        let reader = self.reader();
        let Some(view) = accounts::store::find_household(&reader, household).await? else { return Ok(None) };
        // The end first: what is posted while we read is not part of it, and what is read never changes.
        let closing = ledger::store::find_statement_mark(&reader, household, ends_at).await?;
        let opening = ledger::store::find_statement_mark(&reader, household, begins_at).await?;
        let postings = self.list_between(household, opening, closing).await?;
        let names = self.names_of(&postings).await?;

        let shown = i64::try_from(postings.len()).map_err(|_| Fault::inconsistent("count the lines of a month"))?;
        let line = |posting: Posting| {
            let person = posting.cause.actor.person().and_then(|person| names.get(&person).cloned());
            MonthlyLine { posting, person }
        };
        Ok(Some(MonthlyStatement {
            household,
            name: view.name,
            month,
            zone,
            is_over: ends_at <= now,
            opening,
            lines: postings.into_iter().map(line).collect(),
            // Numbers have no gaps.
            lines_left_out: closing.no - opening.no - shown,
            closing,
        }))
    }

    /// Oldest first, as many as are shown.
    async fn list_between(
        &self,
        household: Id<kinds::Household>,
        opening: StatementMark,
        closing: StatementMark,
    ) -> Result<Vec<Posting>, Fault> {
        let mut postings: Vec<Posting> = Vec::new();
        let mut after = opening.no;
        while after < closing.no && postings.len() < MonthlyStatement::MAX_LINES {
            let position = StatementPosition::After(after);
            let read = ledger::store::list_postings(&self.reader(), household, position, POSTINGS_PER_READ).await?;
            let Some(newest) = read.first() else {
                return Err(Fault::inconsistent("read a statement: a number is missing"));
            };
            after = newest.no;
            postings.extend(read.into_iter().rev().filter(|posting| posting.no <= closing.no));
        }
        postings.truncate(MonthlyStatement::MAX_LINES);
        Ok(postings)
    }

    async fn names_of(&self, postings: &[Posting]) -> Result<HashMap<Id<kinds::Person>, Label>, Fault> {
        let people: BTreeSet<_> = postings.iter().filter_map(|posting| posting.cause.actor.person()).collect();
        accounts::store::find_names(&self.reader(), &people.into_iter().collect::<Vec<_>>()).await
    }
}
