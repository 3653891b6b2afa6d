use app::{CountedList, Paged, webhooks::Delivery};
use async_graphql::{Context, ID, Object, Result};

use super::{Webhook, WebhookDelivery, webhook::EventKey};
use crate::schema::{
    connection::{ConnectionOf, PageArguments, read_page, write_page},
    ids,
    session::{app, session},
    staff::query::not_allowed,
};

/// The name of the list, for its cursors.
const WEBHOOKS: &str = "webhooks";

#[derive(Default)]
pub(in crate::schema) struct WebhooksQuery;

#[Object]
impl WebhooksQuery {
    /// Who outside is told of what happens, the oldest first, the disabled too. For admin and auditor.
    async fn webhooks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the first on, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "How many up to the last, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor; with `last`.")] before: Option<String>,
    ) -> Result<ConnectionOf<Webhook>> {
        let principal = session(ctx).staff_signed_in()?;
        let page = read_page(WEBHOOKS, PageArguments { first, after, last, before }, |key| key.parse().ok())?;
        let webhooks = app(ctx).list_webhooks_by_staff(principal, page).await?.map_err(not_allowed)?;
        Ok(write_page(
            WEBHOOKS,
            &page,
            webhooks,
            |webhook| webhook.id.to_string(),
            Webhook::from,
            CountedList::Webhooks,
        ))
    }

    /// What is and was on its way to a webhook, or to all, the newest first. For admin and auditor.
    async fn webhook_deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what goes to this webhook; to all of them when it is not given.")] webhook_id: Option<
            ID,
        >,
        #[graphql(desc = "How many from the first on, 1 to 100. Give this or `last`.")] first: Option<i32>,
        #[graphql(desc = "Go on after this cursor; with `first`.")] after: Option<String>,
        #[graphql(desc = "How many up to the last, 1 to 100. Give this or `first`.")] last: Option<i32>,
        #[graphql(desc = "Go back from this cursor; with `last`.")] before: Option<String>,
    ) -> Result<ConnectionOf<WebhookDelivery>> {
        let principal = session(ctx).staff_signed_in()?;
        let list = format!("deliveries:{webhook_id:?}");
        let page = read_page(&list, PageArguments { first, after, last, before }, |key| key.parse().ok())?;
        let webhook = webhook_id.map(|id| ids::read(&id)).transpose()?;
        let key = |delivery: &Delivery| delivery.id.to_string();
        if webhook == Some(None) {
            // The id of something else names nothing here.
            let nothing = Paged { items: Vec::new(), has_more: false };
            return Ok(write_page(&list, &page, nothing, key, WebhookDelivery::from, CountedList::Uncounted));
        }
        let found = app(ctx).list_deliveries_by_staff(principal, webhook.flatten(), page).await?;
        Ok(write_page(&list, &page, found.map_err(not_allowed)?, key, WebhookDelivery::from, CountedList::Uncounted))
    }

    /// The keys the order system may sign with, beside those of the deployment's setting: two at most. For admin and auditor.
    async fn event_keys(&self, ctx: &Context<'_>) -> Result<Vec<EventKey>> {
        let keys = app(ctx).list_event_keys_by_staff(session(ctx).staff_signed_in()?).await?;
        Ok(keys.map_err(not_allowed)?.into_iter().map(EventKey::from).collect())
    }
}
