//! What is elected reaches the shelf, its orders are followed, and whoever took part is thanked once.

use std::sync::Arc;

use app::{
    App, ImportMode, Principal, StaffPrincipal,
    cocreation::{CastBallot, EndStudy, EndStudyRefusal, EndsAs, LaunchSales, Sold},
    orders::EventTold,
};
use chrono::TimeDelta;
use cocreation::{EndRefusal, Study, StudyState, tally_file::Said};
use mail::Message;
use orders::{OrderCancelled, OrderPaid, OrderPaidLine, Product};
use testkit::{TestApp, on_both_engines, poll_at_most};

use super::gatherings::{neighbourhood, staff};
use crate::{
    staff::hire,
    world::{assert_verifies, balance, event, label, open_study, paid, reference, yuan},
};

async fn published(app: &App, people: &[Principal], voters: usize) -> Study {
    let study = open_study(app, &["SESAME", "PEANUT"]).await;
    for (n, who) in people.iter().take(voters).enumerate() {
        let said = Said::Choice(if n == 0 { "PEANUT" } else { "SESAME" }.to_owned());
        app.cast_ballot(who, CastBallot { study: study.id, said }).await.unwrap().unwrap();
    }
    study
}

async fn announce(world: &TestApp, study: &Study) -> Study {
    world.clock().set(study.asked.closes_at);
    world.app().close_studies().await.unwrap();
    world.app().publish_study(study.id).await.unwrap().unwrap()
}

async fn stock(app: &App, products: &[&str]) {
    let product =
        |name: &&str| Product {
            product_ref: reference(name), name: label(name), category: label("酱料"), unit: None
        };
    let products: Vec<_> = products.iter().map(product).collect();
    app.import_products(&products, ImportMode::Commit).await.unwrap();
}

fn launched(study: &Study, option: &str, product: &str) -> EndStudy {
    EndStudy { study: study.id, ends: EndsAs::Launched { option: option.to_owned(), product: reference(product) } }
}

async fn end(app: &App, by: &StaffPrincipal, end: &EndStudy) -> Result<StudyState, EndStudyRefusal> {
    let now = app.db().clock().now();
    app.end_study(by, end).await.unwrap().map(|study| study.state(None, now))
}

/// An order of so many jars, and one of something else.
async fn buys(app: &App, household: usize, order: &str, jars: u32) {
    let line = |product: &str, quantity| OrderPaidLine {
        product_ref: Some(reference(product)),
        category: None,
        quantity,
        amount: yuan("10"),
    };
    let sold = OrderPaid {
        ordered_at: app.db().clock().now(),
        lines: vec![line("SKU-1", jars), line("SKU-10", 7)],
        ..paid(order, &format!("H-{household}"), "2026-01-01T00:00:00", &[("", "20")])
    };
    app.record_order_events(&[event(&format!("paid-{order}"), EventTold::Paid(sold))]).await.unwrap()[0]
        .as_ref()
        .unwrap();
}

on_both_engines! {
    async fn every_household_that_took_part_is_thanked_once_and_alike(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 8).await;
        stock(app, &["SKU-1"]).await;
        let study = published(app, &people, 6).await;
        let study = announce(&world, &study).await;
        let by = staff(app).await;
        assert_eq!(end(app, &by, &launched(&study, "SESAME", "SKU-1")).await, Ok(StudyState::Launched));

        // The worker dies on its way, again and again.
        for polls in [20, 60, 120, 300] {
            poll_at_most(polls, app.drain()).await;
            world.clock().advance(db::outbox::LEASE);
        }
        app.drain().await.unwrap();
        app.drain().await.unwrap();

        let mut balances = Vec::new();
        for who in &people {
            balances.push(balance(app, who).await[0]);
        }
        // Also whoever wanted the other one, and nobody who did not vote.
        assert_eq!(balances, [420, 420, 420, 420, 420, 420, 400, 400]);
        assert_eq!(world.db().count("study_thanks WHERE points = 20").await, 6);
        let told = world.mails().into_iter().filter_map(|mail| match mail.message {
            Message::BallotThanked(thanked) => Some((mail.to.to_string(), mail.key.to_string(), thanked.chosen_by, thanked.points.get())),
            _ => None,
        });
        let mut told: Vec<_> = told.collect();
        told.sort();
        // One that was sent by a worker who died before it could note so is sent again, with the key that tells repeats apart.
        told.dedup();
        let told: Vec<_> = told.into_iter().map(|(to, _, chosen_by, points)| (to, chosen_by, points)).collect();
        let expected: Vec<_> = (0..6).map(|n| (format!("h-{n}-owner@hearth.example"), 6, 20)).collect();
        assert_eq!(told, expected);
        let found = app.find_study_of_product(&reference("SKU-1")).await.unwrap().unwrap();
        assert_eq!(found.launched().unwrap().chosen_by, 6);
        assert_eq!(app.find_study_of_product(&reference("SKU-2")).await.unwrap(), None);
        assert_verifies(app).await;
    }

    async fn only_what_was_elected_is_launched_once_by_whoever_keeps_the_lab(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let people = neighbourhood(&app, 6).await;
        stock(&app, &["SKU-1", "SKU-2"]).await;
        let by = staff(&app).await;
        let study = published(&app, &people, 6).await;
        let winner = launched(&study, "SESAME", "SKU-1");
        assert_eq!(end(&app, &by, &winner).await, Err(EndRefusal::NotPublished.into()));
        let study = announce(&world, &study).await;
        for (wrong, refusal) in [
            (launched(&study, "PEANUT", "SKU-1"), EndRefusal::NotElected.into()),
            (launched(&study, "HONEY", "SKU-1"), EndRefusal::NotElected.into()),
            (launched(&study, "SESAME", "SKU-9"), EndStudyRefusal::NoSuchProduct),
            (EndStudy { study: "sy_00000000000000000000000000000007".parse().unwrap(), ..winner.clone() }, EndStudyRefusal::NoSuchStudy),
        ] {
            assert_eq!(end(&app, &by, &wrong).await, Err(refusal), "{wrong:?}");
        }
        let auditor = hire(&app, "zhou", "auditor".parse().unwrap()).await.principal(&app).await;
        assert_eq!(end(&app, &auditor, &winner).await, Err(EndStudyRefusal::NotAllowed(app::staff::NotAllowed)));

        let presses: Vec<_> = (0..8).map(|n| {
            let (app, winner) = (Arc::clone(&app), winner.clone());
            let dropped = EndStudy { study: winner.study, ends: EndsAs::Dropped { why: label("too dear") } };
            tokio::spawn(async move { end(&app, &by, if n % 2 == 0 { &winner } else { &dropped }).await })
        }).collect();
        let mut done = 0;
        for press in presses {
            match press.await.unwrap() {
                Ok(_) => done += 1,
                Err(refusal) => assert_eq!(refusal, EndRefusal::AlreadyEnded.into()),
            }
        }
        assert_eq!(done, 1);
        let events = world.db().count("outbox_events WHERE kind = 'cocreation.study_launched.v1'").await;
        assert_eq!(events, world.db().count("studies WHERE product_ref = 'SKU-1'").await);
        assert_verifies(&app).await;
    }

    async fn one_product_is_chosen_by_one_study(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let people = neighbourhood(&app, 5).await;
        stock(&app, &["SKU-1"]).await;
        let by = staff(&app).await;
        let (first, second) = (published(&app, &people, 5).await, published(&app, &people, 5).await);
        let (first, second) = (announce(&world, &first).await, announce(&world, &second).await);
        let (one, other) = (launched(&first, "SESAME", "SKU-1"), launched(&second, "SESAME", "SKU-1"));
        let (a, b) = tokio::join!(end(&app, &by, &one), end(&app, &by, &other));
        let refused: Vec<_> = [a, b].into_iter().filter_map(Result::err).collect();
        assert_eq!(refused, [EndStudyRefusal::ProductChosen]);
    }

    async fn its_orders_are_followed_for_a_month_and_few_households_are_never_told_apart(world: TestApp) {
        let app = world.app();
        let people = neighbourhood(app, 14).await;
        stock(app, &["SKU-1"]).await;
        let study = published(app, &people, 6).await;
        let study = announce(&world, &study).await;
        let by = staff(app).await;
        // Before the launch, and a product whose number only begins like it.
        buys(app, 0, "EARLY", 9).await;
        world.clock().advance(TimeDelta::milliseconds(1));
        end(app, &by, &launched(&study, "SESAME", "SKU-1")).await.unwrap();
        let ended = app.find_study_of_product(&reference("SKU-1")).await.unwrap().unwrap();
        let launch = ended.launched().unwrap().clone();
        let sales = async || app.find_launch_sales(&by, study.id, &launch).await.unwrap().unwrap();
        let nothing = Sold::default();
        assert_eq!(sales().await, LaunchSales { all: Some(nothing), voters_and_others: Some((nothing, nothing)) });

        for n in 0..5 {
            buys(app, n, &format!("V-{n}"), 2).await;
        }
        for n in 6..10 {
            buys(app, n, &format!("O-{n}"), 1).await;
        }
        let all = |households, orders, units| Some(Sold { households, orders, units });
        assert_eq!(sales().await, LaunchSales { all: all(9, 9, 14), voters_and_others: None });
        buys(app, 10, "O-10", 3).await;
        buys(app, 10, "O-10b", 1).await;
        buys(app, 11, "GONE", 8).await;
        let cancelled_at = app.db().clock().now();
        let gone = EventTold::Cancelled(OrderCancelled { order_ref: reference("GONE"), cancelled_at });
        app.record_order_events(&[event("gone", gone)]).await.unwrap()[0].as_ref().unwrap();
        world.clock().set(launch.followed_until());
        buys(app, 12, "LATE", 5).await;
        let voters = Sold { households: 5, orders: 5, units: 10 };
        let others = Sold { households: 5, orders: 6, units: 8 };
        assert_eq!(sales().await, LaunchSales { all: all(10, 11, 18), voters_and_others: Some((voters, others)) });
        let support = hire(app, "zhou", "support".parse().unwrap()).await.principal(app).await;
        assert_eq!(app.find_launch_sales(&support, study.id, &launch).await.unwrap(), Err(app::staff::NotAllowed));
    }
}
