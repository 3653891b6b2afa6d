use db::AuditLine;
use entitlements::{Audience, Perk, PerkCode, Stock, Window};
use kernel::{Actor, Fault, Id, Label, Points, kinds};

use crate::App;

/// The operator puts a perk on the shelf, or changes the terms of one that is there.
#[derive(Debug, Clone)]
pub struct DefinePerk {
    /// The short name; a known one changes that perk.
    pub code: PerkCode,
    /// In Chinese.
    pub name_zh: Label,
    /// In English.
    pub name_en: Label,
    /// In Chinese.
    pub terms_zh: Label,
    /// In English.
    pub terms_en: Label,
    /// 1 to [`Points::MAX`].
    pub price: Points,
    /// At least 1.
    pub limit_per_household: u32,
    /// At least 1.
    pub valid_days: u32,
    /// How many there are in all, those already granted included.
    pub stock_total: u32,
    /// Whether it can be redeemed.
    pub is_open: bool,
}

/// Why a perk is not defined. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DefinePerkRefusal {
    /// A price of nothing, or more than can be shown.
    #[error("the price must be 1 to {} points", Points::MAX)]
    BadPrice,
    /// Nobody could have one.
    #[error("the limit per household must be at least 1")]
    BadLimit,
    /// No day to use it on, or more than a hundred years.
    #[error("a grant must stand for 1 to 36500 days")]
    BadValidity,
    /// More are granted already, or kept for those who waited.
    #[error("{taken} are granted already: the total cannot be less")]
    BelowTaken {
        /// How many.
        taken: u32,
    },
}

impl App {
    /// Defines a perk by its code, or changes it; grants already given keep their terms. The operator's own act.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn define_perk(&self, define: &DefinePerk) -> Result<Result<Perk, DefinePerkRefusal>, Fault> {
        db::retry_contention(async || self.define_perk_once(define).await).await
    }

    async fn define_perk_once(&self, define: &DefinePerk) -> Result<Result<Perk, DefinePerkRefusal>, Fault> {
        let mut tx = self.begin(Actor::Operator).await?;
        let known = entitlements::store::lock_perk_by_code(&mut tx, &define.code).await?;

        if let Err(refusal) = check(define, known.as_ref().map(|(_, stock)| *stock)) {
            tx.rollback().await?;
            return Ok(Err(refusal));
        }
        let id = known.as_ref().map_or_else(|| tx.new_id(), |(perk, _)| perk.id);
        let (perk, stock) = define.applied(id, known.as_ref());

        if known.is_some() {
            entitlements::store::update_perk(&mut tx, &perk).await?;
            entitlements::store::update_stock(&mut tx, perk.id, stock).await?;
        } else {
            entitlements::store::insert_perk(&mut tx, &perk, stock).await?;
        }
        tx.audit(AuditLine {
            action: "define_perk",
            household: None,
            subject: perk.id.to_string(),
            detail: format!("{} at {} points, {} in all", perk.code, perk.price, stock.total),
        });

        tx.commit().await?;
        Ok(Ok(perk))
    }
}

impl DefinePerk {
    /// The perk with these terms, and its stock: what a known one has besides stays.
    pub(super) fn applied(&self, id: Id<kinds::Perk>, known: Option<&(Perk, Stock)>) -> (Perk, Stock) {
        let before = known.map(|(perk, _)| perk);
        let perk = Perk {
            id,
            code: self.code.clone(),
            name_zh: self.name_zh.clone(),
            name_en: self.name_en.clone(),
            terms_zh: self.terms_zh.clone(),
            terms_en: self.terms_en.clone(),
            price: self.price,
            limit_per_household: self.limit_per_household,
            valid_days: self.valid_days,
            is_open: self.is_open,
            // For whom, when and what at is said elsewhere, and stays.
            audience: before.map_or_else(Audience::default, |perk| perk.audience),
            window: before.map_or_else(Window::default, |perk| perk.window),
            has_slots: before.is_some_and(|perk| perk.has_slots),
            gathering: before.and_then(|perk| perk.gathering.clone()),
        };
        (perk, Stock { total: self.stock_total, ..known.map_or_else(Stock::default, |(_, stock)| *stock) })
    }
}

pub(super) fn check(define: &DefinePerk, known: Option<Stock>) -> Result<(), DefinePerkRefusal> {
    // What is kept for somebody is as good as taken.
    let taken = known.map_or(0, |stock| stock.taken.saturating_add(stock.offered));
    if define.price.is_zero() || define.price > Points::MAX {
        return Err(DefinePerkRefusal::BadPrice);
    }
    if define.limit_per_household == 0 {
        return Err(DefinePerkRefusal::BadLimit);
    }
    if !(1..=36_500).contains(&define.valid_days) {
        return Err(DefinePerkRefusal::BadValidity);
    }
    if define.stock_total < taken {
        return Err(DefinePerkRefusal::BelowTaken { taken });
    }
    Ok(())
}
