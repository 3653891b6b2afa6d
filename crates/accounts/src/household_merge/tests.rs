use chrono::TimeDelta;
use kernel::{Id, Timestamp, kinds};
use uuid::Uuid;

use super::{HouseholdMerge, PartRefusal, role_after_merge};
use crate::Role;

fn id<K>(n: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn merged_at() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

const ASKED: u128 = 1;
const ACCEPTED: u128 = 2;
const CHILD: u128 = 3;
const OTHER: u128 = 4;

fn merge() -> HouseholdMerge {
    HouseholdMerge {
        household: id(100),
        invitation: id(101),
        merged: id(102),
        asked_by: id(ASKED),
        accepted_by: id(ACCEPTED),
        merged_at: merged_at(),
        undone: None,
    }
}

fn judge(merge: HouseholdMerge, person: u128, members: &[(u128, Role)], after: TimeDelta) -> Result<(), PartRefusal> {
    let came = [(id::<kinds::Person>(ACCEPTED), Role::Owner), (id(CHILD), Role::Child)];
    let members: Vec<_> = members.iter().map(|(who, role)| (id(*who), *role)).collect();
    merge.check_part(id(person), &came, &members, merged_at() + after)
}

const TOGETHER: &[(u128, Role)] =
    &[(ASKED, Role::Owner), (ACCEPTED, Role::Adult), (CHILD, Role::Child), (OTHER, Role::Adult)];

#[test]
fn either_of_the_two_owners_undoes_it_within_seven_days() {
    let last_moment = TimeDelta::days(7) - TimeDelta::milliseconds(1);
    for person in [ASKED, ACCEPTED] {
        assert_eq!(judge(merge(), person, TOGETHER, last_moment), Ok(()));
        let until = merged_at() + TimeDelta::days(7);
        assert_eq!(judge(merge(), person, TOGETHER, TimeDelta::days(7)), Err(PartRefusal::TooLate { until }));
    }
}

#[test]
fn nobody_else_learns_that_there_was_one() {
    let early = TimeDelta::days(1);
    for person in [CHILD, OTHER, 99] {
        assert_eq!(judge(merge(), person, TOGETHER, early), Err(PartRefusal::NothingToUndo));
    }
    let undone = HouseholdMerge { undone: Some((merged_at(), id(ASKED))), ..merge() };
    assert_eq!(judge(undone, ASKED, TOGETHER, early), Err(PartRefusal::NothingToUndo));
    // Who has left the household has no say in it any more.
    let without_asker = &TOGETHER[1..];
    assert_eq!(judge(merge(), ASKED, without_asker, early), Err(PartRefusal::NothingToUndo));
}

#[test]
fn who_came_along_must_still_be_there_and_own_nothing() {
    let early = TimeDelta::days(1);
    let child_left = &[(ASKED, Role::Owner), (ACCEPTED, Role::Adult)];
    assert_eq!(judge(merge(), ASKED, child_left, early), Err(PartRefusal::MembersMoved));
    let handed_over = &[(ASKED, Role::Adult), (ACCEPTED, Role::Owner), (CHILD, Role::Child)];
    assert_eq!(judge(merge(), ACCEPTED, handed_over, early), Err(PartRefusal::MembersMoved));
}

#[test]
fn a_household_keeps_one_owner() {
    assert_eq!(role_after_merge(Role::Owner), Role::Adult);
    for role in [Role::Adult, Role::Senior, Role::Child] {
        assert_eq!(role_after_merge(role), role);
    }
}
