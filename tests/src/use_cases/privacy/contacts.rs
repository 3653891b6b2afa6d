use accounts::{ContactHash, store};
use kernel::{Actor, EmailAddress, PhoneNumber};
use testkit::{TestApp, on_both_engines};

use crate::world::found;

/// The secret of `TestApp`.
const SECRET: [u8; 32] = [7; 32];

async fn found_by(world: &TestApp, hash: ContactHash) -> Vec<kernel::Id<kernel::kinds::Person>> {
    let mut tx = world.db().begin(Actor::System).await;
    let found = store::list_persons_by_contact(&mut tx, hash).await.unwrap();
    tx.rollback().await.unwrap();
    found.into_iter().map(|(person, _)| person).collect()
}

on_both_engines! {
    async fn every_spelling_of_a_phone_finds_its_person_through_the_index(world: TestApp) {
        let app = world.app();
        let (wang, li) = (found(app, "H-WANG").await, found(app, "H-LI").await);
        let phone = |text: &str| text.parse::<PhoneNumber>().unwrap();
        let hash = |text: &str| ContactHash::of_phone(&SECRET, &phone(text));
        app.set_phone(&wang, Some(&phone("１３９ ５５５５ ７７７７"))).await.unwrap();
        assert_eq!(app.my_contacts(&wang).await.unwrap().phone, Some(phone("13955557777")));
        assert_eq!(found_by(&world, hash("+86 139-5555-7777")).await, [wang.person]);

        // A family may share one number, and nobody learns that it does.
        app.set_phone(&li, Some(&phone("0086 13955557777"))).await.unwrap();
        assert_eq!(found_by(&world, hash("13955557777")).await, [wang.person, li.person]);
        app.set_phone(&wang, Some(&phone("13800138000"))).await.unwrap();
        assert_eq!(found_by(&world, hash("13955557777")).await, [li.person]);
        app.set_phone(&wang, None).await.unwrap();
        assert_eq!(found_by(&world, hash("13800138000")).await, []);
        assert_eq!(app.my_contacts(&wang).await.unwrap().phone, None);
    }

    async fn whoever_came_to_be_known_is_indexed_by_clockwork_once(world: TestApp) {
        let app = world.app();
        let wang = found(app, "H-WANG").await;
        let mail: EmailAddress = "h-wang-owner@hearth.example".parse().unwrap();
        let hash = ContactHash::of_mail(&SECRET, &mail);
        assert_eq!(found_by(&world, hash).await, []);

        assert_eq!(app.index_contacts().await.unwrap(), 1);
        assert_eq!(app.index_contacts().await.unwrap(), 0);

        assert_eq!(found_by(&world, hash).await, [wang.person]);
        assert_eq!(found_by(&world, ContactHash::of_mail(b"another secret", &mail)).await, []);
    }
}
