use ::accounts::store::list_health_tags;
use ::familypay::{
    MAX_USUAL_FROM,
    store::list_requests_of_senior,
    understand::{Household, Pack, SpokenCatalogue, SpokenDraft, SpokenProduct, UnderstandRefusal, understand},
    usual_basket,
};
use ::orders::{Offer, store::list_offers};
use kernel::{Fault, FaultKind};

use crate::{App, Principal};

/// Why there is no draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DraftOrderRefusal {
    /// Orders are a household's.
    #[error("you belong to no household")]
    NoHousehold,
    /// The transcript is no order.
    #[error(transparent)]
    NotUnderstood(#[from] UnderstandRefusal),
}

impl App {
    /// What a transcript orders of what is on offer now, with what has to be asked before it can be an order. Keeps nothing. Her usual basket is what
    /// she had most often of late. Warns of what does
    /// not go with the health tags of whoever speaks, as far as the consent to keep them stands.
    ///
    /// # Errors
    /// A [`Fault`] of the database, or when what is kept cannot be opened.
    pub async fn draft_order_from_speech(
        &self,
        principal: &Principal,
        transcript: &str,
    ) -> Result<Result<SpokenDraft, DraftOrderRefusal>, Fault> {
        if principal.household.is_none() {
            return Ok(Err(DraftOrderRefusal::NoHousehold));
        }
        let reader = self.reader();
        let offers = list_offers(&reader).await?;
        let tags = list_health_tags(&reader, self.health_keys(), principal.person).await?;
        let health_tags = tags.into_iter().filter_map(|tag| tag.word().parse().ok()).collect();
        let newest = list_requests_of_senior(&reader, principal.person, MAX_USUAL_FROM).await?;
        let household = Household { usual: usual_basket(&newest), health_tags, ..Household::default() };

        // Some milliseconds of work for a full catalogue, and once for the dictionary more: not on a thread that answers others.
        let transcript = transcript.to_owned();
        let understood = tokio::task::spawn_blocking(move || {
            let catalogue = SpokenCatalogue::new(offers.into_iter().map(spoken_product).collect());
            understand(&catalogue, &household, &transcript)
        });
        let understood =
            understood.await.map_err(|error| Fault::because(FaultKind::Broken, "understand a transcript", error))?;

        Ok(understood.map_err(DraftOrderRefusal::from))
    }
}

/// An offer as it can be asked for.
#[must_use]
pub fn spoken_product(offer: Offer) -> SpokenProduct {
    // Each was read before it was put up.
    let packs = offer.packs.iter().filter_map(|pack| Pack::parse_all(pack.as_str()).ok()).flatten().collect();
    SpokenProduct {
        product_ref: offer.product_ref,
        name: offer.name,
        aliases: offer.aliases,
        unit: offer.unit,
        price: offer.price,
        packs,
        warns: offer.warns,
    }
}
