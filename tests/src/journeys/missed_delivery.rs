//! Priority delivery, all of it: a slot is put on offer, the last place is booked for an order, and the van does not come.

use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::{Door, paid};
use crate::{
    staff::hire,
    world::{assert_verifies, define_perk, earn, found, local, set_rule},
};

const DEFINE: &str = "mutation($input: DefineSlotInput!) { defineSlot(input: $input) { slot { version left community } userErrors { code } } }";
const SLOTS: &str = "{ deliverySlots { id startsAt cutOffAt capacity left perk { code hasSlots } } }";
const BOOK: &str = "mutation($input: BookSlotInput!) { bookSlot(input: $input) { grant { id price returnsNow expiresOn booking { \
                    missedAt slot { left } } } nextFree { id startsAt } redemption { shortBy } userErrors { code } } }";
const SETTLE: &str = "mutation($input: SettleBookingInput!) { settleBooking(input: $input) { restoredPoints apologyPoints userErrors { code } } }";
const STORY: &str = "{ me { household { grants(first: 1) { nodes { cancelledAt booking { missedAt } } } \
                     assetAccount { statement(first: 5) { nodes { kind points } } } } } }";

async fn act(door: &Door<'_>, token: &str, mutation: &str, input: Value) -> Value {
    let mut data = door.graphql(Some(token), mutation, json!({ "input": input })).await;
    data.as_object_mut().unwrap().values_mut().next().unwrap().take()
}

fn slot(starts_at: &str, ends_at: &str, capacity: u32) -> Value {
    json!({
        "perkCode": "priority-delivery", "community": "玉兰里社区", "startsAt": starts_at, "endsAt": ends_at,
        "cutOffAt": "2026-03-20T22:00:00+08:00", "capacity": capacity,
    })
}

/// One mail, to the owner, of what is back and when it should have come.
async fn wang_reads_that_it_came_late(world: &TestApp, settled: Value) {
    assert_eq!(settled, json!({ "restoredPoints": 200, "apologyPoints": 50, "userErrors": [] }));
    world.app().drain().await.unwrap();
    let mails = world.mails();
    let told: Vec<_> = mails.iter().filter(|mail| matches!(mail.message, mail::Message::SlotMissed(_))).collect();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].to.as_str(), "h-wang-owner@hearth.example");
    assert!(
        told[0].text.contains("All of the 200 points it cost are back, with 50 points more as an apology."),
        "{}",
        told[0].text
    );
    assert!(told[0].text.contains("its slot of 21 March 2026 at 06:30"), "{}", told[0].text);
}

on_both_engines! {
    async fn the_van_does_not_come_and_the_points_are_back_with_an_apology(world: TestApp) {
        world.clock().set(local("2026-03-20T09:00:00"));
        set_rule(world.app(), "1", "2017-01-01", &[]).await;
        define_perk(world.app(), 200, 50, 2).await;
        let door = Door::open(&world).await;
        let mut tokens = Vec::new();
        for household in ["H-WANG", "H-LI", "H-POOR"] {
            found(world.app(), household).await;
            earn(world.app(), household, if household == "H-POOR" { "150" } else { "500" }).await;
            let order = paid(&format!("ev-{household}"), &format!("D-{household}"), household, "2026-03-20T08:00:00+08:00", &[("F01", 3_000)]);
            assert_eq!(door.tell(json!([order])).await, ["accepted"]);
            tokens.push(door.sign_in(&format!("{}-owner@hearth.example", household.to_lowercase())).await);
        }
        let (wang, li, poor) = (&tokens[0], &tokens[1], &tokens[2]);
        let mut qian = hire(world.app(), "qian", "perks".parse().unwrap()).await;
        let staff = qian.sign_in(world.app()).await;
        for (starts_at, ends_at, capacity) in [
            ("2026-03-21T06:30:00+08:00", "2026-03-21T07:30:00+08:00", 1),
            ("2026-03-21T17:00:00+08:00", "2026-03-21T19:00:00+08:00", 9),
        ] {
            let defined = act(&door, &staff, DEFINE, slot(starts_at, ends_at, capacity)).await;
            assert_eq!(defined, json!({ "slot": { "version": 1, "left": capacity, "community": "玉兰里社区" }, "userErrors": [] }));
        }
        let slots = door.graphql(Some(wang), SLOTS, json!({})).await["deliverySlots"].take();
        assert_eq!(slots[0]["startsAt"], json!("2026-03-20T22:30:00.000Z"));
        assert_eq!((&slots[0]["left"], &slots[1]["left"]), (&json!(1), &json!(9)));
        assert_eq!(slots[0]["perk"], json!({ "code": "priority-delivery", "hasSlots": true }));

        let input = |slot: usize, order: &str| json!({ "slotId": slots[slot]["id"], "orderRef": order, "idempotencyKey": "key-0123456789abcdef" });
        let booked = act(&door, wang, BOOK, input(0, "D-H-WANG")).await;
        let again = act(&door, wang, BOOK, input(0, "D-H-WANG")).await;
        assert_eq!(booked["grant"]["booking"], json!({ "missedAt": null, "slot": { "left": 0 } }));
        assert_eq!((&booked["grant"]["price"], &booked["grant"]["returnsNow"], &booked["grant"]["expiresOn"]), (&json!(200), &json!(200), &json!("2026-03-21")));
        assert_eq!(again, booked);
        // The last place is gone: the next free one is told. Not one's own order is none, and too few points are told by how many.
        let full = act(&door, li, BOOK, input(0, "D-H-LI")).await;
        assert_eq!((&full["userErrors"][0]["code"], &full["nextFree"]["id"]), (&json!("SLOT_FULL"), &slots[1]["id"]));
        let not_own = act(&door, li, BOOK, input(1, "D-H-WANG")).await;
        assert_eq!(not_own["userErrors"], json!([{ "code": "NO_SUCH_ORDER" }]));
        let short = act(&door, poor, BOOK, input(1, "D-H-POOR")).await;
        assert_eq!((&short["userErrors"][0]["code"], &short["redemption"]["shortBy"]), (&json!("NOT_REDEEMED"), &json!(50)));

        world.clock().set(local("2026-03-21T07:31:00"));
        // The night was longer than a session of the staff.
        let staff = qian.sign_in(world.app()).await;
        let missed = json!({ "orderRef": "D-H-WANG", "outcome": "MISSED" });
        let settled = act(&door, &staff, SETTLE, missed.clone()).await;
        wang_reads_that_it_came_late(&world, settled).await;
        let twice = act(&door, &staff, SETTLE, missed).await;
        assert_eq!(twice["userErrors"], json!([{ "code": "ALREADY_SETTLED" }]));

        assert_eq!(door.account(wang).await.1, [550, 30, 0, 0]);
        let story = door.graphql(Some(wang), STORY, json!({})).await["me"]["household"].take();
        let at = "2026-03-20T23:31:00.000Z";
        assert_eq!(story["grants"]["nodes"], json!([{ "cancelledAt": at, "booking": { "missedAt": at } }]));
        let told = |kind: &str, points: i64| json!({ "kind": kind, "points": points });
        let expected = [told("ADJUST", 50), told("RESTORE", 200), told("REDEEM", -200), told("EARN", 30), told("EARN", 500)];
        assert_eq!(story["assetAccount"]["statement"]["nodes"], json!(expected));
        assert_verifies(world.app()).await;
    }
}
