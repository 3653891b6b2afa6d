use db::AuditLine;
use entitlements::{PerkCode, Stock};
use kernel::{Actor, Fault};

use crate::App;

/// Why a perk is not restocked. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RestockPerkRefusal {
    /// There is no perk of that code.
    #[error("there is no such perk")]
    NoSuchPerk,
    /// More than can be counted.
    #[error("the stock would be too large")]
    TooMany,
}

impl App {
    /// Puts more of a perk on the shelf. The operator's own act.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn restock_perk(&self, code: &PerkCode, more: u32) -> Result<Result<Stock, RestockPerkRefusal>, Fault> {
        db::retry_contention(async || self.restock_perk_once(code, more).await).await
    }

    async fn restock_perk_once(&self, code: &PerkCode, more: u32) -> Result<Result<Stock, RestockPerkRefusal>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let known = entitlements::store::lock_perk_by_code(&mut tx, code).await?;

        let (perk, stock) = match restock(known, more) {
            Ok(restocked) => restocked,
            Err(refusal) => {
                tx.rollback().await?;
                return Ok(Err(refusal));
            }
        };

        entitlements::store::update_stock(&mut tx, perk.id, stock).await?;
        let detail = format!("{more} more of {code}");
        tx.audit(AuditLine { action: "restock_perk", household: None, subject: perk.id.to_string(), detail });

        tx.commit().await?;
        Ok(Ok(stock))
    }
}

fn restock(
    known: Option<(entitlements::Perk, Stock)>,
    more: u32,
) -> Result<(entitlements::Perk, Stock), RestockPerkRefusal> {
    let (perk, stock) = known.ok_or(RestockPerkRefusal::NoSuchPerk)?;
    let total = stock.total.checked_add(more).ok_or(RestockPerkRefusal::TooMany)?;
    Ok((perk, Stock { total, ..stock }))
}
