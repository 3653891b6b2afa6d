//! What the migrations leave behind: the same on both engines, split by household.

use std::collections::{BTreeMap, BTreeSet};

use testkit::{Engine, TestDb};

use super::repository::expect_none;

/// Tables every household shares, and why each may. All others are owned by a household: their keys start with it.
const SHARED_TABLES: &[(&str, &str)] = &[
    ("approvals", "decided by the staff; some touch several households or none"),
    ("audit_lines", "one log of all acts, also of those without a household"),
    ("ballot_choices", "what was said, apart from who said it: no household may stand here"),
    ("blocked_persons", "a person may have left every household"),
    ("communities", "small, read by all"),
    ("consents", "a person's own, whatever the household"),
    ("contact_index", "finds a person before a household is known"),
    ("data_exports", "keyed by their token, before a person is known"),
    ("delivery_slots", "beside the stock of its perk: a row per slot, written by every booking"),
    ("deployment", "a handful of facts"),
    ("reconciled_days", "a provider's books of a day: of all households"),
    ("earn_rule_caps", "small, read by all"),
    ("earn_rule_closures", "small, read by all"),
    ("earn_rule_multipliers", "small, read by all"),
    ("earn_rule_product_multipliers", "small, read by all"),
    ("earn_rule_uses", "what all households together used of caps"),
    ("earn_rules", "small, read by all"),
    ("erasures", "a person's own, whatever the household"),
    ("health_tags", "a person's own, whatever the household"),
    ("gatherings", "small, read by all"),
    ("earlier_leader_terms", "small; who led what before"),
    ("household_aliases", "a directory: finds the household an old id stands for"),
    ("household_refs", "a directory: finds a household by the operator's own number"),
    ("event_keys", "small; keys of the deployment's own"),
    ("idempotency_keys", "keyed by who asks, before a household is known"),
    ("invitation_links", "a directory: finds an invitation by the secret of its link"),
    ("kin_links", "between persons of two households"),
    ("leaders", "small, read by all"),
    ("ledger_seals", "one chain of seals; a row each time some wallets were sealed"),
    ("order_refs", "a directory: finds an order's household by the operator's own number"),
    ("offers", "read by all"),
    ("mandate_months", "of a mandate, between persons of two households"),
    ("mandates", "between persons of two households"),
    ("outbox_events", "one queue for the worker"),
    ("payers", "between persons of two households"),
    ("payment_refunds", "beside the payments"),
    ("payments", "whatever a provider took, also what nobody here knows"),
    ("perk_stocks", "small; one row per perk"),
    ("perks", "small, read by all"),
    ("persons", "a person may change household"),
    ("products", "read by all"),
    ("reaction_receipts", "beside the outbox"),
    ("sandbox_payments", "a provider's own books, as they lie outside"),
    ("sandbox_refunds", "a provider's own books, as they lie outside"),
    ("sessions", "keyed by their token, before a person is known"),
    ("sign_in_addresses", "locked before a person is known"),
    ("sign_in_challenges", "asked for before a person is known"),
    ("staff", "the operator's own people"),
    ("staff_recovery_codes", "the operator's own people"),
    ("staff_sessions", "the operator's own people"),
    ("studies", "small, read by all"),
    ("study_chains", "one row a study, locked by whoever votes in it"),
    ("study_entries", "one chain a study, published whole"),
    ("used_assertions", "asked for before a person is known"),
    ("voting_links", "keyed by their token, before a person is known"),
    ("waiting_places", "one queue for each perk, across households"),
    ("webhook_attempts", "beside the deliveries"),
    ("webhook_deliveries", "one queue per webhook, beside the outbox"),
    ("webhooks", "small; whom the deployment tells"),
];

/// Per table: a set of lists of columns.
type Lists = BTreeMap<String, BTreeSet<Vec<String>>>;

/// What both engines must agree on.
#[derive(Debug, Default)]
struct Shape {
    columns: BTreeMap<String, BTreeSet<String>>,
    primary_keys: BTreeMap<String, Vec<String>>,
    unique_keys: Lists,
    /// Each as the parent's name and then `column → parent's column`.
    foreign_keys: Lists,
}

impl Shape {
    async fn of(engine: Engine) -> Self {
        let db = TestDb::new(engine).await;
        let queries = match engine {
            Engine::Sqlite => SQLITE,
            Engine::Postgres => POSTGRES,
        };
        let mut shape = Self::default();
        for [table, column] in rows(&db, queries.columns).await {
            shape.columns.entry(table).or_default().insert(column);
        }
        for [table, column] in rows(&db, queries.primary_keys).await {
            shape.primary_keys.entry(table).or_default().push(column);
        }
        shape.unique_keys = grouped(rows(&db, queries.unique_keys).await);
        shape.foreign_keys = grouped(rows(&db, queries.foreign_keys).await);
        shape
    }

    /// One line per fact, to be compared and read.
    fn facts(&self) -> BTreeSet<String> {
        let of_lists = |verb: &'static str, lists: &Lists| -> Vec<String> {
            let facts = lists.iter().flat_map(|(table, lists)| lists.iter().map(move |list| (table, list)));
            facts.map(|(table, list)| format!("{table} {verb} ({})", list.join(", "))).collect()
        };
        let columns =
            self.columns.iter().flat_map(|(table, columns)| columns.iter().map(move |column| (table, column)));
        let columns = columns.map(|(table, column)| format!("{table} has {column}"));
        let primary_keys =
            self.primary_keys.iter().map(|(table, key)| format!("{table} is keyed by ({})", key.join(", ")));
        columns
            .chain(primary_keys)
            .chain(of_lists("is unique by", &self.unique_keys))
            .chain(of_lists("refers to", &self.foreign_keys))
            .collect()
    }

    /// Whether the table is no shared one.
    fn is_owned(&self, table: &str) -> bool {
        self.columns.contains_key(table) && !SHARED_TABLES.iter().any(|(shared, _)| *shared == table)
    }

    fn owned_tables(&self) -> impl Iterator<Item = &String> {
        self.columns.keys().filter(|table| self.is_owned(table))
    }
}

/// Rows of a table, the name of a key, and one part of it, in the key's order.
fn grouped(rows: Vec<[String; 3]>) -> Lists {
    let mut keys: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for [table, key, part] in rows {
        keys.entry((table, key)).or_default().push(part);
    }
    let mut lists = Lists::new();
    for ((table, _), parts) in keys {
        lists.entry(table).or_default().insert(parts);
    }
    lists
}

async fn rows<const N: usize>(db: &TestDb, sql: &str) -> Vec<[String; N]> {
    let rows = db.texts(sql).await;
    rows.into_iter().map(|row| row.try_into().expect("the query has that many columns")).collect()
}

/// How an engine is asked for its shape.
#[derive(Clone, Copy)]
struct Queries {
    columns: &'static str,
    primary_keys: &'static str,
    unique_keys: &'static str,
    foreign_keys: &'static str,
}

const SQLITE: Queries = Queries {
    columns: "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c \
              WHERE t.type = 'table' AND t.name NOT IN ('seaql_migrations', 'sqlite_sequence')",
    primary_keys: "SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c \
                   WHERE t.type = 'table' AND t.name NOT IN ('seaql_migrations', 'sqlite_sequence') AND c.pk > 0 \
                   ORDER BY t.name, c.pk",
    unique_keys: "SELECT t.name, k.name, c.name FROM sqlite_master t, pragma_index_list(t.name) k, pragma_index_info(k.name) c \
                  WHERE t.type = 'table' AND t.name <> 'seaql_migrations' AND k.\"unique\" = 1 AND k.origin <> 'pk' \
                  ORDER BY t.name, k.name, c.seqno",
    foreign_keys: "SELECT t.name, CAST(f.id AS TEXT), f.\"table\" || ': ' || f.\"from\" || ' → ' || f.\"to\" \
                   FROM sqlite_master t, pragma_foreign_key_list(t.name) f \
                   WHERE t.type = 'table' ORDER BY t.name, f.id, f.seq",
};

const POSTGRES: Queries = Queries {
    columns: "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns \
              WHERE table_schema = 'public' AND table_name <> 'seaql_migrations'",
    primary_keys: "SELECT CAST(t.relname AS TEXT), CAST(a.attname AS TEXT) \
                   FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
                   CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place) \
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum \
                   WHERE i.indisprimary AND t.relnamespace = 'public'::regnamespace AND t.relname <> 'seaql_migrations' \
                   ORDER BY t.relname, k.place",
    unique_keys: "SELECT CAST(t.relname AS TEXT), CAST(i.indexrelid AS TEXT), CAST(a.attname AS TEXT) \
                  FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
                  CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place) \
                  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum \
                  WHERE i.indisunique AND NOT i.indisprimary AND t.relnamespace = 'public'::regnamespace \
                  ORDER BY t.relname, i.indexrelid, k.place",
    foreign_keys: "SELECT CAST(t.relname AS TEXT), CAST(f.oid AS TEXT), p.relname || ': ' || a.attname || ' → ' || b.attname \
                   FROM pg_constraint f JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class p ON p.oid = f.confrelid \
                   CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY AS k (child, parent, place) \
                   JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.child \
                   JOIN pg_attribute b ON b.attrelid = p.oid AND b.attnum = k.parent \
                   WHERE f.contype = 'f' AND t.relnamespace = 'public'::regnamespace \
                   ORDER BY t.relname, f.oid, k.place",
};

#[tokio::test]
async fn both_engines_hold_the_same_tables_columns_and_keys() {
    let sqlite = Shape::of(Engine::Sqlite).await.facts();
    let postgres = Shape::of(Engine::Postgres).await.facts();
    let only_sqlite = sqlite.difference(&postgres).map(|fact| format!("only on SQLite: {fact}"));
    let only_postgres = postgres.difference(&sqlite).map(|fact| format!("only on PostgreSQL: {fact}"));

    expect_none(&only_sqlite.chain(only_postgres).collect::<Vec<_>>(), "A migration leaves both engines alike:");
}

#[tokio::test]
async fn every_shared_table_exists() {
    let shape = Shape::of(Engine::Sqlite).await;
    let gone = SHARED_TABLES.iter().filter(|(table, _)| !shape.columns.contains_key(*table));

    expect_none(
        &gone.map(|(table, _)| (*table).to_owned()).collect::<Vec<_>>(),
        "SHARED_TABLES names what is no table:",
    );
}

#[tokio::test]
async fn keys_of_a_household_s_tables_start_with_the_household() {
    let shape = Shape::of(Engine::Sqlite).await;
    let starts = |table: &String| shape.primary_keys.get(table).is_some_and(|key| key[0] == "household_id");
    let strays = shape.owned_tables().filter(|table| !starts(table)).map(|table| {
        format!("{table}: its primary key starts with household_id, or SHARED_TABLES says why all may share it")
    });
    let narrow = shape.owned_tables().flat_map(|table| {
        let keys = shape.unique_keys.get(table).into_iter().flatten();
        let without_household = keys.filter(|key| !key.iter().any(|column| column == "household_id"));
        without_household.map(move |key| format!("{table}: its unique key ({}) contains household_id", key.join(", ")))
    });

    expect_none(&strays.chain(narrow).collect::<Vec<_>>(), "Growth splits the data by household (design, section 6):");
}

#[tokio::test]
async fn foreign_keys_between_a_household_s_tables_carry_the_household() {
    let shape = Shape::of(Engine::Sqlite).await;
    let mut findings = Vec::new();
    for table in shape.owned_tables() {
        for key in shape.foreign_keys.get(table).into_iter().flatten() {
            let parent = key[0].split(": ").next().expect("a parent");
            let carries = key.iter().any(|part| part.ends_with(": household_id → household_id"));
            if shape.is_owned(parent) && !carries {
                findings.push(format!("{table} refers to {}", key.join(", ")));
            }
        }
    }

    expect_none(&findings, "Both ends of a foreign key lie with one household, or no split of the data can check it:");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_migrate_one_fresh_sqlite_file_at_once_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("hearth.db").display());
    let starts = (0..4).map(|_| {
        let options = db::DbOptions { url: url.clone(), max_connections: 1 };
        tokio::spawn(async move {
            let ids = std::sync::Arc::new(kernel::IdGenerator::from_seed(1));
            let db = db::Db::connect(&options, std::sync::Arc::new(kernel::SystemClock), ids).await.unwrap();
            migrations::migrate(db.raw()).await
        })
    });
    for start in futures_util::future::join_all(starts).await {
        assert_eq!(start.unwrap(), Ok(()));
    }
}
