use async_graphql::{Context, ID, Object, Result};

use super::Perk;
use crate::schema::{
    connection::{ConnectionOf, PageArguments, read_page, write_page},
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
};

const LIST: &str = "perks";

#[derive(Default)]
pub(in crate::schema) struct PerksQuery;

#[Object]
impl PerksQuery {
    /// The catalogue: what points buy, in the order it was put up, closed perks included. Anyone may look.
    async fn perks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the first on, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "How many up to the last, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor; with `last`.")] before: Option<String>,
    ) -> Result<ConnectionOf<Perk>> {
        let page = read_page(LIST, PageArguments { first, after, last, before }, |key| key.parse().ok())?;
        let perks = app(ctx).list_perks(page).await?;
        Ok(write_page(LIST, &page, perks, |(perk, _)| perk.id.to_string(), Perk::from, app::CountedList::Perks))
    }

    /// One perk of the catalogue; null when there is no such perk. Anyone may look.
    async fn perk(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The perk's id, such as `pk_…`.")] id: ID,
    ) -> Nullable<Perk> {
        nullable(async {
            let Some(id) = ids::read(&id)? else { return Ok(None) };
            Ok(session(ctx).perk(app(ctx), id).await?.map(Perk::from))
        })
        .await
    }
}
