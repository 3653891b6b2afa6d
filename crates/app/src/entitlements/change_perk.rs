use accounts::StaffRole;
use db::AuditLine;
use entitlements::{Perk, Stock};
use kernel::{Fault, Id, Label, kinds};
use sha2::{Digest, Sha256};

use super::{DefinePerk, DefinePerkRefusal, define_perk::check};
use crate::{App, StaffPrincipal, staff::NotAllowed};

/// Row 9 of the access matrix: who keeps perks and their stock.
const KEEPERS: [StaffRole; 1] = [StaffRole::Perks];

/// What a perk and how many there are of it were like when somebody looked, as one text. How many are taken is no part of it: members
/// take while somebody types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerkVersion(String);

impl PerkVersion {
    /// Of a perk as it is.
    #[must_use]
    pub fn of(perk: &Perk, stock: Stock) -> Self {
        let mut digest = Sha256::new();
        let texts = [perk.code.as_str(), perk.name_zh.as_str(), perk.name_en.as_str(), perk.terms_zh.as_str()];
        for text in texts.into_iter().chain([perk.terms_en.as_str()]) {
            digest.update(text);
            digest.update([0]);
        }
        digest.update(perk.price.get().to_be_bytes());
        for number in [perk.limit_per_household, perk.valid_days, stock.total, u32::from(perk.is_open)] {
            digest.update(number.to_be_bytes());
        }
        Self(digest.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// One that somebody names; it may be none of any perk.
    #[must_use]
    pub fn named(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One of the staff defines a perk, or changes one.
#[derive(Debug, Clone)]
pub struct ChangePerk {
    /// What it shall be like. Its code says which perk.
    pub define: DefinePerk,
    /// What it was like when they looked; `None` for a new one.
    pub expected: Option<PerkVersion>,
    /// Why.
    pub reason: Label,
}

/// Why a perk is not changed. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangePerkRefusal {
    /// Only who keeps perks changes them.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// It is not as they saw it, or there is one of this code already.
    #[error("the perk was changed meanwhile")]
    VersionConflict,
    /// There is no perk of this code.
    #[error("there is no such perk")]
    NoSuchPerk,
    /// Who could redeem it pays another price from one moment to the next: that takes two. Close it first, or leave the price.
    #[error("the price of a perk that is open does not change")]
    PriceOfOpenPerk,
    /// What it shall be like cannot be.
    #[error(transparent)]
    NotDefined(#[from] DefinePerkRefusal),
}

impl App {
    /// Defines a perk as one of the staff, or changes one that is still as they saw it. The price of a perk that is open, and stays so,
    /// is not theirs alone to change (row 10 of the access matrix): they close it, change it, and open it again.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn change_perk(
        &self,
        principal: &StaffPrincipal,
        change: &ChangePerk,
    ) -> Result<Result<Id<kinds::Perk>, ChangePerkRefusal>, Fault> {
        db::retry_contention(|| self.try_change_perk(principal, change)).await
    }

    async fn try_change_perk(
        &self,
        principal: &StaffPrincipal,
        change: &ChangePerk,
    ) -> Result<Result<Id<kinds::Perk>, ChangePerkRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, &KEEPERS).await? {
            return Ok(Err(refusal.into()));
        }
        let known = entitlements::store::lock_perk_by_code(&mut tx, &change.define.code).await?;

        if let Err(refusal) = judge(known.as_ref(), change) {
            return Ok(Err(refusal));
        }
        let id = known.as_ref().map_or_else(|| tx.new_id(), |(perk, _)| perk.id);
        let (perk, stock) = change.define.applied(id, known.as_ref());

        match &known {
            Some(_) => {
                entitlements::store::update_perk(&mut tx, &perk).await?;
                entitlements::store::update_stock(&mut tx, id, stock).await?;
            }
            None => entitlements::store::insert_perk(&mut tx, &perk, stock).await?,
        }
        let detail = detail(known.as_ref(), &perk, stock, &change.reason);
        tx.audit(AuditLine { action: "change_perk", household: None, subject: id.to_string(), detail });

        tx.commit().await?;
        Ok(Ok(id))
    }
}

fn judge(known: Option<&(Perk, Stock)>, change: &ChangePerk) -> Result<(), ChangePerkRefusal> {
    match (known, &change.expected) {
        (None, None) => {}
        (None, Some(_)) => return Err(ChangePerkRefusal::NoSuchPerk),
        (Some(_), None) => return Err(ChangePerkRefusal::VersionConflict),
        (Some((perk, stock)), Some(expected)) => {
            if PerkVersion::of(perk, *stock) != *expected {
                return Err(ChangePerkRefusal::VersionConflict);
            }
            if perk.is_open && change.define.is_open && perk.price != change.define.price {
                return Err(ChangePerkRefusal::PriceOfOpenPerk);
            }
        }
    }
    Ok(check(&change.define, known.map(|(_, stock)| *stock))?)
}

/// What changed, in a few words for the audit log.
fn detail(known: Option<&(Perk, Stock)>, perk: &Perk, stock: Stock, reason: &Label) -> String {
    let open = |is_open| if is_open { "open" } else { "closed" };
    let now = format!("{} points, {} in all, {}", perk.price, stock.total, open(perk.is_open));
    match known {
        Some((was, held)) => {
            let before = format!("{} points, {} in all, {}", was.price, held.total, open(was.is_open));
            format!("{} from {before} to {now}: {reason}", perk.code)
        }
        None => format!("{} new at {now}: {reason}", perk.code),
    }
}
