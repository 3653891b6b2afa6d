//! A household's feed under late commits and races: no event is skipped, none is told twice, and the order stays.

use std::collections::BTreeSet;

use app::{
    App,
    feed::{FeedRefusal, FollowHousehold, HouseholdEvent, TOLD, UNTOLD},
};
use db::{
    Tx,
    outbox::{self, Event},
};
use kernel::{Actor, Id, kinds};
use serde::Serialize;
use testkit::{Engine, TestApp, on_both_engines, run};

use crate::world::{found, sign_in_owner};

/// Something that members are told of.
#[derive(Serialize)]
struct Happened {
    posting_id: &'static str,
    #[serde(skip)]
    household: Id<kinds::Household>,
}

impl Event for Happened {
    const KIND: &'static str = "ledger.points_posted.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        Some(self.household)
    }
}

/// Something that members are not told of.
#[derive(Serialize)]
struct Untold {
    #[serde(skip)]
    household: Id<kinds::Household>,
}

impl Event for Untold {
    const KIND: &'static str = "tests.nobody_knows_this_kind.v1";

    fn household(&self) -> Option<Id<kinds::Household>> {
        Some(self.household)
    }
}

/// An act that is going on, with its event noted.
async fn begin_act(world: &TestApp, household: Id<kinds::Household>) -> Tx {
    let mut tx = world.db().begin(Actor::System).await;
    outbox::append(&mut tx, &Happened { posting_id: "po_1", household });
    tx
}

/// A household of one owner, who is signed in.
async fn household(world: &TestApp) -> (Id<kinds::Household>, String) {
    let household = found(world.app(), "H-WANG").await.household.unwrap().0;
    (household, sign_in_owner(world, "H-WANG").await)
}

async fn read(app: &App, token: &str, household: Id<kinds::Household>, after: i64) -> Vec<HouseholdEvent> {
    let follow = FollowHousehold { token, household, after };
    app.follow_household(follow).await.unwrap().unwrap().events
}

fn numbers(events: &[HouseholdEvent]) -> Vec<i64> {
    events.iter().map(|event| event.no).collect()
}

#[test]
fn an_act_that_began_first_and_commits_last_is_told_last() {
    // Only here can two acts be open at once; on SQLite the second waits for the first.
    run(Engine::Postgres, async |world: TestApp| {
        let (household, token) = household(&world).await;
        let first = begin_act(&world, household).await;
        world.clock().advance(chrono::TimeDelta::milliseconds(5));
        let second = begin_act(&world, household).await;
        second.commit().await.unwrap();
        let seen = read(world.app(), &token, household, 0).await;
        assert_eq!(numbers(&seen), [1]);

        first.commit().await.unwrap();
        let late = read(world.app(), &token, household, 1).await;
        assert_eq!(numbers(&late), [2]);
        assert!(late[0].id < seen[0].id, "its id alone would have hidden it");
        let all = read(world.app(), &token, household, 0).await;
        assert_eq!(all, [seen, late].concat());
    });
}

on_both_engines! {
    async fn readers_and_writers_at_the_same_time_leave_one_order_without_gaps(world: TestApp) {
        let (household, token) = household(&world).await;
        let writers = async {
            for _ in 0..40 {
                begin_act(&world, household).await.commit().await.unwrap();
            }
        };
        let readers = (0..6).map(|_| async {
            let mut heard: Vec<HouseholdEvent> = Vec::new();
            while heard.len() < 40 {
                let after = heard.last().map_or(0, |event| event.no);
                heard.extend(read(world.app(), &token, household, after).await);
                tokio::task::yield_now().await;
            }
            heard
        });

        let ((), heard) = tokio::join!(writers, futures_util::future::join_all(readers));

        assert_eq!(numbers(&heard[0]), (1..=40).collect::<Vec<_>>());
        assert!(heard.iter().all(|each| *each == heard[0]));
        assert_eq!(heard[0].iter().map(|event| event.id).collect::<BTreeSet<_>>().len(), 40);
    }

    async fn what_members_are_not_told_of_leaves_a_gap_and_no_trace(world: TestApp) {
        let (household, token) = household(&world).await;
        let mut tx = begin_act(&world, household).await;
        outbox::append(&mut tx, &Untold { household });
        outbox::append(&mut tx, &Happened { posting_id: "po_2", household });
        tx.commit().await.unwrap();

        let told = read(world.app(), &token, household, 0).await;
        assert_eq!(numbers(&told), [1, 3]);
        assert_eq!(told[1].subjects, ["po_2"]);
        // A place behind something untold is a place.
        assert_eq!(numbers(&read(world.app(), &token, household, 2).await), [3]);
    }

    async fn more_than_a_page_is_read_page_by_page(world: TestApp) {
        let (household, token) = household(&world).await;
        let mut tx = begin_act(&world, household).await;
        (1..250).for_each(|_| outbox::append(&mut tx, &Happened { posting_id: "po_1", household }));
        tx.commit().await.unwrap();

        let mut all = Vec::new();
        for after in [0, 100, 200, 250] {
            all.push(numbers(&read(world.app(), &token, household, after).await).len());
        }
        assert_eq!(all, [100, 100, 50, 0]);
        let end = world.app().find_feed_end(&token, household).await.unwrap().unwrap();
        assert_eq!(end, 250);
    }

    async fn only_who_belongs_there_now_is_told(world: TestApp) {
        let (wang, token) = household(&world).await;
        begin_act(&world, wang).await.commit().await.unwrap();
        let li = found(world.app(), "H-LI").await.household.unwrap().0;
        let refused = async |token: &str, household, after| {
            world.app().follow_household(FollowHousehold { token, household, after }).await.unwrap().unwrap_err()
        };

        assert_eq!(refused(&token, li, 0).await, FeedRefusal::NotAMember);
        assert_eq!(refused("nonsense", wang, 0).await, FeedRefusal::SignedOut);
        assert_eq!(refused(&token, wang, 2).await, FeedRefusal::NoSuchPlace);
        assert_eq!(world.app().find_feed_end("nonsense", wang).await.unwrap(), Err(FeedRefusal::SignedOut));
        assert_eq!(world.db().count("household_feeds").await, 1);
    }
}

/// Every kind of event there is in the source, by the constants that name them.
fn kinds_in_source() -> BTreeSet<String> {
    let crates = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut folders = vec![crates];
    let mut kinds = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                let named = text.split("const KIND: &'static str = \"").skip(1);
                kinds.extend(named.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
            }
        }
    }
    kinds
}

#[test]
fn each_kind_of_event_is_either_told_to_members_or_kept_from_them_with_a_reason() {
    let told = TOLD.iter().map(|(kind, _)| *kind);
    let rows: Vec<&str> = told.chain(UNTOLD.iter().map(|(kind, _)| *kind)).collect();
    let distinct: BTreeSet<String> = rows.iter().map(|kind| (*kind).to_owned()).collect();
    assert_eq!(distinct.len(), rows.len(), "a kind stands twice");
    assert_eq!(distinct, kinds_in_source(), "add new kinds to crates/app/src/feed/told.rs");
}
