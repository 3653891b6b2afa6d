use std::sync::Arc;

use accounts::{HouseholdRow, ImportHouseholdRefusal, PersonField, Role};
use app::{
    ImportMode,
    orders::{EventRefusal, EventTold, ToldAnswer},
};
use orders::OrderPaid;
use testkit::{TestApp, on_both_engines};

use crate::world::{assert_verifies, balance, event, found, label, local, paid, principal, reference, set_rule};

fn row(household: &str, person: &str, role: Role) -> HouseholdRow {
    HouseholdRow {
        household: reference(household),
        household_name: None,
        community: None,
        person: reference(person),
        person_name: label(person),
        role,
        born_on: None,
        email: None,
        leads: None,
        kin: None,
    }
}

fn joined(household: &str, person: &str, role: Role) -> EventTold {
    EventTold::MemberJoined(row(household, person, role))
}

on_both_engines! {
    async fn a_member_joins_and_orders_in_one_request(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        world.clock().set(local("2026-03-05T12:00:00"));
        let sale = OrderPaid { person_ref: Some(reference("P-LAN")), ..paid("D-1", "H-NEW", "2026-03-01T11:00:00", &[("", "50")]) };

        let answers = app
            .record_order_events(&[
                event("ev-1", joined("H-NEW", "P-LAN", Role::Owner)),
                event("ev-2", EventTold::Paid(sale)),
                event("ev-1", joined("H-NEW", "P-LAN", Role::Owner)),
                event("ev-1", joined("H-NEW", "P-LAN", Role::Adult)),
                event("ev-3", joined("H-NEW", "P-LAN", Role::Owner)),
            ])
            .await
            .unwrap();

        assert_eq!(answers, [
            Ok(ToldAnswer::Accepted),
            Ok(ToldAnswer::Accepted),
            Ok(ToldAnswer::Duplicate),
            Err(EventRefusal::EventDiffers),
            Ok(ToldAnswer::Duplicate),
        ]);
        let lan = principal(app, "P-LAN").await;
        assert_eq!(lan.household.unwrap().1, Role::Owner);
        assert_eq!(balance(app, &lan).await, [0, 50, 0, 0]);
        let told = "SELECT payload FROM outbox_events WHERE kind = 'accounts.member_joined.v1'";
        let payload = format!(
            "{{\"household_id\":\"{}\",\"person_id\":\"{}\",\"role\":\"owner\"}}",
            lan.household.unwrap().0, lan.person
        );
        assert_eq!(world.db().texts(told).await.concat(), [payload]);
        assert_verifies(app).await;
    }

    async fn what_an_import_would_refuse_an_event_is_refused_too(world: TestApp) {
        let app = world.app();
        found(app, "H-WANG").await;
        found(app, "H-LI").await;
        let taken = HouseholdRow {
            email: Some("h-li-owner@hearth.example".parse().unwrap()),
            ..row("H-WANG", "P-2", Role::Adult)
        };
        let unborn = HouseholdRow { born_on: Some("2999-01-01".parse().unwrap()), ..row("H-GHOST", "P-3", Role::Child) };

        let answers = app
            .record_order_events(&[
                event("ev-1", joined("H-WANG", "P-1", Role::Owner)),
                event("ev-2", EventTold::MemberJoined(taken)),
                event("ev-3", EventTold::MemberJoined(unborn)),
                event("ev-4", joined("H-WANG", "H-LI-owner", Role::Adult)),
                event("ev-5", joined("H-WANG", "P-5", Role::Senior)),
            ])
            .await
            .unwrap();

        assert_eq!(answers, [
            Err(EventRefusal::MemberJoined(ImportHouseholdRefusal::SecondOwner)),
            Err(EventRefusal::MemberJoined(ImportHouseholdRefusal::AddressTaken)),
            Err(EventRefusal::MemberJoined(ImportHouseholdRefusal::NotYetBorn)),
            Err(EventRefusal::MemberJoined(ImportHouseholdRefusal::PersonDiffers { field: PersonField::Household })),
            Ok(ToldAnswer::Accepted),
        ]);
        assert_eq!((world.db().count("persons").await, world.db().count("households").await), (3, 2));
        // The list told later in the same words is no news either.
        let imported = app.import_households(vec![row("H-WANG", "P-5", Role::Senior)], ImportMode::Commit).await.unwrap();
        assert_eq!(imported, [Ok(accounts::Imported::Duplicate)]);
        assert_verifies(app).await;
    }

    async fn told_at_the_same_instant_a_person_joins_once(world: TestApp) {
        let app = Arc::new(world.app().clone());
        set_rule(&app, "1", "2017-01-01", &[]).await;

        let processes = [Arc::clone(&app), Arc::new(world.another()), Arc::new(world.another())];
        let tellings: Vec<_> = (0..20)
            .map(|n| {
                let app = Arc::clone(&processes[n % 3]);
                // Two persons become the owner of the same new household, and orders of it come in beside them.
                let person = if n % 4 < 2 { "P-A" } else { "P-B" };
                let order = paid(&format!("D-{n}"), "H-NEW", "2026-03-01T11:00:00", &[("", "10")]);
                let told = [event(&format!("ev-{n}"), joined("H-NEW", person, Role::Owner)), event(&format!("o-{n}"), EventTold::Paid(order))];
                tokio::spawn(async move { app.record_order_events(&told).await })
            })
            .collect();
        let (mut accepted, mut refused) = (0, 0);
        for telling in tellings {
            let answers = telling.await.unwrap().unwrap();
            accepted += usize::from(answers[0] == Ok(ToldAnswer::Accepted));
            refused += usize::from(answers[0] == Err(EventRefusal::MemberJoined(ImportHouseholdRefusal::SecondOwner)));
            assert_eq!(answers[1], Ok(ToldAnswer::Accepted));
        }

        assert_eq!((accepted, refused), (1, 10));
        assert_eq!((world.db().count("persons").await, world.db().count("households").await), (1, 1));
        assert_eq!(world.db().count("wallets WHERE balance = 200").await, 1);
        assert_verifies(&app).await;
    }
}
