use app::communities::TermGrowth;
use async_graphql::{Context, ID, Object, Result};
use kernel::Month;

use crate::{
    refusal::Refusal,
    schema::{
        ids,
        scalars::{BigInt, Instant},
        session::{app, session},
        staff::not_allowed,
    },
};

#[derive(Default)]
pub(in crate::schema) struct GrowthSharesQuery;

#[Object]
impl GrowthSharesQuery {
    /// What a leader is owed of the growth of their households in a month, one entry for each of their terms in the community that counts in
    /// it, oldest first; a person has few, so no pages. A household counts while it is in the community and they lead it, and for 90 days
    /// after either ends. For finance, auditor and admin.
    async fn growth_shares(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The community, from `communities`.")] community_id: ID,
        #[graphql(desc = "Who leads it, or did.")] leader_id: ID,
        #[graphql(desc = "A month of the operator's time zone, such as `2026-03`.")] month: String,
    ) -> Result<Vec<GrowthShare>> {
        let principal = session(ctx).staff_signed_in()?;
        let month: Month = month.parse().map_err(|_| Refusal::bad_input("BAD_MONTH", "a month is written YYYY-MM"))?;
        // The id of something else names no community, and nobody led it: nothing that a role would keep.
        let (community, leader) = (ids::read(&community_id)?, ids::read(&leader_id)?);
        let (Some(community), Some(leader)) = (community, leader) else { return Ok(Vec::new()) };
        let growth = app(ctx).list_growth_shares(principal, community, leader, month).await?.map_err(not_allowed)?;
        Ok(growth.into_iter().map(GrowthShare).collect())
    }
}

pub(in crate::schema) struct GrowthShare(TermGrowth);

/// What a leader is owed of a month's growth for one of their terms. It is what is known now: a refund counts in the month in which it was
/// given, and an order that was cancelled counts in none.
#[Object]
impl GrowthShare {
    /// Since when they led in this term.
    async fn leads_since(&self) -> Instant {
        Instant(self.0.term.leads_since)
    }

    /// When the term ended; null while it goes on. Their households count for 90 days more.
    async fn ended_at(&self) -> Option<Instant> {
        self.0.term.ended_at.map(Instant)
    }

    /// The agreed share, in thousandths.
    async fn permille(&self) -> i32 {
        self.0.term.growth_share.permille().into()
    }

    /// How many households counted in the month.
    async fn household_count(&self) -> Result<i32> {
        Ok(i32::try_from(self.0.households)?)
    }

    /// What they paid in cash in the time that counted, less what they got back then, in fen; below 0 where more went back.
    async fn cash_fen(&self) -> BigInt {
        BigInt(self.0.cash_minor)
    }

    /// What they would have paid in that time had nothing grown: as much a day as in the 90 days before each came to the leader. In fen.
    async fn expected_fen(&self) -> BigInt {
        BigInt(self.0.expected_minor)
    }

    /// The share of the growth, in fen, rounded down: of cash less what was expected, taken together over all households; 0 where they shrank.
    async fn share_fen(&self) -> BigInt {
        BigInt(self.0.share_minor)
    }
}
