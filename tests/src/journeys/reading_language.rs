//! A daughter abroad signs in with an English phone: what is mailed to her is in English, and in Chinese once she says so.

use kernel::Locale;
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::use_cases::family_pay::{Family, ask, basket};

async fn choose(door: &Door<'_>, token: &str, language: &str) -> Value {
    let mutation =
        "mutation($input: SetLanguageInput!) { setLanguage(input: $input) { language userErrors { code field } } }";
    let input = json!({ "input": { "language": language } });
    door.graphql(Some(token), mutation, input).await["setLanguage"].take()
}

/// The language of the newest mail to somebody, and its subject.
fn newest(world: &TestApp, to: &str) -> (Locale, String) {
    let mails = world.mails();
    let mail = mails.iter().rev().find(|mail| mail.to.as_str() == to).expect("a mail");
    (mail.locale, mail.subject.clone())
}

on_both_engines! {
    async fn a_mail_comes_in_the_language_of_whoever_reads_it(world: TestApp) {
        let (app, family) = (world.app(), Family::of(&world).await);
        let daughter = "h-li-owner@hearth.example";
        // Nobody knows yet how she reads.
        family.asks(app, "1").await;
        app.drain().await.unwrap();
        assert_eq!(newest(&world, daughter).0, Locale::ZhCn);

        let door = Door::open(&world).await;
        let token = door.sign_in(daughter).await;
        ask(app, &family.senior, basket("2")).await.unwrap();
        app.drain().await.unwrap();
        let (language, subject) = newest(&world, daughter);
        assert_eq!(language, Locale::En);
        assert!(subject.is_ascii(), "{subject}");

        for (said, expected) in [
            ("zh-Hans-CN", json!({ "language": "zh-CN", "userErrors": [] })),
            ("fr", json!({ "language": null, "userErrors": [{ "code": "UNKNOWN_LANGUAGE", "field": ["input", "language"] }] })),
        ] {
            assert_eq!(choose(&door, &token, said).await, expected, "{said}");
        }
        // Signing in again in English changes nothing that she chose.
        door.sign_in(daughter).await;
        ask(app, &family.senior, basket("3")).await.unwrap();
        app.drain().await.unwrap();
        assert_eq!(newest(&world, daughter).0, Locale::ZhCn);
        assert_eq!(world.db().count("persons WHERE language IS NOT NULL").await, 1);
    }
}
