//! Links that open the voting pages: once, for a while, and no longer than the session that made them.

use std::sync::Arc;

use accounts::{TooManyVotingLinks, VOTING_LIFE, VOTING_LINK_LIFE};
use app::{App, Principal, accounts::RequestVotingLinkRefusal};
use chrono::TimeDelta;
use testkit::{TestApp, on_both_engines};

use crate::world::{found, sign_in_owner};

async fn signed_in(world: &TestApp) -> Principal {
    found(world.app(), "H-1").await;
    let token = sign_in_owner(world, "H-1").await;
    world.app().authenticate(&token).await.unwrap().unwrap()
}

async fn link(app: &App, me: &Principal) -> String {
    app.request_voting_link(me).await.unwrap().unwrap().token.to_text()
}

on_both_engines! {
    async fn a_link_opens_one_browser(world: TestApp) {
        let me = signed_in(&world).await;
        let app = Arc::new(world.app().clone());
        let token = link(&app, &me).await;

        let both: Vec<_> = (0..2)
            .map(|_| {
                let (app, token) = (Arc::clone(&app), token.clone());
                tokio::spawn(async move { app.open_voting_link(&token).await.unwrap() })
            })
            .collect();
        let mut opened = Vec::new();
        for one in both {
            opened.extend(one.await.unwrap());
        }

        let [browser] = &opened[..] else { panic!("{} browsers", opened.len()) };
        let voter = app.authenticate_voter(&browser.to_text()).await.unwrap().unwrap();
        assert_eq!((voter.person, voter.household), (me.person, me.household));
        assert_eq!(app.open_voting_link(&token).await.unwrap(), None);
        // Neither secret is kept, and what opens the pages opens nothing else.
        assert_eq!(app.authenticate(&browser.to_text()).await.unwrap(), None);
        assert_eq!(app.authenticate_voter(&token).await.unwrap(), None);
        assert_eq!(world.db().count("audit_lines WHERE action = 'open_voting_link'").await, 1);
    }

    async fn a_link_and_what_it_opened_have_their_time(world: TestApp) {
        let me = signed_in(&world).await;
        let app = world.app();
        let (late, timely) = (link(app, &me).await, link(app, &me).await);

        world.clock().advance(VOTING_LINK_LIFE - TimeDelta::milliseconds(1));
        let browser = app.open_voting_link(&timely).await.unwrap().unwrap().to_text();
        world.clock().advance(TimeDelta::milliseconds(1));
        assert_eq!(app.open_voting_link(&late).await.unwrap(), None);
        world.clock().advance(VOTING_LIFE - TimeDelta::milliseconds(2));
        assert!(app.authenticate_voter(&browser).await.unwrap().is_some());
        world.clock().advance(TimeDelta::milliseconds(1));
        assert_eq!(app.authenticate_voter(&browser).await.unwrap(), None);
    }

    async fn signing_out_ends_what_a_link_opened(world: TestApp) {
        let me = signed_in(&world).await;
        let app = world.app();
        let (used, unused) = (link(app, &me).await, link(app, &me).await);
        let browser = app.open_voting_link(&used).await.unwrap().unwrap().to_text();

        app.revoke_session(&me, me.session).await.unwrap().unwrap();

        assert_eq!(app.authenticate_voter(&browser).await.unwrap(), None);
        let opened = app.open_voting_link(&unused).await.unwrap().unwrap().to_text();
        assert_eq!(app.authenticate_voter(&opened).await.unwrap(), None);
        assert_eq!(app.request_voting_link(&me).await.unwrap(), Err(RequestVotingLinkRefusal::NotSignedIn));
    }

    async fn a_session_makes_ten_links_an_hour(world: TestApp) {
        let me = signed_in(&world).await;
        let app = world.app();
        for _ in 0..10 {
            link(app, &me).await;
        }

        assert_eq!(app.request_voting_link(&me).await.unwrap(), Err(TooManyVotingLinks.into()));
        assert_eq!(world.db().count("voting_links").await, 10);
        world.clock().advance(TimeDelta::hours(1));
        link(app, &me).await;
        for nothing in ["", "0", &"0".repeat(32), &"A".repeat(32)] {
            assert_eq!(app.open_voting_link(nothing).await.unwrap(), None);
        }
    }
}
