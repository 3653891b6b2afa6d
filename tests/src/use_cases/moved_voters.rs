//! Households that merge, split and are left while a vote is open: each that was on the list counts once, as it was then (scenarios 12
//! and 22).

use accounts::{InvitationToken, Role};
use app::{
    App, Principal, Secret,
    accounts::Invite,
    cocreation::{CastBallot, CastBallotRefusal},
};
use chrono::TimeDelta;
use cocreation::{CastRefusal, Study, tally_file::Said};
use kernel::{IdempotencyKey, Locale};
use testkit::{TestApp, on_both_engines};

use crate::world::{add_person, assert_verifies, found, label, open_study, principal};

fn key(text: &str) -> IdempotencyKey {
    format!("{text:0>16}").parse().unwrap()
}

/// Whether it is taken.
async fn cast(app: &App, person: &str, study: &Study, choice: &str) -> Result<(), CastBallotRefusal> {
    let who = principal(app, person).await;
    let cast = CastBallot { study: study.id, said: Said::Choice(choice.to_owned()) };
    app.cast_ballot(&who, cast).await.unwrap().map(drop)
}

async fn turnout(app: &App, who: &Principal, study: &Study) -> u64 {
    app.find_study(who, study.id).await.unwrap().unwrap().turnout
}

/// The sums of an announced count, after the instant of closing.
async fn sums(world: &TestApp, study: &Study) -> serde_json::Value {
    world.clock().advance(TimeDelta::days(7));
    world.app().close_studies().await.unwrap();
    let published = world.app().publish_study(study.id).await.unwrap().unwrap().published.unwrap();
    published.result["detail"]["sums"].clone()
}

/// Five more households, so that a result may be told; all for C.
async fn five_more(app: &App) {
    for number in 0..5 {
        found(app, &format!("H-{number}")).await;
    }
}

async fn all_for_c(app: &App, study: &Study) {
    for number in 0..5 {
        cast(app, &format!("H-{number}-owner"), study, "C").await.unwrap();
    }
}

on_both_engines! {
    async fn two_that_become_one_count_twice_and_who_moved_votes_for_where_they_are(world: TestApp) {
        let app = world.app();
        let (one, two) = (found(app, "H-ONE").await, found(app, "H-TWO").await);
        five_more(app).await;
        let study = open_study(app, &["A", "B", "C"]).await;
        cast(app, "H-ONE-owner", &study, "A").await.unwrap();
        cast(app, "H-TWO-owner", &study, "B").await.unwrap();

        let address = "h-two-owner@hearth.example".parse().unwrap();
        let invite = Invite { address, name: label("Two"), locale: Locale::ZhCn };
        let invitation = app.invite_household(&one, &invite).await.unwrap().unwrap();
        let token = InvitationToken::of(Secret::new(vec![7; Secret::MIN_BYTES]).unwrap().bytes(), invitation).to_text();
        let version = app.preview_merge(&two, &token).await.unwrap().unwrap().version;
        app.merge_households(&two, &token, &version, &key("1")).await.unwrap().unwrap();

        // Whoever came along changes the ballot of the household they are in now; the one that was theirs stays as it was cast.
        cast(app, "H-TWO-owner", &study, "C").await.unwrap();
        assert_eq!(turnout(app, &one, &study).await, 2);
        app.undo_merge(&one, two.household.unwrap().0, &key("2")).await.unwrap().unwrap();
        cast(app, "H-TWO-owner", &study, "A").await.unwrap();
        assert_eq!(turnout(app, &one, &study).await, 2);
        all_for_c(app, &study).await;

        assert_eq!(sums(&world, &study).await, serde_json::json!({ "A": 1, "B": 0, "C": 6 }));
        assert_verifies(app).await;
    }

    async fn a_part_that_goes_votes_no_second_time_and_votes_again_when_it_comes_back(world: TestApp) {
        let app = world.app();
        let owner = found(app, "H-ONE").await;
        let daughter = add_person(app, "H-ONE", "daughter", Role::Adult).await;
        five_more(app).await;
        let study = open_study(app, &["A", "B", "C"]).await;
        cast(app, "daughter", &study, "A").await.unwrap();

        app.offer_split(&owner, daughter.person, &[]).await.unwrap().unwrap();
        let version = app.preview_split(&daughter).await.unwrap().unwrap().version;
        let founded = app.split_household(&daughter, &version, &key("1")).await.unwrap().unwrap().household;

        assert_eq!(cast(app, "daughter", &study, "B").await, Err(CastRefusal::NotInPanel(None).into()));
        assert_eq!(turnout(app, &owner, &study).await, 1);
        app.undo_split(&principal(app, "daughter").await, founded, &key("2")).await.unwrap().unwrap();
        cast(app, "daughter", &study, "B").await.unwrap();
        assert_eq!(turnout(app, &owner, &study).await, 1);
        all_for_c(app, &study).await;

        assert_eq!(sums(&world, &study).await, serde_json::json!({ "A": 0, "B": 1, "C": 5 }));
        assert_verifies(app).await;
    }

    async fn who_leaves_while_both_press_leaves_one_ballot_behind(world: TestApp) {
        let app = world.app();
        let owner = found(app, "H-ONE").await;
        let adult = add_person(app, "H-ONE", "adult", Role::Adult).await;
        let study = open_study(app, &["A", "B", "C"]).await;
        let version = app.preview_leave(&adult).await.unwrap().unwrap().version;

        let leaving_key = key("1");
        let (by_owner, by_adult, left) = tokio::join!(
            cast(app, "H-ONE-owner", &study, "A"),
            cast(app, "adult", &study, "B"),
            async { app.leave_household(&adult, &version, &leaving_key).await.unwrap() }
        );

        by_owner.unwrap();
        left.unwrap();
        // The one who left voted before, for the household they were in, or not at all.
        let is_outside = |cast: &Result<_, CastBallotRefusal>| {
            *cast == Err(CastRefusal::NotInPanel(None).into()) || *cast == Err(CastBallotRefusal::NoHousehold)
        };
        assert!(by_adult.is_ok() || is_outside(&by_adult), "{by_adult:?}");
        let after = cast(app, "adult", &study, "C").await;
        assert!(is_outside(&after), "{after:?}");
        assert_eq!(turnout(app, &owner, &study).await, 1);
        assert_eq!(world.db().count("ballot_choices").await, 1);
        assert_verifies(app).await;
    }
}
