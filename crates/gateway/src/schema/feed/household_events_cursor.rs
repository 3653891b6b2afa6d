use async_graphql::{Context, Object};

use super::write_place;
use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct HouseholdEventsCursorQuery;

#[Object]
impl HouseholdEventsCursorQuery {
    /// The place in your household's feed after everything that has happened until now, for `householdEvents(after:)`. Ask for it
    /// first and then, in another request, for what you want to keep up to date: so nothing falls in between. Null for strangers
    /// and for somebody who belongs to no household.
    async fn household_events_cursor(&self, ctx: &Context<'_>) -> Nullable<String> {
        nullable(async {
            let session = session(ctx);
            let household = session.principal().and_then(|principal| principal.household);
            let (Some((household, _)), Some(token)) = (household, session.token()) else { return Ok(None) };
            let end = app(ctx).find_feed_end(token, household).await?;
            Ok(end.ok().map(|no| write_place(household, no)))
        })
        .await
    }
}
