//! Whose an order is. The order system names a household and a member by the numbers it knows, and hears late that somebody moved on.

use std::collections::{BTreeSet, HashMap, HashSet};

use ::accounts::{
    PersonPlace,
    store::{find_person_refs, list_merged, list_past_households},
};
use ::orders::OrderPaid;
use db::Tx;
use kernel::{ExternalRef, Fault, Id, kinds};
use ledger::{Hold, HoldState};

use super::record_orders_paid::RecordOrderRefusal;

/// Whose an order is, and who of them ordered it, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Belonging {
    pub(super) household: Id<kinds::Household>,
    pub(super) person: Option<Id<kinds::Person>>,
}

/// Where the persons of orders belong, and where they did.
pub(super) struct Places {
    persons: HashMap<ExternalRef, PersonPlace>,
    /// Only of those who belong elsewhere than an order says; a household that went into another is the one it stands for.
    past: HashSet<(Id<kinds::Household>, Id<kinds::Person>)>,
}

type ByRef = HashMap<ExternalRef, Id<kinds::Household>>;

impl Places {
    /// Reads where persons belong. Before the wallets are locked it says whose to lock; under them nobody moves on any more, since
    /// whoever does holds the wallet that is left.
    pub(super) async fn find(tx: &mut Tx, paid: &[&OrderPaid], households: &ByRef) -> Result<Self, Fault> {
        let refs: BTreeSet<ExternalRef> = paid.iter().filter_map(|paid| paid.person_ref.clone()).collect();
        let persons = find_person_refs(tx, &refs.into_iter().collect::<Vec<_>>()).await?;
        let elsewhere: BTreeSet<Id<kinds::Person>> = paid
            .iter()
            .filter_map(|paid| {
                let place = persons.get(paid.person_ref.as_ref()?)?;
                let (own, _) = place.household?;
                (households.get(&paid.household_ref) != Some(&own)).then_some(place.person)
            })
            .collect();
        if elsewhere.is_empty() {
            return Ok(Self { persons, past: HashSet::new() });
        }
        let past = list_past_households(tx, &elsewhere.into_iter().collect::<Vec<_>>()).await?;
        let merged: HashMap<_, _> = list_merged(tx, past.iter().map(|(left, _)| *left)).await?.into_iter().collect();
        let past = past.into_iter().map(|(left, person)| (merged.get(&left).copied().unwrap_or(left), person));
        Ok(Self { persons, past: past.collect() })
    }

    /// Whose an order is. A member who moved on took what they brought along: what is told late under the number of the household they
    /// left is theirs where they are now.
    pub(super) fn of(&self, paid: &OrderPaid, households: &ByRef) -> Result<Belonging, RecordOrderRefusal> {
        let told = households.get(&paid.household_ref).copied();
        let unnamed = |told: Option<Id<kinds::Household>>| {
            let household = told.ok_or(RecordOrderRefusal::PersonElsewhere)?;
            Ok(Belonging { household, person: None })
        };
        let Some(person_ref) = &paid.person_ref else { return unnamed(told) };
        let place = self.persons.get(person_ref).ok_or(RecordOrderRefusal::UnknownPerson)?;
        let person = Some(place.person);
        match (place.household, told) {
            // Erased, or gone without joining another: the order system may not know yet, and the sale is the household's all the same.
            (None, told) => unnamed(told),
            (Some((own, _)), Some(told)) if own == told || self.past.contains(&(told, place.person)) => {
                Ok(Belonging { household: own, person })
            }
            (Some(_), _) => Err(RecordOrderRefusal::PersonElsewhere),
        }
    }

    /// As [`Places::of`], of an order that may be paid with points somebody holds for it: points that the household it was told of has
    /// set aside pay for an order of that household's, whoever moved on since.
    pub(super) fn of_paid_with(
        &self,
        hold: Option<&Hold>,
        paid: &OrderPaid,
        households: &ByRef,
    ) -> Result<Belonging, RecordOrderRefusal> {
        let belonging = self.of(paid, households)?;
        let told = households.get(&paid.household_ref);
        let kept = hold.filter(|hold| hold.state == HoldState::Open && Some(&hold.household) == told);
        Ok(match kept {
            Some(hold) if hold.household != belonging.household => {
                Belonging { household: hold.household, person: None }
            }
            Some(_) | None => belonging,
        })
    }

    /// Whose wallets orders look at, besides those of the households they were told of.
    pub(super) fn moved_to<'a>(
        &'a self,
        paid: &'a [&OrderPaid],
        households: &'a ByRef,
    ) -> impl Iterator<Item = Id<kinds::Household>> + 'a {
        paid.iter().filter_map(|paid| Some(self.of(paid, households).ok()?.household))
    }
}
