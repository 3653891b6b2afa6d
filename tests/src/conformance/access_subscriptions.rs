//! Who may listen to what, as a table, tried over a real socket.

use std::collections::BTreeSet;

use accounts::StaffRoles;
use futures_util::{SinkExt, StreamExt};
use poem::{Server, listener::TcpAcceptor};
use serde_json::{Value, json};
use testkit::{TestApp, on_both_engines};
use tokio::net::TcpListener;
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use super::access::{options, served_fields};
use crate::{
    staff::hire,
    world::{define_perk, earn, found, redeem, set_rule, sign_in_owner},
};

/// A field of `Subscription`, a document for it with `$C` for a place in the household's feed, and what happens to a member of it, a
/// member of another one, a stranger, and somebody of the staff: it streams, it is refused, the socket is closed.
const SUBSCRIPTIONS: &[(&str, &str, [&str; 4])] = &[(
    "Subscription.householdEvents",
    "subscription{householdEvents(after:\"$C\"){id}}",
    ["streams", "BAD_CURSOR", "4403", "4403"],
)];

#[test]
fn every_subscription_has_a_row() {
    let rows: BTreeSet<String> = SUBSCRIPTIONS.iter().map(|(field, _, _)| (*field).to_owned()).collect();
    assert_eq!(rows, served_fields("Subscription"));
}

/// What becomes of a subscription: it streams, a refusal's reason, or the code the socket is closed with.
async fn listen(address: std::net::SocketAddr, token: Option<&str>, query: &str) -> String {
    let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
    request.headers_mut().insert("origin", format!("http://{address}").parse().unwrap());
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = connect_async(request).await.unwrap();
    let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
    let init = json!({ "type": "connection_init", "payload": payload });
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": query } });
    for message in [init, subscribe] {
        if socket.send(Message::text(message.to_string())).await.is_err() {
            break;
        }
    }
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Close(frame) => return u16::from(frame.unwrap().code).to_string(),
            Message::Text(text) => {
                let heard: Value = serde_json::from_str(&text).unwrap();
                match heard["type"].as_str().unwrap() {
                    "error" => return heard["payload"][0]["extensions"]["reason"].as_str().unwrap().to_owned(),
                    "next" => return "streams".to_owned(),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    "gone".to_owned()
}

on_both_engines! {
    async fn every_subscription_answers_each_actor_as_its_row_says(world: TestApp) {
        let wang = found(world.app(), "H-WANG").await;
        found(world.app(), "H-LI").await;
        let (member, other) = (sign_in_owner(&world, "H-WANG").await, sign_in_owner(&world, "H-LI").await);
        let staff = hire(world.app(), "everything", StaffRoles::all()).await.sign_in(world.app()).await;
        let routes = gateway::routes(world.app().clone(), &options());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TcpAcceptor::from_tokio(listener).unwrap();
        let server = tokio::spawn(Server::new_with_acceptor(acceptor).run(routes));
        // A client wants to know how to speak TLS, also where it never does. Already installed: just as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::new();
        let asked = client
            .post(format!("http://{address}/graphql"))
            .bearer_auth(&member)
            .json(&json!({ "query": "{ householdEventsCursor }" }))
            .send();
        let answer: Value = asked.await.unwrap().json().await.unwrap();
        let place = answer["data"]["householdEventsCursor"].as_str().unwrap();
        set_rule(world.app(), "1", "2017-01-01", &[]).await;
        earn(world.app(), "H-WANG", "500").await;
        let perk = define_perk(world.app(), 100, 1, 1).await.id;
        world.app().redeem_perk(&wang, &redeem(perk, "0123456789abcdef")).await.unwrap().unwrap();

        for (field, query, expected) in SUBSCRIPTIONS {
            let query = query.replace("$C", place);
            for (token, expected) in [Some(&member), Some(&other), None, Some(&staff)].into_iter().zip(expected) {
                assert_eq!(listen(address, token.map(String::as_str), &query).await, *expected, "{field}");
            }
        }
        server.abort();
    }
}
