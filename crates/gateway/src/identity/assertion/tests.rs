use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use kernel::Timestamp;
use proptest::prelude::{any, prop, proptest};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};

use super::{Assertion, AssertionRefusal, Expected, MAX_BYTES, read};
use crate::identity::key_set::KeySet;

/// Made for these tests and used nowhere else.
const RSA_KEY: &str = include_str!("test_rsa_key.txt");

const EXPECTED: Expected<'static> = Expected { issuer: "https://id.operator.example", audience: "hearth" };

const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_timestamp_millis(NOW * 1_000).unwrap()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn ed25519(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn rsa() -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(&STANDARD.decode(RSA_KEY.replace('\n', "")).unwrap()).unwrap()
}

fn ed25519_jwk(kid: &str, seed: u8) -> Value {
    let x = URL_SAFE_NO_PAD.encode(ed25519(seed).public_key());
    json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "use": "sig", "alg": "EdDSA", "x": x })
}

fn rsa_jwk(kid: &str) -> Value {
    let components = ring::signature::RsaPublicKeyComponents::<Vec<u8>>::from(rsa().public_key());
    let (n, e) = (URL_SAFE_NO_PAD.encode(components.n), URL_SAFE_NO_PAD.encode(components.e));
    json!({ "kty": "RSA", "kid": kid, "n": n, "e": e })
}

fn keys(keys: &[Value]) -> KeySet {
    KeySet::read(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn both() -> KeySet {
    keys(&[ed25519_jwk("ed", 1), rsa_jwk("rsa")])
}

fn claims() -> Value {
    json!({
        "iss": EXPECTED.issuer, "aud": EXPECTED.audience, "sub": "P-17", "jti": "one",
        "iat": NOW, "nbf": NOW, "exp": NOW + 300,
    })
}

fn with(changes: &[(&str, Value)]) -> Value {
    let mut claims = claims();
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn signed(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = sign(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn by_ed25519(claims: &Value) -> String {
    signed(&json!({ "alg": "EdDSA", "kid": "ed" }), claims, |message| ed25519(1).sign(message).as_ref().to_vec())
}

fn rsa_signature(message: &[u8]) -> Vec<u8> {
    let key = rsa();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
    signature
}

fn judge(text: &str, keys: &KeySet) -> Result<Assertion, AssertionRefusal> {
    read(text)?.verify(keys, &EXPECTED, now())
}

#[test]
fn takes_ed25519_and_rs256() {
    let expected = Assertion {
        subject: "P-17".parse().unwrap(),
        id: "one".to_owned(),
        ends_at: Timestamp::from_timestamp_millis((NOW + 360) * 1_000).unwrap(),
    };
    assert_eq!(judge(&by_ed25519(&claims()), &both()), Ok(expected.clone()));
    let by_rsa = signed(&json!({ "alg": "RS256", "kid": "rsa", "typ": "JWT" }), &claims(), rsa_signature);
    assert_eq!(judge(&by_rsa, &both()), Ok(expected.clone()));
    let several = with(&[("aud", json!(["shop", "hearth"]))]);
    assert_eq!(judge(&by_ed25519(&several), &both()), Ok(expected));
}

#[test]
fn no_algorithm_but_the_keys_own_is_taken() {
    let hmac_with_public_key = |message: &[u8]| {
        let components = ring::signature::RsaPublicKeyComponents::<Vec<u8>>::from(rsa().public_key());
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &components.n);
        ring::hmac::sign(&key, message).as_ref().to_vec()
    };
    for (alg, kid, refusal) in [
        ("none", "ed", AssertionRefusal::Algorithm),
        ("None", "rsa", AssertionRefusal::Algorithm),
        ("", "ed", AssertionRefusal::Algorithm),
        ("HS256", "rsa", AssertionRefusal::Algorithm),
        ("RS384", "rsa", AssertionRefusal::Algorithm),
        ("PS256", "rsa", AssertionRefusal::Algorithm),
        ("ES256", "ed", AssertionRefusal::Algorithm),
        ("RS256", "ed", AssertionRefusal::SignatureWrong),
        ("EdDSA", "rsa", AssertionRefusal::SignatureWrong),
        ("RS256", "rsa", AssertionRefusal::SignatureWrong),
    ] {
        let header = json!({ "alg": alg, "kid": kid });
        assert_eq!(judge(&signed(&header, &claims(), hmac_with_public_key), &both()), Err(refusal), "{alg} {kid}");
        assert!(judge(&signed(&header, &claims(), |_| Vec::new()), &both()).is_err(), "unsigned {alg} {kid}");
    }
    // Rightly signed, but named as the other kind.
    let mislabelled = signed(&json!({ "alg": "EdDSA", "kid": "rsa" }), &claims(), rsa_signature);
    assert_eq!(judge(&mislabelled, &both()), Err(AssertionRefusal::SignatureWrong));
}

#[test]
fn claims_must_fit() {
    for (claims, refusal) in [
        (with(&[("iss", json!("https://evil.example"))]), AssertionRefusal::Issuer),
        (with(&[("iss", json!("https://id.operator.example/"))]), AssertionRefusal::Issuer),
        (with(&[("aud", json!("shop"))]), AssertionRefusal::Audience),
        (with(&[("aud", json!([]))]), AssertionRefusal::Audience),
        (with(&[("exp", json!(NOW - 60))]), AssertionRefusal::Expired),
        (
            with(&[("iat", json!(NOW - 900)), ("nbf", json!(NOW - 900)), ("exp", json!(NOW - 300))]),
            AssertionRefusal::Expired,
        ),
        (with(&[("nbf", json!(NOW + 61))]), AssertionRefusal::NotYet),
        (with(&[("iat", json!(NOW + 61)), ("exp", json!(NOW + 300))]), AssertionRefusal::NotYet),
        (with(&[("exp", json!(NOW + 901))]), AssertionRefusal::LivesTooLong),
        (with(&[("exp", json!(i64::MAX))]), AssertionRefusal::Malformed),
        (with(&[("iat", json!(i64::MIN))]), AssertionRefusal::Malformed),
        (with(&[("exp", json!("soon"))]), AssertionRefusal::Malformed),
        (with(&[("exp", json!(1.5e9))]), AssertionRefusal::Malformed),
        (with(&[("jti", json!(""))]), AssertionRefusal::Malformed),
        (with(&[("jti", json!("x".repeat(201)))]), AssertionRefusal::Malformed),
        (with(&[("sub", json!(""))]), AssertionRefusal::Subject),
        (with(&[("sub", json!("P 17"))]), AssertionRefusal::Subject),
        (without("jti"), AssertionRefusal::Malformed),
        (without("exp"), AssertionRefusal::Malformed),
        (without("iat"), AssertionRefusal::Malformed),
        (without("aud"), AssertionRefusal::Malformed),
        (without("iss"), AssertionRefusal::Malformed),
        (without("sub"), AssertionRefusal::Malformed),
        (json!([]), AssertionRefusal::Malformed),
    ] {
        assert_eq!(judge(&by_ed25519(&claims), &both()), Err(refusal), "{claims}");
    }
    for claims in [
        with(&[("exp", json!(NOW - 59))]),
        with(&[("iat", json!(NOW + 60)), ("nbf", json!(NOW + 60))]),
        with(&[("exp", json!(NOW + 900))]),
        without("nbf"),
    ] {
        assert!(judge(&by_ed25519(&claims), &both()).is_ok(), "{claims}");
    }
}

#[test]
fn one_changed_byte_is_another_assertion() {
    let good = by_ed25519(&claims());
    for index in 0..good.len() {
        let mut changed = good.clone().into_bytes();
        changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
        assert!(judge(std::str::from_utf8(&changed).unwrap(), &both()).is_err(), "byte {index}");
    }
}

#[test]
fn a_key_is_known_by_its_id_alone() {
    let unknown = signed(&json!({ "alg": "EdDSA", "kid": "new" }), &claims(), |m| ed25519(1).sign(m).as_ref().to_vec());
    assert_eq!(judge(&unknown, &both()), Err(AssertionRefusal::UnknownKey));
    let nameless = signed(&json!({ "alg": "EdDSA" }), &claims(), |m| ed25519(1).sign(m).as_ref().to_vec());
    assert_eq!(judge(&nameless, &both()), Err(AssertionRefusal::Malformed));
    // A key it brings along is no key.
    let brought = json!({ "alg": "EdDSA", "kid": "ed", "jwk": ed25519_jwk("ed", 9), "jku": "https://evil.example" });
    let brought = signed(&brought, &claims(), |m| ed25519(9).sign(m).as_ref().to_vec());
    assert_eq!(judge(&brought, &both()), Err(AssertionRefusal::SignatureWrong));
    let demanding = json!({ "alg": "EdDSA", "kid": "ed", "crit": ["b64"], "b64": false });
    let demanding = signed(&demanding, &claims(), |m| ed25519(1).sign(m).as_ref().to_vec());
    assert_eq!(judge(&demanding, &both()), Err(AssertionRefusal::Critical));
}

#[test]
fn keys_that_share_an_id_or_are_of_no_use_are_left_out() {
    let twice = keys(&[ed25519_jwk("ed", 1), ed25519_jwk("ed", 2)]);
    assert_eq!(judge(&by_ed25519(&claims()), &twice), Err(AssertionRefusal::UnknownKey));
    let across_kinds = keys(&[ed25519_jwk("ed", 1), rsa_jwk("ed")]);
    assert_eq!(judge(&by_ed25519(&claims()), &across_kinds), Err(AssertionRefusal::UnknownKey));
    let changed = |name: &str, value: Value| {
        let mut key = ed25519_jwk("ed", 1);
        key[name] = value;
        keys(&[key])
    };
    for useless in [
        changed("use", json!("enc")),
        changed("alg", json!("RS256")),
        changed("crv", json!("X25519")),
        changed("kty", json!("oct")),
        changed("x", json!("AAAA")),
        changed("x", Value::Null),
        keys(&[]),
        keys(&[json!(1), json!({ "kty": "oct", "kid": "ed", "k": "AAAA" })]),
    ] {
        assert_eq!(judge(&by_ed25519(&claims()), &useless), Err(AssertionRefusal::UnknownKey));
    }
    for text in ["", "[]", "{}", r#"{"keys":1}"#] {
        assert!(KeySet::read(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_long_one_is_not_looked_at() {
    let long = with(&[("more", json!("x".repeat(MAX_BYTES)))]);
    assert_eq!(judge(&by_ed25519(&long), &both()), Err(AssertionRefusal::TooLong));
}

#[test]
fn texts_that_are_none_are_refused() {
    for text in
        ["", ".", "..", "a.b", "a.b.c", "e30.e30.", "e30.e30.AA", "é.é.é", "a.b.c.d", "eyJhbGciOiJub25lIn0.e30."]
    {
        assert!(judge(text, &both()).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn never_panics(text in any::<String>(), parts in prop::collection::vec("[A-Za-z0-9_-]{0,40}", 0..5)) {
        let _ = judge(&text, &both());
        let _ = judge(&parts.join("."), &both());
    }
}
