//! Waiting lists under races, deaths and moves: nobody overtakes, nothing is offered twice, nobody is told twice.

use std::sync::Arc;

use accounts::Role;
use app::{
    App, Principal,
    entitlements::{JoinWaitingListRefusal, LeaveWaitingListRefusal, RedeemPerkRefusal},
};
use chrono::TimeDelta;
use entitlements::{GrantRefusal, JoinRefusal, Perk};
use kernel::{Actor, Id, kinds};
use mail::Message;
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use super::merge_households::merge;
use crate::world::{
    add_person, assert_verifies, balance, define_perk, earn, found, label, principal, redeem, set_rule,
};

const KEY: &str = "key-0123456789abcdef";

/// So many households with 400 points each, and a perk for 300 of which the first household has the only one.
async fn sold_out(app: &App, households: usize) -> (Vec<Principal>, Perk, Id<kinds::Grant>) {
    set_rule(app, "1", "2017-01-01", &[]).await;
    let mut people = Vec::new();
    for n in 0..households {
        people.push(found(app, &format!("H-{n}")).await);
        earn(app, &format!("H-{n}"), "400").await;
    }
    let perk = define_perk(app, 300, 1, 1).await;
    let grant = app.redeem_perk(&people[0], &redeem(perk.id, KEY)).await.unwrap().unwrap().grant.id;
    (people, perk, grant)
}

async fn cancel(app: &App, who: &Principal, grant: Id<kinds::Grant>) {
    let household = who.household.unwrap().0;
    app.cancel_grant(Actor::Operator, household, grant, &label("not needed")).await.unwrap().unwrap();
}

async fn join(app: &App, who: &Principal, perk: &Perk) -> u32 {
    app.join_waiting_list(who, perk.id).await.unwrap().unwrap().number
}

async fn takes(app: &App, who: &Principal, perk: &Perk) -> Result<(), RedeemPerkRefusal> {
    app.redeem_perk(who, &redeem(perk.id, KEY)).await.unwrap().map(drop)
}

fn sold_out_for(waiting: u32) -> Result<(), RedeemPerkRefusal> {
    Err(RedeemPerkRefusal::NotGranted(GrantRefusal::SoldOut { waiting }))
}

/// Who was mailed that their turn has come.
fn offers_mailed(world: &TestApp) -> Vec<String> {
    let mails = world.mails();
    let offers = mails.iter().filter(|mail| matches!(mail.message, Message::PlaceOffered(_)));
    offers.map(|mail| mail.to.to_string()).collect()
}

on_both_engines! {
    async fn what_comes_free_goes_down_the_list_and_nobody_is_told_twice(world: TestApp) {
        let app = world.app();
        let (people, perk, grant) = sold_out(app, 5).await;
        assert_eq!(takes(app, &people[1], &perk).await, sold_out_for(0));
        assert_eq!((join(app, &people[1], &perk).await, join(app, &people[2], &perk).await), (1, 2));
        // Asked again it is the same place.
        assert_eq!(join(app, &people[1], &perk).await, 1);
        assert_eq!(balance(app, &people[1]).await, [400, 0, 0, 0]);

        cancel(app, &people[0], grant).await;
        // Before the offer is made as after it: who waits comes first.
        assert_eq!(takes(app, &people[3], &perk).await, sold_out_for(2));
        app.drain().await.unwrap();
        app.drain().await.unwrap();
        assert_eq!(app.advance_waiting_lists().await.unwrap(), 0);
        assert_eq!(offers_mailed(&world), ["h-1-owner@hearth.example"]);
        assert_eq!(takes(app, &people[3], &perk).await, sold_out_for(1));
        assert_eq!(takes(app, &people[2], &perk).await, sold_out_for(1));

        // Nobody took it for two hours: it is the next one's, whose offer stands.
        world.clock().advance(TimeDelta::hours(2));
        assert_eq!(takes(app, &people[1], &perk).await, sold_out_for(1));
        assert_eq!(app.advance_waiting_lists().await.unwrap(), 2);
        assert_eq!(app.advance_waiting_lists().await.unwrap(), 0);
        app.drain().await.unwrap();
        assert_eq!(offers_mailed(&world), ["h-1-owner@hearth.example", "h-2-owner@hearth.example"]);
        assert_eq!(takes(app, &people[2], &perk).await, Ok(()));
        assert_eq!(balance(app, &people[2]).await, [100, 0, 0, 0]);
        assert_eq!(takes(app, &people[3], &perk).await, sold_out_for(0));
        assert_eq!(world.db().count("waiting_places WHERE outcome = 'lapsed' AND number = 1").await, 1);
        assert_eq!(world.db().count("waiting_places WHERE outcome = 'taken' AND number = 2").await, 1);
        assert_verifies(app).await;
    }

    async fn forty_nine_join_at_once_and_draw_one_number_each(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let (people, perk, _) = sold_out(&app, 12).await;
        // Two presses of each at the same time.
        let presses: Vec<_> = people[1..].iter().chain(&people[1..]).map(|&who| {
            let (app, perk) = (Arc::clone(&app), perk.id);
            tokio::spawn(async move { app.join_waiting_list(&who, perk).await.unwrap().unwrap() })
        }).collect();
        let mut numbers = Vec::new();
        for press in presses {
            let place = press.await.unwrap();
            numbers.push((place.number, place.household));
        }
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.iter().map(|(number, _)| *number).collect::<Vec<_>>(), (1..=11).collect::<Vec<_>>());
        assert_eq!(world.db().count("perk_stocks WHERE waiting = 11 AND offered = 0 AND last_number = 11").await, 1);
        assert_verifies(&app).await;
    }

    async fn one_that_came_free_is_offered_once_however_many_look(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let (people, perk, grant) = sold_out(&app, 4).await;
        for who in &people[1..] {
            join(&app, who, &perk).await;
        }
        cancel(&app, &people[0], grant).await;
        let looks: Vec<_> = (0..8).map(|n| {
            let app = Arc::clone(&app);
            tokio::spawn(async move {
                if n % 2 == 0 { app.advance_waiting_lists().await.unwrap() } else { app.drain().await.unwrap() };
            })
        }).collect();
        for look in looks {
            look.await.unwrap();
        }
        app.drain().await.unwrap();
        assert_eq!(offers_mailed(&world), ["h-1-owner@hearth.example"]);
        assert_eq!(world.db().count("waiting_places WHERE offered_at IS NOT NULL").await, 1);
        assert_verifies(&app).await;
    }

    async fn a_worker_that_dies_between_offer_and_mail_leaves_one_offer_and_one_mail(world: TestApp) {
        let app = world.app();
        let (people, perk, grant) = sold_out(app, 3).await;
        join(app, &people[1], &perk).await;
        join(app, &people[2], &perk).await;
        cancel(app, &people[0], grant).await;
        app.advance_waiting_lists().await.unwrap();
        // It claimed every event, and died.
        let mut tx = world.db().begin(Actor::System).await;
        assert!(!db::outbox::lock_due(&mut tx, 100).await.unwrap().is_empty());
        tx.commit().await.unwrap();
        assert_eq!((app.drain().await.unwrap(), offers_mailed(&world).len()), (0, 0));

        world.clock().advance(db::outbox::LEASE);
        app.advance_waiting_lists().await.unwrap();
        app.drain().await.unwrap();
        assert_eq!(offers_mailed(&world), ["h-1-owner@hearth.example"]);
        assert_eq!(world.db().count("waiting_places WHERE offered_at IS NOT NULL").await, 1);
        assert_verifies(app).await;
    }

    async fn advancing_dropped_at_every_await_offers_once(world: TestApp) {
        let app = world.app();
        let (people, perk, grant) = sold_out(app, 3).await;
        join(app, &people[1], &perk).await;
        join(app, &people[2], &perk).await;
        cancel(app, &people[0], grant).await;
        drop_at_every_await(
            async |_| app.advance_waiting_lists().await.unwrap(),
            async |_| {
                let torn = "SELECT 'torn' FROM perk_stocks WHERE offered > 1 OR \
                     offered <> (SELECT count(*) FROM waiting_places WHERE offered_at IS NOT NULL) OR \
                     offered <> (SELECT count(*) FROM outbox_events WHERE kind = 'entitlements.place_offered.v1')";
                assert_eq!(world.db().texts(torn).await, Vec::<Vec<String>>::new());
            },
        )
        .await;
        assert_eq!(world.db().count("perk_stocks WHERE offered = 1 AND waiting = 1").await, 1);
        assert_verifies(app).await;
    }

    async fn who_leaves_lets_the_next_one_move_up_and_may_come_back_last(world: TestApp) {
        let app = world.app();
        let (people, perk, grant) = sold_out(app, 3).await;
        join(app, &people[1], &perk).await;
        join(app, &people[2], &perk).await;
        cancel(app, &people[0], grant).await;
        app.drain().await.unwrap();
        let child = add_person(app, "H-1", "P-CHILD", Role::Child).await;
        let refused = app.leave_waiting_list(&child, perk.id).await.unwrap();
        assert_eq!(refused, Err(LeaveWaitingListRefusal::NotAllowed));
        assert_eq!(app.leave_waiting_list(&people[1], perk.id).await.unwrap(), Ok(1));
        let again = app.leave_waiting_list(&people[1], perk.id).await.unwrap();
        assert_eq!(again, Err(LeaveWaitingListRefusal::NotWaiting));
        app.drain().await.unwrap();
        assert_eq!(offers_mailed(&world), ["h-1-owner@hearth.example", "h-2-owner@hearth.example"]);
        assert_eq!(join(app, &people[1], &perk).await, 3);
        let places = app.list_places(&people[1]).await.unwrap();
        assert_eq!(places.iter().map(|it| (it.place.number, it.ahead)).collect::<Vec<_>>(), [(3, 0)]);
        assert_verifies(app).await;
    }

    async fn nobody_waits_for_what_they_may_not_have_or_can_redeem(world: TestApp) {
        let app = world.app();
        let (people, perk, grant) = sold_out(app, 2).await;
        let refused = |refusal: JoinRefusal| Err(JoinWaitingListRefusal::NotJoined(refusal));
        let limit = refused(GrantRefusal::LimitReached { limit: 1 }.into());
        assert_eq!(app.join_waiting_list(&people[0], perk.id).await.unwrap(), limit);
        let missing = Id::from_uuid(perk.id.uuid().to_string().replace('0', "1").parse().unwrap());
        assert_eq!(app.join_waiting_list(&people[1], missing).await.unwrap(), Err(JoinWaitingListRefusal::NoSuchPerk));
        cancel(app, &people[0], grant).await;
        assert_eq!(app.join_waiting_list(&people[1], perk.id).await.unwrap(), refused(JoinRefusal::NotSoldOut));
        assert_eq!(world.db().count("waiting_places").await, 0);
        assert_eq!(world.db().count("perk_stocks WHERE last_number = 0").await, 1);
    }

    async fn a_household_that_goes_into_another_takes_its_place_along(world: TestApp) {
        let app = world.app();
        let (people, perk, grant) = sold_out(app, 3).await;
        join(app, &people[1], &perk).await;
        cancel(app, &people[0], grant).await;
        app.drain().await.unwrap();

        merge(app, &people[2], "h-1-owner@hearth.example", &people[1], "1").await;
        // Either of them takes what is kept for the household they are now.
        let owner = principal(app, "H-2-owner").await;
        assert_eq!(takes(app, &owner, &perk).await, Ok(()));
        assert_eq!(balance(app, &owner).await, [500, 0, 0, 0]);
        assert_eq!(world.db().count("waiting_places WHERE outcome = 'taken' AND came_by_id IS NOT NULL").await, 1);
        assert_verifies(app).await;
    }
}
