use accounts::{CommunityFigures, LedCommunity, LedHousehold, store, store::CommunityPart};
use db::AuditLine;
use kernel::{Fault, Id, kinds};

use crate::{App, Page, Paged, Principal};

/// Most communities one person is shown to lead.
pub const MAX_LED: u64 = 20;

impl App {
    /// The communities a person leads now, the longest led first, at most [`MAX_LED`].
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_led_communities(&self, principal: &Principal) -> Result<Vec<LedCommunity>, Fault> {
        store::list_led_communities(&self.reader(), principal.person, MAX_LED).await
    }

    /// How many belong to a community, for whoever leads it; `None` for anybody else.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn count_led_community(
        &self,
        principal: &Principal,
        community: Id<kinds::Community>,
    ) -> Result<Option<CommunityFigures>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let leads = store::lock_leader(&mut tx, community, principal.person).await?;
            let counted = if leads { Some(store::count_community(&mut tx, community).await?) } else { None };
            tx.rollback().await?;
            Ok(counted)
        })
        .await
    }

    /// The households of a community by id, for whoever leads it; `None` for anybody else. The audit log keeps that they looked, in the
    /// transaction that shows it: nobody's time as a leader ends in between.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_led_households(
        &self,
        principal: &Principal,
        community: Id<kinds::Community>,
        page: Page<Id<kinds::Household>>,
    ) -> Result<Option<Paged<LedHousehold>>, Fault> {
        let (part, limit) = match page {
            Page::Forward { size, after } => (CommunityPart::After(after), size.with_lookahead()),
            Page::Backward { size, before } => (CommunityPart::Before(before), size.with_lookahead()),
        };
        let households = db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            if !store::lock_leader(&mut tx, community, principal.person).await? {
                return Ok(None);
            }
            let households = store::list_community_households(&mut tx, community, part, limit).await?;

            tx.audit(AuditLine {
                action: "list_led_households",
                household: None,
                subject: community.to_string(),
                detail: format!("{} households", households.len()),
            });

            tx.commit().await?;
            Ok(Some(households))
        });
        Ok(households.await?.map(|households| Paged::cut(households, page)))
    }
}
