use chrono::{NaiveDate, TimeDelta};
use db::Tx;
use kernel::{Actor, EmailAddress, ExternalRef, Id, kinds};
use testkit::{TestDb, on_both_engines, start};

use super::{
    find_challenge, find_household, find_household_owner, find_person, find_person_by_address, find_person_refs,
    find_session_holder, insert_books, insert_challenge, insert_session, list_recent_challenges, lock_books,
    lock_membership, lock_memberships, lock_newest_challenge, lock_or_insert_address, lock_or_insert_households,
    update_challenge, update_session_revoked,
};
use crate::{
    AddressHash, Challenge, Code, HouseholdRow, Imported, Judged, Kin, Relation, Role, RowIds, Session, SessionHolder,
    SessionToken, judge_rows,
};

fn reference(text: &str) -> ExternalRef {
    text.parse().unwrap()
}

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

fn row(household: &str, person: &str, role: Role) -> HouseholdRow {
    HouseholdRow {
        household: reference(household),
        household_name: Some(format!("family {household}").parse().unwrap()),
        community: Some("玉兰里".parse().unwrap()),
        person: reference(person),
        person_name: format!("name of {person}").parse().unwrap(),
        role,
        born_on: NaiveDate::from_ymd_opt(1951, 3, 8),
        email: Some(address(&format!("{person}@hearth.example"))),
        leads: None,
        kin: None,
    }
}

/// 王奶奶 owns H1 where a child lives; her son and leader owns H2.
fn neighbourhood() -> Vec<HouseholdRow> {
    let son = Kin { senior: reference("p1"), relation: Relation::Son };
    vec![
        HouseholdRow {
            kin: Some(son),
            leads: Some("柳荫街".parse().unwrap()),
            household_name: None,
            ..row("H2", "p3", Role::Owner)
        },
        HouseholdRow { email: None, born_on: None, ..row("H1", "p2", Role::Child) },
        row("H1", "p1", Role::Owner),
    ]
}

async fn import(tx: &mut Tx, rows: Vec<HouseholdRow>) -> (Vec<Imported>, Vec<Id<kinds::Household>>) {
    let books = lock_books(tx, &rows).await.unwrap();
    let draw = |row| {
        let ids =
            RowIds { household: tx.new_id(), person: tx.new_id(), community: tx.new_id(), led_community: tx.new_id() };
        (row, ids)
    };
    let rows: Vec<(HouseholdRow, RowIds)> = rows.into_iter().map(draw).collect();
    let Judged { answers, books } = judge_rows(&books, &rows, NaiveDate::from_ymd_opt(2026, 6, 1).unwrap());
    let founded = insert_books(tx, &books).await.unwrap();
    (answers.into_iter().map(Result::unwrap).collect(), founded)
}

async fn settle(db: &TestDb) {
    let mut tx = db.begin(Actor::Operator).await;
    import(&mut tx, neighbourhood()).await;
    tx.commit().await.unwrap();
}

async fn person(tx: &mut Tx, person: &str) -> Id<kinds::Person> {
    find_person_refs(tx, &[reference(person)]).await.unwrap()[&reference(person)].person
}

on_both_engines! {
    async fn people_read_back_as_they_were_told(db: TestDb) {
        let mut tx = db.begin(Actor::Operator).await;
        let (first, founded) = import(&mut tx, neighbourhood()).await;
        tx.commit().await.unwrap();
        let mut tx = db.begin(Actor::Operator).await;
        let (again, founded_again) = import(&mut tx, neighbourhood()).await;
        tx.commit().await.unwrap();

        assert_eq!((first, founded.len()), (vec![Imported::New; 3], 2));
        assert_eq!((again, founded_again.len()), (vec![Imported::Duplicate; 3], 0));
        let mut rows = db.texts("SELECT relation FROM kin_links UNION ALL SELECT name FROM communities").await;
        rows.sort();
        assert_eq!(rows.concat(), ["son", "柳荫街", "玉兰里"]);
        let led = "SELECT p.external_ref, c.name FROM leaders l JOIN persons p ON p.id = l.person_id \
                   JOIN communities c ON c.id = l.community_id";
        assert_eq!(db.texts(led).await, [["p3", "柳荫街"]]);
    }

    async fn a_household_shows_its_members_owner_first(db: TestDb) {
        settle(&db).await;
        let mut tx = db.begin(Actor::System).await;
        let places = find_person_refs(&mut tx, &["p1", "p2", "p3", "p9"].map(reference)).await.unwrap();
        tx.rollback().await.unwrap();
        let (household, role) = places[&reference("p1")].household.unwrap();

        let view = find_household(&db.db().reader(), household).await.unwrap().unwrap();

        assert_eq!((places.len(), role), (3, Role::Owner));
        assert_eq!(places[&reference("p2")].household, Some((household, Role::Child)));
        assert_eq!((view.name.as_str(), view.community.unwrap().as_str()), ("family H1", "玉兰里"));
        let members: Vec<_> = view.members.iter().map(|member| (member.name.as_str(), member.role, member.joined_at)).collect();
        assert_eq!(members, [("name of p1", Role::Owner, start()), ("name of p2", Role::Child, start())]);
        let other = places[&reference("p3")].household.unwrap().0;
        assert_eq!(find_household(&db.db().reader(), other).await.unwrap().unwrap().name.as_str(), "H2");
        assert_eq!(find_household(&db.db().reader(), Id::from_uuid(uuid::Uuid::nil())).await.unwrap(), None);
    }

    async fn a_person_reads_back_whole(db: TestDb) {
        settle(&db).await;
        let mut tx = db.begin(Actor::System).await;
        let place = find_person_refs(&mut tx, &[reference("p1")]).await.unwrap()[&reference("p1")];
        assert_eq!(find_person_by_address(&mut tx, &address("P1@hearth.example")).await.unwrap(), Some(place.person));
        assert_eq!(find_person_by_address(&mut tx, &address("nobody@hearth.example")).await.unwrap(), None);
        tx.rollback().await.unwrap();
        let reader = db.db().reader();

        let view = find_person(&reader, place.person).await.unwrap().unwrap();

        assert_eq!((view.name.as_str(), view.address.clone()), ("name of p1", Some(address("p1@hearth.example"))));
        assert_eq!((view.born_on, view.household), (NaiveDate::from_ymd_opt(1951, 3, 8), place.household));
        let household = place.household.unwrap().0;
        assert_eq!(find_household_owner(&reader, household).await.unwrap(), Some(view));
    }

    async fn whoever_left_belongs_nowhere(db: TestDb) {
        settle(&db).await;
        let mut tx = db.begin(Actor::System).await;
        let (owner, child) = (person(&mut tx, "p1").await, person(&mut tx, "p2").await);
        let before = lock_memberships(&mut tx, &[owner, child]).await.unwrap();
        tx.rollback().await.unwrap();
        let household = before[&owner].0;
        assert_eq!((before[&owner].1, before[&child]), (Role::Owner, (household, Role::Child)));

        assert_eq!(db.execute("UPDATE memberships SET left_at = 1 WHERE role = 'child'").await, Ok(1));

        let mut tx = db.begin(Actor::System).await;
        assert_eq!(lock_membership(&mut tx, child).await.unwrap(), None);
        assert_eq!(lock_membership(&mut tx, owner).await.unwrap(), Some((household, Role::Owner)));
        assert_eq!(find_person_refs(&mut tx, &[reference("p2")]).await.unwrap()[&reference("p2")].household, None);
        tx.rollback().await.unwrap();
        assert_eq!(find_household(&db.db().reader(), household).await.unwrap().unwrap().members.len(), 1);
        assert_eq!(find_person(&db.db().reader(), child).await.unwrap().unwrap().household, None);
    }

    async fn the_engine_refuses_a_second_owner(db: TestDb) {
        settle(&db).await;

        let refused = db.execute("UPDATE memberships SET role = 'owner' WHERE role = 'child'").await;

        assert!(refused.is_err(), "{refused:?}");
        assert_eq!(db.count("memberships WHERE role = 'owner'").await, 2);
    }

    async fn a_number_not_heard_of_founds_a_nameless_household(db: TestDb) {
        let refs = ["H2", "H1", "H2"].map(reference);
        let mut tx = db.begin(Actor::OrderSystem).await;
        let first = lock_or_insert_households(&mut tx, &refs).await.unwrap();
        let again = lock_or_insert_households(&mut tx, &refs).await.unwrap();
        tx.commit().await.unwrap();

        assert_eq!((first.by_ref.len(), first.founded.len()), (2, 2));
        assert_eq!((again.by_ref, again.founded), (first.by_ref, vec![]));
        let names = "SELECT name || ' ' || external_ref FROM households ORDER BY name";
        assert_eq!(db.texts(names).await.concat(), ["H1 H1", "H2 H2"]);
    }

    async fn an_import_names_a_nameless_household(db: TestDb) {
        let mut tx = db.begin(Actor::OrderSystem).await;
        let nameless = lock_or_insert_households(&mut tx, &[reference("H1")]).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = db.begin(Actor::Operator).await;
        let (answers, founded) = import(&mut tx, vec![row("H1", "p1", Role::Owner)]).await;
        tx.commit().await.unwrap();

        assert_eq!((answers, founded), (vec![Imported::New], vec![]));
        let view = find_household(&db.db().reader(), nameless.founded[0]).await.unwrap().unwrap();
        assert_eq!((view.name.as_str(), view.community.unwrap().as_str()), ("family H1", "玉兰里"));
    }

    async fn founding_the_same_household_at_once_founds_one(db: TestDb) {
        let db = std::sync::Arc::new(db);
        let tasks: Vec<_> = (0..8)
            .map(|number| {
                let db = std::sync::Arc::clone(&db);
                let mut refs: Vec<_> = (0..20).map(|household| reference(&format!("H{household}"))).collect();
                refs.rotate_left(number);
                tokio::spawn(async move {
                    let mut tx = db.begin(Actor::OrderSystem).await;
                    let found = lock_or_insert_households(&mut tx, &refs).await.unwrap();
                    tx.commit().await.unwrap();
                    found
                })
            })
            .collect();
        let mut founded = 0;
        let mut by_ref = None;
        for task in tasks {
            let found = task.await.unwrap();
            founded += found.founded.len();
            assert_eq!(*by_ref.get_or_insert(found.by_ref.clone()), found.by_ref);
        }

        assert_eq!(founded, 20);
        assert_eq!((db.count("households").await, db.count("household_refs").await), (20, 20));
    }

    async fn the_newest_challenge_counts(db: TestDb) {
        settle(&db).await;
        let secret = b"a secret of thirty-two bytes ...";
        let hash = AddressHash::of(secret, &address("p1@hearth.example"));
        let other = AddressHash::of(secret, &address("p2@hearth.example"));
        let mut tx = db.begin(Actor::Anonymous).await;
        let owner = person(&mut tx, "p1").await;
        let mut made = Vec::new();
        for (seconds, hash) in [(0, hash), (1, hash), (1, hash), (2, other)] {
            lock_or_insert_address(&mut tx, hash).await.unwrap();
            let now = start() + TimeDelta::seconds(seconds);
            let challenge = Challenge::new(tx.new_id(), hash, Some(owner), now);
            insert_challenge(&mut tx, &challenge).await.unwrap();
            made.push(challenge);
        }

        assert_eq!(lock_newest_challenge(&mut tx, hash).await.unwrap(), Some(made[2]));
        let since = start();
        let recent = list_recent_challenges(&mut tx, hash, since, 5).await.unwrap();
        assert_eq!(recent, [start() + TimeDelta::seconds(1); 2]);
        let code = Code::of(secret, made[2].id());
        let (used, judged) = made[2].attempt(code.digits(), &code, start() + TimeDelta::seconds(3));
        update_challenge(&mut tx, &used).await.unwrap();
        assert_eq!(judged, Ok(owner));
        assert_eq!(lock_newest_challenge(&mut tx, hash).await.unwrap(), Some(used));
        tx.commit().await.unwrap();
        let found = find_challenge(&db.db().reader(), used.id()).await.unwrap();
        assert_eq!(found, Some((used, address("p1@hearth.example"))));
    }

    async fn nothing_is_mailed_for_a_challenge_of_nobody(db: TestDb) {
        let hash = AddressHash::of(b"secret", &address("nobody@hearth.example"));
        let mut tx = db.begin(Actor::Anonymous).await;
        assert_eq!(lock_newest_challenge(&mut tx, hash).await.unwrap(), None);
        lock_or_insert_address(&mut tx, hash).await.unwrap();
        let challenge = Challenge::new(tx.new_id(), hash, None, tx.now());
        insert_challenge(&mut tx, &challenge).await.unwrap();
        tx.commit().await.unwrap();

        assert_eq!(find_challenge(&db.db().reader(), challenge.id()).await.unwrap(), None);
    }

    async fn a_session_is_good_until_it_expires_or_is_revoked(db: TestDb) {
        settle(&db).await;
        let token = SessionToken::from_random([7; 32]).hash();
        let mut tx = db.begin(Actor::Anonymous).await;
        let (owner, other) = (person(&mut tx, "p1").await, person(&mut tx, "p3").await);
        let place = lock_membership(&mut tx, owner).await.unwrap();
        let session = Session::new(tx.new_id(), owner, tx.now(), 1);
        insert_session(&mut tx, &session, &token).await.unwrap();
        tx.commit().await.unwrap();
        let reader = db.db().reader();
        let holder = SessionHolder { session: session.id, person: owner, household: place };
        let last = start() + TimeDelta::days(1) - TimeDelta::milliseconds(1);

        assert!(place.is_some());
        assert_eq!(find_session_holder(&reader, &token, last).await.unwrap(), Some(holder));
        assert_eq!(find_session_holder(&reader, &token, session.expires_at).await.unwrap(), None);
        assert_eq!(find_session_holder(&reader, &[8; 32], start()).await.unwrap(), None);
        assert_eq!(db.execute("UPDATE memberships SET left_at = 1").await, Ok(3));
        let homeless = SessionHolder { household: None, ..holder };
        assert_eq!(find_session_holder(&reader, &token, start()).await.unwrap(), Some(homeless));
        let mut tx = db.begin(Actor::Member(owner)).await;
        assert!(!update_session_revoked(&mut tx, &token, other).await.unwrap());
        assert!(update_session_revoked(&mut tx, &token, owner).await.unwrap());
        assert!(!update_session_revoked(&mut tx, &token, owner).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(find_session_holder(&reader, &token, start()).await.unwrap(), None);
    }
}
