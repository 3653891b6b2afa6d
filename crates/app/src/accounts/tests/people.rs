use chrono::TimeDelta;
use testkit::{on_both_engines, start};

use super::World;

on_both_engines! {
    async fn shows_people_themselves(world: World) {
        world.settle().await;
        let (_, principal) = world.sign_in("p1@hearth.example").await;

        let me = world.app.find_person(&principal).await.unwrap().unwrap();

        assert_eq!((me.id, me.name.as_str()), (principal.person, "name of p1"));
        assert_eq!(me.household, principal.household);
    }

    async fn shows_a_household_to_its_members_only(world: World) {
        world.settle().await;
        let (_, wang) = world.sign_in("p1@hearth.example").await;
        let (_, son) = world.sign_in("p3@hearth.example").await;
        let household = wang.household.unwrap().0;

        let view = world.app.find_household(&wang, household).await.unwrap().unwrap();

        assert_eq!((view.id, view.name.as_str(), view.members.len()), (household, "H1", 2));
        assert_eq!(world.app.find_household(&son, household).await.unwrap(), None);
    }

    async fn a_session_ends_where_its_holder_signs_out(world: World) {
        world.settle().await;
        let (token, wang) = world.sign_in("p1@hearth.example").await;
        let (other_token, son) = world.sign_in("p3@hearth.example").await;

        world.app.sign_out(&son, &token).await.unwrap();
        assert_eq!(world.app.authenticate(&token).await.unwrap(), Some(wang), "not the son's to end");
        world.app.sign_out(&wang, &token).await.unwrap();
        world.app.sign_out(&wang, &token).await.unwrap();

        assert_eq!(world.app.authenticate(&token).await.unwrap(), None);
        assert_eq!(world.app.authenticate(&other_token).await.unwrap(), Some(son));
        assert_eq!(world.db.count("audit_lines WHERE action = 'sign_out'").await, 1);
    }

    async fn a_token_expires(world: World) {
        world.settle().await;
        let code = world.code_for("p1@hearth.example").await;
        let token = world.type_code("p1@hearth.example", &code).await.unwrap().token.to_text();

        world.db.clock().set(start() + TimeDelta::days(30));

        assert_eq!(world.app.authenticate(&token).await.unwrap(), None);
    }

    async fn what_is_no_token_is_nobody(world: World) {
        world.settle().await;
        let (token, _) = world.sign_in("p1@hearth.example").await;

        for text in ["", "' OR 1=1 --", &token.to_uppercase(), &token[1..], &"0".repeat(64)] {
            assert_eq!(world.app.authenticate(text).await.unwrap(), None, "{text}");
        }
    }
}
