use std::sync::Arc;

use accounts::{HealthTag, MAX_DOWNLOADS, Role, TooManyExports};
use app::orders::EventTold;
use chrono::TimeDelta;
use poem::{Endpoint, Request, Response, http::Method};
use serde_json::Value;
use testkit::{TestApp, on_both_engines};

use super::{add, keep_tags};
use crate::world::{define_perk, earn, event, found, paid, redeem, reference, set_rule};

async fn get(world: &TestApp, method: Method, path: &str) -> Response {
    let pages = web::routes(world.app(), web::WebOptions::default());
    pages.get_response(Request::builder().method(method).uri_str(path).finish()).await
}

/// What is kept about somebody, as they take it along.
pub(crate) async fn export_of(world: &TestApp, who: &app::Principal) -> Value {
    let token = world.app().request_data_export(who).await.unwrap().unwrap().token.to_text();
    let mut response = get(world, Method::GET, &format!("/exports/{token}.json")).await;
    serde_json::from_str(&response.take_body().into_string().await.unwrap()).unwrap()
}

on_both_engines! {
    async fn a_person_takes_everything_kept_about_them_and_nothing_of_others(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        found(app, "H-WANG").await;
        let me = add(app, "H-WANG", "P-ME", "=张秋兰", Role::Adult, "1961-07-13").await;
        app.set_phone(&me, Some(&"13912345678".parse().unwrap())).await.unwrap();
        keep_tags(app, &me, &[HealthTag::LowSalt]).await;
        earn(app, "H-WANG", "1000").await;
        let order = orders::OrderPaid { person_ref: Some(reference("P-ME")), ..paid("O-MINE", "H-WANG", "2026-05-20T10:00:00", &[("", "200")]) };
        app.record_order_events(&[event("ev-1", EventTold::Paid(order))]).await.unwrap()[0].clone().unwrap();
        let perk = define_perk(app, 100, 10, 5).await;
        app.redeem_perk(&me, &redeem(perk.id, "key-0123456789abcdef")).await.unwrap().unwrap();
        let token = app.request_data_export(&me).await.unwrap().unwrap().token.to_text();

        let mut response = get(&world, Method::GET, &format!("/exports/{token}.json")).await;
        assert_eq!(response.status().as_u16(), 200);
        for (header, value) in
            [("cache-control", "no-store"), ("x-robots-tag", "noindex"), ("referrer-policy", "no-referrer")]
        {
            assert_eq!(response.headers().get(header).unwrap(), value);
        }
        let data: Value = serde_json::from_str(&response.take_body().into_string().await.unwrap()).unwrap();
        assert_eq!(data["profile"][0]["name"], "=张秋兰");
        assert_eq!(data["profile"][0]["phone"], "+8613912345678");
        assert_eq!(data["health_tags"][0]["tag"], "low_salt");
        assert_eq!(data["consents"][0]["purpose"], "health_tags");
        let orders: Vec<_> = data["orders"].as_array().unwrap().iter().map(|order| order["order"].clone()).collect();
        assert_eq!(orders, ["O-MINE"]);
        let mut kinds: Vec<_> = data["statement_lines"].as_array().unwrap().iter().map(|line| line["kind"].clone()).collect();
        kinds.sort_by_key(ToString::to_string);
        assert_eq!(kinds, ["earn", "redeem"]);
        assert_eq!(data["grants"].as_array().unwrap().len(), 1);
        assert_eq!(data["is_complete"], true);
        assert!(!data.to_string().contains("H-WANG-owner"));

        let csv = get(&world, Method::GET, &format!("/exports/{token}.csv")).await.take_body().into_string().await.unwrap();
        assert!(csv.starts_with("section,row,field,value\r\n"), "{csv}");
        // A name that a spreadsheet would take for a formula is none.
        assert!(csv.contains("profile,1,name,'=张秋兰\r\n"), "{csv}");
    }

    async fn a_link_ends_with_its_day_and_its_downloads_and_only_reading_counts(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let me = found(&app, "H-WANG").await;
        let token = app.request_data_export(&me).await.unwrap().unwrap().token.to_text();
        let path = format!("/exports/{token}.json");
        for _ in 0..20 {
            assert_eq!(get(&world, Method::HEAD, &path).await.status().as_u16(), 405);
        }
        let presses: Vec<_> = (0..20)
            .map(|_| {
                let (app, token) = (Arc::clone(&app), token.clone());
                tokio::spawn(async move { app.download_data_export(&token).await.unwrap().is_some() })
            })
            .collect();
        let mut downloads = 0;
        for press in presses {
            downloads += u8::from(press.await.unwrap());
        }
        assert_eq!(downloads, MAX_DOWNLOADS);
        assert_eq!(get(&world, Method::GET, &path).await.status().as_u16(), 404);

        let second = app.request_data_export(&me).await.unwrap().unwrap().token.to_text();
        app.request_data_export(&me).await.unwrap().unwrap();
        assert_eq!(app.request_data_export(&me).await.unwrap(), Err(TooManyExports));
        world.clock().advance(TimeDelta::hours(24));
        assert!(app.download_data_export(&second).await.unwrap().is_none());
        assert!(app.request_data_export(&me).await.unwrap().is_ok());
        for nothing in ["", "0", &"0".repeat(64), &token.to_uppercase(), &format!("{token} ")] {
            assert!(app.download_data_export(nothing).await.unwrap().is_none());
        }
        // Tokens are kept as hashes alone.
        assert_eq!(world.db().count(&format!("audit_lines WHERE detail LIKE '%{token}%' OR subject LIKE '%{token}%'")).await, 0);
    }
}
