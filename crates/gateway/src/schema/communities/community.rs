use ::accounts::CommunityView;
use app::CountedList;
use async_graphql::{Context, ID, Object, Result};

use crate::schema::{
    connection::{ConnectionOf, PageArguments, read_page, write_page},
    ids,
    session::{app, session},
    staff::not_allowed,
};

/// The name of the list, for its cursors.
const COMMUNITIES: &str = "communities";

#[derive(Default)]
pub(in crate::schema) struct CommunitiesQuery;

#[Object]
impl CommunitiesQuery {
    /// The communities and who leads each, in the order in which they came. For support, auditor and admin.
    async fn communities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the first on, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "How many up to the last, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor; with `last`.")] before: Option<String>,
    ) -> Result<ConnectionOf<Community>> {
        let principal = session(ctx).staff_signed_in()?;
        let page = read_page(COMMUNITIES, PageArguments { first, after, last, before }, |key| key.parse().ok())?;
        let communities = app(ctx).list_communities(principal, page).await?.map_err(not_allowed)?;
        Ok(write_page(
            COMMUNITIES,
            &page,
            communities,
            |view| view.community.to_string(),
            Community,
            CountedList::Communities,
        ))
    }
}

pub(in crate::schema) struct Community(CommunityView);

/// A community (小区) as the staff see it.
#[Object]
impl Community {
    /// The community's id.
    async fn id(&self) -> ID {
        ids::write(self.0.community)
    }

    /// What it is called.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The persons who lead it now (团长), the longest leading first, by id: names of members are not for the staff. A community has few
    /// leaders: no pages.
    async fn leader_ids(&self) -> Vec<ID> {
        self.0.leaders.iter().map(|leader| ids::write(*leader)).collect()
    }
}
