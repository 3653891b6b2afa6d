use std::collections::HashMap;

use accounts::{CountedTime, LeaderTerm, StaffRole, Stay, counted_times, store};
use kernel::{Fault, FaultKind, Id, Month, Timestamp, kinds};
use orders::store::{CashMoved, list_cash_moved};

use crate::{App, StaffPrincipal, staff::NotAllowed};

/// Who of the staff sees what leaders are owed.
const READERS: [StaffRole; 3] = [StaffRole::Finance, StaffRole::Auditor, StaffRole::Admin];

/// Households read at a time.
const BATCH: u64 = 500;

/// What a leader is owed of the growth of their households in one month, for one of their terms. It counts what is known now: a refund
/// counts in the month it was given in, an order cancelled later counts nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TermGrowth {
    /// The term.
    pub term: LeaderTerm,
    /// Households that counted in the month.
    pub households: u64,
    /// What they paid in cash in the time that counted, less what they got back, in fen.
    pub cash_minor: i64,
    /// What they would have paid had nothing grown since they came to the leader, in fen.
    pub expected_minor: i64,
    /// The leader's share of the growth, in fen, rounded down.
    pub share_minor: i64,
}

impl App {
    /// What a leader is owed of a month's growth in a community, by term, oldest first; terms in which nothing of the month counts are
    /// missing. For finance, auditors and admins. Reads all households that are or were in the community, a batch at a time.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_growth_shares(
        &self,
        principal: &StaffPrincipal,
        community: Id<kinds::Community>,
        leader: Id<kinds::Person>,
        month: Month,
    ) -> Result<Result<Vec<TermGrowth>, NotAllowed>, Fault> {
        if !principal.roles.has_any(&READERS) {
            return Ok(Err(NotAllowed));
        }
        let reader = self.reader();
        let terms = store::list_leader_terms(&reader, community, leader).await?;
        let zone = self.settings().zone;
        let (from, until) = (zone.start_of(month.first_day()), zone.start_of(month.next().first_day()));
        let mut growth: Vec<TermGrowth> = terms.iter().map(|&term| TermGrowth::none(term)).collect();
        let mut after = None;
        while !terms.is_empty() {
            let stayed = store::list_stays(&reader, community, after, BATCH).await?;
            let Some((last, _)) = stayed.last() else { break };
            after = Some(*last);
            let counted = counted(&terms, &stayed, from, until);
            let Some(compared_from) = counted.values().flatten().map(CountedTime::compared_from).min() else {
                continue;
            };
            let households: Vec<_> = counted.keys().copied().collect();
            let moved = list_cash_moved(&reader, &households, compared_from, until).await?;
            add(&mut growth, &counted, &moved)?;
        }
        for it in &mut growth {
            it.share_minor = it.term.growth_share.of(it.cash_minor.saturating_sub(it.expected_minor));
        }
        growth.retain(|it| it.households > 0);
        Ok(Ok(growth))
    }
}

impl TermGrowth {
    fn none(term: LeaderTerm) -> Self {
        Self { term, households: 0, cash_minor: 0, expected_minor: 0, share_minor: 0 }
    }
}

type Counted = HashMap<Id<kinds::Household>, Vec<CountedTime>>;

fn counted(
    terms: &[LeaderTerm],
    stayed: &[(Id<kinds::Household>, Vec<Stay>)],
    from: Timestamp,
    until: Timestamp,
) -> Counted {
    let counted = stayed.iter().map(|(household, stays)| (*household, counted_times(terms, stays, from, until)));
    counted.filter(|(_, times)| !times.is_empty()).collect()
}

/// Adds what a batch of households paid to the terms it counts for.
fn add(growth: &mut [TermGrowth], counted: &Counted, moved: &[CashMoved]) -> Result<(), Fault> {
    let mut by_household: HashMap<Id<kinds::Household>, Vec<&CashMoved>> = HashMap::new();
    for it in moved {
        by_household.entry(it.household).or_default().push(it);
    }
    for (household, times) in counted {
        let moved = by_household.remove(household).unwrap_or_default();
        let mut seen = None;
        for time in times {
            let it = &mut growth[time.term];
            // Away and back within a month is still one household.
            it.households += u64::from(seen.replace(time.term) != Some(time.term));
            it.cash_minor = sum(&moved, time.from, time.until).and_then(|sum| plus(it.cash_minor, sum))?;
            let compared = sum(&moved, time.compared_from(), time.came_at)?;
            it.expected_minor = plus(it.expected_minor, time.expected(compared))?;
        }
    }
    Ok(())
}

fn sum(moved: &[&CashMoved], from: Timestamp, until: Timestamp) -> Result<i64, Fault> {
    let mut within = moved.iter().filter(|it| from <= it.at && it.at < until);
    within.try_fold(0, |sum, it| plus(sum, it.minor))
}

fn plus(one: i64, other: i64) -> Result<i64, Fault> {
    one.checked_add(other)
        .ok_or_else(|| Fault::new(FaultKind::Broken, "sum what households paid: too much for a number"))
}
