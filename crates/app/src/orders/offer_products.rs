use std::collections::BTreeSet;

use ::accounts::HealthTag;
use ::familypay::understand::Pack;
use ::orders::{
    MAX_OFFERS, Offer,
    store::{delete_offers, insert_offers},
};
use db::AuditLine;
use kernel::{Actor, ExternalRef, Fault, Money};

use crate::App;

/// Why a catalogue is not put up. What was on offer stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfferProductsRefusal {
    /// More than are looked at for one order.
    #[error("at most {MAX_OFFERS} products can be on offer")]
    TooMany,
    /// A product stands in it twice.
    #[error("{0} is there twice")]
    Twice(ExternalRef),
    /// It would cost nothing.
    #[error("{0} has no price")]
    Free(ExternalRef),
    /// A pack that cannot be read.
    #[error("{0}: a pack is neither like 箱=24 nor like 30个")]
    BadPack(ExternalRef),
    /// A word that is no health tag.
    #[error("{product}: {word} is no health tag")]
    UnknownHealthTag {
        /// The product.
        product: ExternalRef,
        /// The word.
        word: String,
    },
}

impl App {
    /// Puts up what can be ordered from now on, instead of all that was on offer: the whole catalogue or nothing of it.
    ///
    /// # Errors
    /// A [`Fault`] of the database; doing it again is safe.
    pub async fn offer_products(&self, offers: &[Offer]) -> Result<Result<(), OfferProductsRefusal>, Fault> {
        db::retry_contention(async || self.offer_products_once(offers).await).await
    }

    async fn offer_products_once(&self, offers: &[Offer]) -> Result<Result<(), OfferProductsRefusal>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;

        if let Err(refusal) = check(offers) {
            return Ok(Err(refusal));
        }

        delete_offers(&mut tx).await?;
        insert_offers(&mut tx, offers).await?;
        let detail = format!("{} products are on offer", offers.len());
        tx.audit(AuditLine { action: "offer_products", household: None, subject: "offers".to_owned(), detail });

        tx.commit().await?;
        Ok(Ok(()))
    }
}

fn check(offers: &[Offer]) -> Result<(), OfferProductsRefusal> {
    if offers.len() > MAX_OFFERS {
        return Err(OfferProductsRefusal::TooMany);
    }
    let mut seen = BTreeSet::new();
    for Offer { product_ref, price, packs, warns, .. } in offers {
        if !seen.insert(product_ref) {
            return Err(OfferProductsRefusal::Twice(product_ref.clone()));
        }
        if *price == Money::ZERO {
            return Err(OfferProductsRefusal::Free(product_ref.clone()));
        }
        if packs.iter().any(|pack| Pack::parse_all(pack.as_str()).is_err()) {
            return Err(OfferProductsRefusal::BadPack(product_ref.clone()));
        }
        if let Some(word) = warns.iter().find(|word| word.as_str().parse::<HealthTag>().is_err()) {
            let (product, word) = (product_ref.clone(), word.to_string());
            return Err(OfferProductsRefusal::UnknownHealthTag { product, word });
        }
    }
    Ok(())
}
