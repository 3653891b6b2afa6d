use chrono::TimeDelta;
use testkit::{on_both_engines, start};

use super::{World, address};
use crate::accounts::{SignIn, SignInRefusal};

const WANG: &str = "p1@hearth.example";

/// Six digits that are not `code`.
fn not(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

on_both_engines! {
    async fn signs_in_by_the_code_that_was_mailed(world: World) {
        world.settle().await;

        let code = world.code_for(WANG).await;
        let signed_in = world.type_code(WANG, &code).await.unwrap();

        assert_eq!(signed_in.expires_at, start() + TimeDelta::days(30));
        let principal = world.app.authenticate(&signed_in.token.to_text()).await.unwrap().unwrap();
        assert_eq!(principal.person, signed_in.person);
        assert_eq!(principal.household.unwrap().1, accounts::Role::Owner);
        let [mail] = world.app.mailer().captured().try_into().unwrap();
        assert_eq!((mail.to, mail.subject.as_str()), (address(WANG), "您的登录验证码"));
        let acts = "SELECT action FROM audit_lines WHERE action <> 'import_households' ORDER BY id";
        assert_eq!(world.db.texts(acts).await.concat(), ["request_sign_in_code", "sign_in"]);
    }

    async fn a_second_delivery_mails_the_same_code_under_the_same_key(world: World) {
        world.settle().await;
        world.ask(WANG).await.unwrap();
        world.deliver().await;
        assert_eq!(world.db.execute("UPDATE outbox_events SET settled_at = NULL, due_at = 0").await, Ok(1));

        world.deliver().await;

        let [first, second] = world.app.mailer().captured().try_into().unwrap();
        assert_eq!(first, second);
    }

    async fn an_unknown_address_leaves_the_same_rows_and_no_mail(world: World) {
        world.settle().await;

        world.ask("nobody@hearth.example").await.unwrap();
        world.deliver().await;

        assert_eq!(world.codes(), [] as [String; 0]);
        assert_eq!((world.db.count("sign_in_challenges").await, world.db.count("outbox_events").await), (1, 1));
        let command = SignIn { address: address("nobody@hearth.example"), code: "000000".to_owned(), locale: kernel::Locale::ZhCn };
        assert_eq!(world.app.sign_in(command).await.unwrap(), Err(SignInRefusal::WrongCode));
        let never_asked = SignIn { address: address(WANG), code: "000000".to_owned(), locale: kernel::Locale::ZhCn };
        assert_eq!(world.app.sign_in(never_asked).await.unwrap(), Err(SignInRefusal::WrongCode));
    }

    async fn no_address_and_no_code_is_kept(world: World) {
        world.settle().await;
        let code = world.code_for(WANG).await;

        let kept = "SELECT payload FROM outbox_events UNION ALL SELECT subject || detail FROM audit_lines";
        for text in world.db.texts(kept).await.concat() {
            assert!(!text.contains(&code) && !text.contains('@'), "{text}");
        }
    }

    async fn a_code_works_once(world: World) {
        world.settle().await;
        let code = world.code_for(WANG).await;

        assert!(world.type_code(WANG, &code).await.is_some());
        assert_eq!(world.type_code(WANG, &code).await, None);
        assert_eq!(world.db.count("sessions").await, 1);
    }

    async fn a_code_lives_ten_minutes(world: World) {
        world.settle().await;
        let code = world.code_for(WANG).await;

        world.db.clock().set(start() + TimeDelta::minutes(10));
        assert_eq!(world.type_code(WANG, &code).await, None);
        world.db.clock().set(start() + TimeDelta::milliseconds(599_999));
        assert!(world.type_code(WANG, &code).await.is_some());
    }

    async fn five_wrong_tries_end_a_code_but_not_the_next(world: World) {
        world.settle().await;
        let code = world.code_for(WANG).await;
        for _ in 0..5 {
            assert_eq!(world.type_code(WANG, not(&code)).await, None);
        }

        assert_eq!(world.type_code(WANG, &code).await, None);
        assert_eq!(world.db.count("sign_in_challenges WHERE failed_attempts = 5").await, 1);
        assert_eq!(world.db.count("audit_lines WHERE action = 'sign_in'").await, 5);
        let next = world.code_for(WANG).await;
        assert!(world.type_code(WANG, &next).await.is_some());
    }

    async fn asking_again_makes_the_older_code_worthless(world: World) {
        world.settle().await;
        let older = world.code_for(WANG).await;
        let newer = world.code_for(WANG).await;

        assert_eq!(world.type_code(WANG, &older).await, None);
        assert!(world.type_code(WANG, &newer).await.is_some());
    }

    async fn a_code_of_one_address_opens_no_other(world: World) {
        world.settle().await;
        let code = world.code_for(WANG).await;
        world.ask("p3@hearth.example").await.unwrap();

        assert_eq!(world.type_code("p3@hearth.example", &code).await, None);
    }

    async fn a_late_worker_mails_no_dead_code(world: World) {
        world.settle().await;
        world.ask(WANG).await.unwrap();
        world.db.clock().advance(TimeDelta::minutes(10));

        world.deliver().await;

        assert_eq!(world.codes(), [] as [String; 0]);
    }

    async fn the_same_right_code_at_once_opens_one_session(world: World) {
        world.settle().await;
        let code = world.code_for(WANG).await;
        let press = || {
            let (app, code) = (world.app.clone(), code.clone());
            tokio::spawn(async move { app.sign_in(SignIn { address: address(WANG), code, locale: kernel::Locale::ZhCn }).await.unwrap() })
        };

        let presses: Vec<_> = (0..8).map(|_| press()).collect();
        let mut signed_in = 0;
        for press in presses {
            signed_in += usize::from(press.await.unwrap().is_ok());
        }

        assert_eq!(signed_in, 1);
        assert_eq!(world.db.count("sessions").await, 1);
    }

    async fn wrong_codes_at_once_are_all_counted(world: World) {
        world.settle().await;
        let code = world.code_for(WANG).await;
        let guess = || {
            let (app, code) = (world.app.clone(), not(&code).to_owned());
            tokio::spawn(async move { app.sign_in(SignIn { address: address(WANG), code, locale: kernel::Locale::ZhCn }).await.unwrap() })
        };

        let guesses: Vec<_> = (0..10).map(|_| guess()).collect();
        for guess in guesses {
            assert_eq!(guess.await.unwrap(), Err(SignInRefusal::WrongCode));
        }

        assert_eq!(world.db.count("sign_in_challenges WHERE failed_attempts = 5").await, 1);
        assert_eq!(world.type_code(WANG, &code).await, None);
    }

    async fn of_ten_requests_at_once_five_are_accepted(world: World) {
        world.settle().await;
        let world = std::sync::Arc::new(world);
        for to in [WANG, "nobody@hearth.example"] {
            let ask = || {
                let world = std::sync::Arc::clone(&world);
                tokio::spawn(async move { world.ask(to).await })
            };

            let asked: Vec<_> = (0..10).map(|_| ask()).collect();
            let mut accepted = 0;
            for answer in asked {
                match answer.await.unwrap() {
                    Ok(()) => accepted += 1,
                    Err(refusal) => assert_eq!(refusal.retry_after, TimeDelta::hours(1)),
                }
            }

            assert_eq!(accepted, 5, "{to}");
        }
        world.deliver().await;
        assert_eq!(world.codes().len(), 5);
        world.db.clock().advance(TimeDelta::hours(1));
        world.ask(WANG).await.unwrap();
    }

    async fn a_sixth_request_writes_nothing(world: World) {
        world.settle().await;
        for _ in 0..5 {
            world.ask(WANG).await.unwrap();
        }
        let count = async || {
            let mut counts = [0; 3];
            for (count, table) in counts.iter_mut().zip(["sign_in_challenges", "audit_lines", "outbox_events"]) {
                *count = world.db.count(table).await;
            }
            counts
        };
        let before = count().await;
        world.db.clock().advance(TimeDelta::minutes(20));

        let refused = world.ask(WANG).await.unwrap_err();

        assert_eq!(refused.retry_after, TimeDelta::minutes(40));
        assert_eq!(count().await, before);
    }
}
