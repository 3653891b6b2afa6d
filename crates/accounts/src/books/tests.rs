use chrono::NaiveDate;
use kernel::{BusinessDate, IdGenerator, Timestamp};

use super::{Books, Judged, RowIds, Standing, judge_rows};
use crate::{
    HouseholdField, HouseholdRow, ImportHouseholdRefusal as Refusal, Imported, Kin, PersonField, Relation, Role,
};

const NEW: Result<Imported, Refusal> = Ok(Imported::New);
const DUPLICATE: Result<Imported, Refusal> = Ok(Imported::Duplicate);

fn today() -> BusinessDate {
    NaiveDate::from_ymd_opt(2026, 6, 1).unwrap()
}

/// A row of household 王家 (H1) in 玉兰里, unless told otherwise.
fn row(person: &str, role: Role) -> HouseholdRow {
    HouseholdRow {
        household: "H1".parse().unwrap(),
        household_name: Some("王家".parse().unwrap()),
        community: Some("玉兰里".parse().unwrap()),
        person: person.parse().unwrap(),
        person_name: format!("name of {person}").parse().unwrap(),
        role,
        born_on: NaiveDate::from_ymd_opt(1951, 3, 8),
        email: Some(format!("{person}@hearth.example").parse().unwrap()),
        leads: None,
        kin: None,
    }
}

fn of(household: &str, row: HouseholdRow) -> HouseholdRow {
    HouseholdRow { household: household.parse().unwrap(), household_name: None, ..row }
}

fn relative_of(senior: &str, row: HouseholdRow) -> HouseholdRow {
    HouseholdRow { kin: Some(Kin { senior: senior.parse().unwrap(), relation: Relation::Son }), ..row }
}

fn judge(loaded: &Books, rows: Vec<HouseholdRow>) -> Judged {
    let now = Timestamp::from_timestamp_millis(1_800_000_000_000).unwrap();
    let ids = IdGenerator::from_operating_system();
    let draw = |row| {
        let ids = RowIds {
            household: ids.next_id(now),
            person: ids.next_id(now),
            community: ids.next_id(now),
            led_community: ids.next_id(now),
        };
        (row, ids)
    };
    judge_rows(loaded, &rows.into_iter().map(draw).collect::<Vec<_>>(), today())
}

/// The books after these rows, as a later batch would load them.
fn known(rows: Vec<HouseholdRow>) -> Books {
    let Judged { answers, mut books } = judge(&Books::default(), rows);
    assert!(answers.iter().all(|answer| *answer == NEW), "{answers:?}");
    books.households.values_mut().for_each(|household| household.standing = Standing::Known);
    books.persons.values_mut().for_each(|person| person.standing = Standing::Known);
    books.communities.values_mut().for_each(|community| community.standing = Standing::Known);
    books
}

#[test]
fn takes_a_row_once_and_knows_it_afterwards() {
    let rows = || vec![row("p1", Role::Owner), row("p2", Role::Senior), row("p1", Role::Owner)];

    let first = judge(&Books::default(), rows());
    let again = judge(&known(rows()[..2].to_vec()), rows());

    assert_eq!(first.answers, [NEW, NEW, DUPLICATE]);
    assert_eq!((first.books.households.len(), first.books.persons.len(), first.books.communities.len()), (1, 2, 1));
    assert_eq!(again.answers, [DUPLICATE, DUPLICATE, DUPLICATE]);
    assert!(again.books.households.values().all(|household| household.standing == Standing::Known));
}

#[test]
fn refuses_to_tell_a_known_person_differently() {
    let books = known(vec![
        HouseholdRow { leads: Some("玉兰里".parse().unwrap()), ..row("p1", Role::Adult) },
        relative_of("p1", of("H2", row("p2", Role::Adult))),
    ]);
    let leader = || HouseholdRow { leads: Some("玉兰里".parse().unwrap()), ..row("p1", Role::Adult) };
    for (field, told) in [
        (PersonField::Household, of("H2", leader())),
        (PersonField::Household, of("H9", leader())),
        (PersonField::Name, HouseholdRow { person_name: "someone".parse().unwrap(), ..leader() }),
        (PersonField::Role, HouseholdRow { role: Role::Owner, ..leader() }),
        (PersonField::BornOn, HouseholdRow { born_on: None, ..leader() }),
        (PersonField::Email, HouseholdRow { email: None, ..leader() }),
        (PersonField::Leads, HouseholdRow { leads: None, ..leader() }),
        (PersonField::Leads, HouseholdRow { leads: Some("柳荫街".parse().unwrap()), ..leader() }),
        (PersonField::Kin, relative_of("p2", leader())),
        (PersonField::Kin, of("H2", row("p2", Role::Adult))),
    ] {
        let judged = judge(&books, vec![told]);

        assert_eq!(judged.answers, [Err(Refusal::PersonDiffers { field })]);
        assert_eq!((judged.books.households.len(), judged.books.communities.len()), (2, 1), "{field:?} left a trace");
    }
}

#[test]
fn refuses_to_tell_a_known_household_differently() {
    let books = known(vec![row("p1", Role::Owner)]);
    let name = HouseholdRow { household_name: Some("李家".parse().unwrap()), ..row("p2", Role::Adult) };
    let community = HouseholdRow { community: Some("柳荫街".parse().unwrap()), ..row("p3", Role::Adult) };
    let silent = HouseholdRow { household_name: None, community: None, ..row("p4", Role::Adult) };

    let judged = judge(&books, vec![name, community, silent]);

    let refusal = |field| Err(Refusal::HouseholdDiffers { field });
    assert_eq!(judged.answers, [refusal(HouseholdField::Name), refusal(HouseholdField::Community), NEW]);
    assert_eq!((judged.books.persons.len(), judged.books.communities.len()), (2, 1));
}

#[test]
fn names_a_household_that_orders_founded_nameless() {
    let mut books = known(vec![row("p1", Role::Adult)]);
    let nameless = books.households.get_mut(&"H1".parse().unwrap()).unwrap();
    (nameless.name, nameless.community) = (None, None);

    let judged = judge(&books, vec![row("p1", Role::Adult), row("p1", Role::Adult)]);

    assert_eq!(judged.answers, [NEW, DUPLICATE]);
    let named = &judged.books.households[&"H1".parse().unwrap()];
    assert_eq!((named.name.as_ref().unwrap().as_str(), named.standing), ("王家", Standing::Named));
    assert_eq!(named.community, Some(judged.books.communities[&"玉兰里".parse().unwrap()].id));
}

#[test]
fn an_address_signs_in_one_person() {
    let taken = |person| HouseholdRow { email: Some("p1@hearth.example".parse().unwrap()), ..row(person, Role::Adult) };
    let rows = vec![row("p1", Role::Owner), taken("p2"), of("H9", taken("p3"))];

    let judged = judge(&Books::default(), rows);

    assert_eq!(judged.answers, [NEW, Err(Refusal::AddressTaken), Err(Refusal::AddressTaken)]);
    assert_eq!((judged.books.persons.len(), judged.books.households.len()), (1, 1));
}

#[test]
fn a_household_has_one_owner() {
    let in_one_batch = judge(&Books::default(), vec![row("p1", Role::Owner), row("p2", Role::Owner)]);
    let in_the_next = judge(&known(vec![row("p1", Role::Owner)]), vec![row("p2", Role::Owner)]);

    assert_eq!(in_one_batch.answers, [NEW, Err(Refusal::SecondOwner)]);
    assert_eq!(in_the_next.answers, [Err(Refusal::SecondOwner)]);
}

#[test]
fn nobody_is_born_tomorrow() {
    let born = |born_on| HouseholdRow { born_on: Some(born_on), ..row("p1", Role::Child) };

    assert_eq!(judge(&Books::default(), vec![born(today())]).answers, [NEW]);
    assert_eq!(judge(&Books::default(), vec![born(today().succ_opt().unwrap())]).answers, [Err(Refusal::NotYetBorn)]);
}

#[test]
fn a_relative_may_come_before_the_senior() {
    let judged =
        judge(&Books::default(), vec![relative_of("p2", row("p1", Role::Adult)), of("H2", row("p2", Role::Senior))]);

    assert_eq!(judged.answers, [NEW, NEW]);
}

#[test]
fn refuses_the_relative_of_nobody_and_whoever_depends_on_it() {
    let unknown = |senior: &str| Err(Refusal::UnknownRelative { senior: senior.parse().unwrap() });
    let rows = vec![
        relative_of("p1", row("p0", Role::Adult)),
        relative_of("nobody", row("p1", Role::Owner)),
        // Would be a second owner if p1 stayed.
        row("p2", Role::Owner),
        relative_of("p3", row("p3", Role::Adult)),
    ];

    let judged = judge(&Books::default(), rows);

    assert_eq!(judged.answers, [unknown("p1"), unknown("nobody"), NEW, Err(Refusal::OwnRelative)]);
    assert_eq!(judged.books.persons.len(), 1);
}

#[test]
fn names_the_column_of_every_refusal() {
    for (refusal, column, text) in [
        (Refusal::PersonDiffers { field: PersonField::BornOn }, "born_on", "this person is known with another born_on"),
        (
            Refusal::HouseholdDiffers { field: HouseholdField::Name },
            "household_name",
            "this household is known with another household_name",
        ),
        (Refusal::AddressTaken, "email", "this mail address belongs to another person"),
        (Refusal::SecondOwner, "role", "this household has an owner already"),
        (
            Refusal::UnknownRelative { senior: "P7".parse().unwrap() },
            "relative_of",
            "no person P7 is known, whose relative this person would be",
        ),
    ] {
        assert_eq!((refusal.column(), refusal.to_string().as_str()), (column, text));
    }
}
