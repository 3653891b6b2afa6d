use app::familypay::{MandateShown, PayerShown};
use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::PayRequest;
use crate::schema::{
    ids,
    money::Money,
    nullable::{Nullable, nullable},
    session::{app, session},
};

#[derive(Default)]
pub(in crate::schema) struct FamilyPayQuery;

#[Object]
impl FamilyPayQuery {
    /// The requests to pay that you made or may pay, the newest first: fifty at most.
    async fn pay_requests(&self, ctx: &Context<'_>) -> Result<Vec<PayRequest>> {
        let shown = app(ctx).list_pay_requests(session(ctx).signed_in()?).await?;
        Ok(shown.into_iter().map(PayRequest::from).collect())
    }

    /// A request to pay that you made or may pay, or that was made for your household; null for any other.
    async fn pay_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The request's id.")] id: ID,
    ) -> Nullable<PayRequest> {
        nullable(async {
            let principal = session(ctx).signed_in()?;
            let Some(request) = ids::read(&id)? else { return Ok(None) };
            Ok(app(ctx).find_pay_request(principal, request).await?.map(PayRequest::from))
        })
        .await
    }

    /// Your relatives as they would be asked to pay, in this order: eight at most.
    async fn payers(&self, ctx: &Context<'_>) -> Result<Vec<PayerInLine>> {
        let payers = app(ctx).list_payers(session(ctx).signed_in()?).await?;
        Ok(payers.into_iter().map(PayerInLine::from).collect())
    }

    /// Where your own page leads on this server, in large type: what you ordered, who pays for you, and their mandates. Whoever has it sees
    /// them, calls an order off, takes a mandate back, and can do nothing else; show it to nobody. It ends when you sign out here.
    async fn senior_page_path(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(format!("/my/{}", app(ctx).senior_link(session(ctx).signed_in()?).to_text()))
    }

    /// The mandates (亲情额度) you gave or were given that stand now.
    async fn mandates(&self, ctx: &Context<'_>) -> Result<Vec<Mandate>> {
        let mandates = app(ctx).list_mandates(session(ctx).signed_in()?).await?;
        Ok(mandates.into_iter().map(Mandate::from).collect())
    }
}

/// A relative who can be asked to pay.
#[derive(SimpleObject)]
pub(super) struct PayerInLine {
    /// Who.
    person_id: ID,
    /// By name: you are linked.
    name: String,
}

impl From<PayerShown> for PayerInLine {
    fn from(shown: PayerShown) -> Self {
        Self { person_id: ids::write(shown.person), name: shown.name.to_string() }
    }
}

/// A payer's word, given beforehand, to pay a senior's orders. Shown to the two it is between.
#[derive(SimpleObject)]
pub(super) struct Mandate {
    /// Its id.
    id: ID,
    /// Who pays.
    payer_id: ID,
    /// Who pays, by name.
    payer_name: String,
    /// For whom.
    senior_id: ID,
    /// For whom, by name.
    senior_name: String,
    /// The most of one order.
    per_order: Money,
    /// The most of one calendar month of the operator's time zone.
    per_month: Money,
    /// What is used of this month, less what went back.
    used: Money,
    /// What is left of this month.
    left: Money,
}

impl From<MandateShown> for Mandate {
    fn from(shown: MandateShown) -> Self {
        Self {
            id: ids::write(shown.mandate.id),
            payer_id: ids::write(shown.mandate.payer),
            payer_name: shown.payer_name.to_string(),
            senior_id: ids::write(shown.mandate.senior),
            senior_name: shown.senior_name.to_string(),
            per_order: shown.mandate.per_order.into(),
            per_month: shown.mandate.per_month.into(),
            used: shown.used.into(),
            left: shown.left.into(),
        }
    }
}
