//! A study from its draft to the file that anybody can recount, and what nobody may see on the way.

use std::sync::Arc;

use accounts::{Role, Verdict};
use app::{
    App, Principal,
    approvals::DecideApproval,
    cocreation::{
        AdvanceStudy, AdvanceStudyRefusal, BallotCast, CastBallot, CastBallotRefusal, ExportPublicationRefusal,
        OpenStudyRefusal, PublishStudyRefusal, StudyStep,
    },
    staff::NotAllowed,
};
use chrono::TimeDelta;
use cocreation::{
    CastRefusal, DraftRefusal, PanelPlace, PanelRule, Study, StudyState,
    tally_file::{BallotProblem, Said, verify},
};
use gateway::GatewayOptions;
use testkit::{TestApp, drop_at_every_await, on_both_engines};

use crate::{
    conformance::access::ask,
    staff::hire,
    world::{add_person, assert_verifies, earn, found, open_study, set_rule, sign_in_owner, study_of},
};

async fn cast(app: &App, who: &Principal, study: &Study, choice: &str) -> Result<BallotCast, CastBallotRefusal> {
    app.cast_ballot(who, CastBallot { study: study.id, said: Said::Choice(choice.to_owned()) }).await.unwrap()
}

/// So many households, named H-0 and so on.
async fn households(app: &App, count: usize) -> Vec<Principal> {
    let mut owners = Vec::new();
    for number in 0..count {
        owners.push(found(app, &format!("H-{number}")).await);
    }
    owners
}

fn pass(world: &TestApp, time: TimeDelta) {
    world.clock().advance(time);
}

on_both_engines! {
    async fn a_vote_from_draft_to_recount(world: TestApp) {
        let app = world.app();
        let owners = households(app, 25).await;
        let study = open_study(app, &["A", "B", "C"]).await;

        let mut receipts = Vec::new();
        for (number, owner) in owners.iter().enumerate().take(22) {
            let choice = if number < 12 { "A" } else { "B" };
            receipts.push(cast(app, owner, &study, choice).await.unwrap().receipt);
        }
        // One of them thinks again.
        let changed = cast(app, &owners[0], &study, "B").await.unwrap();
        assert_eq!((changed.is_unchanged, changed.receipt.entry_no), (false, 23));
        let view = app.find_study(&owners[0], study.id).await.unwrap().unwrap();
        assert_eq!((view.state, view.turnout, view.place), (StudyState::Open, 22, Some(PanelPlace::In)));
        assert_eq!(app.publish_study(study.id).await.unwrap(), Err(PublishStudyRefusal::NotClosed));

        pass(&world, TimeDelta::days(7));
        assert_eq!(cast(app, &owners[24], &study, "A").await, Err(CastRefusal::Closed.into()));
        assert_eq!((app.close_studies().await.unwrap(), app.close_studies().await.unwrap()), (1, 0));
        let refused = app.export_publication(study.id).await.unwrap().unwrap_err();
        assert_eq!(refused, ExportPublicationRefusal::NotPublished);

        let published = app.publish_study(study.id).await.unwrap().unwrap().published.unwrap();
        assert_eq!(published.result["detail"]["sums"], serde_json::json!({ "A": 11, "B": 11, "C": 0 }));
        assert_eq!(published.result["winners"], serde_json::json!(["A", "B"]));
        assert_eq!(published.result["elected"], serde_json::json!(["A"]));
        assert_eq!(app.publish_study(study.id).await.unwrap(), Err(PublishStudyRefusal::AlreadyPublished));

        let publication = app.export_publication(study.id).await.unwrap().unwrap();
        let text = serde_json::to_string(&publication).unwrap();
        let found = verify(&text, Some(&receipts[4].receipt)).unwrap();
        assert_eq!((found.entries, found.ballots, found.found_at), (24, 22, Some(5)));
        assert_eq!(verify(&text, Some(&receipts[4].head)).unwrap().found_at, Some(5));
        let forged = text.replacen(r#"{"choice":"A"}"#, r#"{"choice":"B"}"#, 1);
        assert!(verify(&forged, None).is_err());
        // Nothing in the file names a household, a person or a pseudonym.
        for owner in &owners {
            assert!(!text.contains(&owner.person.to_string()) && !text.contains(&owner.household.unwrap().0.to_string()));
        }
        assert_verifies(app).await;
    }

    async fn a_household_has_one_ballot_whoever_of_it_votes(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let owner = found(&app, "H-WANG").await;
        let adult = add_person(&app, "H-WANG", "adult", Role::Adult).await;
        let child = add_person(&app, "H-WANG", "child", Role::Child).await;
        let study = open_study(&app, &["A", "B"]).await;

        let both: Vec<_> = [(owner, "A"), (adult, "B")]
            .into_iter()
            .map(|(who, choice)| {
                let (app, study) = (Arc::clone(&app), study.clone());
                tokio::spawn(async move { cast(&app, &who, &study, choice).await.unwrap().receipt.entry_no })
            })
            .collect();
        let mut entries = Vec::new();
        for one in both {
            entries.push(one.await.unwrap());
        }
        entries.sort_unstable();

        assert_eq!(entries, [1, 2]);
        assert_eq!(app.find_study(&owner, study.id).await.unwrap().unwrap().turnout, 1);
        assert_eq!(world.db().count("ballot_choices").await, 1);
        let seen = app.list_ballot_receipts(&owner, study.id, 10).await.unwrap();
        let who: std::collections::BTreeSet<_> = seen.iter().map(|receipt| receipt.person).collect();
        assert_eq!(who, [owner.person, adult.person].into());
        assert_eq!(cast(&app, &child, &study, "A").await, Err(CastBallotRefusal::NotAllowed));
        assert_eq!(world.db().count("study_entries").await, 2);
    }

    async fn the_same_ballot_again_changes_nothing(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let owner = found(&app, "H-WANG").await;
        let study = open_study(&app, &["A", "B"]).await;

        let presses: Vec<_> = (0..20)
            .map(|_| {
                let (app, study) = (Arc::clone(&app), study.clone());
                tokio::spawn(async move { cast(&app, &owner, &study, "A").await.unwrap() })
            })
            .collect();
        let (mut new, mut receipts) = (0, std::collections::BTreeSet::new());
        for press in presses {
            let cast = press.await.unwrap();
            new += u32::from(!cast.is_unchanged);
            receipts.insert(cast.receipt.receipt);
        }

        assert_eq!((new, receipts.len()), (1, 1));
        for table in ["study_entries", "ballot_receipts", "ballot_choices"] {
            assert_eq!(world.db().count(table).await, 1, "{table}");
        }
        assert_eq!(world.db().count("audit_lines WHERE action = 'cast_ballot'").await, 1);
    }

    async fn a_ballot_counts_until_the_very_instant_of_closing(world: TestApp) {
        let app = world.app();
        let owner = found(app, "H-WANG").await;
        let draft = app.draft_study(&study_of(app, &["A", "B"], PanelRule::default())).await.unwrap().unwrap();
        assert_eq!(cast(app, &owner, &draft, "A").await, Err(CastBallotRefusal::NoSuchStudy));
        assert_eq!(app.find_study(&owner, draft.id).await.unwrap(), None);
        assert_eq!(app.list_studies(&owner).await.unwrap(), []);
        let study = app.open_study(draft.id).await.unwrap().unwrap();

        pass(&world, TimeDelta::days(7) - TimeDelta::milliseconds(1));
        assert!(cast(app, &owner, &study, "A").await.is_ok());
        pass(&world, TimeDelta::milliseconds(1));
        assert_eq!(cast(app, &owner, &study, "B").await, Err(CastRefusal::Closed.into()));
        assert_eq!(world.db().count("study_entries").await, 1);
        assert_eq!(app.find_study(&owner, study.id).await.unwrap().unwrap().state, StudyState::Closed);
    }

    async fn the_panel_is_fixed_at_the_opening_and_says_why(world: TestApp) {
        let app = world.app();
        set_rule(app, "1", "2017-01-01", &[]).await;
        let buyer = found(app, "H-WANG").await;
        let other = found(app, "H-LI").await;
        earn(app, "H-WANG", "100").await;
        let panel = PanelRule { min_delivered_orders: 1, ..PanelRule::default() };
        let study = app.draft_study(&study_of(app, &["A", "B"], panel)).await.unwrap().unwrap();
        let study = app.open_study(study.id).await.unwrap().unwrap();
        earn(app, "H-LI", "100").await;
        let late = found(app, "H-ZHAO").await;

        let place = async |who: &Principal| app.find_study(who, study.id).await.unwrap().unwrap().place;
        assert_eq!(place(&buyer).await, Some(PanelPlace::In));
        assert_eq!((place(&other).await, place(&late).await), (Some(PanelPlace::TooFewOrders), None));
        let out = CastRefusal::NotInPanel(Some(PanelPlace::TooFewOrders));
        assert_eq!(cast(app, &other, &study, "A").await, Err(out.into()));
        assert_eq!(cast(app, &late, &study, "A").await, Err(CastRefusal::NotInPanel(None).into()));
        assert_eq!(study.opening.unwrap().panel_size, 1);
        assert_eq!(world.db().count("study_entries").await, 0);
    }

    async fn whoever_leaves_votes_where_they_belong_now(world: TestApp) {
        let app = world.app();
        let owner = found(app, "H-WANG").await;
        let adult = add_person(app, "H-WANG", "adult", Role::Adult).await;
        let study = open_study(app, &["A", "B"]).await;
        cast(app, &adult, &study, "B").await.unwrap();

        let preview = app.preview_leave(&adult).await.unwrap().unwrap();
        let key = "leave-0123456789abcdef".parse().unwrap();
        app.leave_household(&adult, &preview.version, &key).await.unwrap().unwrap();

        // Their ballot was the household's and stays; theirs is no household of the panel.
        let adult = crate::world::principal(app, "adult").await;
        assert!(cast(app, &adult, &study, "A").await.is_err());
        assert_eq!(app.find_study(&owner, study.id).await.unwrap().unwrap().turnout, 1);
        assert_eq!(world.db().count("ballot_choices WHERE said LIKE '%B%'").await, 1);
        assert_verifies(app).await;
    }

    async fn refusals_name_what_is_wrong_and_leave_nothing(world: TestApp) {
        let app = world.app();
        let owner = found(app, "H-WANG").await;
        let study = open_study(app, &["A", "B"]).await;
        let bad = |problem: BallotProblem| Err(CastBallotRefusal::NotCast(problem.into()));

        assert_eq!(cast(app, &owner, &study, "Z").await, bad(BallotProblem::Unknown("Z".to_owned())));
        let ranking = CastBallot { study: study.id, said: Said::Ranking(Vec::new()) };
        assert_eq!(app.cast_ballot(&owner, ranking).await.unwrap(), bad(BallotProblem::WrongKind));
        assert_eq!(app.open_study(study.id).await.unwrap(), Err(OpenStudyRefusal::AlreadyOpened));
        let asked = study_of(app, &["A"], PanelRule::default());
        assert_eq!(app.draft_study(&asked).await.unwrap(), Err(DraftRefusal::Options));
        let nobody = PanelRule { min_delivered_orders: 1, ..PanelRule::default() };
        let empty = app.draft_study(&study_of(app, &["A", "B"], nobody)).await.unwrap().unwrap();
        assert_eq!(app.open_study(empty.id).await.unwrap(), Err(OpenStudyRefusal::EmptyPanel));
        for (table, rows) in [("studies", 2), ("study_chains", 1), ("study_entries", 0), ("ballot_choices", 0)] {
            assert_eq!(world.db().count(table).await, rows, "{table}");
        }
    }

    async fn of_four_ballots_no_result_is_told(world: TestApp) {
        let app = world.app();
        let owners = households(app, 4).await;
        let study = open_study(app, &["A", "B"]).await;
        for owner in &owners {
            cast(app, owner, &study, "A").await.unwrap();
        }
        pass(&world, TimeDelta::days(7));
        app.close_studies().await.unwrap();

        assert_eq!(app.publish_study(study.id).await.unwrap(), Err(PublishStudyRefusal::TooFewBallots(4)));
    }

    async fn a_caller_who_goes_away_leaves_a_whole_ballot_or_none(world: TestApp) {
        let app = world.app();
        let owner = found(app, "H-WANG").await;
        let study = open_study(app, &["A", "B"]).await;

        for _ in 0..5 {
            drop_at_every_await(
                async |n| cast(app, &owner, &study, if n % 2 == 0 { "A" } else { "B" }).await.unwrap(),
                async |_| {
                    // One statement: a commit that was under way may still become true between two.
                    let halves = "SELECT 'half' FROM study_chains WHERE \
                         entries <> (SELECT count(*) FROM study_entries) OR \
                         entries <> (SELECT count(*) FROM ballot_receipts) OR \
                         turnout <> (SELECT count(*) FROM ballot_choices)";
                    assert_eq!(world.db().texts(halves).await, Vec::<Vec<String>>::new());
                },
            )
            .await;
        }

        assert_eq!(app.find_study(&owner, study.id).await.unwrap().unwrap().turnout, 1);
    }

    async fn two_hundred_in_the_last_second_are_all_counted(world: TestApp) {
        let app = Arc::new(world.app().clone());
        let owners = households(&app, 200).await;
        let study = open_study(&app, &["A", "B"]).await;
        pass(&world, TimeDelta::days(7) - TimeDelta::milliseconds(1));

        let votes: Vec<_> = owners
            .into_iter()
            .enumerate()
            .map(|(number, owner)| {
                let (app, study) = (Arc::clone(&app), study.clone());
                let choice = if number % 4 == 0 { "B" } else { "A" };
                tokio::spawn(async move { cast(&app, &owner, &study, choice).await.unwrap().receipt.receipt })
            })
            .collect();
        let mut receipts = Vec::new();
        for vote in votes {
            receipts.push(vote.await.unwrap());
        }
        pass(&world, TimeDelta::milliseconds(1));
        app.close_studies().await.unwrap();
        let result = app.publish_study(study.id).await.unwrap().unwrap().published.unwrap().result;

        assert_eq!(result["detail"]["sums"], serde_json::json!({ "A": 150, "B": 50 }));
        let text = serde_json::to_string(&app.export_publication(study.id).await.unwrap().unwrap()).unwrap();
        for receipt in receipts {
            assert!(verify(&text, Some(&receipt)).unwrap().found_at.is_some());
        }
    }

    async fn opening_and_announcing_need_two_of_the_staff(world: TestApp) {
        let app = world.app();
        let owners = households(app, 6).await;
        let mut perks = hire(app, "li", "perks".parse().unwrap()).await;
        let mut auditor = hire(app, "zhao", "auditor".parse().unwrap()).await;
        let mut support = hire(app, "sun", "support".parse().unwrap()).await;
        let (perks, auditor) = (perks.principal(app).await, auditor.principal(app).await);
        let support = support.principal(app).await;
        let study = app.draft_study(&study_of(app, &["A", "B"], PanelRule::default())).await.unwrap().unwrap().id;
        let advance = |step, key: &str| AdvanceStudy {
            study,
            step,
            reason: "asked by the neighbours".parse().unwrap(),
            idempotency_key: format!("advance-{key:0>16}").parse().unwrap(),
        };
        let decide = |approval, key: &str| DecideApproval {
            approval,
            verdict: Verdict::Approve,
            idempotency_key: format!("decide-{key:0>16}").parse().unwrap(),
        };

        let refused = app.advance_study(&support, &advance(StudyStep::Open, "1")).await.unwrap();
        assert_eq!(refused, Err(AdvanceStudyRefusal::NotAllowed(NotAllowed)));
        let proposed = app.advance_study(&perks, &advance(StudyStep::Open, "2")).await.unwrap().unwrap();
        let again = app.advance_study(&perks, &advance(StudyStep::Open, "2")).await.unwrap().unwrap();
        assert_eq!((proposed.is_replay, again.is_replay), (false, true));
        assert_eq!(again.approval.id, proposed.approval.id);
        let alone = app.decide_approval(&perks, &decide(proposed.approval.id, "3")).await.unwrap();
        assert!(alone.is_err(), "{alone:?}");
        assert_eq!(app.find_study(&owners[0], study).await.unwrap(), None);
        app.decide_approval(&auditor, &decide(proposed.approval.id, "4")).await.unwrap().unwrap();
        let open = app.find_study(&owners[0], study).await.unwrap().unwrap();
        assert_eq!(open.state, StudyState::Open);
        for owner in &owners {
            cast(app, owner, &open.study, "A").await.unwrap();
        }
        let early = app.advance_study(&perks, &advance(StudyStep::Publish, "5")).await.unwrap();
        assert_eq!(early, Err(PublishStudyRefusal::NotClosed.into()));

        pass(&world, TimeDelta::days(7));
        app.close_studies().await.unwrap();
        let proposed = app.advance_study(&auditor, &advance(StudyStep::Publish, "6")).await.unwrap().unwrap();
        assert_eq!(app.find_study(&owners[0], study).await.unwrap().unwrap().state, StudyState::Closed);
        app.decide_approval(&perks, &decide(proposed.approval.id, "7")).await.unwrap().unwrap();
        let published = app.find_study(&owners[0], study).await.unwrap().unwrap();
        assert_eq!(published.state, StudyState::Published);
        assert_eq!(published.study.published.unwrap().result["elected"], serde_json::json!(["A"]));
        let twice = app.advance_study(&perks, &advance(StudyStep::Publish, "8")).await.unwrap();
        assert_eq!(twice, Err(PublishStudyRefusal::AlreadyPublished.into()));
        assert_verifies(app).await;
    }

    async fn what_a_household_says_shows_nowhere_before_the_result(world: TestApp) {
        let app = world.app();
        let owners = households(app, 6).await;
        let study = open_study(app, &["A", "B"]).await;
        let routes = gateway::routes(app.clone(), &GatewayOptions::default());
        let other = sign_in_owner(&world, "H-1").await;
        let staff = hire(app, "all", accounts::StaffRoles::all()).await.sign_in(app).await;
        let fields = format!(
            "{{ studies {{ id title options {{ id name }} state turnout panelSize membership result {{ elected }} }} \
             study(id: \"{0}\") {{ turnout result {{ winners }} }} ballotReceipt(studyId: \"{0}\") {{ receipt head }} }}",
            study.id
        );
        let look = async || {
            let mut seen = Vec::new();
            for token in [None, Some(other.as_str()), Some(staff.as_str())] {
                seen.push(without_request(ask(&routes, token, &fields).await));
                let log = "{ auditLines(first: 100) { nodes { action subject } } }";
                seen.push(without_request(ask(&routes, token, log).await));
            }
            seen
        };
        for owner in &owners[..5] {
            cast(app, owner, &study, "A").await.unwrap();
        }

        // One household flips its ballot: whoever else looks sees the same bytes, but for the staff's log, which has one more line.
        let before = look().await;
        cast(app, &owners[0], &study, "B").await.unwrap();
        let after = look().await;

        for place in [0, 1, 2, 3, 4] {
            assert_eq!(before[place], after[place], "{place}");
        }
        assert!(!after[5].contains("choice"), "{}", after[5]);
        for table in ["audit_lines", "outbox_events", "ballot_receipts", "study_entries"] {
            let rows = world.db().texts(&format!("SELECT CAST({} AS TEXT) FROM {table}", what_it_says(table))).await;
            assert!(!rows.iter().flatten().any(|text| text.contains("\"A\"") || text.contains("\"B\"")), "{table}");
        }
    }
}

/// An answer without what differs from request to request: its id, and what the caller may still spend.
fn without_request(mut answer: serde_json::Value) -> String {
    answer["extensions"].take();
    for error in answer["errors"].as_array_mut().into_iter().flatten() {
        error["extensions"]["requestId"].take();
    }
    answer.to_string()
}

/// The column of a table in which a choice could stand.
fn what_it_says(table: &str) -> &'static str {
    match table {
        "audit_lines" => "detail",
        "outbox_events" => "payload",
        "ballot_receipts" => "receipt",
        _ => "entry",
    }
}
