use std::collections::BTreeSet;

use accounts::{Contact, HouseholdShown, StaffRole, store};
use db::{AuditLine, Tx};
use kernel::{ExternalRef, Fault, Id, Label, kinds};

use crate::{
    App, StaffPrincipal,
    ledger::{HOUSEHOLD_VIEWERS, ViewAccountRefusal, current_id, may_view_without_reason},
    staff::NotAllowed,
};

/// Most households one search answers with: whoever finds more must say more.
pub const MAX_HOUSEHOLDS_FOUND: u64 = 20;

/// What somebody of the staff knows of a household.
#[derive(Debug, Clone)]
pub enum HouseholdSearch {
    /// Its id.
    Id(Id<kinds::Household>),
    /// The operator's number of it, or of one of its orders.
    Number(ExternalRef),
    /// What it or one of its members is called, to the letter.
    Name(Label),
    /// How one of its members can be reached.
    Contact(Contact),
}

impl HouseholdSearch {
    /// Whether it says who somebody is: then only who sees names, masked, may ask.
    const fn is_personal(&self) -> bool {
        match self {
            Self::Id(_) | Self::Number(_) => false,
            Self::Name(_) | Self::Contact(_) => true,
        }
    }
}

impl App {
    /// Households by what one of the staff knows of them, at most [`MAX_HOUSEHOLDS_FOUND`], without names but for support, who sees them
    /// masked and says why. The audit log keeps who was found and why, never what was asked for.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn search_households(
        &self,
        principal: &StaffPrincipal,
        search: &HouseholdSearch,
        reason: Option<&Label>,
    ) -> Result<Result<Vec<HouseholdShown>, ViewAccountRefusal>, Fault> {
        let may: &[StaffRole] = if search.is_personal() { &[StaffRole::Support] } else { &HOUSEHOLD_VIEWERS };
        if !principal.roles.has_any(may) {
            return Ok(Err(NotAllowed.into()));
        }
        if reason.is_none() && (search.is_personal() || !may_view_without_reason(principal)) {
            return Ok(Err(ViewAccountRefusal::ReasonMissing));
        }
        if matches!(search, HouseholdSearch::Contact(_)) {
            // Who came to be known within the last minute is not indexed yet.
            self.index_contacts().await?;
        }
        db::retry_contention(|| self.try_search_households(principal, search, reason, may)).await
    }

    async fn try_search_households(
        &self,
        principal: &StaffPrincipal,
        search: &HouseholdSearch,
        reason: Option<&Label>,
        may: &[StaffRole],
    ) -> Result<Result<Vec<HouseholdShown>, ViewAccountRefusal>, Fault> {
        let mut tx = self.begin(principal.actor()).await?;
        if let Err(refusal) = principal.lock(&mut tx, may).await? {
            return Ok(Err(refusal.into()));
        }
        let found = self.find_searched(&mut tx, search).await?;
        let mut shown = store::list_households_shown(&mut tx, &found).await?;
        if !principal.roles.has_any(&[StaffRole::Support]) {
            shown.iter_mut().for_each(|household| household.name = None);
        }

        if let Some(reason) = reason {
            for household in found.iter().copied().map(Some).chain(found.is_empty().then_some(None)) {
                let subject = household.map_or_else(String::new, |household| household.to_string());
                let detail = reason.to_string();
                tx.audit(AuditLine { action: "search_households", household, subject, detail });
            }
        }

        tx.commit().await?;
        Ok(Ok(shown))
    }

    async fn find_searched(&self, tx: &mut Tx, search: &HouseholdSearch) -> Result<Vec<Id<kinds::Household>>, Fault> {
        let found: Vec<Id<kinds::Household>> = match search {
            HouseholdSearch::Id(id) => vec![*id],
            HouseholdSearch::Number(number) => {
                let households = store::find_households_by_ref(tx, std::slice::from_ref(number)).await?;
                let orders = orders::store::list_known_orders(tx, &[number]).await?;
                households.into_values().chain(orders.into_values().map(|order| order.household)).collect()
            }
            HouseholdSearch::Name(name) => store::list_households_by_name(tx, name, MAX_HOUSEHOLDS_FOUND).await?,
            HouseholdSearch::Contact(contact) => {
                let people = store::list_persons_by_contact(tx, contact.hash(self.secret().bytes())).await?;
                // The index may still know a contact that somebody had.
                let people: Vec<Id<kinds::Person>> = people
                    .into_iter()
                    .filter(|(_, contacts)| contact.is_of(contacts))
                    .map(|(person, _)| person)
                    .collect();
                store::find_households_of(tx, &people).await?.into_values().collect()
            }
        };
        // An id stands for the household it went into.
        let mut current = BTreeSet::new();
        for household in found {
            current.insert(current_id(tx, household).await?);
        }
        Ok(current.into_iter().collect())
    }
}
