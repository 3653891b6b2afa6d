//! Who may do what through the gateway, as one table: the source for the code, and tried row by row against it.

mod family_pay;
mod household_life;
mod perks;
mod routes;
mod staff;
mod types;

use std::collections::BTreeSet;

use accounts::StaffRoles;
use gateway::{GatewayOptions, TranscriptionOptions};
use poem::{Endpoint, Request, Route, http::Method};
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use crate::{
    staff::hire,
    world::{define_perk, earn, found, open_price_study, open_study, set_rule, sign_in_owner},
};

/// What an actor meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meets {
    /// It is shown or done.
    Yes,
    /// Null, exactly as if it were not there.
    Nothing,
    /// UNAUTHENTICATED or FORBIDDEN, or a user error, or for a route 401.
    No,
}

use Meets::{No, Nothing, Yes};
use routes::{PAGES, ROUTES};

/// A root field, a request for it, and what a stranger, a member of the household, a member of another one, and somebody of the
/// staff with every role meet. `$H $P $G $L $I` stand for the household, its owner, a grant, a statement line and an
/// invitation of it, `$S` for a session of the owner, `$K` for a perk, `$Y` and `$Z` for a vote and a price study that ask both households.
const FIELDS: &[(&str, &str, [Meets; 4])] = &[
    ("Query.me", "{ f: me { id name } }", [Nothing, Yes, Yes, Nothing]),
    ("Query.staff", "{ f: staff { id name roles } }", [Nothing, Nothing, Nothing, Yes]),
    // A leader is a member like any: what they see beside is tried in `journeys/leaders.rs`.
    (
        "Query.ledCommunities",
        "{ f: ledCommunities { id households(first: 1) { nodes { name } } } }",
        [No, Yes, Yes, No],
    ),
    ("Query.household", "{ f: household(id: \"$H\") { name assetAccount { available } } }", [No, Yes, Nothing, No]),
    ("Query.householdEventsCursor", "{ f: householdEventsCursor }", [Nothing, Yes, Yes, Nothing]),
    ("Query.perks", "{ f: perks(first: 1) { nodes { id } } }", [Yes, Yes, Yes, Yes]),
    ("Query.perk", "{ f: perk(id: \"$K\") { id } }", [Yes, Yes, Yes, Yes]),
    ("Query.studies", "{ f: studies { id title turnout } }", [No, Yes, Yes, No]),
    ("Query.study", "{ f: study(id: \"$Y\") { id membership result { elected } } }", [No, Yes, Yes, No]),
    ("Query.ballotReceipt", "{ f: ballotReceipt(studyId: \"$Y\") { receipt } }", [No, Nothing, Nothing, No]),
    ("Query.launch", "{ f: launch(productRef: \"none\") { chosenBy } }", [Nothing, Nothing, Nothing, Nothing]),
    (
        "Mutation.castBallot",
        "mutation { f: castBallot(input: { studyId: \"$Y\", ballot: { choice: \"A\" } }) { userErrors { code } } }",
        [No, Yes, Yes, No],
    ),
    (
        "Mutation.answerPriceStudy",
        "mutation { f: answerPriceStudy(input: { studyId: \"$Z\", buys: [true, false] }) { userErrors { code } } }",
        [No, Yes, Yes, No],
    ),
    ("Query.ballotReceipt", "{ f: ballotReceipt(studyId: \"$Y\") { receipt } }", [No, Yes, Yes, No]),
    ("Query.node", "{ f: node(id: \"$Y\") { id } }", [Nothing, Yes, Yes, Nothing]),
    ("Query.node", "{ f: node(id: \"$H\") { id } }", [Nothing, Yes, Nothing, Nothing]),
    ("Query.node", "{ f: node(id: \"$P\") { id } }", [Nothing, Yes, Nothing, Nothing]),
    ("Query.node", "{ f: node(id: \"$G\") { id } }", [Nothing, Yes, Nothing, Nothing]),
    ("Query.node", "{ f: node(id: \"$L\") { id } }", [Nothing, Yes, Nothing, Nothing]),
    ("Query.node", "{ f: node(id: \"$K\") { id } }", [Yes, Yes, Yes, Yes]),
    ("Query.nodes", "{ f: nodes(ids: [\"$H\"]) { id } }", [Nothing, Yes, Nothing, Nothing]),
    (
        "Mutation.requestSignInCode",
        "mutation { f: requestSignInCode(input: { address: \"x@y.cn\" }) { userErrors { code } } }",
        [Yes, Yes, Yes, Yes],
    ),
    (
        "Mutation.signIn",
        "mutation { f: signIn(input: { address: \"x@y.cn\", code: \"1\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.staffSignIn",
        "mutation { f: staffSignIn(input: { name: \"x\", password: \"y\", code: \"1\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.signInWithAssertion",
        "mutation { f: signInWithAssertion(input: { assertion: \"x\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.redeemPerk",
        "mutation { f: redeemPerk(input: { perkId: \"$K\", idempotencyKey: \"0123456789abcdef\" }) { userErrors { code } } }",
        [No, Yes, No, No],
    ),
    (
        "Mutation.draftOrderFromSpeech",
        "mutation { f: draftOrderFromSpeech(input: { transcript: \"两斤橘子\" }) { userErrors { code } } }",
        [No, Yes, Yes, No],
    ),
    (
        "Mutation.revokeSession",
        "mutation { f: revokeSession(input: { sessionId: \"se_00000000000000000000000000000000\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.revokeSession",
        "mutation { f: revokeSession(input: { sessionId: \"$S\" }) { userErrors { code } } }",
        [No, Yes, No, No],
    ),
    ("Mutation.revokeOtherSessions", "mutation { f: revokeOtherSessions { userErrors { code } } }", [No, Yes, Yes, No]),
    ("Query.myErasure", "{ f: myErasure { state } }", [No, Nothing, Nothing, No]),
    ("Mutation.cancelErasure", "mutation { f: cancelErasure { userErrors { code } } }", [No, No, No, No]),
    ("Mutation.requestVotingLink", "mutation { f: requestVotingLink { userErrors { code } } }", [No, Yes, Yes, No]),
    ("Mutation.requestDataExport", "mutation { f: requestDataExport { userErrors { code } } }", [No, Yes, Yes, No]),
    ("Query.consentPolicies", "{ f: consentPolicies { version } }", [Yes, Yes, Yes, Yes]),
    ("Query.myContacts", "{ f: myContacts { mail } }", [No, Yes, Yes, No]),
    ("Query.myHealthTags", "{ f: myHealthTags }", [No, Yes, Yes, No]),
    ("Query.householdHealthTags", "{ f: householdHealthTags { tags } }", [No, Yes, Yes, No]),
    (
        "Mutation.giveConsent",
        "mutation { f: giveConsent(input: { purpose: FAMILY_VIEW, policyVersion: 1 }) { userErrors { code } } }",
        [No, Yes, Yes, No],
    ),
    (
        "Mutation.giveConsent",
        "mutation { f: giveConsent(input: { purpose: FAMILY_VIEW, policyVersion: 1, personId: \"$P\" }) { userErrors { code } } }",
        [No, Yes, No, No],
    ),
    (
        "Mutation.setHealthTags",
        "mutation { f: setHealthTags(input: { tags: [], personId: \"$P\" }) { userErrors { code } } }",
        [No, No, No, No],
    ),
    (
        "Mutation.withdrawConsent",
        "mutation { f: withdrawConsent(input: { purpose: FAMILY_VIEW, personId: \"$P\" }) { userErrors { code } } }",
        [No, Yes, No, No],
    ),
    (
        "Mutation.setPhone",
        "mutation { f: setPhone(input: { phone: \"13800138000\" }) { userErrors { code } } }",
        [No, Yes, Yes, No],
    ),
    // A child may not decide it alone, an owner only with nobody left behind: both are tried where the rule is.
    (
        "Mutation.requestErasure",
        "mutation { f: requestErasure(input: { basis: COOLING_OFF }) { userErrors { code } } }",
        [No, Yes, Yes, No],
    ),
    ("Mutation.signOut", "mutation { f: signOut { userErrors { code } } }", [No, Yes, Yes, No]),
    ("Mutation.staffSignOut", "mutation { f: staffSignOut { userErrors { code } } }", [No, No, No, Yes]),
];

const KEY: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

pub(super) fn options() -> GatewayOptions {
    // Every row is tried as every actor, from one network.
    let plenty = std::num::NonZeroU32::new(1_000_000).unwrap();
    GatewayOptions {
        event_keys: vec![KEY.parse().unwrap()],
        sign_in_attempts_per_minute: plenty,
        invitation_attempts_per_hour: plenty,
        // Set up, and never asked: no row sends a recording.
        transcription: Some(TranscriptionOptions {
            url: "http://127.0.0.1:9/v1/audio/transcriptions".to_owned(),
            key: None,
            model: "whisper-1".to_owned(),
        }),
        ..GatewayOptions::default()
    }
}

/// The names of the object types, and of the fields of one, as the served schema has them.
fn served_types() -> BTreeSet<String> {
    let sdl = gateway::sdl();
    let names =
        sdl.lines().filter_map(|line| line.strip_prefix("type ")).filter_map(|line| line.split([' ', '{']).next());
    names.map(str::to_owned).collect()
}

pub(super) fn served_fields(ty: &str) -> BTreeSet<String> {
    let sdl = gateway::sdl();
    let body = sdl.split(&format!("\ntype {ty} {{\n")).nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
    let mut is_description = false;
    let mut fields = BTreeSet::new();
    for line in body.lines() {
        if line.trim() == "\"\"\"" {
            is_description = !is_description;
        } else if !is_description && line.starts_with("  ") && !line.starts_with("   ") && !line.trim().starts_with(')')
        {
            let name: String = line.trim().chars().take_while(char::is_ascii_alphanumeric).collect();
            fields.insert(format!("{ty}.{name}"));
        }
    }
    fields
}

#[test]
fn every_root_field_has_a_row() {
    let served: BTreeSet<String> = served_fields("Query").into_iter().chain(served_fields("Mutation")).collect();
    let rows: BTreeSet<String> = FIELDS
        .iter()
        .chain(household_life::FIELDS)
        .chain(perks::FIELDS)
        .chain(family_pay::FIELDS)
        .chain(staff::FIELDS)
        .map(|(field, _, _)| (*field).to_owned())
        .collect();
    assert_eq!(rows, served);
}

#[test]
fn every_type_has_a_row() {
    let rows: BTreeSet<String> = types::TYPES
        .iter()
        .chain(household_life::TYPES)
        .chain(perks::TYPES)
        .chain(staff::TYPES)
        .map(|(ty, _)| (*ty).to_owned())
        .collect();
    assert_eq!(rows, served_types());
}

async fn send(routes: &Route, request: Request) -> (u16, Value) {
    let mut response = routes.get_response(request).await;
    let status = response.status().as_u16();
    let body = response.take_body().into_bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

pub(crate) async fn ask(routes: &Route, token: Option<&str>, query: &str) -> Value {
    let request =
        Request::builder().method(Method::POST).uri_str("/graphql").header("content-type", "application/json");
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    send(routes, request.body(json!({ "query": query }).to_string())).await.1
}

pub(super) fn meets(answer: &Value) -> Meets {
    let value = match &answer["data"]["f"] {
        list @ Value::Array(items) => items.first().unwrap_or(list),
        value => value,
    };
    let is_refused = value["userErrors"].as_array().is_some_and(|errors| !errors.is_empty());
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some("UNAUTHENTICATED" | "FORBIDDEN") => No,
        Some(code) => panic!("{code}: {answer}"),
        None if value.is_null() => Nothing,
        None if is_refused => No,
        None => Yes,
    }
}

on_both_engines! {
    async fn every_field_answers_each_actor_as_its_row_says(world: TestApp) {
        let app = world.app();
        let routes = gateway::routes(app.clone(), &options());
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        found(app, "H-LI").await;
        earn(app, "H-WANG", "1000").await;
        let perk = define_perk(app, 100, 10, 5).await.id.to_string();
        let (mut member, mut other) = (sign_in_owner(&world, "H-WANG").await, sign_in_owner(&world, "H-LI").await);
        let staff = hire(app, "everything", StaffRoles::all()).await.sign_in(app).await;
        let redeem = format!("mutation {{ redeemPerk(input: {{ perkId: \"{perk}\", idempotencyKey: \"fedcba9876543210\" }}) {{ grant {{ id postingId }} }} }}");
        let grant = &ask(&routes, Some(&member), &redeem).await["data"]["redeemPerk"]["grant"];
        let household = wang.household.unwrap().0.to_string();
        let spare = app.authenticate(&sign_in_owner(&world, "H-WANG").await).await.unwrap().unwrap().session.to_string();
        let invite = "mutation { f: inviteMember(input: { address: \"w@y.cn\", name: \"w\", role: ADULT }) { invitationId } }";
        let invitation = ask(&routes, Some(&member), invite).await["data"]["f"]["invitationId"].take();

        let study = open_study(app, &["A", "B"]).await.id.to_string();
        let ladder = open_price_study(app, r#"{"method":"gabor_granger","prices":[900,1500]}"#).await.id.to_string();

        // The household is forgotten last, if it is.
        for (field, request, expected) in staff::FIELDS.iter().chain(household_life::FIELDS).chain(perks::FIELDS).chain(family_pay::FIELDS).chain(FIELDS) {
            // The row before it ended every session.
            if *field == "Mutation.signOut" {
                (member, other) = (sign_in_owner(&world, "H-WANG").await, sign_in_owner(&world, "H-LI").await);
            }
            let request = request
                .replace("$H", &household)
                .replace("$P", &wang.person.to_string())
                .replace("$G", grant["id"].as_str().unwrap())
                .replace("$L", grant["postingId"].as_str().unwrap())
                .replace("$S", &spare)
                .replace("$I", invitation.as_str().unwrap())
                .replace("$Y", &study)
                .replace("$Z", &ladder)
                .replace("$K", &perk);
            for (actor, token, expected) in [
                ("a stranger", None, expected[0]),
                ("a member", Some(&member), expected[1]),
                ("a member of another household", Some(&other), expected[2]),
                ("somebody of the staff", Some(&staff), expected[3]),
            ] {
                let answer = ask(&routes, token.map(String::as_str), &request).await;
                assert_eq!(meets(&answer), expected, "{field} as {actor}: {request}");
            }
        }
    }

    async fn every_page_answers_each_actor_as_its_row_says(world: TestApp) {
        let app = world.app();
        let pages = web::routes(app, web::WebOptions::default());
        set_rule(app, "1", "2017-01-01", &[]).await;
        let household = found(app, "H-WANG").await.household.unwrap().0.to_string();
        found(app, "H-LI").await;
        earn(app, "H-WANG", "1000").await;
        let (member, other) = (sign_in_owner(&world, "H-WANG").await, sign_in_owner(&world, "H-LI").await);
        let staff = hire(app, "everything", StaffRoles::all()).await.sign_in(app).await;
        let get = async |path: &str, token: Option<&String>| {
            let request = Request::builder().uri_str(path);
            let request = match token {
                Some(token) => request.header("authorization", format!("Bearer {token}")),
                None => request,
            };
            let mut response = pages.get_response(request.finish()).await;
            (response.status().as_u16(), response.take_body().into_string().await.unwrap())
        };

        for (path, expected) in PAGES {
            let path = path.replace("$H", &household);
            for (token, expected) in [None, Some(&member), Some(&other), Some(&staff)].into_iter().zip(expected) {
                assert_eq!(get(&path, token).await.0, *expected, "{path}");
            }
        }
        // Not yours, not there and not yet all answer alike.
        let other_households = get(&format!("/households/{household}/statements/2026-05"), Some(&other)).await;
        for path in [
            "/households/hh_00000000000000000000000000000000/statements/2026-05".to_owned(),
            format!("/households/{household}/statements/2026-07"),
            format!("/households/{household}/statements/2026-13"),
            "/households/nobody/statements/2026-05.csv".to_owned(),
        ] {
            assert_eq!(get(&path, Some(&member)).await, other_households, "{path}");
        }
        assert_eq!(get(&format!("/households/{household}/statements/2026-05"), Some(&"0".repeat(64))).await.0, 401);
    }

    async fn every_route_answers_each_actor_as_its_row_says(world: TestApp) {
        let app = world.app();
        let routes = gateway::routes(app.clone(), &options());
        found(app, "H-WANG").await;
        let token = sign_in_owner(&world, "H-WANG").await;
        let staff = hire(app, "everything", StaffRoles::all()).await.sign_in(app).await;
        let body = json!({ "events": [] }).to_string();
        let now = app.db().clock().now().timestamp();
        let signature = standardwebhooks::Webhook::new(KEY).unwrap().sign("m", now, body.as_bytes()).unwrap();

        for (method, path, expected) in ROUTES {
            let request = || Request::builder().method(method.clone()).uri_str(path).header("content-type", "application/json");
            let bearer = request().header("authorization", format!("Bearer {token}"));
            let of_staff = request().header("authorization", format!("Bearer {staff}"));
            let signed = request()
                .header("webhook-id", "m")
                .header("webhook-timestamp", now)
                .header("webhook-signature", signature.clone());
            for (actor, request, expected) in
                [
                    ("a stranger", request(), expected[0]),
                    ("a member", bearer, expected[1]),
                    ("somebody of the staff", of_staff, expected[2]),
                    ("the order system", signed, expected[3]),
                ]
            {
                let body = if *path == "/graphql" { json!({ "query": "{ __typename }" }).to_string() } else { body.clone() };
                let (status, _) = send(&routes, request.body(body)).await;
                assert_eq!(status, expected, "{path} as {actor}");
            }
        }
    }
}
