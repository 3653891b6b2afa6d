use super::{Id, IdGenerator, IdParseError, kinds};
use crate::Timestamp;

fn noon() -> Timestamp {
    Timestamp::from_timestamp_millis(1_800_000_000_000).expect("a valid instant")
}

#[test]
fn text_form_round_trips() {
    let id: Id<kinds::Household> = IdGenerator::from_seed(1).next_id(noon());

    assert_eq!(id.to_string().parse(), Ok(id));
    assert!(id.to_string().starts_with("hh_"));
}

#[test]
fn refuses_the_id_of_another_kind() {
    let id: Id<kinds::Perk> = IdGenerator::from_seed(1).next_id(noon());

    assert_eq!(id.to_string().parse::<Id<kinds::Household>>(), Err(IdParseError::OtherKind { expected: "household" }));
}

#[test]
fn refuses_every_second_spelling() {
    let canonical = format!("hh_{}", "a".repeat(32));
    assert!(canonical.parse::<Id<kinds::Household>>().is_ok());
    for text in [
        String::new(),
        "hh_".to_owned(),
        "hh".to_owned(),
        canonical.to_uppercase(),
        format!("{canonical}0"),
        format!("hh_{}", "g".repeat(32)),
        format!("hh_{{{}}}", "a".repeat(30)),
        "hh_' OR 1=1--".to_owned(),
    ] {
        assert_eq!(text.parse::<Id<kinds::Household>>(), Err(IdParseError::Malformed), "{text}");
    }
}

#[test]
fn a_clock_before_1970_draws_ids_all_the_same() {
    let ids = IdGenerator::from_seed(7);
    let before = Timestamp::UNIX_EPOCH - chrono::TimeDelta::days(1);
    let (first, second): (Id<kinds::Event>, Id<kinds::Event>) = (ids.next_id(before), ids.next_id(before));

    assert_eq!(first.uuid().get_timestamp().map(|stamp| stamp.to_unix()), Some((0, 0)));
    assert!(first < second);
}

#[test]
fn ids_of_one_instant_sort_in_the_order_they_were_drawn() {
    for ids in [IdGenerator::from_seed(7), IdGenerator::from_operating_system()] {
        let drawn: Vec<Id<kinds::Posting>> = (0..1_000).map(|_| ids.next_id(noon())).collect();

        assert!(drawn.is_sorted_by(|earlier, later| earlier < later));
        assert!(drawn.iter().all(|id| id.uuid().get_version_num() == 7));
    }
}
