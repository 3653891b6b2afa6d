use chrono::TimeDelta;
use kernel::{Id, Locale, Timestamp, kinds};
use uuid::Uuid;

use super::{
    AcceptRefusal, Acceptance, Accepting, INVITATION_LIFE, Invitation, InvitationAnswer, InvitationToken,
    InviteRefusal, InvitedAs, MAX_INVITATIONS_PER_DAY, MAX_OPEN_INVITATIONS, judge_accept, judge_invite,
};
use crate::{AddressHash, Relation, Role};

const ADULT: InvitedAs = InvitedAs::Member(Role::Adult);

fn id<K>(n: u128) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(n))
}

fn now() -> Timestamp {
    Timestamp::from_timestamp_millis(1_780_286_400_000).unwrap()
}

fn hash(n: u8) -> AddressHash {
    AddressHash::from_stored(&[n; 32]).unwrap()
}

fn invitation(invited_as: InvitedAs) -> Invitation {
    Invitation {
        id: id(1),
        household: id(10),
        invited_as,
        name: "奶奶".parse().unwrap(),
        address: None,
        address_hash: hash(1),
        locale: Locale::ZhCn,
        invited_by: id(100),
        created_at: now(),
        expires_at: now() + INVITATION_LIFE,
        answer: None,
        answered_by: None,
    }
}

fn accepting() -> Accepting {
    Accepting { person: id(200), address_hash: Some(hash(1)), place: None, left_at: None }
}

#[test]
fn a_token_is_read_as_people_copy_it() {
    let token = InvitationToken::of(b"secret", id::<kinds::Invitation>(7));
    let text = token.to_text();

    assert_eq!(text.len(), 39);
    for copied in [text.clone(), text.to_uppercase(), text.replace('-', " "), text.replace('-', "")] {
        assert_eq!(InvitationToken::parse(&copied), Some(token.clone()), "{copied}");
    }
    for wrong in ["", "abcd", &text[1..], &format!("{text}0"), &text.replace(&text[..1], "x"), &"0".repeat(10_000)] {
        assert_eq!(InvitationToken::parse(wrong), None, "{wrong}");
    }
    assert_eq!(format!("{token:?}"), "InvitationToken(…)");
}

#[test]
fn owners_and_adults_invite_members_and_a_senior_invites_kin() {
    let kin = InvitedAs::Relative(Relation::Daughter);
    let judge = |role, invited_as| judge_invite(role, (invited_as, hash(1), id(100)), &[], 0, now());
    for role in [Role::Owner, Role::Adult] {
        assert_eq!(judge(Some(role), ADULT), Ok(None));
        assert_eq!(judge(Some(role), kin), Ok(None));
    }
    assert_eq!(judge(Some(Role::Senior), ADULT), Err(InviteRefusal::NotAllowed));
    assert_eq!(judge(Some(Role::Senior), kin), Ok(None));
    assert_eq!(judge(Some(Role::Child), kin), Err(InviteRefusal::NotAllowed));
    assert_eq!(judge(None, kin), Err(InviteRefusal::NotAllowed));
}

#[test]
fn inviting_the_same_address_again_makes_no_second_mail() {
    let open = [invitation(ADULT)];
    let judge = |invited_as, now| judge_invite(Some(Role::Owner), (invited_as, hash(1), id(100)), &open, 1, now);

    assert_eq!(judge(ADULT, now()), Ok(Some(id(1))));
    assert_eq!(judge(InvitedAs::Member(Role::Senior), now()), Err(InviteRefusal::AlreadyInvited));
    assert_eq!(judge(InvitedAs::Senior(Relation::Daughter), now()), Ok(None), "kin is another matter");
    assert_eq!(judge(InvitedAs::Member(Role::Senior), now() + INVITATION_LIFE), Ok(None), "that one lapsed");
}

#[test]
fn a_household_has_few_open_invitations_and_makes_few_a_day() {
    let open: Vec<Invitation> = (0..MAX_OPEN_INVITATIONS)
        .map(|n| Invitation { address_hash: hash(u8::try_from(n + 2).unwrap()), ..invitation(ADULT) })
        .collect();
    let judge =
        |open: &[Invitation], made| judge_invite(Some(Role::Owner), (ADULT, hash(1), id(100)), open, made, now());

    assert_eq!(judge(&open[1..], 0), Ok(None));
    assert_eq!(judge(&open, 0), Err(InviteRefusal::TooMany));
    assert_eq!(judge(&[], MAX_INVITATIONS_PER_DAY - 1), Ok(None));
    assert_eq!(judge(&[], MAX_INVITATIONS_PER_DAY), Err(InviteRefusal::TooMany));
}

#[test]
fn whoever_reads_that_mail_joins_within_fourteen_days() {
    let asked = invitation(ADULT);
    let joined = Ok(Acceptance::Join { role: Role::Adult, from: None });
    let last = now() + INVITATION_LIFE - TimeDelta::milliseconds(1);
    assert_eq!(judge_accept(&asked, &accepting(), now()), joined);
    assert_eq!(judge_accept(&asked, &accepting(), last), joined);

    let none = Err(AcceptRefusal::NoSuchInvitation);
    assert_eq!(judge_accept(&asked, &accepting(), now() + INVITATION_LIFE), none);
    let other = Accepting { address_hash: Some(hash(2)), ..accepting() };
    assert_eq!(judge_accept(&asked, &other, now()), none);
    let nowhere = Accepting { address_hash: None, ..accepting() };
    assert_eq!(judge_accept(&asked, &nowhere, now()), none);
    for answer in [InvitationAnswer::Declined, InvitationAnswer::Withdrawn, InvitationAnswer::Lapsed] {
        let ended = asked.clone().answered(answer, None, now());
        assert_eq!(judge_accept(&ended, &accepting(), now()), none, "{answer:?}");
    }
    let accepted = asked.answered(InvitationAnswer::Accepted, Some(id(200)), now());
    assert_eq!(judge_accept(&accepted, &accepting(), now()), Ok(Acceptance::Again));
}

#[test]
fn one_household_at_a_time_and_thirty_days_after_leaving_one() {
    let asked = Invitation { expires_at: now() + TimeDelta::days(100), ..invitation(ADULT) };
    let at = |place, left_at| Accepting { place, left_at, ..accepting() };
    let judge = |accepting: Accepting, now| judge_accept(&asked, &accepting, now);

    assert_eq!(judge(at(Some((id(10), 3)), None), now()), Err(AcceptRefusal::AlreadyMember));
    assert_eq!(judge(at(Some((id(11), 2)), None), now()), Err(AcceptRefusal::InAnotherHousehold));
    let alone = Acceptance::Join { role: Role::Adult, from: Some(id(11)) };
    assert_eq!(judge(at(Some((id(11), 1)), None), now()), Ok(alone));
    let possible_at = now() + TimeDelta::days(30);
    let left = || at(Some((id(11), 1)), Some(now()));
    let too_soon = Err(AcceptRefusal::LeftTooRecently { possible_at });
    assert_eq!(judge(left(), possible_at - TimeDelta::milliseconds(1)), too_soon);
    assert_eq!(judge(left(), possible_at), Ok(alone));
}

#[test]
fn kin_are_linked_whichever_side_invited() {
    let link = |invited_as| judge_accept(&invitation(invited_as), &accepting(), now());
    let relation = Relation::Daughter;

    let mother_accepts = Acceptance::Link { senior: id(200), relative: id(100), relation };
    assert_eq!(link(InvitedAs::Senior(relation)), Ok(mother_accepts));
    let daughter_accepts = Acceptance::Link { senior: id(100), relative: id(200), relation };
    assert_eq!(link(InvitedAs::Relative(relation)), Ok(daughter_accepts));
    let oneself = Invitation { invited_by: id(200), ..invitation(InvitedAs::Senior(relation)) };
    assert_eq!(judge_accept(&oneself, &accepting(), now()), Err(AcceptRefusal::OwnRelative));
}
