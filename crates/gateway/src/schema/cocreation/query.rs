use async_graphql::{Context, ID, Object, Result};

use super::{BallotReceipt, Study};
use crate::schema::{
    ids,
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct StudiesQuery;

#[Object]
impl StudiesQuery {
    /// The newest 50 studies that were opened, the newest first.
    async fn studies(&self, ctx: &Context<'_>) -> Nullable<Vec<Study>> {
        nullable(async {
            let studies = app(ctx).list_studies(session(ctx).signed_in()?).await?;
            Ok(Some(studies.into_iter().map(Study::from).collect()))
        })
        .await
    }

    /// One study; null when there is none, or it was not opened yet.
    async fn study(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The study's id, such as `sy_…`.")] id: ID,
    ) -> Nullable<Study> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            let Some(id) = ids::read(&id)? else { return Ok(None) };
            Ok(app(ctx).find_study(principal, id).await?.map(Study::from))
        })
        .await
    }

    /// The receipt of your household's ballot as it stands; null when it has not voted in this study.
    async fn ballot_receipt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The study's id, such as `sy_…`.")] study_id: ID,
    ) -> Nullable<BallotReceipt> {
        nullable(async { newest_receipt(ctx, &study_id).await }).await
    }
}

async fn newest_receipt(ctx: &Context<'_>, study_id: &ID) -> Result<Option<BallotReceipt>> {
    let principal = session(ctx).signed_in()?;
    let Some(study) = ids::read(study_id)? else { return Ok(None) };
    Ok(app(ctx).list_ballot_receipts(principal, study, 1).await?.pop().map(BallotReceipt::from))
}
