use ::familypay::{
    Mandate, RevokeMandateRefusal,
    events::{MandateGiven, MandateRevoked},
    store,
};
use db::{AuditLine, outbox};
use kernel::{Fault, Id, Label, Money, Month, kinds};

use crate::{App, Principal};

/// Most mandates of one person that are shown.
const MAX_MANDATES: u64 = 100;

/// A payer's word, given beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GiveMandate {
    /// For whom.
    pub senior: Id<kinds::Person>,
    /// The most of one order.
    pub per_order: Money,
    /// The most of one calendar month.
    pub per_month: Money,
}

/// Why there is no mandate. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GiveMandateRefusal {
    /// Nobody whose relative one is.
    #[error("there is no such senior")]
    NoSuchSenior,
    /// Nothing, or less a month than one order.
    #[error("a mandate is for something, and a month's for no less than an order's")]
    BadAmounts,
    /// One stands already: revoke it first.
    #[error("a mandate stands already")]
    AlreadyGiven,
}

/// A standing mandate as either side sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MandateShown {
    /// The mandate.
    pub mandate: Mandate,
    /// Who pays, by name.
    pub payer_name: Label,
    /// For whom, by name.
    pub senior_name: Label,
    /// What is used of this month.
    pub used: Money,
    /// What is left of this month.
    pub left: Money,
}

impl App {
    /// Gives a senior one is linked to as a relative a mandate.
    ///
    /// # Errors
    /// A [`Fault`] of the database; look whether it stands before trying again.
    pub async fn give_mandate(
        &self,
        principal: &Principal,
        given: &GiveMandate,
    ) -> Result<Result<Mandate, GiveMandateRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let month = Month::of(self.settings().zone.date_of(tx.now()));
            let relatives = ::accounts::store::lock_relatives(&mut tx, given.senior).await?;
            let standing = store::lock_mandates_for(&mut tx, given.senior, month).await?;

            if !relatives.contains(&principal.person) {
                return Ok(Err(GiveMandateRefusal::NoSuchSenior));
            }
            if given.per_order == Money::ZERO || given.per_month < given.per_order {
                return Ok(Err(GiveMandateRefusal::BadAmounts));
            }
            if standing.iter().any(|book| book.mandate().payer == principal.person) {
                return Ok(Err(GiveMandateRefusal::AlreadyGiven));
            }
            let mandate = Mandate {
                id: tx.new_id(),
                payer: principal.person,
                senior: given.senior,
                per_order: given.per_order,
                per_month: given.per_month,
                revoked_at: None,
            };

            store::insert_mandate(&mut tx, &mandate).await?;
            outbox::append(&mut tx, &MandateGiven::of(&mandate));
            let detail =
                format!("{} an order, {} a month for {}", mandate.per_order, mandate.per_month, mandate.senior);
            let subject = mandate.id.to_string();
            tx.audit(AuditLine { action: "give_mandate", household: None, subject, detail });

            tx.commit().await?;
            Ok(Ok(mandate))
        })
        .await
    }

    /// Takes a mandate back, from either side; effective before the next order.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn revoke_mandate(
        &self,
        principal: &Principal,
        mandate: Id<kinds::Mandate>,
    ) -> Result<Result<Mandate, RevokeMandateRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let month = Month::of(self.settings().zone.date_of(tx.now()));
            let book = store::lock_mandate_book(&mut tx, mandate, month).await?;

            let Some(book) = book else { return Ok(Err(RevokeMandateRefusal::NotYours)) };
            let mut mandate = book.mandate().clone();
            if let Err(refusal) = mandate.revoke(principal.person, tx.now()) {
                return Ok(Err(refusal));
            }

            store::update_mandate_revoked(&mut tx, &mandate, principal.person).await?;
            outbox::append(&mut tx, &MandateRevoked::of(&mandate, principal.person));
            let (subject, detail) = (mandate.id.to_string(), String::new());
            tx.audit(AuditLine { action: "revoke_mandate", household: None, subject, detail });

            tx.commit().await?;
            Ok(Ok(mandate))
        })
        .await
    }

    /// The standing mandates one gave or was given, with what is left of this month.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_mandates(&self, principal: &Principal) -> Result<Vec<MandateShown>, Fault> {
        let reader = self.reader();
        let books = store::list_mandates_of(&reader, principal.person, Month::of(self.today()), MAX_MANDATES).await?;
        let people: Vec<_> = books.iter().flat_map(|book| [book.mandate().payer, book.mandate().senior]).collect();
        let names = ::accounts::store::find_names(&reader, &people).await?;
        let name = |person| names.get(&person).cloned().ok_or_else(|| Fault::inconsistent("find a name of a mandate"));
        let shown = books.iter().map(|book| {
            Ok(MandateShown {
                mandate: book.mandate().clone(),
                payer_name: name(book.mandate().payer)?,
                senior_name: name(book.mandate().senior)?,
                used: book.used(),
                left: book.left(),
            })
        });
        shown.collect()
    }
}
