use std::sync::Arc;

use accounts::{GiveConsentRefusal, HealthTag, Purpose, Role};
use app::privacy::{SetHealthTags, SetHealthTagsRefusal, WithdrawConsent, WithdrawConsentRefusal};
use testkit::{TestApp, on_both_engines};

use super::{add, consent_for, consent_to, keep_tags, tags};
use crate::world::found;

fn withdraw(purpose: Purpose) -> WithdrawConsent {
    WithdrawConsent { person: None, purpose }
}

on_both_engines! {
    async fn a_consent_is_one_row_and_its_end_is_kept(world: TestApp) {
        let app = world.app();
        let wang = found(app, "H-WANG").await;
        let given = app.give_consent(&wang, &consent_to(Purpose::MarketingContact)).await.unwrap().unwrap();
        let again = app.give_consent(&wang, &consent_to(Purpose::MarketingContact)).await.unwrap().unwrap();
        assert_eq!(given, again);
        assert!(given.covers());

        let withdrawn = app.withdraw_consent(&wang, &withdraw(Purpose::MarketingContact)).await.unwrap().unwrap();
        assert_eq!((withdrawn.id, withdrawn.covers()), (given.id, false));
        let twice = app.withdraw_consent(&wang, &withdraw(Purpose::MarketingContact)).await.unwrap();
        assert_eq!(twice, Err(WithdrawConsentRefusal::NotGiven));

        let anew = app.give_consent(&wang, &consent_to(Purpose::MarketingContact)).await.unwrap().unwrap();
        assert_ne!(anew.id, given.id);
        let listed = app.list_consents(&wang).await.unwrap();
        assert_eq!(listed, [anew, withdrawn]);
        assert_eq!(world.db().count("audit_lines WHERE action IN ('give_consent', 'withdraw_consent')").await, 3);
    }

    async fn given_twenty_times_at_once_it_stands_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let wang = found(&app, "H-WANG").await;
        let presses: Vec<_> = (0..20)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { app.give_consent(&wang, &consent_to(Purpose::HealthTags)).await.unwrap().unwrap().id })
            })
            .collect();
        let mut ids = std::collections::BTreeSet::new();
        for press in presses {
            ids.insert(press.await.unwrap());
        }

        assert_eq!(ids.len(), 1);
        assert_eq!(world.db().count("consents").await, 1);
    }

    async fn tags_set_while_their_consent_is_withdrawn_never_outlive_it(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let wang = found(&app, "H-WANG").await;
        for _ in 0..5 {
            keep_tags(&app, &wang, &[HealthTag::LowSalt]).await;
            let presses: Vec<_> = (0..8)
                .map(|number| {
                    let app = Arc::clone(&app);
                    tokio::spawn(async move {
                        if number == 4 {
                            app.withdraw_consent(&wang, &withdraw(Purpose::HealthTags)).await.unwrap().unwrap();
                        } else {
                            let set = SetHealthTags { person: None, tags: tags(&[HealthTag::LowSugar, HealthTag::Halal]) };
                            let answer = app.set_health_tags(&wang, &set).await.unwrap();
                            assert!(matches!(answer, Ok(_) | Err(SetHealthTagsRefusal::ConsentNeeded)), "{answer:?}");
                        }
                    })
                })
                .collect();
            for press in presses {
                press.await.unwrap();
            }
            assert_eq!(world.db().count("health_tags").await, 0);
        }
    }

    async fn a_guardian_speaks_for_a_child_under_fourteen_and_for_nobody_else(world: TestApp) {
        let app = world.app();
        let wang = found(app, "H-WANG").await;
        let li = found(app, "H-LI").await;
        let child = add(app, "H-WANG", "P-CHILD", "小明", Role::Child, "2018-03-01").await;
        let teen = add(app, "H-WANG", "P-TEEN", "小红", Role::Child, "2010-03-01").await;

        let given = app.give_consent(&wang, &consent_for(child.person, Purpose::HealthTags)).await.unwrap().unwrap();
        assert_eq!((given.person, given.given_by), (child.person, wang.person));
        for (by, command, refusal) in [
            (&child, consent_to(Purpose::HealthTags), GiveConsentRefusal::GuardianNeeded),
            (&wang, consent_for(child.person, Purpose::MarketingContact), GiveConsentRefusal::NotForChildren),
            (&wang, consent_for(teen.person, Purpose::HealthTags), GiveConsentRefusal::NoSuchPerson),
            (&li, consent_for(child.person, Purpose::HealthTags), GiveConsentRefusal::NoSuchPerson),
            (&li, consent_for(kernel::Id::from_uuid(child.session.uuid()), Purpose::FamilyView), GiveConsentRefusal::NoSuchPerson),
        ] {
            assert_eq!(app.give_consent(by, &command).await.unwrap(), Err(refusal), "{command:?}");
        }
        let set = SetHealthTags { person: Some(child.person), tags: tags(&[HealthTag::NoPeanuts]) };
        assert_eq!(app.set_health_tags(&li, &set).await.unwrap(), Err(SetHealthTagsRefusal::NoSuchPerson));
        assert_eq!(app.set_health_tags(&wang, &set).await.unwrap(), Ok(tags(&[HealthTag::NoPeanuts])));
        let by_child = SetHealthTags { person: None, tags: tags(&[]) };
        assert_eq!(app.set_health_tags(&child, &by_child).await.unwrap(), Err(SetHealthTagsRefusal::GuardianNeeded));

        // Withdrawing is as easy as giving: the child may, without anybody.
        app.withdraw_consent(&child, &withdraw(Purpose::HealthTags)).await.unwrap().unwrap();
        assert_eq!(world.db().count("health_tags").await, 0);
        assert_eq!(world.db().count("consents").await, 1);
    }
}
