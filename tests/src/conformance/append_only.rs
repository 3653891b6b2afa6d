//! What is written once: the engine itself refuses to change, delete, replace or empty it, table by table.

use std::collections::BTreeSet;

use testkit::{Engine, TestDb, on_both_engines};

/// Every table whose rows are never changed. One that is missing here, or has no triggers, fails the first test.
const APPEND_ONLY_TABLES: [&str; 16] = [
    "audit_lines",
    "ballot_receipts",
    "earn_rule_caps",
    "earn_rule_closures",
    "earn_rule_multipliers",
    "earn_rule_product_multipliers",
    "earn_rules",
    "hold_lots",
    "ledger_seal_heads",
    "ledger_seals",
    "paid_requests",
    "payment_attempts",
    "payments",
    "postings",
    "study_entries",
    "transfers",
];

/// Which tables the engine guards, by the names of their triggers.
async fn guarded(db: &TestDb) -> BTreeSet<String> {
    let sql = match db.engine() {
        Engine::Sqlite => "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_refuses_DELETE'",
        Engine::Postgres => {
            "SELECT CAST(tgrelid::regclass AS TEXT) FROM pg_trigger WHERE tgname LIKE '%_is_append_only'"
        }
    };
    db.texts(sql).await.into_iter().map(|mut row| row.remove(0)).collect()
}

/// Takes away what keeps rows from being made up: foreign keys and checks, but no trigger of ours.
async fn let_anything_in(db: &TestDb) {
    let statements: &[&str] = match db.engine() {
        Engine::Sqlite => &["PRAGMA foreign_keys = OFF", "PRAGMA ignore_check_constraints = ON"],
        Engine::Postgres => &["DO $$ DECLARE it RECORD; BEGIN \
             FOR it IN SELECT conrelid::regclass AS name, conname FROM pg_constraint \
                 WHERE contype IN ('c', 'f') AND connamespace = 'public'::regnamespace \
             LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', it.name, it.conname); END LOOP; END $$"],
    };
    for statement in statements {
        db.execute(statement).await.unwrap();
    }
}

/// Columns of a table with the types the engine gives them.
async fn columns(db: &TestDb, table: &str) -> Vec<(String, String)> {
    let sql = match db.engine() {
        Engine::Sqlite => format!("SELECT name, lower(type) FROM pragma_table_info('{table}') ORDER BY cid"),
        Engine::Postgres => format!(
            "SELECT CAST(column_name AS TEXT), CAST(data_type AS TEXT) FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
        ),
    };
    db.texts(&sql).await.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect()
}

/// Something a column of this type takes.
fn value(kind: &str) -> &'static str {
    match kind {
        "integer" | "bigint" | "smallint" => "1",
        "uuid" => "'01010101-0101-0101-0101-010101010101'",
        "date" => "'2026-06-01'",
        "bytea" => "'\\x01'",
        "blob" => "x'01010101010101010101010101010101'",
        "boolean" => "true",
        _ => "'2026-06-01'",
    }
}

/// A row nobody would write, in each table.
async fn write_one_of_each(db: &TestDb) {
    let_anything_in(db).await;
    for table in APPEND_ONLY_TABLES {
        let (names, kinds): (Vec<String>, Vec<String>) = columns(db, table).await.into_iter().unzip();
        let values: Vec<&str> = kinds.iter().map(|kind| value(kind)).collect();
        let insert = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
        assert_eq!(db.execute(&insert).await, Ok(1), "{insert}");
    }
}

on_both_engines! {
    async fn the_list_of_what_is_append_only_is_what_the_engine_guards(db: TestDb) {
        assert_eq!(guarded(&db).await, APPEND_ONLY_TABLES.map(str::to_owned).into());
    }

    async fn refuses_to_change_or_delete_what_is_append_only(db: TestDb) {
        write_one_of_each(&db).await;

        for table in APPEND_ONLY_TABLES {
            let before = db.count(table).await;
            let column = columns(&db, table).await.remove(0).0;
            for change in [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")] {
                let refusal = db.execute(&change).await.expect_err(&change);
                assert!(refusal.contains(&format!("{table} is append-only")), "{change}: {refusal}");
            }
            assert_eq!(db.count(table).await, before, "{table}");
        }
    }
}

#[tokio::test]
async fn sqlite_refuses_to_replace_what_is_append_only() {
    let db = TestDb::new(Engine::Sqlite).await;
    write_one_of_each(&db).await;

    for table in APPEND_ONLY_TABLES {
        let replace = format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}");
        let refusal = db.execute(&replace).await.expect_err(table);
        assert!(refusal.contains(&format!("{table} is append-only")), "{table}: {refusal}");
    }
}

#[tokio::test]
async fn postgres_refuses_to_empty_what_is_append_only() {
    let db = TestDb::new(Engine::Postgres).await;
    for table in APPEND_ONLY_TABLES {
        let refusal = db.execute(&format!("TRUNCATE {table} CASCADE")).await.expect_err(table);
        assert!(refusal.contains("is append-only"), "{table}: {refusal}");
    }
}
