//! The last second of a vote, through the door: all who were answered are counted, also when others hang up in the middle.

use std::{collections::BTreeSet, sync::Arc};

use accounts::{HouseholdRow, Role, Session, SessionToken};
use app::{App, ImportMode};
use chrono::TimeDelta;
use gateway::GatewayOptions;
use testkit::{TestApp, on_both_engines};

use crate::{
    conformance::access::ask,
    world::{assert_verifies, begin, label, open_study, reference},
};

const HOUSEHOLDS: usize = 1_000;

fn row(number: usize) -> HouseholdRow {
    HouseholdRow {
        household: reference(&format!("H-{number}")),
        household_name: None,
        community: None,
        person: reference(&format!("P-{number}")),
        person_name: label("邻居"),
        role: Role::Owner,
        born_on: None,
        email: None,
        leads: None,
        kin: None,
    }
}

/// A token for the owner of each household.
async fn tokens(app: &App) -> Vec<String> {
    let rows = (0..HOUSEHOLDS).map(row).collect();
    let imported = app.import_households(rows, ImportMode::Commit).await.unwrap();
    assert!(imported.iter().all(Result::is_ok));
    let people: Vec<_> = (0..HOUSEHOLDS).map(|number| reference(&format!("P-{number}"))).collect();
    let mut tx = begin(app).await;
    let places = accounts::store::find_person_refs(&mut tx, &people).await.unwrap();
    let mut tokens = Vec::new();
    for (number, person) in people.iter().enumerate() {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
        let token = SessionToken::from_random(bytes);
        let session = Session::new(tx.new_id(), places[person].person, tx.now(), 30);
        accounts::store::insert_session(&mut tx, &session, &token.hash()).await.unwrap();
        tokens.push(token.to_text());
    }
    tx.commit().await.unwrap();
    tokens
}

on_both_engines! {
    async fn a_thousand_ballots_in_the_last_second_count_as_they_were_acknowledged(world: TestApp) {
        let app = world.app();
        let tokens = tokens(app).await;
        let study = open_study(app, &["A", "B"]).await;
        let routes = Arc::new(gateway::routes(app.clone(), &GatewayOptions::default()));
        world.clock().advance(TimeDelta::days(7) - TimeDelta::milliseconds(1));

        let votes: Vec<_> = tokens
            .into_iter()
            .enumerate()
            .map(|(number, token)| {
                let (routes, study) = (Arc::clone(&routes), study.id);
                let choice = if number % 4 == 0 { "B" } else { "A" };
                let input = format!("{{ studyId: \"{study}\", ballot: {{ choice: \"{choice}\" }} }}");
                let mutation = format!("mutation {{ castBallot(input: {input}) {{ receipt {{ receipt }} userErrors {{ code }} }} }}");
                let vote = tokio::spawn(async move { ask(&routes, Some(&token), &mutation).await });
                (choice, number % 10 == 0, vote)
            })
            .collect();
        // Every tenth hangs up somewhere on the way.
        tokio::task::yield_now().await;
        for (_, _, vote) in votes.iter().filter(|(_, hangs_up, _)| *hangs_up) {
            vote.abort();
        }
        let (mut acknowledged, mut receipts) = ([0_u64; 2], BTreeSet::new());
        for (choice, hangs_up, vote) in votes {
            let answer = match vote.await {
                Ok(answer) => answer,
                Err(gone) => {
                    assert!(gone.is_cancelled() && hangs_up);
                    continue;
                }
            };
            let cast = &answer["data"]["castBallot"];
            assert_eq!(cast["userErrors"], serde_json::json!([]), "{answer}");
            receipts.insert(cast["receipt"]["receipt"].as_str().unwrap().to_owned());
            acknowledged[usize::from(choice == "B")] += 1;
        }
        assert!(receipts.len() >= HOUSEHOLDS - HOUSEHOLDS / 10, "{}", receipts.len());

        world.clock().advance(TimeDelta::milliseconds(1));
        app.close_studies().await.unwrap();
        let result = app.publish_study(study.id).await.unwrap().unwrap().published.unwrap().result;
        let count = |value: &serde_json::Value| value.as_u64().unwrap();
        let sums = ["A", "B"].map(|option| count(&result["detail"]["sums"][option]));
        // Who hung up was taken whole or not at all.
        assert_eq!(sums.iter().sum::<u64>(), world.db().count("ballot_choices").await);
        assert!(acknowledged[0] <= sums[0] && sums[0] <= 750 && acknowledged[1] <= sums[1] && sums[1] <= 250, "{sums:?}");
        let published = app.export_publication(study.id).await.unwrap().unwrap();
        let entries: BTreeSet<String> = published.entries.iter().map(|entry| entry[..20].to_owned()).collect();
        assert!(receipts.is_subset(&entries));
        assert_verifies(app).await;
    }
}
