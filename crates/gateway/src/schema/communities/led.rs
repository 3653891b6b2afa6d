use ::accounts::{CommunityFigures, LedCommunity as Led, LedHousehold as LedHouseholdView, MIN_CELL};
use async_graphql::{Context, ID, Object, Result};

use crate::schema::{
    connection::{ConnectionOf, PageArguments, read_page, write_page},
    ids,
    nullable::{Nullable, nullable},
    scalars::Instant,
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct LedCommunitiesQuery;

#[Object]
impl LedCommunitiesQuery {
    /// The communities you lead now, the longest led first: twenty at most, so no pages. None for whoever leads none.
    async fn led_communities(&self, ctx: &Context<'_>) -> Result<Vec<LedCommunity>> {
        let led = app(ctx).list_led_communities(session(ctx).signed_in()?).await?;
        Ok(led.into_iter().map(LedCommunity).collect())
    }
}

pub(in crate::schema) struct LedCommunity(Led);

/// A community (小区) as its leader (团长) sees it. Nothing of it is shown from the moment on in which they lead it no more.
#[Object]
impl LedCommunity {
    /// The community's id.
    async fn id(&self) -> ID {
        ids::write(self.0.community)
    }

    /// What it is called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// Since when you lead it.
    async fn leads_since(&self) -> Instant {
        Instant(self.0.leads_since)
    }

    /// How many households it has; null while it has fewer than ten, since that would be about somebody.
    async fn household_count(&self, ctx: &Context<'_>) -> Nullable<i32> {
        nullable(async { figure(self.figures(ctx).await?.map(|figures| figures.households)) }).await
    }

    /// How many people belong to its households; null while it has fewer than ten households.
    async fn member_count(&self, ctx: &Context<'_>) -> Nullable<i32> {
        nullable(async {
            let figures = self.figures(ctx).await?.filter(|figures| figures.households >= MIN_CELL);
            figure(figures.map(|figures| figures.members))
        })
        .await
    }

    /// The households of the community. Each look is kept in the audit log. Empty once you lead it no more.
    async fn households(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the first on, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "How many up to the last, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor; with `last`.")] before: Option<String>,
    ) -> Result<ConnectionOf<LedHousehold>> {
        let list = format!("led:{}", self.0.community);
        let page = read_page(&list, PageArguments { first, after, last, before }, |key| key.parse().ok())?;
        let households = app(ctx).list_led_households(session(ctx).signed_in()?, self.0.community, page).await?;
        let households = households.unwrap_or_else(|| app::Paged { items: Vec::new(), has_more: false });
        Ok(write_page(
            &list,
            &page,
            households,
            |it| it.household.to_string(),
            LedHousehold,
            app::CountedList::Uncounted,
        ))
    }
}

impl LedCommunity {
    async fn figures(&self, ctx: &Context<'_>) -> Result<Option<CommunityFigures>> {
        Ok(app(ctx).count_led_community(session(ctx).signed_in()?, self.0.community).await?)
    }
}

fn figure(count: Option<u64>) -> Result<Option<i32>> {
    Ok(count.filter(|count| *count >= MIN_CELL).map(i32::try_from).transpose()?)
}

pub(in crate::schema) struct LedHousehold(LedHouseholdView);

/// A household as the leader of its community sees it: no ids, no points, no orders, no health tags.
#[Object]
impl LedHousehold {
    /// What it is called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// How many people belong to it.
    async fn member_count(&self) -> Result<i32> {
        Ok(i32::try_from(self.0.members)?)
    }

    /// The owner's phone number, masked, such as `138****8000`; null when none is known.
    async fn masked_phone(&self) -> Option<String> {
        self.0.owner.masked().phone
    }
}
