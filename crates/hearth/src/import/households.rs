//! One row of a file of people, and the order in which rows are handed on.

use std::collections::HashMap;

use accounts::{HouseholdRow, Kin};
use kernel::ExternalRef;

use super::{
    columns::{Schema, optional, required},
    fields::{BadField, Fields},
};

const HOUSEHOLD: usize = 0;
const HOUSEHOLD_NAME: usize = 1;
const COMMUNITY: usize = 2;
const PERSON: usize = 3;
const PERSON_NAME: usize = 4;
const ROLE: usize = 5;
const BORN_ON: usize = 6;
const EMAIL: usize = 7;
const LEADS: usize = 8;
const RELATIVE_OF: usize = 9;
const RELATION: usize = 10;

/// How long a chain of relatives of relatives is followed. A circle has no end.
const MOST_GENERATIONS: u8 = 8;

/// A file of people.
pub static HOUSEHOLDS: Schema = Schema {
    noun: "people",
    columns: &[
        required(&["household", "household_id"]),
        optional(&["household_name"]),
        optional(&["community"]),
        required(&["person", "person_id"]),
        required(&["person_name"]),
        required(&["role"]),
        optional(&["born_on"]),
        optional(&["email"]),
        optional(&["leads"]),
        optional(&["relative_of"]),
        optional(&["relation"]),
    ],
    ignored: &[],
};

/// The schema's column that goes by one of our names, for refusals that come back by name.
#[must_use]
pub fn column_named(name: &str) -> Option<usize> {
    HOUSEHOLDS.columns.iter().position(|column| column.names[0] == name)
}

/// Reads one row as a person of a household.
///
/// # Errors
/// [`BadField`] names the first column that is wrong.
pub fn read_household(fields: &Fields<'_>) -> Result<HouseholdRow, BadField> {
    Ok(HouseholdRow {
        household: fields.required(HOUSEHOLD)?,
        household_name: fields.optional(HOUSEHOLD_NAME)?,
        community: fields.optional(COMMUNITY)?,
        person: fields.required(PERSON)?,
        person_name: fields.required(PERSON_NAME)?,
        role: fields.required(ROLE)?,
        born_on: fields.optional_date(BORN_ON)?,
        email: fields.optional(EMAIL)?,
        leads: fields.optional(LEADS)?,
        kin: read_kin(fields)?,
    })
}

fn read_kin(fields: &Fields<'_>) -> Result<Option<Kin>, BadField> {
    match (fields.optional(RELATIVE_OF)?, fields.optional(RELATION)?) {
        (Some(senior), Some(relation)) => Ok(Some(Kin { senior, relation })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(fields.bad(RELATION, "is empty although relative_of is not")),
        (None, Some(_)) => Err(fields.bad(RELATIVE_OF, "is empty although relation is not")),
    }
}

/// Sorts rows so that whoever is somebody's relative comes after that somebody, in whichever batch; else as in the file.
pub fn sort_seniors_first<T>(rows: &mut [T], row: impl Fn(&T) -> &HouseholdRow) {
    let seniors: HashMap<ExternalRef, ExternalRef> = rows
        .iter()
        .filter_map(|item| row(item).kin.as_ref().map(|kin| (row(item).person.clone(), kin.senior.clone())))
        .collect();
    rows.sort_by_key(|item| generations_above(&row(item).person, &seniors));
}

fn generations_above(person: &ExternalRef, seniors: &HashMap<ExternalRef, ExternalRef>) -> u8 {
    let mut above = 0;
    let mut current = person;
    while let Some(senior) = seniors.get(current).filter(|_| above < MOST_GENERATIONS) {
        above += 1;
        current = senior;
    }
    above
}

#[cfg(test)]
mod tests {
    use accounts::{HouseholdRow, Kin, Relation, Role};

    use super::{HOUSEHOLDS, column_named, sort_seniors_first};

    fn row(person: &str, senior: Option<&str>) -> HouseholdRow {
        HouseholdRow {
            household: "H1".parse().unwrap(),
            household_name: None,
            community: None,
            person: person.parse().unwrap(),
            person_name: person.parse().unwrap(),
            role: Role::Adult,
            born_on: None,
            email: None,
            leads: None,
            kin: senior.map(|senior| Kin { senior: senior.parse().unwrap(), relation: Relation::Other }),
        }
    }

    #[test]
    fn relatives_come_after_whom_they_belong_to() {
        let mut rows = [
            row("great", Some("child")),
            row("child", Some("old")),
            row("a", None),
            row("x", Some("y")),
            row("y", Some("x")),
            row("old", None),
        ];
        sort_seniors_first(&mut rows, |row| row);

        let order: Vec<_> = rows.iter().map(|row| row.person.to_string()).collect();
        assert_eq!(order, ["a", "old", "child", "great", "x", "y"]);
    }

    #[test]
    fn every_refused_column_is_one_of_the_file() {
        for name in [
            "household",
            "household_name",
            "community",
            "person_name",
            "role",
            "born_on",
            "email",
            "leads",
            "relative_of",
        ] {
            assert!(column_named(name).is_some_and(|at| HOUSEHOLDS.columns[at].names[0] == name), "{name}");
        }
    }
}
