use chrono::TimeDelta;
use kernel::{Id, IdGenerator, Timestamp};

use super::{
    Authenticator, NewStaff, Password, PasswordRefusal, RecoveryCode, STAFF_LOCK_OUT, SealedSecret, SecondFactor,
    Staff, StaffName, StaffRole, StaffRoles, StaffSignInRefusal, StaffToken, TypedSecondFactor,
};

const SECRET: &[u8] = b"the secret of a deployment";

fn now() -> Timestamp {
    Timestamp::from_timestamp_millis(1_780_286_400_000).unwrap()
}

fn staff() -> Staff {
    let id = IdGenerator::from_seed(1).next_id(now());
    Staff {
        id,
        name: "li.na".parse().unwrap(),
        roles: StaffRoles::of([StaffRole::Finance]).unwrap(),
        closed_at: None,
        password_hash: super::PasswordHash::from_stored("kept".to_owned()),
        totp_secret: Authenticator::from_random([3; 20]).seal(SECRET, id, [1; SealedSecret::NONCE_BYTES]),
        last_totp_step: 100,
        failed_attempts: 0,
        locked_until: None,
    }
}

#[test]
fn roles_are_a_set_with_one_spelling() {
    let roles: StaffRoles = "admin,support,admin".parse().unwrap();
    assert_eq!(roles.to_string(), "support,admin");
    assert_eq!(roles.iter().collect::<Vec<_>>(), [StaffRole::Support, StaffRole::Admin]);
    assert!(roles.has_any(&[StaffRole::Finance, StaffRole::Admin]) && !roles.has(StaffRole::Finance));
    assert!(StaffRoles::all().covers(roles) && !roles.covers(StaffRoles::all()));
    for words in ["", "owner", "Admin", "admin,", "admin, support"] {
        assert!(words.parse::<StaffRoles>().is_err(), "{words}");
    }
    assert_eq!(StaffRoles::of([]), None);
}

#[test]
fn names_have_one_spelling() {
    assert_eq!("li.na-2".parse::<StaffName>().unwrap().as_str(), "li.na-2");
    for name in ["", "a", "Li", "李娜", "li na", " li", "li\u{202e}", &"a".repeat(41)] {
        assert!(name.parse::<StaffName>().is_err(), "{name}");
    }
}

#[test]
fn a_password_is_known_by_its_hash_alone() {
    let password = Password::parse("correct horse battery").unwrap();
    let kept = password.hash([5; 16]);

    assert!(kept.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", kept.as_str());
    assert!(Password::judge(Some(&password), Some(&kept)));
    for other in [Password::parse("correct horse batter!").ok(), None] {
        assert!(!Password::judge(other.as_ref(), Some(&kept)));
    }
    assert!(!Password::judge(Some(&password), None));
    assert_ne!(kept.as_str(), password.hash([6; 16]).as_str());
    assert_eq!(Password::parse("eleven char"), Err(PasswordRefusal));
    assert_eq!(Password::parse(&"x".repeat(129)), Err(PasswordRefusal));
    assert!(Password::parse("十二个字的中文口令也可以的").is_ok());
}

#[test]
fn a_sealed_secret_opens_for_its_owner_only() {
    let phone = Authenticator::from_random([3; 20]);
    let (owner, other) = (staff().id, Id::from_uuid(IdGenerator::from_seed(2).next_id::<()>(now()).uuid()));
    let sealed = phone.seal(SECRET, owner, [9; SealedSecret::NONCE_BYTES]);

    assert!(!sealed.as_bytes().windows(20).any(|bytes| bytes == [3; 20]));
    let opened = Authenticator::open(&sealed, SECRET, owner).unwrap();
    assert_eq!(opened.code_at(now()), phone.code_at(now()));
    assert!(Authenticator::open(&sealed, SECRET, other).is_none());
    assert!(Authenticator::open(&sealed, b"another secret", owner).is_none());
    let mut changed = sealed.as_bytes().to_vec();
    changed[14] ^= 1;
    assert!(Authenticator::open(&SealedSecret::from_stored(changed), SECRET, owner).is_none());
    assert!(Authenticator::open(&SealedSecret::from_stored(vec![1]), SECRET, owner).is_none());
}

/// RFC 6238, appendix B: the secret "12345678901234567890" at 59 s and at 1111111109 s, the last six of its eight digits.
#[test]
fn codes_are_those_of_the_rfc() {
    let phone = Authenticator::from_random(*b"12345678901234567890");
    let at = |seconds| Timestamp::from_timestamp(seconds, 0).unwrap();

    assert_eq!((phone.code_at(at(59)), phone.code_at(at(1_111_111_109))), ("287082".to_owned(), "081804".to_owned()));
    for (seconds, step) in [(29, Some(1)), (59, Some(1)), (89, Some(1)), (90, None), (1_111_111_109, None)] {
        assert_eq!(phone.step_of("287082", at(seconds)), step, "at {seconds}");
    }
    for code in ["", "287083", "28708", "2870820", "２８７０８２", "abcdef"] {
        assert_eq!(phone.step_of(code, at(59)), None, "{code}");
    }
}

#[test]
fn an_app_reads_the_secret_from_the_address() {
    let phone = Authenticator::from_random([3; 20]);
    let url = phone.url(&"li.na".parse().unwrap());

    assert!(url.starts_with("otpauth://totp/Hearth:li.na?secret="), "{url}");
    assert_eq!(Authenticator::from_url(&url).unwrap().code_at(now()), phone.code_at(now()));
}

#[test]
fn recovery_codes_are_read_however_they_are_typed() {
    let code = RecoveryCode::from_random([0, 68, 50, 20, 199, 66, 84, 182, 53, 207]);
    assert_eq!(code.to_text(), "0123-4567-89ab-cdef");
    assert_eq!(RecoveryCode::parse("0123 4567 89AB-CDEF"), Some(code.clone()));
    for text in ["", "123456", "0123-4567-89ab-cdeu", "0123-4567-89ab-cdef-0"] {
        assert_eq!(RecoveryCode::parse(text), None, "{text}");
    }
    let owner = staff().id;
    assert_ne!(code.hash(SECRET, owner), code.hash(b"another secret", owner));
    assert_eq!(TypedSecondFactor::parse(" 123456 "), TypedSecondFactor::Code("123456".to_owned()));
    assert_eq!(TypedSecondFactor::parse("0123-4567-89ab-cdef"), TypedSecondFactor::Recovery(code));
}

#[test]
fn a_token_of_the_staff_is_no_members() {
    let text = StaffToken::from_random([0xab; 32]).to_text();
    assert_eq!(text, format!("staff_{}", "ab".repeat(32)));
    assert!(StaffToken::parse(&text).is_some() && crate::SessionToken::parse(&text).is_none());
    assert!(StaffToken::parse(&"ab".repeat(32)).is_none());
}

#[test]
fn a_right_try_lets_in_and_each_step_once() {
    let (inside, answer) = staff().attempt(true, SecondFactor::Step(101), now());
    assert_eq!((answer, inside.last_totp_step), (Ok(()), 101));
    let (again, answer) = inside.attempt(true, SecondFactor::Step(101), now());
    assert_eq!((answer, again.failed_attempts), (Err(StaffSignInRefusal::WrongCode), 1));
    let (recovered, answer) = again.attempt(true, SecondFactor::RecoveryCode, now());
    assert_eq!((answer, recovered.failed_attempts), (Ok(()), 0));
}

#[test]
fn five_failed_tries_lock_out_for_a_quarter_of_an_hour() {
    let mut tried = staff();
    for second in [SecondFactor::Wrong, SecondFactor::Step(100), SecondFactor::Wrong, SecondFactor::Wrong] {
        tried = tried.attempt(true, second, now()).0;
    }
    assert_eq!((tried.failed_attempts, tried.locked_until), (4, None));
    let (locked, answer) = tried.attempt(false, SecondFactor::Step(101), now());
    assert_eq!((answer, locked.locked_until), (Err(StaffSignInRefusal::WrongPassword), Some(now() + STAFF_LOCK_OUT)));

    let almost = now() + STAFF_LOCK_OUT - TimeDelta::milliseconds(1);
    let (same, answer) = locked.clone().attempt(true, SecondFactor::Step(101), almost);
    assert_eq!((answer, &same), (Err(StaffSignInRefusal::LockedOut), &locked));
    let (inside, answer) = locked.attempt(true, SecondFactor::Step(101), now() + STAFF_LOCK_OUT);
    assert_eq!((answer, inside.locked_until), (Ok(()), None));
}

#[test]
fn the_closed_may_nothing() {
    let staff = staff();
    assert!(staff.may(&[StaffRole::Support, StaffRole::Finance]) && !staff.may(&[StaffRole::Admin]));
    let closed = Staff { closed_at: Some(now()), ..staff };
    assert!(!closed.may(&[StaffRole::Finance]));
    assert_eq!(closed.attempt(true, SecondFactor::Step(101), now()).1, Err(StaffSignInRefusal::Closed));
}

#[test]
fn nothing_secret_is_shown() {
    let staff = staff();
    let new = NewStaff {
        id: staff.id,
        name: staff.name.clone(),
        roles: staff.roles,
        password_hash: staff.password_hash.clone(),
        totp_secret: staff.totp_secret.clone(),
        recovery_codes: Vec::new(),
    };
    let shown = format!(
        "{staff:?} {new:?} {:?} {:?} {:?}",
        Password::parse("correct horse battery").unwrap(),
        RecoveryCode::from_random([1; 10]),
        StaffToken::from_random([0xab; 32]),
    );
    for secret in ["li.na", "kept", "correct", "abab", "[1,"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
