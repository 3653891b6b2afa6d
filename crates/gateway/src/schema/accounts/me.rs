use async_graphql::{Context, ID, Object};

use super::{Household, Person};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct AccountsQuery;

#[Object]
impl AccountsQuery {
    /// Who is signed in; null for a stranger.
    async fn me(&self, ctx: &Context<'_>) -> Option<Person> {
        session(ctx).principal().map(|principal| Person::new(principal.person))
    }

    /// A household, for its members; also by the id of one that went into it. Null when there is no such household, and just the same when it is not yours.
    async fn household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The household's id, such as `hh_…`; `me { household { id } }` tells yours.")] id: ID,
    ) -> Nullable<Household> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            let Some(id) = ids::read(&id)? else { return Ok(None) };
            Ok(app(ctx).find_own_household(principal, id).await?.map(Household::new))
        })
        .await
    }
}
