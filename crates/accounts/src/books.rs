use std::collections::{BTreeSet, HashMap};

use kernel::{BusinessDate, EmailAddress, ExternalRef, Id, Label, kinds};

use crate::{HouseholdField, HouseholdRow, ImportHouseholdRefusal as Refusal, Imported, PersonField, Relation, Role};

/// Everything a batch of rows can touch or contradict, loaded and locked; rows are judged and applied here, in memory.
#[derive(Debug, Clone, Default)]
pub struct Books {
    /// Households the rows name.
    pub households: HashMap<ExternalRef, HouseholdBook>,
    /// Persons the rows name, also as seniors.
    pub persons: HashMap<ExternalRef, PersonBook>,
    /// Communities the rows name, to live in or to lead.
    pub communities: HashMap<Label, CommunityBook>,
    /// Mail addresses of the rows that somebody has.
    pub addresses: BTreeSet<EmailAddress>,
}

/// Whether something came to be in this batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// As it was loaded.
    Known,
    /// Was nameless, and is named by this batch.
    Named,
    /// Came to be in this batch.
    New,
}

/// A household as far as rows can contradict it.
#[derive(Debug, Clone)]
pub struct HouseholdBook {
    /// Its id.
    pub id: Id<kinds::Household>,
    /// Its name; `None` while the operator's number stands for it.
    pub name: Option<Label>,
    /// Where it lives, when that is known.
    pub community: Option<Id<kinds::Community>>,
    /// Whether somebody owns it.
    pub has_owner: bool,
    /// Whether this batch changed it.
    pub standing: Standing,
}

/// A person as far as rows can contradict one.
#[derive(Debug, Clone)]
pub struct PersonBook {
    /// The id.
    pub id: Id<kinds::Person>,
    /// The name.
    pub name: Label,
    /// The day of birth.
    pub born_on: Option<BusinessDate>,
    /// The mail address.
    pub email: Option<EmailAddress>,
    /// The household, with the role there.
    pub household: Option<(Id<kinds::Household>, Role)>,
    /// The communities this person leads.
    pub leads: BTreeSet<Id<kinds::Community>>,
    /// Whose relative this person is, by the senior's number. Empty in part when a senior's number was not loaded,
    /// which differs from every row as it should.
    pub kin: Vec<(Option<ExternalRef>, Relation)>,
    /// Whether this batch made it.
    pub standing: Standing,
}

/// A community.
#[derive(Debug, Clone, Copy)]
pub struct CommunityBook {
    /// Its id.
    pub id: Id<kinds::Community>,
    /// Whether this batch made it.
    pub standing: Standing,
}

/// Ids for what a row may bring into being, drawn before it is judged; most stay unused.
#[derive(Debug, Clone, Copy)]
pub struct RowIds {
    /// For its household.
    pub household: Id<kinds::Household>,
    /// For its person.
    pub person: Id<kinds::Person>,
    /// For the community it lives in.
    pub community: Id<kinds::Community>,
    /// For the community it leads.
    pub led_community: Id<kinds::Community>,
}

/// What became of each row, in order, and the books as they stand afterwards.
#[derive(Debug)]
pub struct Judged {
    /// One answer a row.
    pub answers: Vec<Result<Imported, Refusal>>,
    /// The books after all rows that were taken.
    pub books: Books,
}

/// Judges rows in their order, each on the books as the rows before it left them; a refused row leaves no trace.
///
/// A relative may come before the senior. So a row is first taken on trust; if in the end nobody has the senior's
/// number, all is judged again without it, because other rows may have built on it. Every round refuses at least one
/// more row, so it ends.
#[must_use]
pub fn judge_rows(loaded: &Books, rows: &[(HouseholdRow, RowIds)], today: BusinessDate) -> Judged {
    let mut without_senior = BTreeSet::new();
    loop {
        let judged = judge_once(loaded, rows, today, &without_senior);
        let missing = rows.iter().enumerate().zip(&judged.answers).filter(|((_, (row, _)), answer)| {
            let is_known = |senior| judged.books.persons.contains_key(senior);
            answer.is_ok() && row.kin.as_ref().is_some_and(|kin| !is_known(&kin.senior))
        });
        let missing: Vec<usize> = missing.map(|((index, _), _)| index).collect();
        if missing.is_empty() {
            return judged;
        }
        without_senior.extend(missing);
    }
}

fn judge_once(
    loaded: &Books,
    rows: &[(HouseholdRow, RowIds)],
    today: BusinessDate,
    without_senior: &BTreeSet<usize>,
) -> Judged {
    let mut books = loaded.clone();
    let judge = |(index, (row, ids)): (usize, &(HouseholdRow, RowIds))| match &row.kin {
        Some(kin) if without_senior.contains(&index) => Err(Refusal::UnknownRelative { senior: kin.senior.clone() }),
        Some(_) | None => books.take(row, ids, today),
    };
    let answers = rows.iter().enumerate().map(judge).collect();
    Judged { answers, books }
}

impl Books {
    /// Takes one row or leaves everything as it was.
    fn take(&mut self, row: &HouseholdRow, ids: &RowIds, today: BusinessDate) -> Result<Imported, Refusal> {
        self.check_household(row)?;
        let is_person_known = self.check_person(row)?;
        if !is_person_known {
            self.check_new_person(row, today)?;
        }

        let is_household_known = self.apply_household(row, ids);
        if is_person_known {
            return Ok(if is_household_known { Imported::Duplicate } else { Imported::New });
        }
        self.apply_person(row, ids);
        Ok(Imported::New)
    }

    /// What a row does not say contradicts nothing; what a household does not know yet can be told.
    fn check_household(&self, row: &HouseholdRow) -> Result<(), Refusal> {
        let Some(household) = self.households.get(&row.household) else { return Ok(()) };
        if differs(household.name.as_ref(), row.household_name.as_ref()) {
            return Err(Refusal::HouseholdDiffers { field: HouseholdField::Name });
        }
        // A community nobody heard of has no id yet, and is another one than any that is known.
        let told = row.community.as_ref().map(|name| self.communities.get(name).map(|community| community.id));
        match (household.community, told) {
            (Some(known), Some(told)) if told != Some(known) => {
                Err(Refusal::HouseholdDiffers { field: HouseholdField::Community })
            }
            _ => Ok(()),
        }
    }

    /// Whether the person is known; refuses when the row tells anything about a known person differently.
    fn check_person(&self, row: &HouseholdRow) -> Result<bool, Refusal> {
        let Some(person) = self.persons.get(&row.person) else { return Ok(false) };
        let household = self.households.get(&row.household).map(|household| household.id);
        let leads: Option<BTreeSet<_>> =
            row.leads.iter().map(|name| self.communities.get(name).map(|community| community.id)).collect();
        let kin: Vec<_> = row.kin.iter().map(|kin| (Some(kin.senior.clone()), kin.relation)).collect();
        let facts = [
            (PersonField::Household, person.household.map(|(household, _)| household) == household),
            (PersonField::Name, person.name == row.person_name),
            (PersonField::Role, person.household.map(|(_, role)| role) == Some(row.role)),
            (PersonField::BornOn, person.born_on == row.born_on),
            (PersonField::Email, person.email == row.email),
            (PersonField::Leads, leads.as_ref() == Some(&person.leads)),
            (PersonField::Kin, person.kin == kin),
        ];
        match facts.into_iter().find(|(_, is_same)| !is_same) {
            Some((field, _)) => Err(Refusal::PersonDiffers { field }),
            None => Ok(true),
        }
    }

    fn check_new_person(&self, row: &HouseholdRow, today: BusinessDate) -> Result<(), Refusal> {
        if row.born_on.is_some_and(|born_on| born_on > today) {
            return Err(Refusal::NotYetBorn);
        }
        if row.email.as_ref().is_some_and(|email| self.addresses.contains(email)) {
            return Err(Refusal::AddressTaken);
        }
        if row.role == Role::Owner && self.households.get(&row.household).is_some_and(|household| household.has_owner) {
            return Err(Refusal::SecondOwner);
        }
        if row.kin.as_ref().is_some_and(|kin| kin.senior == row.person) {
            return Err(Refusal::OwnRelative);
        }
        Ok(())
    }

    /// Founds the household, or tells it what it did not know. Returns whether there was nothing to do.
    fn apply_household(&mut self, row: &HouseholdRow, ids: &RowIds) -> bool {
        let community = row.community.as_ref().map(|name| self.community(name, ids.community));
        let mut is_known = true;
        let household = self.households.entry(row.household.clone()).or_insert_with(|| {
            is_known = false;
            HouseholdBook { id: ids.household, name: None, community: None, has_owner: false, standing: Standing::New }
        });
        let learns_name = household.name.is_none() && row.household_name.is_some();
        let learns_community = household.community.is_none() && community.is_some();
        if learns_name {
            household.name.clone_from(&row.household_name);
        }
        if learns_community {
            household.community = community;
        }
        if (learns_name || learns_community) && household.standing == Standing::Known {
            household.standing = Standing::Named;
        }
        is_known && !learns_name && !learns_community
    }

    fn apply_person(&mut self, row: &HouseholdRow, ids: &RowIds) {
        let leads = row.leads.as_ref().map(|name| self.community(name, ids.led_community));
        let household = self.households.get_mut(&row.household).expect("its household was applied first");
        household.has_owner |= row.role == Role::Owner;
        let person = PersonBook {
            id: ids.person,
            name: row.person_name.clone(),
            born_on: row.born_on,
            email: row.email.clone(),
            household: Some((household.id, row.role)),
            leads: leads.into_iter().collect(),
            kin: row.kin.iter().map(|kin| (Some(kin.senior.clone()), kin.relation)).collect(),
            standing: Standing::New,
        };
        self.addresses.extend(row.email.clone());
        self.persons.insert(row.person.clone(), person);
    }

    /// The community of this name, under `id` if it is new.
    fn community(&mut self, name: &Label, id: Id<kinds::Community>) -> Id<kinds::Community> {
        self.communities.entry(name.clone()).or_insert(CommunityBook { id, standing: Standing::New }).id
    }
}

/// Whether both are told and not the same.
fn differs<T: PartialEq>(known: Option<&T>, told: Option<&T>) -> bool {
    matches!((known, told), (Some(known), Some(told)) if known != told)
}

#[cfg(test)]
mod tests;
