use std::sync::Arc;

use accounts::{STAFF_LOCK_OUT, StaffRole};
use chrono::TimeDelta;
use kernel::Actor;
use testkit::{on_both_engines, start};

use super::{PASSWORD, World};
use crate::{
    Bearer,
    staff::{CloseStaffRefusal, CreateStaff, CreateStaffRefusal, StaffSignIn, StaffSignInRefused},
};

on_both_engines! {
    async fn password_and_phone_sign_in_for_eight_hours(world: World) {
        let li = world.hire("li", "finance,support").await;

        let signed_in = world.try_sign_in("li", PASSWORD, &world.code(&li)).await.unwrap();

        assert_eq!(signed_in.expires_at, start() + TimeDelta::hours(8));
        let token = signed_in.token.to_text();
        let principal = world.app.authenticate_staff(&token).await.unwrap().unwrap();
        assert_eq!((principal.staff, principal.actor()), (li.created.staff, Actor::Staff(li.created.staff)));
        assert_eq!(principal.roles.to_string(), "support,finance");
        assert_eq!(world.app.authenticate_bearer(&token).await.unwrap(), Some(Bearer::Staff(principal)));
        assert_eq!(world.app.authenticate(&token).await.unwrap(), None);
        let lines = world.db.texts("SELECT action, actor_kind FROM audit_lines ORDER BY id").await;
        assert_eq!(lines, [["create_staff", "operator"], ["staff_sign_in", "staff"]]);

        world.db.clock().set(start() + TimeDelta::hours(8));
        assert_eq!(world.app.authenticate_bearer(&token).await.unwrap(), None);
    }

    async fn every_wrong_way_in_is_answered_alike_and_leaves_one_line(world: World) {
        let li = world.hire("li", "admin").await;
        let gone = world.hire("gone", "admin").await;
        world.app.close_staff(&"gone".parse().unwrap()).await.unwrap().unwrap();
        let (code, gone_code) = (world.code(&li), world.code(&gone));
        let wrong = if code == "000000" { "000001" } else { "000000" };

        for (name, password, code, why) in [
            ("li", "correct horse batter!", code.as_str(), "the password is wrong"),
            ("li", "short", code.as_str(), "the password is wrong"),
            ("li", PASSWORD, wrong, "the code is wrong"),
            ("li", PASSWORD, "0123-4567-89ab-cdef", "the code is wrong"),
            ("wang", PASSWORD, code.as_str(), "nobody has the name"),
            ("Li'; --", PASSWORD, code.as_str(), "nobody has the name"),
            ("gone", PASSWORD, gone_code.as_str(), "the staff member is closed"),
        ] {
            let before = world.db.count("audit_lines").await;
            assert_eq!(world.try_sign_in(name, password, code).await, Err(StaffSignInRefused::WrongCredentials));
            assert_eq!(world.db.count("audit_lines").await, before + 1, "{name} {why}");
            let last = world.db.texts("SELECT detail FROM audit_lines ORDER BY id DESC LIMIT 1").await;
            assert_eq!(last, [[format!("refused: {why}")]]);
        }
        assert_eq!(world.db.count("staff_sessions").await, 0);
        assert!(world.try_sign_in("li", PASSWORD, &code).await.is_ok());
    }

    async fn a_code_lets_in_once_also_when_typed_twice_at_once(world: World) {
        let li = world.hire("li", "admin").await;
        let code = world.code(&li);
        let press = || {
            let (app, code) = (world.app.clone(), code.clone());
            let command = StaffSignIn { name: "li".to_owned(), password: PASSWORD.to_owned(), code };
            tokio::spawn(async move { app.staff_sign_in(command).await.unwrap().is_ok() })
        };

        let presses = [press(), press(), press()];
        let mut inside = 0;
        for press in presses {
            inside += usize::from(press.await.unwrap());
        }

        assert_eq!((inside, world.db.count("staff_sessions").await), (1, 1));
        world.db.clock().advance(TimeDelta::seconds(30));
        assert!(world.try_sign_in("li", PASSWORD, &world.code(&li)).await.is_ok());
    }

    async fn a_recovery_code_stands_for_the_phone_once(world: World) {
        let li = world.hire("li", "admin").await;
        let wang = world.hire("wang", "admin").await;
        let [first, second] = [0, 1].map(|place| li.created.recovery_codes[place].to_text());

        // A wrong password uses no code up; nor is it good for anybody else.
        assert!(world.try_sign_in("li", "correct horse batter!", &first).await.is_err());
        assert!(world.try_sign_in("wang", PASSWORD, &first).await.is_err());
        assert!(world.try_sign_in("li", PASSWORD, &first.to_uppercase()).await.is_ok());
        assert!(world.try_sign_in("li", PASSWORD, &first).await.is_err());
        assert!(world.try_sign_in("li", PASSWORD, &second).await.is_ok());
        assert_eq!(world.db.count("staff_recovery_codes WHERE used_at IS NOT NULL").await, 2);
        assert_eq!(wang.created.recovery_codes.len(), 10);
    }

    async fn five_failures_lock_out_the_right_one_too_for_a_while(world: World) {
        let li = world.hire("li", "admin").await;
        let world = Arc::new(world);
        let guess = || {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.try_sign_in("li", PASSWORD, "nonsense").await.is_err() })
        };
        for guess in [guess(), guess(), guess(), guess(), guess()] {
            assert!(guess.await.unwrap());
        }

        assert!(world.try_sign_in("li", PASSWORD, &world.code(&li)).await.is_err());
        assert!(world.try_sign_in("li", PASSWORD, &li.created.recovery_codes[0].to_text()).await.is_err());
        world.db.clock().set(start() + STAFF_LOCK_OUT);
        assert!(world.try_sign_in("li", PASSWORD, &world.code(&li)).await.is_ok());
    }

    async fn nothing_secret_lies_in_the_database(world: World) {
        let li = world.hire("li", "admin").await;
        let (token, _) = world.sign_in(&li).await;
        let code = li.created.recovery_codes[0].to_text();

        let kept = "SELECT password_hash FROM staff UNION ALL SELECT subject || detail FROM audit_lines";
        for text in world.db.texts(kept).await.concat() {
            assert!(!text.contains(PASSWORD) && !text.contains(&token) && !text.contains(&code), "{text}");
        }
        let secret = li.created.authenticator_url;
        assert!(!format!("{:?} {:?}", world.hire("wang", "admin").await.created, StaffSignIn {
            name: "li".to_owned(), password: PASSWORD.to_owned(), code: secret.clone(),
        }).contains("secret="));
    }

    async fn signing_out_and_closing_end_sessions_at_once(world: World) {
        let li = world.hire("li", "admin").await;
        let (first, principal) = world.sign_in(&li).await;
        world.db.clock().advance(TimeDelta::seconds(30));
        let (second, _) = world.sign_in(&li).await;

        world.app.staff_sign_out(&principal).await.unwrap();
        assert_eq!(world.app.authenticate_staff(&first).await.unwrap(), None);
        assert!(world.app.authenticate_staff(&second).await.unwrap().is_some());
        // A second time nothing happens.
        world.app.staff_sign_out(&principal).await.unwrap();
        assert_eq!(world.db.count("audit_lines WHERE action = 'staff_sign_out'").await, 1);

        let last = world.app.close_staff(&"li".parse().unwrap()).await.unwrap();
        assert_eq!(last, Err(CloseStaffRefusal::LastAdmin));
        assert!(world.app.authenticate_staff(&second).await.unwrap().is_some());
        world.hire("wang", "support,admin").await;
        assert_eq!(world.app.close_staff(&"li".parse().unwrap()).await.unwrap(), Ok(li.created.staff));
        assert_eq!(world.app.authenticate_staff(&second).await.unwrap(), None);
        let again = world.app.close_staff(&"li".parse().unwrap()).await.unwrap();
        assert_eq!(again, Err(CloseStaffRefusal::AlreadyClosed));
        let nobody = world.app.close_staff(&"nobody".parse().unwrap()).await.unwrap();
        assert_eq!(nobody, Err(CloseStaffRefusal::NoSuchStaff));
    }

    async fn a_name_is_given_once(world: World) {
        let create = CreateStaff {
            name: "li".parse().unwrap(),
            roles: "auditor".parse().unwrap(),
            password: accounts::Password::parse(PASSWORD).unwrap(),
        };
        let hire = || {
            let (app, create) = (world.app.clone(), create.clone());
            tokio::spawn(async move { app.create_staff(&create).await.unwrap() })
        };

        let answers = [hire(), hire()];
        let mut taken = 0;
        for answer in answers {
            taken += usize::from(matches!(answer.await.unwrap(), Err(CreateStaffRefusal::NameTaken)));
        }

        assert_eq!((taken, world.db.count("staff").await), (1, 1));
        assert_eq!(world.db.count("staff_recovery_codes").await, 10);
    }

    async fn an_act_is_judged_by_the_roles_of_that_moment(world: World) {
        let li = world.hire("li", "finance").await;
        let (_, principal) = world.sign_in(&li).await;
        let judge = async |may: &[StaffRole]| {
            let mut tx = world.db.begin(principal.actor()).await;
            let answer = principal.lock(&mut tx, may).await.unwrap().is_ok();
            tx.rollback().await.unwrap();
            answer
        };

        assert!(judge(&[StaffRole::Finance]).await && !judge(&[StaffRole::Admin]).await && !judge(&[]).await);
        assert_eq!(world.db.execute("UPDATE staff SET roles = 'support'").await, Ok(1));
        assert!(!judge(&[StaffRole::Finance]).await);
        world.app.close_staff(&"li".parse().unwrap()).await.unwrap().unwrap();
        assert!(!judge(&[StaffRole::Support]).await);
    }
}
