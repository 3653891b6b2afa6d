use db::AuditLine;
use kernel::{Actor, Clock};
use sea_orm::ConnectionTrait;

use crate::{Completed, Engine, TestDb, drop_at_every_await, on_both_engines, start};

/// How often an act is dropped at each of its awaits.
const ROUNDS: u32 = 20;

/// An act of two tables: a fact under a new name, and a line of audit.
async fn note(db: &TestDb, name: &str) {
    let mut tx = db.begin(Actor::System).await;
    db::deployment::insert_value(&mut tx, name, "noted").await.expect("the fact is written");
    tx.audit(AuditLine { action: "note", household: None, subject: name.to_owned(), detail: String::new() });
    tx.commit().await.expect("the act commits");
}

on_both_engines! {
    async fn is_migrated_and_empty(db: TestDb) {
        assert_eq!(db.count("households").await, 0);
        assert_eq!(db.clock().now(), start());
        assert_eq!(start().to_rfc3339(), "2026-06-01T04:00:00+00:00");
    }

    async fn shares_nothing_with_another(db: TestDb) {
        let other = TestDb::new(db.engine()).await;
        note(&other, "there").await;

        assert_eq!((other.count("deployment").await, db.count("deployment").await), (1, 0));
    }

    async fn a_transaction_that_the_engine_ended_by_itself_makes_no_later_commit_hollow(db: TestDb) {
        // As SQLite does when the disk fails a COMMIT.
        let mut ended = db.begin(Actor::System).await;
        ended.connection().execute_unprepared("ROLLBACK").await.expect("the engine takes it");
        drop(ended);
        db.begin(Actor::System).await.rollback().await.expect("a later one rolls back");
        note(&db, "after").await;

        // Another connection sees only what is committed.
        let kept = db::deployment::find_value(&db.db().reader(), "after").await.expect("the reader answers");
        assert_eq!(kept.as_deref(), Some("noted"));
    }

    async fn a_transaction_dropped_at_any_await_leaves_all_or_nothing(db: TestDb) {
        // On a loaded machine a server may have answered before the first look: then nothing waits, and we go again.
        let mut drops = 0;
        for round in 0..ROUNDS {
            let Completed { drops: hit, output: () } = drop_at_every_await(
                async |polls| note(&db, &format!("fact {round} {polls}")).await,
                async |polls| {
                    let fact = db.count(&format!("deployment WHERE name = 'fact {round} {polls}'")).await;
                    let line = db.count(&format!("audit_lines WHERE subject = 'fact {round} {polls}'")).await;
                    // Two statements see two moments: a commit that was under way may become true between them.
                    assert!(fact <= line, "a fact without its line of audit after {polls} polls");
                },
            )
            .await;
            assert_eq!(db.count(&format!("deployment WHERE name = 'fact {round} {}'", hit + 1)).await, 1);
            drops += hit;
        }

        assert!(drops >= 1, "no await was hit");
        let apart = "SELECT name FROM deployment WHERE name NOT IN (SELECT subject FROM audit_lines) \
                     UNION SELECT subject FROM audit_lines WHERE subject NOT IN (SELECT name FROM deployment)";
        assert_eq!(db.texts(apart).await, [[""; 0]; 0]);
    }
}

#[tokio::test]
async fn a_dropped_sqlite_database_leaves_no_file() {
    let db = TestDb::new(Engine::Sqlite).await;
    let path = db.url().trim_start_matches("sqlite:").to_owned();
    assert!(std::path::Path::new(&path).exists());
    drop(db);

    assert!(!std::path::Path::new(&path).exists());
}

#[tokio::test]
async fn a_dropped_postgres_database_is_gone() {
    let observer = TestDb::new(Engine::Postgres).await;
    let db = TestDb::new(Engine::Postgres).await;
    let name = db.url().rsplit('/').next().expect("a URL ends with the database").to_owned();
    let count = format!("pg_database WHERE datname = '{name}'");
    assert_eq!(observer.count(&count).await, 1);
    drop(db);

    assert_eq!(observer.count(&count).await, 0);
}
