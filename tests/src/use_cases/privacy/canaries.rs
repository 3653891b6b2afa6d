use std::{
    io,
    sync::{LazyLock, Mutex},
};

use accounts::{HealthTag, Purpose, Role};
use app::privacy::WithdrawConsent;
use gateway::GatewayOptions;
use poem::{Endpoint, Request, http::Method};
use serde_json::json;
use testkit::{Engine, TestApp, on_both_engines};

use super::{add, consent_to, keep_tags};
use crate::world::{assert_verifies, define_perk, earn, found, redeem, set_rule};

/// What must be found nowhere but where it is kept: name, address, phone, tag in every spelling of ours.
const CANARIES: [&str; 9] = [
    "金丝雀秋兰",
    "p-canary@hearth.example",
    "p-canary@",
    "13977778888",
    "no_peanuts",
    "noPeanuts",
    "NoPeanuts",
    "NO_PEANUTS",
    "不含花生",
];

/// Every line any test of this process logs that names a canary.
static LOGGED: LazyLock<Mutex<Vec<String>>> = LazyLock::new(|| {
    let writer = || Birdcatcher;
    let logged =
        tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE).with_writer(writer);
    // Another test may have started logging; then its lines are what is logged, and there are none of ours to look at.
    drop(logged.try_init());
    Mutex::default()
});

struct Birdcatcher;

impl io::Write for Birdcatcher {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        // The engine's own driver logs statements, whose text never holds a value; the schema's words are not ours to hide.
        if names(&text).is_some() {
            LOGGED.lock().expect("no holder panics").push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn names(text: &str) -> Option<&'static str> {
    CANARIES.into_iter().find(|canary| text.contains(canary))
}

/// Everything an operator's other people and systems read: events, the audit log, kept answers.
async fn told(world: &TestApp) -> Vec<String> {
    let mut lines = Vec::new();
    for sql in [
        "SELECT kind || ' ' || payload || ' ' || coalesce(last_error, '') FROM outbox_events",
        "SELECT action || ' ' || subject || ' ' || detail FROM audit_lines",
        "SELECT principal || ' ' || operation || ' ' || answer FROM idempotency_keys",
    ] {
        lines.extend(world.db().texts(sql).await.into_iter().flatten());
    }
    let bytes = match world.db().engine() {
        Engine::Sqlite => "SELECT hex(sealed) FROM health_tags UNION ALL SELECT hex(contact_hash) FROM contact_index",
        Engine::Postgres => {
            "SELECT encode(sealed, 'hex') FROM health_tags UNION ALL SELECT encode(contact_hash, 'hex') FROM contact_index"
        }
    };
    for row in world.db().texts(bytes).await.into_iter().flatten() {
        let digits = row.as_bytes().chunks_exact(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        lines.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    lines
}

on_both_engines! {
    async fn no_canary_is_told_to_anybody_else(world: TestApp) {
        LazyLock::force(&LOGGED);
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let wang = found(app, "H-WANG").await;
        let canary = add(app, "H-WANG", "P-CANARY", "金丝雀秋兰", Role::Adult, "1961-07-13").await;
        let li = found(app, "H-LI").await;
        earn(app, "H-WANG", "1000").await;
        let perk = define_perk(app, 100, 10, 5).await;
        app.set_phone(&canary, Some(&"１３９７７７７８８８８".parse().unwrap())).await.unwrap();
        keep_tags(app, &canary, &[HealthTag::NoPeanuts]).await;
        app.redeem_perk(&canary, &redeem(perk.id, "key-0123456789abcdef")).await.unwrap().unwrap();
        app.index_contacts().await.unwrap();
        app.drain().await.unwrap();

        // As another household, and as a member who was not let see the tags.
        for (who, sees_name) in [(&li, false), (&wang, true)] {
            let person = canary.person;
            let household = wang.household.unwrap().0;
            let query = format!(
                "{{ me {{ id name consents {{ purpose }} household {{ members {{ person {{ id name consents {{ purpose }} }} }} }} }} \
                 node(id: \"{person}\") {{ id ... on Person {{ name consents {{ purpose }} }} }} \
                 household(id: \"{household}\") {{ name members {{ person {{ name }} }} }} \
                 myHealthTags householdHealthTags {{ person {{ name }} tags }} myContacts {{ mail phone }} }}"
            );
            let answer = ask(&world, who, &query).await;
            let found = names(&answer);
            assert_eq!(found, sees_name.then_some("金丝雀秋兰"), "{answer}");
            let but_the_name = answer.replace("金丝雀秋兰", "…");
            assert_eq!(names(&but_the_name), None, "{answer}");
        }

        for command in [Purpose::FamilyView, Purpose::HealthTags] {
            app.give_consent(&canary, &consent_to(command)).await.unwrap().unwrap();
            app.withdraw_consent(&canary, &WithdrawConsent { person: None, purpose: command }).await.unwrap().unwrap();
        }
        let lines = told(&world).await;
        assert!(lines.len() >= 15, "{}", lines.len());
        for line in lines {
            assert_eq!(names(&line), None, "{line}");
        }
        assert_eq!(LOGGED.lock().unwrap().clone(), Vec::<String>::new());
        assert_verifies(app).await;
    }
}

/// Asks through the door, signed in by a session put there for the purpose.
async fn ask(world: &TestApp, who: &app::Principal, query: &str) -> String {
    let token = accounts::SessionToken::from_random(who.person.uuid().as_bytes().repeat(2).try_into().unwrap());
    let mut tx = world.db().begin(kernel::Actor::System).await;
    let session = accounts::Session::new(tx.new_id(), who.person, tx.now(), 1);
    accounts::store::insert_session(&mut tx, &session, &token.hash()).await.unwrap();
    tx.commit().await.unwrap();
    let routes = gateway::routes(world.app().clone(), &GatewayOptions::default());
    let request = Request::builder()
        .method(Method::POST)
        .uri_str("/graphql")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {}", token.to_text()))
        .body(json!({ "query": query }).to_string());
    let mut response = routes.get_response(request).await;
    let body = response.take_body().into_string().await.unwrap();
    assert!(!body.contains("\"errors\""), "{body}");
    body
}
