use async_graphql::{Context, Object};

use super::StaffMember;
use crate::schema::{
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct StaffQuery;

#[Object]
impl StaffQuery {
    /// Who of the operator's staff is signed in; null for a stranger and for a member.
    async fn staff(&self, ctx: &Context<'_>) -> Nullable<StaffMember> {
        nullable(async {
            let Some(principal) = session(ctx).staff() else { return Ok(None) };
            Ok(app(ctx).find_staff(principal).await?.map(StaffMember::from))
        })
        .await
    }
}
