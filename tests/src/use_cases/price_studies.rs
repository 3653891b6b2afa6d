//! What people think of prices: asked like a vote, and never one.

use app::cocreation::{CastBallot, CastBallotRefusal, PublishStudyRefusal};
use chrono::TimeDelta;
use cocreation::{
    CastRefusal, DraftRefusal, NewStudy, PanelRule, StudyKind,
    tally_file::{BallotProblem, Prices, Said, verify},
};
use testkit::{TestApp, on_both_engines};

use crate::world::{assert_verifies, found, open_price_study, study_of};

/// Four prices from `start` fen on: 2, 3 and 6 yuan above it.
fn ladder_from(start: u64) -> Prices {
    Prices {
        too_cheap: start,
        cheap: start + 200,
        expensive: start + 300,
        too_expensive: start + 600,
        intent_at_cheap: None,
        intent_at_expensive: None,
    }
}

on_both_engines! {
    async fn a_price_study_from_draft_to_recount(world: TestApp) {
        let app = world.app();
        let study = {
            for number in 0..42 {
                found(app, &format!("H-{number}")).await;
            }
            open_price_study(app, r#"{"method":"van_westendorp"}"#).await
        };
        for number in 0..42_u64 {
            let owner = crate::world::principal(app, &format!("H-{number}-owner")).await;
            // Ten each from 1 to 4 yuan, and two whose prices do not rise.
            let prices = match number {
                0..40 => ladder_from(100 * (number / 10 + 1)),
                _ => Prices { cheap: 100, ..ladder_from(500) },
            };
            let cast = CastBallot { study: study.id, said: Said::Prices(prices) };
            app.cast_ballot(&owner, cast).await.unwrap().unwrap();
        }
        world.clock().advance(TimeDelta::days(7));
        app.close_studies().await.unwrap();

        let result = app.publish_study(study.id).await.unwrap().unwrap().published.unwrap().result;

        let detail = &result["detail"];
        assert_eq!((&detail["answers"], &detail["valid"]), (&serde_json::json!(42), &serde_json::json!(40)));
        assert_eq!(detail["indifference"], serde_json::json!({ "step": [500, 500], "linear": 500 }));
        assert_eq!(detail["marginal_expensiveness"], serde_json::json!({ "step": [600, 700], "linear": 650 }));
        let publication = app.export_publication(study.id).await.unwrap().unwrap();
        let found = verify(&serde_json::to_string(&publication).unwrap(), None).unwrap();
        assert_eq!((found.ballots, found.entries), (42, 43));
        assert_verifies(app).await;
    }

    async fn a_price_is_never_voted_on_and_bad_prices_are_refused(world: TestApp) {
        let app = world.app();
        let owner = found(app, "H-1").await;
        let asked = study_of(app, &["A", "B"], PanelRule::default());
        let vote_on_prices = NewStudy { kind: StudyKind::Price, ..asked.clone() };
        assert_eq!(app.draft_study(&vote_on_prices).await.unwrap(), Err(DraftRefusal::PriceMethod));
        let definition = serde_json::from_str(r#"{"method":"van_westendorp"}"#).unwrap();
        let prices_in_a_vote = NewStudy { definition, options: Vec::new(), ..asked };
        assert_eq!(app.draft_study(&prices_in_a_vote).await.unwrap(), Err(DraftRefusal::PriceMethod));

        let study = open_price_study(app, r#"{"method":"van_westendorp"}"#).await.id;
        for (said, problem) in [
            (Said::Prices(Prices { too_cheap: 0, ..ladder_from(1) }), BallotProblem::OutOfRange),
            (Said::Prices(Prices { too_expensive: 100_000_001, ..ladder_from(1) }), BallotProblem::OutOfRange),
            (Said::Prices(Prices { intent_at_cheap: Some(3), ..ladder_from(1) }), BallotProblem::BadIntent),
            (Said::Buys(vec![true]), BallotProblem::WrongKind),
            (Said::Choice("A".to_owned()), BallotProblem::WrongKind),
        ] {
            let refused = app.cast_ballot(&owner, CastBallot { study, said }).await.unwrap();
            assert_eq!(refused, Err(CastBallotRefusal::NotCast(CastRefusal::BadBallot(problem))));
        }
        assert_eq!(world.db().count("study_entries").await, 0);
    }

    async fn twenty_nine_valid_answers_say_nothing(world: TestApp) {
        let app = world.app();
        for number in 0..29 {
            found(app, &format!("H-{number}")).await;
        }
        let study = open_price_study(app, r#"{"method":"gabor_granger","prices":[900,1500]}"#).await.id;
        for number in 0..29 {
            let owner = crate::world::principal(app, &format!("H-{number}-owner")).await;
            let cast = CastBallot { study, said: Said::Buys(vec![true, number % 2 == 0]) };
            app.cast_ballot(&owner, cast).await.unwrap().unwrap();
        }
        world.clock().advance(TimeDelta::days(7));
        app.close_studies().await.unwrap();

        assert_eq!(app.publish_study(study).await.unwrap(), Err(PublishStudyRefusal::Uncountable));
    }
}
