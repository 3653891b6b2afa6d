use accounts::{HealthKeys, HealthTag, Purpose, Role, TagUse, store};
use app::{
    App, Secret, Settings,
    privacy::{SetHealthTags, SetHealthTagsRefusal, WithdrawConsent},
};
use kernel::Actor;
use mail::Mailer;
use testkit::{TestApp, TestDb, on_both_engines};

use super::{add, consent_for, consent_to, keep_tags, tags};
use crate::world::{add_person, found};

/// The use-cases with health keys of the test's own.
fn app_with(db: &TestDb, keys: &str) -> App {
    let mailer = Mailer::capture("hearth@hearth.example".parse().unwrap());
    let secret = Secret::new(vec![7; 32]).unwrap();
    App::with_health_keys(db.db().clone(), Settings::default(), secret, keys.parse().unwrap(), mailer)
}

fn key(id: &str, digits: &str) -> String {
    format!("{id}:{}", digits.repeat(32))
}

on_both_engines! {
    async fn tags_need_their_consent_and_go_with_it(world: TestApp) {
        let app = world.app();
        let wang = found(app, "H-WANG").await;
        let set = SetHealthTags { person: None, tags: tags(&[HealthTag::LowSugar]) };
        assert_eq!(app.set_health_tags(&wang, &set).await.unwrap(), Err(SetHealthTagsRefusal::ConsentNeeded));
        app.give_consent(&wang, &consent_to(Purpose::PersonalisedOffers)).await.unwrap().unwrap();
        assert_eq!(app.set_health_tags(&wang, &set).await.unwrap(), Err(SetHealthTagsRefusal::ConsentNeeded));
        assert_eq!(world.db().count("health_tags").await, 0);

        keep_tags(app, &wang, &[HealthTag::LowSugar, HealthTag::NoPeanuts]).await;
        keep_tags(app, &wang, &[HealthTag::NoPeanuts, HealthTag::Halal]).await;
        assert_eq!(app.my_health_tags(&wang).await.unwrap(), tags(&[HealthTag::NoPeanuts, HealthTag::Halal]));

        let withdraw = WithdrawConsent { person: None, purpose: Purpose::HealthTags };
        app.withdraw_consent(&wang, &withdraw).await.unwrap().unwrap();
        assert_eq!(app.my_health_tags(&wang).await.unwrap(), tags(&[]));
        assert_eq!(world.db().count("health_tags").await, 0);
    }

    async fn a_rule_may_use_a_tag_only_while_its_consent_stands(db: TestDb) {
        let keys: HealthKeys = key("k", "aa").parse().unwrap();
        let app = app_with(&db, &key("k", "aa"));
        let wang = found(&app, "H-WANG").await;
        let ask = async |tag| {
            let mut tx = db.begin(Actor::System).await;
            let answer = store::lock_health_tag_use(&mut tx, &keys, wang.person, tag).await.unwrap();
            tx.rollback().await.unwrap();
            answer
        };
        assert_eq!(ask(HealthTag::NoPeanuts).await, TagUse::NoConsent);
        keep_tags(&app, &wang, &[HealthTag::NoPeanuts]).await;
        assert_eq!(ask(HealthTag::NoPeanuts).await, TagUse::Usable);
        assert_eq!(ask(HealthTag::Halal).await, TagUse::NotSet);
        app.withdraw_consent(&wang, &WithdrawConsent { person: None, purpose: Purpose::HealthTags }).await.unwrap().unwrap();
        assert_eq!(ask(HealthTag::NoPeanuts).await, TagUse::NoConsent);
    }

    async fn a_withdrawal_waits_for_the_rule_that_is_using_the_tag(db: TestDb) {
        let keys: HealthKeys = key("k", "aa").parse().unwrap();
        let app = app_with(&db, &key("k", "aa"));
        let wang = found(&app, "H-WANG").await;
        keep_tags(&app, &wang, &[HealthTag::NoPeanuts]).await;
        let mut tx = db.begin(Actor::System).await;
        let using = store::lock_health_tag_use(&mut tx, &keys, wang.person, HealthTag::NoPeanuts).await.unwrap();
        assert_eq!(using, TagUse::Usable);

        let withdrawing = {
            let app = app.clone();
            let withdraw = WithdrawConsent { person: None, purpose: Purpose::HealthTags };
            tokio::spawn(async move { app.withdraw_consent(&wang, &withdraw).await.unwrap().unwrap() })
        };
        // What is judged still holds; the withdrawal is answered only after the commit.
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
            assert!(!withdrawing.is_finished());
        }
        let again = store::lock_health_tag_use(&mut tx, &keys, wang.person, HealthTag::NoPeanuts).await.unwrap();
        assert_eq!(again, TagUse::Usable);
        tx.commit().await.unwrap();

        assert!(!withdrawing.await.unwrap().covers());
        assert_eq!(db.count("health_tags").await, 0);
    }

    async fn keys_are_rotated_in_batches_and_the_old_one_can_go(db: TestDb) {
        let old = app_with(&db, &key("old", "aa"));
        let wang = found(&old, "H-WANG").await;
        let all = HealthTag::ALL;
        keep_tags(&old, &wang, &all).await;
        let stored = db.texts("SELECT DISTINCT key_id FROM health_tags").await;
        assert_eq!(stored, [["old"]]);

        let both = app_with(&db, &format!("{},{}", key("new", "bb"), key("old", "aa")));
        assert_eq!(both.my_health_tags(&wang).await.unwrap(), tags(&all));
        assert_eq!(both.count_health_tags_to_reseal().await.unwrap(), 13);
        assert_eq!(both.reseal_health_tags().await.unwrap(), 13);
        assert_eq!(both.reseal_health_tags().await.unwrap(), 0);
        assert_eq!(both.count_health_tags_to_reseal().await.unwrap(), 0);

        let new = app_with(&db, &key("new", "bb"));
        assert_eq!(new.my_health_tags(&wang).await.unwrap(), tags(&all));
        assert_eq!(old.list_missing_health_keys().await.unwrap(), ["new"]);
        assert!(old.my_health_tags(&wang).await.is_err());
        assert_eq!(new.list_missing_health_keys().await.unwrap(), Vec::<String>::new());
    }

    async fn a_row_put_under_another_person_does_not_open(world: TestApp) {
        let app = world.app();
        let (wang, li) = (found(app, "H-WANG").await, found(app, "H-LI").await);
        keep_tags(app, &wang, &[HealthTag::Halal]).await;
        keep_tags(app, &li, &[]).await;
        let moved = "UPDATE health_tags SET person_id = (SELECT id FROM persons WHERE external_ref = 'H-LI-owner')";
        assert_eq!(world.db().execute(moved).await, Ok(1));

        let fault = app.my_health_tags(&li).await.unwrap_err();
        assert_eq!(fault.chain(), "could not open what was sealed");
    }

    async fn who_sees_whose_tags(world: TestApp) {
        let app = world.app();
        let owner = found(app, "H-WANG").await;
        let adult = add_person(app, "H-WANG", "W-ADULT", Role::Adult).await;
        let senior = add_person(app, "H-WANG", "W-SENIOR", Role::Senior).await;
        let child = add(app, "H-WANG", "W-CHILD", "小明", Role::Child, "2018-03-01").await;
        let li = found(app, "H-LI").await;
        for member in [&owner, &adult, &senior, &li] {
            keep_tags(app, member, &[HealthTag::LowSalt]).await;
        }
        app.give_consent(&owner, &consent_for(child.person, Purpose::HealthTags)).await.unwrap().unwrap();
        let set = SetHealthTags { person: Some(child.person), tags: tags(&[HealthTag::NoPeanuts]) };
        app.set_health_tags(&owner, &set).await.unwrap().unwrap();
        let sees = async |who| {
            let seen = app.household_health_tags(who).await.unwrap();
            seen.into_iter().map(|seen| seen.person).collect::<Vec<_>>()
        };

        // Without consent to it nobody sees another's, but a guardian the child's.
        assert_eq!(sees(&owner).await, [owner.person, child.person]);
        assert_eq!(sees(&adult).await, [adult.person, child.person]);
        assert_eq!(sees(&child).await, [child.person]);
        assert_eq!(sees(&li).await, [li.person]);

        for member in [&owner, &adult, &senior] {
            app.give_consent(member, &consent_to(Purpose::FamilyView)).await.unwrap().unwrap();
        }
        assert_eq!(sees(&owner).await, [owner.person, adult.person, senior.person, child.person]);
        // A senior sees the senior's own, and that of children whose guardian the senior is.
        assert_eq!(sees(&senior).await, [senior.person, child.person]);
        assert_eq!(sees(&child).await, [child.person]);
        assert_eq!(sees(&li).await, [li.person]);

        app.withdraw_consent(&senior, &WithdrawConsent { person: None, purpose: Purpose::FamilyView }).await.unwrap().unwrap();
        assert_eq!(sees(&owner).await, [owner.person, adult.person, child.person]);
    }
}
