//! `hearth verify` proven able to fail: one row of each kind is falsified behind the rules, and must be named.

mod figures;
mod history;
mod lies;
mod one_row;
mod pay_lies;
mod seal_lies;
mod seals;
mod slot_lies;
mod tender_lies;
mod vote_lies;

use ledger::{Difference, Finding};
use testkit::{Engine, TestApp};

/// What verify names: the row and what is wrong with it.
async fn named(world: &TestApp) -> Vec<(String, String)> {
    world.app().verify().await.unwrap().differences.into_iter().map(told).collect()
}

fn told(difference: Difference) -> (String, String) {
    let what = match difference.finding {
        Finding::Figure { what, stored, recomputed } => format!("{what} {stored}, recomputed {recomputed}"),
        Finding::Impossible(why) => why,
    };
    (difference.row, what)
}

/// Takes away triggers, foreign keys and checks, as somebody with the database's keys would.
async fn disarm(world: &TestApp) {
    match world.db().engine() {
        Engine::Sqlite => {
            let triggers = world.db().texts("SELECT name FROM sqlite_master WHERE type = 'trigger'").await;
            for trigger in triggers {
                world.db().execute(&format!("DROP TRIGGER {}", trigger[0])).await.unwrap();
            }
            world.db().execute("PRAGMA foreign_keys = OFF").await.unwrap();
            world.db().execute("PRAGMA ignore_check_constraints = ON").await.unwrap();
        }
        Engine::Postgres => {
            let disarm = "DO $$ DECLARE it RECORD; BEGIN \
                 FOR it IN SELECT oid::regclass AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace \
                 LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER ALL', it.name); END LOOP; \
                 FOR it IN SELECT conrelid::regclass AS name, conname FROM pg_constraint \
                     WHERE contype = 'c' AND connamespace = 'public'::regnamespace \
                 LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.name, it.conname); END LOOP; END $$";
            world.db().execute(disarm).await.unwrap();
        }
    }
}

/// A column with an id, as its text form without the prefix.
fn hex(world: &TestApp, column: &str) -> String {
    match world.db().engine() {
        Engine::Sqlite => format!("lower(hex({column}))"),
        Engine::Postgres => format!("replace(CAST({column} AS TEXT), '-', '')"),
    }
}

/// SQL with what the engines spell differently filled in.
fn spelled(world: &TestApp, sql: &str) -> String {
    let spellings = match world.db().engine() {
        Engine::Sqlite => {
            [("{no day}", "'never'"), ("{no id}", "x'0102030405060708090a0b0c0d0e0f10'"), ("{no hash}", "zeroblob(32)")]
        }
        Engine::Postgres => [
            ("{no day}", "'infinity'"),
            ("{no id}", "'01020304-0506-0708-090a-0b0c0d0e0f10'"),
            ("{no hash}", "decode(repeat('00', 32), 'hex')"),
        ],
    };
    spellings.iter().fold(sql.to_owned(), |sql, (name, spelling)| sql.replace(name, spelling))
}
