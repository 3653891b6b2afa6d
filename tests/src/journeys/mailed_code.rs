//! Signing in by a code that really travels: through the mail server the operator named, and not around it.

use app::Settings;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::TimeDelta;
use mail::{Mailer, SmtpSecurity, SmtpSettings};
use serde_json::{Value, json};
use testkit::{Engine, Fixture, TestApp, on_both_engines};

use super::{
    door::Door,
    smtp_server::{SmtpServer, StartTls},
};
use crate::world::found;

const WANG: &str = "h-wang-owner@hearth.example";

/// A household, and a mail server on this machine that Hearth was told to use.
struct Mailed {
    world: TestApp,
    server: SmtpServer,
}

impl Mailed {
    async fn with(engine: Engine, security: SmtpSecurity, start_tls: StartTls) -> Self {
        let server = SmtpServer::start(start_tls).await;
        let settings = SmtpSettings { host: "127.0.0.1".to_owned(), port: server.port(), security, credentials: None };
        let mailer = Mailer::smtp("hearth@operator.example".parse().unwrap(), &settings).unwrap();
        let world = TestApp::mailing(engine, Settings::default(), mailer).await;
        found(world.app(), "H-WANG").await;
        Self { world, server }
    }

    async fn ask(&self, door: &Door<'_>) {
        let ask =
            "mutation($input: RequestSignInCodeInput!) { requestSignInCode(input: $input) { userErrors { code } } }";
        let asked = door.graphql(None, ask, json!({ "input": { "address": WANG } })).await;
        assert_eq!(asked, json!({ "requestSignInCode": { "userErrors": [] } }));
    }

    async fn waiting(&self) -> (u64, u64) {
        self.world.app().count_outbox().await.unwrap()
    }
}

async fn type_code(door: &Door<'_>, code: &str) -> Value {
    let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { token userErrors { code } } }";
    let input = json!({ "address": WANG, "code": code });
    door.graphql(None, sign_in, json!({ "input": input })).await["signIn"].take()
}

impl Fixture for Mailed {
    async fn on(engine: Engine) -> Self {
        Self::with(engine, SmtpSecurity::None, StartTls::Absent).await
    }
}

/// A server that offers no encryption to a Hearth that was told to insist on it.
struct InTheClear(Mailed);

impl Fixture for InTheClear {
    async fn on(engine: Engine) -> Self {
        Self(Mailed::with(engine, SmtpSecurity::StartTls, StartTls::Absent).await)
    }
}

/// A server that insists on encryption to a Hearth that was told not to use it.
struct Insisting(Mailed);

impl Fixture for Insisting {
    async fn on(engine: Engine) -> Self {
        Self(Mailed::with(engine, SmtpSecurity::None, StartTls::Demanded).await)
    }
}

/// A server that promises encryption and speaks none.
struct Pretending(Mailed);

impl Fixture for Pretending {
    async fn on(engine: Engine) -> Self {
        Self(Mailed::with(engine, SmtpSecurity::StartTls, StartTls::Demanded).await)
    }
}

on_both_engines! {
    async fn a_code_that_travelled_signs_in(mailed: Mailed) {
        let door = Door::open(&mailed.world).await;

        mailed.ask(&door).await;
        mailed.world.app().drain().await.unwrap();

        let [mail] = mailed.server.mails().try_into().unwrap();
        assert_eq!((mail.from.as_str(), mail.to.as_str()), ("hearth@operator.example", WANG));
        let date = chrono::DateTime::parse_from_rfc2822(&mail.header("Date")).unwrap();
        assert_eq!(date.timestamp(), kernel::Clock::now(mailed.world.clock()).timestamp());
        let id = mail.header("Message-ID");
        assert!(id.starts_with("<ev_") && id.ends_with(".send_sign_in_code@operator.example>"), "{id}");
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        assert_eq!(mail.header("MIME-Version"), "1.0");
        assert_eq!(mail.header("To"), WANG);
        assert!(mail.data.is_ascii(), "travels through servers without 8BITMIME");
        let signed_in = type_code(&door, &mail.code()).await;
        assert_eq!(signed_in["userErrors"], json!([]));
        let token = signed_in["token"].as_str().unwrap();
        assert_eq!(door.graphql(Some(token), "{ me { name } }", json!({})).await["me"]["name"], "H-WANG-owner");
        // Used once: it opens nothing again.
        assert_eq!(type_code(&door, &mail.code()).await["userErrors"], json!([{ "code": "WRONG_CODE" }]));
    }

    async fn a_chinese_subject_travels_as_utf_8(mailed: Mailed) {
        let command = app::accounts::RequestSignInCode { address: WANG.parse().unwrap(), locale: kernel::Locale::ZhCn };
        mailed.world.app().request_sign_in_code(command).await.unwrap().unwrap();
        mailed.world.app().drain().await.unwrap();

        let [mail] = mailed.server.mails().try_into().unwrap();
        let subject = mail.header("Subject");
        let words = subject.strip_prefix("=?utf-8?b?").and_then(|words| words.strip_suffix("?=")).unwrap();
        assert_eq!(String::from_utf8(STANDARD.decode(words).unwrap()).unwrap(), "您的登录验证码");
    }

    async fn a_dead_server_delays_a_code_which_then_goes_out_once(mailed: Mailed) {
        let mut mailed = mailed;
        let door = Door::open(&mailed.world).await;
        mailed.server.stop();
        mailed.ask(&door).await;
        mailed.world.app().drain().await.unwrap();
        assert_eq!((mailed.server.mails().len(), mailed.waiting().await), (0, (1, 0)));

        // Not before its time: whoever comes back finds no crowd.
        mailed.server.start_again().await;
        mailed.world.app().drain().await.unwrap();
        assert_eq!(mailed.server.mails().len(), 0);
        mailed.world.clock().advance(TimeDelta::seconds(11));
        mailed.world.app().drain().await.unwrap();
        mailed.world.app().drain().await.unwrap();
        mailed.world.clock().advance(TimeDelta::minutes(5));
        mailed.world.app().drain().await.unwrap();

        let [mail] = mailed.server.mails().try_into().unwrap();
        assert_eq!(mailed.waiting().await, (0, 0));
        assert_eq!(type_code(&door, &mail.code()).await["userErrors"], json!([]));
    }

    async fn a_code_too_old_to_use_is_not_sent_when_the_server_is_back(mailed: Mailed) {
        let mut mailed = mailed;
        let door = Door::open(&mailed.world).await;
        mailed.server.stop();
        mailed.ask(&door).await;
        mailed.world.app().drain().await.unwrap();
        mailed.server.start_again().await;

        mailed.world.clock().advance(TimeDelta::minutes(11));
        mailed.world.app().drain().await.unwrap();

        assert_eq!((mailed.server.mails().len(), mailed.waiting().await), (0, (0, 0)));
    }

    async fn without_the_encryption_that_was_asked_for_nothing_is_said(insisted: InTheClear) {
        let InTheClear(mailed) = insisted;
        let door = Door::open(&mailed.world).await;
        mailed.ask(&door).await;
        mailed.world.app().drain().await.unwrap();

        let commands = mailed.server.commands();
        assert!(!commands.is_empty());
        assert!(commands.iter().all(|said| said.starts_with("EHLO") || said == "QUIT"), "{commands:?}");
        assert_eq!((mailed.server.mails().len(), mailed.waiting().await), (0, (1, 0)));
    }

    async fn a_server_that_insists_on_encryption_gets_no_code_in_the_clear(insisting: Insisting) {
        let Insisting(mailed) = insisting;
        let door = Door::open(&mailed.world).await;
        mailed.ask(&door).await;
        mailed.world.app().drain().await.unwrap();

        let commands = mailed.server.commands();
        assert!(commands.iter().any(|said| said.starts_with("MAIL")), "{commands:?}");
        assert_eq!((mailed.server.mails().len(), mailed.waiting().await), (0, (1, 0)));
        let error = mailed.world.db().texts("SELECT last_error FROM outbox_events WHERE last_error IS NOT NULL").await;
        assert_eq!(error.concat(), ["could not hand a mail to the mail server: the mail server answered 530"]);
    }

    async fn promised_encryption_that_is_none_gets_no_code_either(pretending: Pretending) {
        let Pretending(mut mailed) = pretending;
        let door = Door::open(&mailed.world).await;
        mailed.ask(&door).await;
        let draining = mailed.world.app().clone();
        // The server waits for a command and the client for a handshake: hanging up ends it.
        let draining = tokio::spawn(async move { draining.drain().await });
        while !mailed.server.commands().iter().any(|said| said == "STARTTLS") {
            tokio::task::yield_now().await;
        }
        mailed.server.stop();
        draining.await.unwrap().unwrap();

        let commands = mailed.server.commands();
        assert!(!commands.iter().any(|said| said.starts_with("MAIL")), "{commands:?}");
        assert_eq!((mailed.server.mails().len(), mailed.waiting().await), (0, (1, 0)));
    }
}
