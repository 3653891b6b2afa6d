use std::collections::BTreeSet;

use ::familypay::{MAX_PAYERS, store};
use db::AuditLine;
use kernel::{Fault, Id, Label, kinds};

use super::ask_to_pay::in_order;
use crate::{App, Principal};

/// Why the order stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayerOrderRefusal {
    /// Somebody who is no relative of one's own, or twice, or more than [`MAX_PAYERS`].
    #[error("an order of payers names relatives, each once, at most {MAX_PAYERS}")]
    BadOrder,
}

/// A relative who can be asked to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayerShown {
    /// Who.
    pub person: Id<kinds::Person>,
    /// By name.
    pub name: Label,
}

impl App {
    /// Says in which order one's relatives are asked to pay; those left out come after them, the longest linked first.
    ///
    /// # Errors
    /// A [`Fault`] of the database; trying again is safe.
    pub async fn set_payer_order(
        &self,
        principal: &Principal,
        order: &[Id<kinds::Person>],
    ) -> Result<Result<(), PayerOrderRefusal>, Fault> {
        db::retry_contention(async || {
            let mut tx = self.begin(principal.actor()).await?;
            let relatives = ::accounts::store::lock_relatives(&mut tx, principal.person).await?;

            let named: BTreeSet<_> = order.iter().collect();
            let are_relatives = order.iter().all(|person| relatives.contains(person));
            if named.len() < order.len() || order.len() > MAX_PAYERS || !are_relatives {
                return Ok(Err(PayerOrderRefusal::BadOrder));
            }

            store::update_payer_places(&mut tx, principal.person, order).await?;
            let (subject, detail) = (principal.person.to_string(), format!("{} relatives", order.len()));
            tx.audit(AuditLine { action: "set_payer_order", household: None, subject, detail });

            tx.commit().await?;
            Ok(Ok(()))
        })
        .await
    }

    /// Who would be asked to pay for the signed-in person, in this order.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn list_payers(&self, principal: &Principal) -> Result<Vec<PayerShown>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        let relatives = ::accounts::store::lock_relatives(&mut tx, principal.person).await?;
        let places = store::list_payer_places(&mut tx, principal.person).await?;
        tx.rollback().await?;
        let payers: Vec<_> = in_order(relatives, &places).into_iter().take(MAX_PAYERS).collect();
        let names = ::accounts::store::find_names(&self.reader(), &payers).await?;
        let shown =
            payers.into_iter().filter_map(|person| Some(PayerShown { person, name: names.get(&person)?.clone() }));
        Ok(shown.collect())
    }
}
