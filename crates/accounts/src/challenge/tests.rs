use chrono::TimeDelta;
use kernel::{Id, IdGenerator, Timestamp, kinds};

use super::{AddressHash, Challenge, ChallengeRefusal, Code, TooManyCodes, check_flood};

const SECRET: &[u8] = b"a secret of thirty-two bytes ...";

fn noon() -> Timestamp {
    Timestamp::from_timestamp_millis(1_800_000_000_000).unwrap()
}

fn after(millis: i64) -> Timestamp {
    noon() + TimeDelta::milliseconds(millis)
}

fn person() -> Id<kinds::Person> {
    IdGenerator::from_seed(1).next_id(noon())
}

fn challenge() -> Challenge {
    let address = AddressHash::of(SECRET, &"wang@hearth.example".parse().unwrap());
    Challenge::new(IdGenerator::from_seed(2).next_id(noon()), address, Some(person()), noon())
}

fn code() -> Code {
    Code::of(SECRET, challenge().id())
}

/// Six digits that are not the code.
fn wrong() -> &'static str {
    if code().digits() == "000000" { "000001" } else { "000000" }
}

#[test]
fn takes_the_right_code_until_the_last_millisecond_of_ten_minutes() {
    for (millis, expected) in [
        (0, Ok(person())),
        (599_999, Ok(person())),
        (600_000, Err(ChallengeRefusal::Expired)),
        (660_000, Err(ChallengeRefusal::Expired)),
    ] {
        let (_, judged) = challenge().attempt(code().digits(), &code(), after(millis));
        assert_eq!(judged, expected, "after {millis} ms");
    }
}

#[test]
fn takes_a_code_once() {
    let (used, first) = challenge().attempt(code().digits(), &code(), after(1));
    let (still_used, second) = used.attempt(code().digits(), &code(), after(2));

    assert_eq!((first, second), (Ok(person()), Err(ChallengeRefusal::Used)));
    assert_eq!(still_used, used);
}

#[test]
fn the_fifth_wrong_try_kills_the_code() {
    let mut challenge = challenge();
    for attempts in 1..=4 {
        let (tried, judged) = challenge.attempt(wrong(), &code(), after(1));
        assert_eq!((tried.failed_attempts, judged), (attempts, Err(ChallengeRefusal::WrongCode)));
        challenge = tried;
    }
    let (_, after_four) = challenge.attempt(code().digits(), &code(), after(2));
    assert_eq!(after_four, Ok(person()));

    let (dead, _) = challenge.attempt(wrong(), &code(), after(2));
    let (still_dead, judged) = dead.attempt(code().digits(), &code(), after(3));
    assert_eq!(judged, Err(ChallengeRefusal::TooManyAttempts));
    assert_eq!(still_dead.failed_attempts, 5);
}

#[test]
fn whatever_is_not_the_six_digits_is_wrong() {
    let right = code().digits().to_owned();
    for typed in ["", "0", &right[..5], &format!("{right}0"), &format!("0{right}"), "abcdef", "０４８２１３", "-00001"]
    {
        let (tried, judged) = challenge().attempt(typed, &code(), after(1));
        assert_eq!((tried.failed_attempts, judged), (1, Err(ChallengeRefusal::WrongCode)), "{typed}");
    }
    let (_, spaced) = challenge().attempt(&format!(" {right}\n"), &code(), after(1));
    assert_eq!(spaced, Ok(person()), "pasted with the space around it");
}

#[test]
fn nobody_is_signed_in_by_the_challenge_of_an_unknown_address() {
    let unknown = Challenge { person: None, ..challenge() };

    let (tried, judged) = unknown.attempt(code().digits(), &code(), after(1));

    assert_eq!((tried.failed_attempts, judged), (1, Err(ChallengeRefusal::WrongCode)));
}

#[test]
fn a_code_follows_from_the_secret_and_the_challenge() {
    let ids = IdGenerator::from_seed(3);
    let codes: Vec<Code> = (0..1_000).map(|_| Code::of(SECRET, ids.next_id(noon()))).collect();

    assert_eq!(code(), Code::of(SECRET, challenge().id()));
    assert_ne!(code(), Code::of(b"another secret", challenge().id()));
    assert!(codes.iter().all(|code| code.digits().len() == 6 && code.digits().bytes().all(|b| b.is_ascii_digit())));
    let low = codes.iter().filter(|code| code.digits() < "500000").count();
    assert!((430..570).contains(&low), "{low} of 1000 codes in the lower half");
}

#[test]
fn the_sixth_code_within_an_hour_must_wait() {
    let minute = 60_000;
    let made = |minutes: &[i64]| minutes.iter().map(|minutes| after(minutes * minute)).collect::<Vec<_>>();
    let wait = |millis| Err(TooManyCodes { retry_after: TimeDelta::milliseconds(millis) });
    for (newest_made_at, now, expected) in [
        (made(&[]), after(0), Ok(())),
        (made(&[0, 0, 0, 0]), after(0), Ok(())),
        (made(&[0, 0, 0, 0, 0]), after(0), wait(60 * minute)),
        (made(&[4, 3, 2, 1, 0]), after(59 * minute), wait(minute)),
        (made(&[4, 3, 2, 1, 0]), after(60 * minute - 1), wait(1)),
        (made(&[4, 3, 2, 1, 0]), after(60 * minute), Ok(())),
    ] {
        assert_eq!(check_flood(&newest_made_at, now), expected, "{newest_made_at:?} at {now}");
    }
}

#[test]
fn debug_never_shows_a_code_or_an_address() {
    let shown = format!("{:?} {:?}", code(), challenge());

    assert!(!shown.contains(code().digits()), "{shown}");
    assert!(shown.contains("Code(…)") && shown.contains("AddressHash(…)"), "{shown}");
}
