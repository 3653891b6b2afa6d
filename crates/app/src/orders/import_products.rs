use std::collections::{BTreeSet, HashMap};

use ::orders::{
    Product,
    store::{insert_products, list_products},
};
use db::AuditLine;
use kernel::{Actor, ExternalRef, Fault};

use crate::{App, ImportMode};

/// What became of a product of an imported catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportedProduct {
    /// It is in the catalogue now.
    New,
    /// It was there, in the same words.
    Duplicate,
}

/// Why a product is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImportProductRefusal {
    /// A product of this number is there with other content.
    #[error("a product of this number is there with another name, category or unit")]
    ProductDiffers,
}

impl App {
    /// Takes part of the operator's catalogue: one transaction with one answer per product.
    ///
    /// # Errors
    /// A [`Fault`] of the database; taking the same products again is safe.
    pub async fn import_products(
        &self,
        products: &[Product],
        mode: ImportMode,
    ) -> Result<Vec<Result<ImportedProduct, ImportProductRefusal>>, Fault> {
        db::retry_contention(async || self.import_products_once(products, mode).await).await
    }

    async fn import_products_once(
        &self,
        products: &[Product],
        mode: ImportMode,
    ) -> Result<Vec<Result<ImportedProduct, ImportProductRefusal>>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let refs: BTreeSet<&ExternalRef> = products.iter().map(|product| &product.product_ref).collect();
        let mut known = list_products(&mut tx, &refs.into_iter().collect::<Vec<_>>()).await?;

        let mut new = Vec::new();
        let answers = products.iter().map(|product| decide(&mut known, &mut new, product)).collect();

        insert_products(&mut tx, &new).await?;
        if mode == ImportMode::DryRun {
            tx.rollback().await?;
            return Ok(answers);
        }
        if !new.is_empty() {
            let detail = format!("{} of {} products were new", new.len(), products.len());
            tx.audit(AuditLine { action: "import_products", household: None, subject: "products".to_owned(), detail });
        }

        tx.commit().await?;
        Ok(answers)
    }
}

fn decide(
    known: &mut HashMap<ExternalRef, Product>,
    new: &mut Vec<Product>,
    product: &Product,
) -> Result<ImportedProduct, ImportProductRefusal> {
    match known.get(&product.product_ref) {
        Some(there) if there == product => Ok(ImportedProduct::Duplicate),
        Some(_) => Err(ImportProductRefusal::ProductDiffers),
        None => {
            known.insert(product.product_ref.clone(), product.clone());
            new.push(product.clone());
            Ok(ImportedProduct::New)
        }
    }
}
