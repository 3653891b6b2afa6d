//! Scenario 24, the leaders' half: a household goes from one leader to another, and with it all that is seen of it, at once.

use accounts::{HouseholdRow, Role};
use app::{App, ImportMode, Principal};
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::{
    staff::hire,
    world::{add_person, found, label, principal, reference},
};

const LED: &str = "{ ledCommunities { id name leadsSince householdCount memberCount \
     households(first: 100) { nodes { name memberCount maskedPhone } pageInfo { hasNextPage } } } }";
const APPOINT: &str =
    "mutation($input: AppointLeaderInput!) { it: appointLeader(input: $input) { userErrors { code field } } }";
const END: &str = "mutation($input: EndLeaderInput!) { it: endLeader(input: $input) { userErrors { code field } } }";
const CHANGE: &str =
    "mutation($input: ChangeCommunityInput!) { it: changeCommunity(input: $input) { userErrors { code field } } }";

async fn act(door: &Door<'_>, token: &str, mutation: &str, input: Value) -> Value {
    door.graphql(Some(token), mutation, json!({ "input": input })).await["it"]["userErrors"].take()
}

/// An owner of a household in another community.
async fn found_in(app: &App, community: &str, household: &str) -> Principal {
    let person = format!("{household}-owner");
    let row = HouseholdRow {
        household: reference(household),
        household_name: Some(label(household)),
        community: Some(label(community)),
        person: reference(&person),
        person_name: label(&person),
        role: Role::Owner,
        born_on: None,
        email: Some(format!("{}@hearth.example", person.to_lowercase()).parse().unwrap()),
        leads: None,
        kin: None,
    };
    let answers = app.import_households(vec![row], ImportMode::Commit).await.unwrap();
    assert_eq!(answers, [Ok(accounts::Imported::New)]);
    principal(app, &person).await
}

/// The communities by name, as admins see them.
async fn communities(door: &Door<'_>, admin: &str) -> Vec<(String, String, usize)> {
    let query = "{ communities(first: 100) { nodes { id name leaderIds } } }";
    let mut seen = door.graphql(Some(admin), query, json!({})).await["communities"]["nodes"].take();
    let text = |value: &mut Value| value.take().as_str().unwrap().to_owned();
    let nodes = seen.as_array_mut().unwrap().iter_mut();
    nodes.map(|it| (text(&mut it["name"]), text(&mut it["id"]), it["leaderIds"].as_array().unwrap().len())).collect()
}

async fn led(door: &Door<'_>, token: &str) -> Value {
    door.graphql(Some(token), LED, json!({})).await["ledCommunities"].take()
}

fn names(led: &Value) -> Vec<&str> {
    let nodes = led[0]["households"]["nodes"].as_array().unwrap();
    nodes.iter().map(|it| it["name"].as_str().unwrap()).collect()
}

on_both_engines! {
    async fn a_household_goes_from_one_leader_to_another_and_is_seen_by_nobody_else(world: TestApp) {
        let app = world.app();
        let one = found(app, "H-ONE").await;
        for n in 2..=9 {
            found(app, &format!("H-{n}")).await;
        }
        let wang = found(app, "H-WANG").await;
        add_person(app, "H-WANG", "child", Role::Child).await;
        app.set_phone(&wang, Some(&"13800138000".parse().unwrap())).await.unwrap();
        let two = found_in(app, "桂花里社区", "H-TWO").await;
        let admin = hire(app, "admin", "admin".parse().unwrap()).await.sign_in(app).await;
        let support = hire(app, "sun", "support".parse().unwrap()).await.sign_in(app).await;
        let door = Door::open(&world).await;
        let (leader_one, leader_two) =
            (door.sign_in("h-one-owner@hearth.example").await, door.sign_in("h-two-owner@hearth.example").await);
        let [(magnolia, at_one, 0), (osmanthus, at_two, 0)] = &communities(&door, &admin).await[..] else { panic!("two") };
        assert_eq!((magnolia.as_str(), osmanthus.as_str()), ("玉兰里社区", "桂花里社区"));
        assert_eq!(led(&door, &leader_one).await, json!([]));

        for (community, person) in [(at_one, &one), (at_two, &two), (at_two, &two)] {
            let appoint = json!({ "communityId": community, "personId": person.person.to_string(), "reason": "elected" });
            assert_eq!(act(&door, &admin, APPOINT, appoint).await, json!([]));
        }

        assert_eq!(world.db().count("audit_lines WHERE action = 'appoint_leader'").await, 2, "the third changed nothing");
        let seen = led(&door, &leader_one).await;
        assert_eq!((&seen[0]["name"], &seen[0]["householdCount"], &seen[0]["memberCount"]), (&json!("玉兰里社区"), &json!(10), &json!(11)));
        assert_eq!(names(&seen), ["H-ONE", "H-2", "H-3", "H-4", "H-5", "H-6", "H-7", "H-8", "H-9", "H-WANG"]);
        let wangs = json!({ "name": "H-WANG", "memberCount": 2, "maskedPhone": "138****8000" });
        assert_eq!(seen[0]["households"]["nodes"][9], wangs);
        let small = led(&door, &leader_two).await;
        assert_eq!((&small[0]["householdCount"], &small[0]["memberCount"], names(&small)), (&json!(null), &json!(null), vec!["H-TWO"]));

        let household = wang.household.unwrap().0.to_string();
        let moved = json!({ "householdId": household, "communityId": at_two, "reason": "call 17" });
        assert_eq!(act(&door, &support, CHANGE, moved.clone()).await, json!([]));
        assert_eq!(act(&door, &support, CHANGE, moved).await, json!([]));

        assert!(!names(&led(&door, &leader_one).await).contains(&"H-WANG"));
        let seen = led(&door, &leader_two).await;
        assert_eq!((names(&seen), &seen[0]["households"]["nodes"][0]), (vec!["H-WANG", "H-TWO"], &wangs));
        assert_eq!(world.db().count("audit_lines WHERE action = 'change_community'").await, 1);
        assert_eq!(world.db().count("audit_lines WHERE action = 'list_led_households' AND actor_kind = 'member'").await, 4);
        // Leading opens no other door: a household is its members'.
        let node = format!("{{ node(id: \"{household}\") {{ id }} household(id: \"{household}\") {{ name }} }}");
        assert_eq!(door.graphql(Some(&leader_two), &node, json!({})).await, json!({ "node": null, "household": null }));

        let end = json!({ "communityId": at_two, "personId": two.person.to_string(), "reason": "retired" });
        assert_eq!(act(&door, &admin, END, end.clone()).await, json!([]));
        assert_eq!(led(&door, &leader_two).await, json!([]));
        assert_eq!(act(&door, &admin, END, end).await[0]["code"], "NOT_LEADING");
        let again = json!({ "communityId": at_two, "personId": two.person.to_string(), "reason": "asked for" });
        assert_eq!(act(&door, &admin, APPOINT, again).await, json!([]));
        assert_eq!(names(&led(&door, &leader_two).await), ["H-WANG", "H-TWO"]);
    }

    async fn a_page_that_was_begun_shows_nothing_more_once_they_lead_no_more(world: TestApp) {
        let app = world.app();
        let (one, _) = (found(app, "H-ONE").await, found(app, "H-TWO").await);
        let admin = hire(app, "admin", "admin".parse().unwrap()).await;
        let admin = admin.clone().principal(app).await;
        let page = app::Page::Forward { size: app::PageSize::new(1).unwrap(), after: None };
        let community = app.list_communities(&admin, page).await.unwrap().unwrap().items[0].community;
        let reason = label("elected");
        let appoint = app::communities::AppointLeader {
            community,
            person: one.person,
            growth_share: accounts::GrowthShare::default(),
            reason: reason.clone(),
        };
        app.appoint_leader(&admin, &appoint).await.unwrap().unwrap();
        let page = |after| app::Page::Forward { size: app::PageSize::new(1).unwrap(), after };
        let first = app.list_led_households(&one, community, page(None)).await.unwrap().unwrap();
        let after = Some(first.items[0].household);
        let second = app.list_led_households(&one, community, page(after)).await.unwrap().unwrap();
        assert_eq!((first.items[0].name.as_str(), first.has_more), ("H-ONE", true));
        assert_eq!((second.items[0].name.as_str(), second.has_more), ("H-TWO", false));
        let back = app::Page::Backward { size: app::PageSize::new(1).unwrap(), before: None };
        assert_eq!(app.list_led_households(&one, community, back).await.unwrap().unwrap().items, second.items);

        let end = app::communities::EndLeader { community, person: one.person, reason };
        let (ended, again) = tokio::join!(app.end_leader(&admin, &end), app.end_leader(&admin, &end));

        assert_eq!([ended.unwrap(), again.unwrap()].into_iter().filter(Result::is_ok).count(), 1);
        assert_eq!(app.list_led_households(&one, community, page(after)).await.unwrap(), None);
        assert_eq!(app.count_led_community(&one, community).await.unwrap(), None);
        assert_eq!(world.db().count("audit_lines WHERE action = 'end_leader'").await, 1);
    }

    async fn nobody_becomes_a_leader_who_is_not_there_or_is_a_child_and_nothing_changes(world: TestApp) {
        let app = world.app();
        let one = found(app, "H-ONE").await;
        let child = add_person(app, "H-ONE", "child", Role::Child).await;
        let admin = hire(app, "admin", "admin".parse().unwrap()).await.sign_in(app).await;
        let door = Door::open(&world).await;
        let at_one = communities(&door, &admin).await.remove(0).1;
        let (household, nobody) = (one.household.unwrap().0.to_string(), format!("pe_{}", "0".repeat(32)));
        let nowhere = format!("cm_{}", "0".repeat(32));
        let input = |community: &str, person: &str, reason: &str| json!({ "communityId": community, "personId": person, "reason": reason });

        for (input, code, field) in [
            (input(&at_one, &nobody, "x"), "NO_SUCH_PERSON", "personId"),
            (input(&at_one, &household, "x"), "NO_SUCH_PERSON", "personId"),
            (input(&at_one, &child.person.to_string(), "x"), "CHILD", "personId"),
            (input(&nowhere, &one.person.to_string(), "x"), "NO_SUCH_COMMUNITY", "communityId"),
            (input(&household, &one.person.to_string(), "x"), "NO_SUCH_COMMUNITY", "communityId"),
            (input(&at_one, &one.person.to_string(), " "), "BAD_REASON", "reason"),
        ] {
            assert_eq!(act(&door, &admin, APPOINT, input).await, json!([{ "code": code, "field": ["input", field] }]));
        }
        let at_nowhere = json!({ "householdId": household, "communityId": nowhere, "reason": "x" });
        assert_eq!(act(&door, &admin, CHANGE, at_nowhere).await[0]["code"], "NO_SUCH_COMMUNITY");
        let of_nobody = json!({ "householdId": format!("hh_{}", "0".repeat(32)), "communityId": at_one, "reason": "x" });
        assert_eq!(act(&door, &admin, CHANGE, of_nobody).await[0]["code"], "NO_SUCH_HOUSEHOLD");
        assert_eq!(world.db().count("leaders").await, 0);
    }
}
