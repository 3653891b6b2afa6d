//! Admins see to webhooks and to the keys of the order system without a shell; nobody else of the staff does.

use accounts::StaffRole;
use app::{
    StaffPrincipal,
    webhooks::{
        AddWebhook, AddWebhookRefusal, ChangeWebhookRefusal, Decider, DeliveryState, EventTypes, WebhookVersion,
    },
};
use gateway::{GatewayOptions, PrivateAddresses};
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};

use super::door::{Door, paid};
use crate::{
    staff::hire,
    world::{found, local, set_rule},
};

const ADD: &str = "mutation($input: AddWebhookInput!) { addWebhook(input: $input) { \
     webhookId signingKey userErrors { code field } } }";
const WEBHOOKS: &str = "{ webhooks(first: 9) { nodes { id url eventTypes version disabledBecause } } }";

/// A mutation that takes one input, and what its payload says of the act and of refusals.
async fn act(door: &Door<'_>, token: &str, name: &str, says: &str, input: Value) -> Value {
    let ty = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let query = format!("mutation($input: {ty}!) {{ {name}(input: $input) {{ {says} userErrors {{ code }} }} }}");
    door.graphql(Some(token), &query, json!({ "input": input })).await[name].take()
}

async fn seen(door: &Door<'_>, token: &str) -> Vec<Value> {
    let mut list = door.graphql(Some(token), WEBHOOKS, json!({})).await;
    list["webhooks"]["nodes"].as_array_mut().unwrap().drain(..).collect()
}

fn refused(answer: &Value) -> &str {
    answer["userErrors"][0]["code"].as_str().unwrap_or("not refused")
}

on_both_engines! {
    async fn an_admin_adds_changes_rotates_redelivers_and_disables_a_webhook(world: TestApp) {
        let app = world.app();
        world.clock().set(local("2026-03-01T12:00:00"));
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        let admin = hire(app, "wu", "admin".parse().unwrap()).await.sign_in(app).await;
        let door = Door::open(&world).await;
        let add = json!({ "input": { "url": "https://shop.example/hooks", "eventTypes": ["ledger.points_posted.v1"] } });

        let added = door.graphql(Some(&admin), ADD, add.clone()).await["addWebhook"].take();
        assert!(added["signingKey"].as_str().unwrap().starts_with("whsec_"), "{added}");
        let again = door.graphql(Some(&admin), ADD, add).await["addWebhook"].take();
        assert_eq!((refused(&again), &again["signingKey"]), ("ALREADY_THERE", &Value::Null));
        let webhook = &added["webhookId"];
        let first = seen(&door, &admin).await.remove(0);
        assert_eq!(first["eventTypes"], json!(["ledger.points_posted.v1"]));

        let change = |types: Value, version: &Value| json!({ "webhookId": webhook, "eventTypes": types, "expectedVersion": version });
        let types = json!(["orders.order_recorded.v1"]);
        let unknown = act(&door, &admin, "changeWebhook", "isChanged", change(json!(["orders"]), &first["version"])).await;
        assert_eq!(refused(&unknown), "BAD_EVENT_TYPES");
        let changed = act(&door, &admin, "changeWebhook", "isChanged", change(types.clone(), &first["version"])).await;
        assert_eq!(changed, json!({ "isChanged": true, "userErrors": [] }));
        let stale = act(&door, &admin, "changeWebhook", "isChanged", change(json!([]), &first["version"])).await;
        assert_eq!(refused(&stale), "VERSION_CONFLICT");
        let second = seen(&door, &admin).await.remove(0);
        assert_eq!(second["eventTypes"], types);

        let rotate = json!({ "webhookId": webhook, "expectedVersion": second["version"] });
        let rotated = act(&door, &admin, "rotateWebhookKey", "signingKey", rotate.clone()).await;
        assert_ne!(rotated["signingKey"], added["signingKey"]);
        assert_eq!(refused(&act(&door, &admin, "rotateWebhookKey", "signingKey", rotate).await), "VERSION_CONFLICT");

        let order = paid("ev-1", "D-1", "H-WANG", "2026-03-01T11:00:00+08:00", &[("蔬菜", 12_860)]);
        assert_eq!(door.tell(json!([order])).await, ["accepted"]);
        let list = "query($w: ID) { webhookDeliveries(first: 9, webhookId: $w) { nodes { id eventType state attempts { failure } } } }";
        let told = door.graphql(Some(&admin), list, json!({ "w": webhook })).await["webhookDeliveries"]["nodes"].take();
        assert_eq!((&told[0]["eventType"], &told[0]["state"], &told[1]), (&types[0], &json!("DUE"), &Value::Null));

        let disable = json!({ "webhookId": webhook });
        let disabled = act(&door, &admin, "disableWebhook", "isDisabled", disable.clone()).await;
        assert_eq!(disabled, json!({ "isDisabled": true, "userErrors": [] }));
        assert_eq!(refused(&act(&door, &admin, "disableWebhook", "isDisabled", disable).await), "WEBHOOK_DISABLED");
        assert_eq!(seen(&door, &admin).await[0]["disabledBecause"], "by decision");
        let redeliver = json!({ "deliveryId": told[0]["id"] });
        assert_eq!(refused(&act(&door, &admin, "redeliver", "isDue", redeliver).await), "WEBHOOK_DISABLED");
        let acts = "SELECT action FROM audit_lines WHERE actor_kind = 'staff' AND action LIKE '%webhook%' ORDER BY id";
        let acts = world.db().texts(acts).await.concat();
        assert_eq!(acts, ["add_webhook", "change_webhook", "rotate_webhook_key", "disable_webhook"]);
    }

    async fn a_parked_message_is_sent_again_by_an_admin(world: TestApp) {
        let app = world.app();
        world.clock().set(local("2026-03-01T12:00:00"));
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        let admin = hire(app, "wu", "admin".parse().unwrap()).await.sign_in(app).await;
        let door = Door::open(&world).await;
        door.graphql(Some(&admin), ADD, json!({ "input": { "url": "https://shop.example/hooks" } })).await;
        let order = paid("ev-1", "D-1", "H-WANG", "2026-03-01T11:00:00+08:00", &[("蔬菜", 12_860)]);
        assert_eq!(door.tell(json!([order])).await, ["accepted"]);
        let delivery = app.list_deliveries(None, None).await.unwrap().remove(0).id;
        assert!(world.db().execute("UPDATE webhook_deliveries SET parked_at = 1772337600000").await.unwrap() > 0);

        let again = act(&door, &admin, "redeliver", "isDue", json!({ "deliveryId": delivery.to_string() })).await;
        assert_eq!(again, json!({ "isDue": true, "userErrors": [] }));
        let state = app.list_deliveries(None, None).await.unwrap().remove(0).state;
        assert!(matches!(state, DeliveryState::Due(_)), "{state:?}");
    }

    async fn messages_go_to_public_addresses_only(world: TestApp) {
        let app = world.app();
        let admin = hire(app, "wu", "admin".parse().unwrap()).await.sign_in(app).await;
        let door = Door::open(&world).await;
        for (url, code) in [
            ("http://shop.example/hooks", "PRIVATE_ADDRESS"),
            ("https://127.0.0.1/hooks", "PRIVATE_ADDRESS"),
            ("https://169.254.169.254/latest", "PRIVATE_ADDRESS"),
            ("https://[::1]/hooks", "PRIVATE_ADDRESS"),
            ("shop.example", "BAD_URL"),
            ("https://wang:secret@shop.example/", "BAD_URL"),
        ] {
            let answer = door.graphql(Some(&admin), ADD, json!({ "input": { "url": url } })).await;
            assert_eq!(refused(&answer["addWebhook"]), code, "{url}");
        }
        assert_eq!(world.db().count("webhooks").await, 0);

        let allowed = GatewayOptions { private_addresses: PrivateAddresses::Allowed, ..GatewayOptions::default() };
        let door = Door::open_with(&world, allowed).await;
        let answer = door.graphql(Some(&admin), ADD, json!({ "input": { "url": "http://127.0.0.1:9/" } })).await;
        assert_eq!(answer["addWebhook"]["userErrors"], json!([]));
    }

    async fn an_admin_replaces_the_key_of_the_order_system(world: TestApp) {
        let app = world.app();
        let admin = hire(app, "wu", "admin".parse().unwrap()).await.sign_in(app).await;
        let door = Door::open(&world).await;
        let issue = "mutation { issueEventKey { eventKeyId signingKey userErrors { code } } }";

        let old = door.graphql(Some(&admin), issue, json!({})).await["issueEventKey"].take();
        let new = door.graphql(Some(&admin), issue, json!({})).await["issueEventKey"].take();
        let third = door.graphql(Some(&admin), issue, json!({})).await["issueEventKey"].take();
        assert_eq!((refused(&third), &third["signingKey"]), ("TOO_MANY_EVENT_KEYS", &Value::Null));
        let revoke = json!({ "eventKeyId": old["eventKeyId"] });
        let revoked = act(&door, &admin, "revokeEventKey", "isRevoked", revoke.clone()).await;
        assert_eq!(revoked, json!({ "isRevoked": true, "userErrors": [] }));
        assert_eq!(refused(&act(&door, &admin, "revokeEventKey", "isRevoked", revoke).await), "NO_SUCH_EVENT_KEY");

        let good = app.event_keys().await.unwrap();
        assert_eq!(good.iter().map(|key| key.to_text()).collect::<Vec<_>>(), [new["signingKey"].as_str().unwrap()]);
        let listed = door.graphql(Some(&admin), "{ eventKeys { id } }", json!({})).await;
        assert_eq!(listed["eventKeys"], json!([{ "id": new["eventKeyId"] }]));
    }

    async fn nobody_else_of_the_staff_changes_what_is_there(world: TestApp) {
        let app = world.app();
        world.clock().set(local("2026-03-01T12:00:00"));
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        let door = Door::open(&world).await;
        let add = AddWebhook { url: "https://shop.example/".parse().unwrap(), event_types: EventTypes::default() };
        let webhook = app.add_webhook(Decider::Operator, &add).await.unwrap().unwrap().webhook.to_string();
        let key = app.issue_event_key(Decider::Operator).await.unwrap().unwrap().id.to_string();
        let order = paid("ev-1", "D-1", "H-WANG", "2026-03-01T11:00:00+08:00", &[("蔬菜", 12_860)]);
        assert_eq!(door.tell(json!([order])).await, ["accepted"]);
        let delivery = app.list_deliveries(None, None).await.unwrap().remove(0).id.to_string();
        let version = WebhookVersion::of(&app.list_webhooks().await.unwrap()[0]).as_str().to_owned();
        let before = world.db().count("audit_lines").await;

        for role in [StaffRole::Support, StaffRole::Perks, StaffRole::Finance, StaffRole::Auditor] {
            let token = hire(app, role.word(), accounts::StaffRoles::of([role]).unwrap()).await.sign_in(app).await;
            for (name, says, input) in [
                ("changeWebhook", "isChanged", json!({ "webhookId": webhook, "eventTypes": [], "expectedVersion": version })),
                ("rotateWebhookKey", "signingKey", json!({ "webhookId": webhook, "expectedVersion": version })),
                ("disableWebhook", "isDisabled", json!({ "webhookId": webhook })),
                ("redeliver", "isDue", json!({ "deliveryId": delivery })),
                ("revokeEventKey", "isRevoked", json!({ "eventKeyId": key })),
            ] {
                let answer = act(&door, &token, name, says, input).await;
                assert_eq!((refused(&answer), &answer[says]), ("NOT_ALLOWED", &Value::Null), "{name} as {}", role.word());
            }
        }
        // Hiring and signing in leave lines too; none of these acts did.
        let acts = "audit_lines WHERE actor_kind = 'staff' AND action NOT LIKE 'staff%' AND action <> 'create_staff'";
        assert_eq!(world.db().count(acts).await, 0);
        assert!(world.db().count("audit_lines").await > before);
        let open = app.list_webhooks().await.unwrap().remove(0);
        assert_eq!((open.disabled.is_none(), WebhookVersion::of(&open).as_str()), (true, version.as_str()));
        assert_eq!(app.event_keys().await.unwrap().len(), 1);
    }

    async fn of_two_presses_at_once_one_has_an_effect(world: TestApp) {
        let app = world.app();
        let wu: StaffPrincipal = hire(app, "wu", "admin".parse().unwrap()).await.principal(app).await;
        let by = Decider::Staff(wu);
        let add = AddWebhook { url: "https://shop.example/".parse().unwrap(), event_types: EventTypes::default() };

        let (a, b) = tokio::join!(app.add_webhook(by, &add), app.add_webhook(by, &add));
        let answers = [a.unwrap(), b.unwrap()];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert!(answers.iter().any(|answer| matches!(answer, Err(AddWebhookRefusal::AlreadyThere))));
        let webhook = answers.into_iter().find_map(Result::ok).unwrap().webhook;
        let seen = WebhookVersion::of(&app.list_webhooks().await.unwrap()[0]);
        let (a, b) = tokio::join!(
            app.rotate_webhook_key(by, webhook, Some(&seen)),
            app.rotate_webhook_key(by, webhook, Some(&seen))
        );
        let answers = [a.unwrap(), b.unwrap()];
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert!(answers.iter().any(|answer| matches!(answer, Err(ChangeWebhookRefusal::VersionConflict))));

        // The role is judged when it is decided, not when the request came in.
        assert_eq!(world.db().execute("UPDATE staff SET roles = 'auditor' WHERE name = 'wu'").await, Ok(1));
        assert!(matches!(app.disable_webhook(by, webhook).await.unwrap(), Err(ChangeWebhookRefusal::NotAllowed(_))));
        assert!(app.list_webhooks().await.unwrap()[0].disabled.is_none());
    }
}
