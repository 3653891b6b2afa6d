//! The bad inputs again, for every mutation the schema has and every field of its input: a named error, no 5xx, nothing changed.
//!
//! What is tried follows from the schema. A new mutation needs a row in [`INPUTS`] and nothing else.

mod moving;
mod neighbourhood;
mod staff;

use std::collections::BTreeSet;

use accounts::Role;
use poem::http::StatusCode;
use serde_json::{Map, Value, json};
use testkit::on_both_engines;

use super::{Answer, Door};
use neighbourhood::{Neighbourhood, is_of_staff};

/// A mutation and an input it takes; null where it takes none. `$PERK` stands for a perk that can be redeemed, `$SLOT` for a slot that can be
/// booked, `$STUDY` and `$LADDER` for a vote and a ladder of two prices that are open, `$LEAVE` for the preview of whoever leaves, `$MEMBER`
/// and `$REMOVAL` for a member and the preview of their owner, `$INVITED` and `$MERGE` for an invitation of a household and the preview of its
/// owner, `$SPLIT` for the preview of whoever was offered a part of one, `$MERGED` and `$FOUNDED` for households whose merge and split can be undone.
const INPUTS: &[(&str, &str)] = &[
    ("acceptInvitation", r#"{"token":"0"}"#),
    ("acceptOwnership", r#"{"version":"0"}"#),
    ("answerPriceStudy", r#"{"studyId":"$LADDER","buys":[true,false]}"#),
    (
        "askToPay",
        r#"{"lines":[{"productRef":"F01","quantity":"2"}],"priceMinor":"1980","idempotencyKey":"0123456789abcdef"}"#,
    ),
    ("beginPayment", r#"{"payRequestId":"pq_00000000000000000000000000000000","confirmsName":true,"openId":"o1"}"#),
    ("bookSlot", r#"{"slotId":"$SLOT","orderRef":"O-SLOT","idempotencyKey":"0123456789abcdef"}"#),
    ("cancelErasure", "null"),
    ("cancelPayRequest", r#"{"payRequestId":"pq_00000000000000000000000000000000"}"#),
    ("castBallot", r#"{"studyId":"$STUDY","ballot":{"choice":"A"}}"#),
    ("declineInvitation", r#"{"token":"0"}"#),
    ("declinePayRequest", r#"{"payRequestId":"pq_00000000000000000000000000000000","reason":"BUSY"}"#),
    ("draftOrderFromSpeech", r#"{"transcript":"两斤橘子,一板鸡蛋"}"#),
    ("endKinLink", r#"{"personId":"pe_00000000000000000000000000000000"}"#),
    ("giveBackGrant", r#"{"grantId":"gr_00000000000000000000000000000000","expectedPoints":0}"#),
    (
        "giveMandate",
        r#"{"seniorId":"pe_00000000000000000000000000000000","perOrderMinor":"10000","perMonthMinor":"50000"}"#,
    ),
    ("giveConsent", r#"{"purpose":"FAMILY_VIEW","policyVersion":1}"#),
    ("inviteHousehold", r#"{"address":"li@hearth.example","name":"李家"}"#),
    ("inviteKin", r#"{"address":"li@hearth.example","name":"女儿","invites":"RELATIVE","relation":"DAUGHTER"}"#),
    ("inviteMember", r#"{"address":"li@hearth.example","name":"奶奶","role":"SENIOR"}"#),
    ("joinWaitingList", r#"{"perkId":"pk_00000000000000000000000000000000"}"#),
    ("leaveHousehold", r#"{"version":"$LEAVE","idempotencyKey":"0123456789abcdef"}"#),
    ("mergeHouseholds", r#"{"token":"$INVITED","version":"$MERGE","idempotencyKey":"0123456789abcdef"}"#),
    ("leaveWaitingList", r#"{"perkId":"pk_00000000000000000000000000000000"}"#),
    ("offerOwnership", r#"{"personId":"pe_00000000000000000000000000000000"}"#),
    ("offerSplit", r#"{"ownerId":"pe_00000000000000000000000000000000","memberIds":[]}"#),
    ("payAtPickUp", r#"{"payRequestId":"pq_00000000000000000000000000000000"}"#),
    ("redeemPerk", r#"{"perkId":"$PERK","idempotencyKey":"0123456789abcdef"}"#),
    ("removeMember", r#"{"personId":"$MEMBER","version":"$REMOVAL","idempotencyKey":"0123456789abcdef"}"#),
    ("requestDataExport", "null"),
    ("requestErasure", r#"{"basis":"COOLING_OFF"}"#),
    ("requestSignInCode", r#"{"address":"wang@hearth.example"}"#),
    ("requestVotingLink", "null"),
    ("revokeMandate", r#"{"mandateId":"md_00000000000000000000000000000000"}"#),
    ("revokeOtherSessions", "null"),
    ("revokeSession", r#"{"sessionId":"se_00000000000000000000000000000000"}"#),
    ("setHealthTags", r#"{"tags":[]}"#),
    ("setLanguage", r#"{"language":"en"}"#),
    ("setPayerOrder", r#"{"personIds":[]}"#),
    ("setPhone", r#"{"phone":"13800138000"}"#),
    ("setSpendRight", r#"{"personId":"pe_00000000000000000000000000000000","kind":"WEEKLY","weeklyPoints":100}"#),
    ("signIn", r#"{"address":"wang@hearth.example","code":"000000"}"#),
    ("signInWithAssertion", r#"{"assertion":"x"}"#),
    ("signOut", "null"),
    ("splitHousehold", r#"{"version":"$SPLIT","idempotencyKey":"0123456789abcdef"}"#),
    ("staffSignIn", r#"{"name":"li.na","password":"twelve letters","code":"000000"}"#),
    ("staffSignOut", "null"),
    ("undoMerge", r#"{"householdId":"$MERGED","idempotencyKey":"0123456789abcdef"}"#),
    ("undoSplit", r#"{"householdId":"$FOUNDED","idempotencyKey":"0123456789abcdef"}"#),
    ("withdrawConsent", r#"{"purpose":"FAMILY_VIEW"}"#),
    ("withdrawInvitation", r#"{"invitationId":"iv_00000000000000000000000000000000"}"#),
];

/// Mutations whose refusal itself is kept: a wrong code counts as a try.
const COUNT_TRIES: [&str; 5] =
    ["signIn", "signInWithAssertion", "staffSignIn", "changeStaffPassword", "replaceAuthenticator"];

/// The tables that any act leaves something in.
const TRACES: [&str; 4] = ["audit_lines", "outbox_events", "idempotency_keys", "postings"];

/// A field of an input, as the schema has it.
struct Field {
    name: String,
    is_required: bool,
    /// The named type at the bottom, and its kind.
    ty: (String, String),
    is_list: bool,
}

const SCHEMA: &str = "{__schema{mutationType{fields{name args{name type{name ofType{name}}}}} \
    types{name inputFields{name type{kind name ofType{kind name ofType{kind name ofType{kind name}}}}}}}}";

async fn schema(door: &Door) -> Value {
    door.ask(None, SCHEMA, json!({})).await.data()["__schema"].clone()
}

fn mutations(schema: &Value) -> Vec<(String, Option<String>)> {
    let fields = schema["mutationType"]["fields"].as_array().unwrap();
    let named = fields.iter().map(|field| {
        let input = field["args"][0]["type"]["ofType"]["name"].as_str().map(str::to_owned);
        (field["name"].as_str().unwrap().to_owned(), input)
    });
    named.collect()
}

/// Those that have an input in the table.
fn tried(schema: &Value) -> Vec<(String, Option<String>)> {
    let is_here = |name: &str| INPUTS.iter().chain(staff::INPUTS).any(|(row, _)| *row == name);
    mutations(schema).into_iter().filter(|(name, _)| is_here(name)).collect()
}

fn fields(schema: &Value, input: &str) -> Vec<Field> {
    let types = schema["types"].as_array().unwrap();
    let input = types.iter().find(|ty| ty["name"] == input).unwrap();
    let fields = input["inputFields"].as_array().unwrap().iter().map(|field| {
        let mut ty = &field["type"];
        let is_required = ty["kind"] == "NON_NULL";
        let mut is_list = false;
        while !ty["ofType"].is_null() {
            ty = &ty["ofType"];
            is_list |= ty["kind"] == "LIST";
        }
        is_list |= field["type"]["kind"] == "LIST";
        let text = |part: &str| ty[part].as_str().unwrap().to_owned();
        Field {
            name: field["name"].as_str().unwrap().to_owned(),
            is_required,
            ty: (text("name"), text("kind")),
            is_list,
        }
    });
    fields.collect()
}

/// What no field of a type may take, whatever it means.
fn bad_values(field: &Field) -> Vec<Value> {
    let mut bad = vec![json!({ "a": 1 }), json!([[[1]]]), json!(format!("x\u{0}{}", "y".repeat(10_000)))];
    if field.is_required {
        bad.push(Value::Null);
    }
    if field.is_list {
        return bad;
    }
    let (name, kind) = (field.ty.0.as_str(), field.ty.1.as_str());
    bad.extend(match (name, kind) {
        ("ID", _) => {
            vec![json!(""), json!("' OR 1=1--"), json!("%"), json!("_"), json!("pk_\u{0}"), json!(1.5), json!(["pk_1"])]
        }
        ("Int", _) => vec![
            json!(1.5),
            json!("1"),
            json!("1e3"),
            json!("１００"),
            json!(2_147_483_648_i64),
            json!(-2_147_483_649_i64),
            json!(u64::MAX),
            json!(true),
        ],
        ("BigInt", _) => {
            vec![json!(1), json!(""), json!("1.5"), json!("９"), json!("1e3"), json!("99999999999999999999")]
        }
        ("Boolean", _) => vec![json!("true"), json!(1)],
        ("LocalDate", _) => {
            vec![json!("2025-02-29"), json!("2026-02-30"), json!("2026-13-01"), json!("正月初一"), json!(""), json!(0)]
        }
        ("DateTime", _) => {
            vec![json!("2025-02-29T00:00:00Z"), json!("2026-11-23"), json!("2026-11-23T25:00:00Z"), json!(""), json!(0)]
        }
        (_, "ENUM") => vec![json!("NO_SUCH_VALUE"), json!(""), json!(1)],
        ("String", _) => vec![json!(1), json!(true), json!(["x"])],
        _ => Vec::new(),
    });
    bad
}

/// What a text may or may not take, by its meaning: never a 5xx, and a refusal changes nothing.
fn odd_texts() -> [String; 9] {
    [
        String::new(),
        " ".to_owned(),
        "\u{202e}txt".to_owned(),
        "\u{200b}\u{feff}".to_owned(),
        "👩‍👩‍👧‍👦".repeat(12),
        "<script>alert(1)</script>".to_owned(),
        "\u{7}\u{1b}[31m".to_owned(),
        "x".repeat(5_000),
        "' OR 1=1--".to_owned(),
    ]
}

async fn act(door: &Door, token: &str, mutation: &str, ty: &str, input: &Value) -> Answer {
    let query =
        format!("mutation($i:{ty}!){{m:{mutation}(input:$i){{userErrors{{__typename message field retryable}}}}}}");
    door.ask(Some(token), &query, json!({ "i": input })).await
}

async fn traces(door: &Door) -> Vec<u64> {
    let mut counts = Vec::new();
    for table in TRACES {
        counts.push(door.world.db().count(table).await);
    }
    counts
}

/// Whether it was refused, by a named error of either kind; never by a fault.
fn is_refused(answer: &Answer, what: &str) -> bool {
    assert!(!answer.status.is_server_error(), "{what}: {answer:?}");
    match answer.body.get("errors") {
        Some(_) => {
            assert_eq!(answer.error().0, "BAD_USER_INPUT", "{what}: {answer:?}");
            true
        }
        None => answer.body["data"]["m"]["userErrors"].as_array().is_none_or(|errors| !errors.is_empty()),
    }
}

on_both_engines! {
    async fn every_mutation_has_a_row(door: Door) {
        let served: BTreeSet<String> = mutations(&schema(&door).await).into_iter().map(|(name, _)| name).collect();
        let rows = INPUTS.iter().chain(staff::INPUTS).map(|(name, _)| (*name).to_owned());
        let rows: BTreeSet<String> = rows.collect();
        assert_eq!(rows, served, "add an input of each new mutation to INPUTS");
    }

    async fn no_bad_value_of_any_field_is_taken(door: Door) {
        let neighbours = Neighbourhood::of(&door).await;
        let schema = schema(&door).await;
        for (mutation, ty) in tried(&schema) {
            let (Some(ty), Value::Object(input)) = (ty, neighbours.input_of(&mutation)) else { continue };
            for field in fields(&schema, &ty) {
                let without = || -> Map<String, Value> { input.clone().into_iter().filter(|(name, _)| *name != field.name).collect() };
                let mut inputs: Vec<Value> = Vec::new();
                for bad in bad_values(&field) {
                    let mut changed = without();
                    changed.insert(field.name.clone(), bad);
                    inputs.push(changed.into());
                }
                if field.is_required {
                    inputs.push(without().into());
                }
                for bad in inputs {
                    let before = traces(&door).await;
                    let answer = act(&door, neighbours.token(&mutation), &mutation, &ty, &bad).await;
                    let text = bad.to_string();
                    let what = format!("{mutation}.{}: {}", field.name, text.get(..200).unwrap_or(&text));
                    assert!(is_refused(&answer, &what), "{what}: {answer:?}");
                    if !COUNT_TRIES.contains(&mutation.as_str()) {
                        assert_eq!(traces(&door).await, before, "{what}");
                    }
                }
            }
        }
    }

    async fn odd_texts_and_ids_of_others_break_nothing(door: Door) {
        let neighbours = Neighbourhood::of(&door).await;
        door.add_member("H-2", "li", Role::Owner).await;
        let li = door.sign_in("li").await;
        let foreign = door.household_of(&li).await;
        let schema = schema(&door).await;
        for (mutation, ty) in tried(&schema) {
            let (Some(ty), Value::Object(input)) = (ty, neighbours.input_of(&mutation)) else { continue };
            for field in fields(&schema, &ty).into_iter().filter(|field| !field.is_list) {
                let texts: Vec<String> = match field.ty.0.as_str() {
                    "String" => odd_texts().into(),
                    "ID" => {
                        let random = |prefix: &str| format!("{prefix}_{}", "0".repeat(32));
                        let foreign = (!is_of_staff(&mutation)).then(|| foreign.clone());
                        foreign.into_iter().chain(["pk", "gr", "zz"].map(random)).collect()
                    }
                    _ => continue,
                };
                for text in texts {
                    let mut changed = input.clone();
                    changed.insert(field.name.clone(), json!(text));
                    let before = traces(&door).await;
                    let what = format!("{mutation}.{}: {text:.60}", field.name);
                    let answer = act(&door, neighbours.token(&mutation), &mutation, &ty, &changed.into()).await;
                    let refused = is_refused(&answer, &what);
                    assert!(refused || field.ty.0 == "String", "{what}: {answer:?}");
                    if refused && !COUNT_TRIES.contains(&mutation.as_str()) {
                        assert_eq!(traces(&door).await, before, "{what}");
                    }
                }
            }
        }
    }

    async fn fields_that_are_not_there_and_keys_that_stand_twice_are_refused(door: Door) {
        let neighbours = Neighbourhood::of(&door).await;
        for (mutation, ty) in tried(&schema(&door).await) {
            let (Some(ty), Value::Object(input)) = (ty, neighbours.input_of(&mutation)) else { continue };
            let bearer = format!("Bearer {}", neighbours.token(&mutation));
            let headers = [("content-type", "application/json"), ("authorization", bearer.as_str())];
            let before = traces(&door).await;
            for extra in ["householdId", "role", "balance", "isStaff", "__proto__"] {
                let mut changed = input.clone();
                changed.insert(extra.to_owned(), json!("x"));
                // A field that is there is no extra one.
                if changed.len() > input.len() {
                    let answer = act(&door, neighbours.token(&mutation), &mutation, &ty, &changed.into()).await;
                    assert_eq!((answer.status, answer.error().0), (StatusCode::BAD_REQUEST, "BAD_USER_INPUT"), "{mutation} {extra}");
                }
            }
            let (name, value) = input.iter().next().unwrap();
            let query = format!("mutation($i:{ty}!){{m:{mutation}(input:$i){{userErrors{{message}}}}}}");
            let body = json!({ "query": query, "variables": { "i": input } }).to_string();
            let pair = format!("\"{name}\":{value}");
            let twice = body.replacen(&pair, &format!("{pair},{pair}"), 1);
            assert_ne!(twice, body);
            let answer = door.post(&headers, twice).await;
            assert_eq!((answer.status, answer.error().1), (StatusCode::BAD_REQUEST, "MALFORMED_BODY"), "{mutation}");
            assert_eq!(traces(&door).await, before, "{mutation}");
        }
    }

    async fn what_is_sent_twice_happens_once(door: Door) {
        let neighbours = Neighbourhood::of(&door).await;
        let schema = schema(&door).await;
        for (mutation, ty) in tried(&schema) {
            let (Some(ty), input) = (ty, neighbours.input_of(&mutation)) else { continue };
            if !input.as_object().unwrap().contains_key("idempotencyKey") {
                continue;
            }
            let first = act(&door, neighbours.token(&mutation), &mutation, &ty, &input).await;
            assert_eq!(first.data()["m"]["userErrors"], json!([]), "the row of {mutation} is an input that it takes");
            let before = traces(&door).await;
            let again = act(&door, neighbours.token(&mutation), &mutation, &ty, &input).await;
            assert_eq!(again.data(), first.data(), "{mutation}");
            assert_eq!(again.body["extensions"]["idempotentReplay"], json!(true), "{mutation}");
            for key in ["", "short", "has a blank in it", "🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑🔑"] {
                let mut changed = input.clone();
                changed["idempotencyKey"] = json!(key);
                assert!(is_refused(&act(&door, neighbours.token(&mutation), &mutation, &ty, &changed).await, &mutation), "{mutation} {key}");
            }
            assert_eq!(traces(&door).await, before, "{mutation}");
        }
    }
}
