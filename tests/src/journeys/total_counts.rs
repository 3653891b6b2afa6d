//! A list says how many items it has in all, when it is asked.

use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::Door;
use crate::{
    staff::hire,
    world::{define_perk, earn, found, set_rule},
};

on_both_engines! {
    async fn a_list_counts_all_of_it_whatever_page_is_asked_for(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        found(app, "H-LI").await;
        earn(app, "H-WANG", "1000").await;
        let perk = define_perk(app, 100, 10, 5).await.id.to_string();
        let admin = hire(app, "admin", "admin,finance".parse().unwrap()).await.sign_in(app).await;
        let door = Door::open(&world).await;
        let (wang, li) = (door.sign_in("h-wang-owner@hearth.example").await, door.sign_in("h-li-owner@hearth.example").await);
        for n in 0..3 {
            door.redeem(&wang, &perk, &format!("0123456789abcde{n}")).await;
        }
        let own = "{ perks(first: 1) { totalCount } me { household { grants(last: 1) { totalCount nodes { id } } \
             assetAccount { statement(first: 2) { totalCount nodes { id } } } } } }";

        let seen = door.graphql(Some(&wang), own, json!({})).await;

        let household = &seen["me"]["household"];
        assert_eq!(seen["perks"], json!({ "totalCount": 1 }));
        assert_eq!((&household["grants"]["totalCount"], household["grants"]["nodes"].as_array().unwrap().len()), (&json!(3), 1));
        assert_eq!(household["assetAccount"]["statement"]["totalCount"], json!(4), "an earn and three redemptions");
        let others = door.graphql(Some(&li), own, json!({})).await;
        assert_eq!((&others["me"]["household"]["grants"]["totalCount"], &others["perks"]), (&json!(0), &json!({ "totalCount": 1 })));
        let (household, _) = door.account(&wang).await;
        let staff = format!(
            "{{ staffMembers(first: 1) {{ totalCount }} webhooks(first: 1) {{ totalCount }} communities(first: 1) {{ totalCount }} \
             auditLines(first: 1) {{ totalCount }} approvals(first: 1) {{ totalCount }} \
             householdAccount(householdId: \"{household}\") {{ statement(first: 1) {{ totalCount }} }} }}"
        );
        let seen = door.graphql(Some(&admin), &staff, json!({})).await;
        for (list, count) in [("staffMembers", json!(1)), ("webhooks", json!(0)), ("communities", json!(1)), ("auditLines", Value::Null), ("approvals", Value::Null)] {
            assert_eq!(seen[list]["totalCount"], count, "{list}");
        }
        assert_eq!(seen["householdAccount"]["statement"]["totalCount"], json!(4));
    }
}
