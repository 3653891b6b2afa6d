//! An import that is killed in the middle, again and again, ends as if it had run once.

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    fs,
    path::Path,
    time::Duration,
};

use testkit::TestDb;

use crate::program::{ENGINES, hearth, kill, runtime, wait_until};

/// How often each order of the sample is repeated under another number: enough batches to be killed between.
const COPIES: usize = 6;

/// How many kills one import must survive.
const KILLS: u64 = 6;

/// The demo's orders, several times over, without people. Returns how many, and what they earn at one point per yuan.
fn write_orders(path: &Path) -> (u64, i64) {
    let sample = include_str!("../../demo/orders.csv");
    let mut text = "household,order_id,ordered_at,amount,items\n".to_owned();
    let (mut orders, mut points) = (0, 0);
    for copy in 0..COPIES {
        for row in sample.lines().skip(1) {
            let fields: Vec<&str> = row.split(',').collect();
            let [household, order, ordered_at, amount, items] = fields[..5] else { panic!("{row}") };
            writeln!(text, "{household},{order}-{copy},{ordered_at},{amount},{items}").unwrap();
            orders += 1;
            points += amount.split('.').next().unwrap().parse::<i64>().unwrap();
        }
    }
    fs::write(path, text).unwrap();
    (orders, points)
}

#[test]
fn killed_at_any_moment_it_loses_nothing_and_takes_nothing_twice() {
    for engine in ENGINES {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("orders.csv");
        let (orders, points) = write_orders(&file);
        let runtime = runtime();
        let database = runtime.block_on(TestDb::new(engine));
        let rule = ["earn-rule", "revise", "--points-per-yuan", "1", "--from", "2017-01-01"];
        assert!(hearth(folder.path(), &database, &rule).status().unwrap().success());
        let import = ["import", "orders", "orders.csv"];

        let mut kept = vec![0];
        for kill_no in 0..KILLS {
            let before = kept[kept.len() - 1];
            let mut child = hearth(folder.path(), &database, &import).spawn().unwrap();
            wait_until("another batch is kept", || runtime.block_on(database.count("orders")) > before);
            // A little later each time, so that each kill finds the next batch somewhere else.
            std::thread::sleep(Duration::from_millis(11 * kill_no));
            assert_eq!(child.try_wait().unwrap(), None, "the import ended before it could be killed {KILLS} times");
            kill(&mut child);
            kept.push(runtime.block_on(database.count("orders")));
        }
        let last = hearth(folder.path(), &database, &import).output().unwrap();

        let said = String::from_utf8_lossy(&last.stderr);
        assert_eq!(last.status.code(), Some(0), "{said}");
        assert!(kept.is_sorted() && kept[kept.len() - 1] < orders, "killed imports kept {kept:?} of {orders}");
        assert_eq!(runtime.block_on(database.count("orders")), orders);
        assert_eq!(runtime.block_on(database.count("order_refs")), orders);
        let balances = runtime.block_on(database.texts("SELECT CAST(SUM(balance) AS TEXT) FROM wallets"));
        assert_eq!(balances, [[points.to_string()]]);
        let verified = hearth(folder.path(), &database, &["verify"]).output().unwrap();
        assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    }
}

#[test]
fn a_bad_row_is_rejected_by_name_and_the_rest_goes_on() {
    for engine in ENGINES {
        let folder = tempfile::tempdir().unwrap();
        let runtime = runtime();
        let database = runtime.block_on(TestDb::new(engine));
        let rows = "household,order_id,ordered_at,amount,items\n\
             H1,D1,2017-03-01T10:00:00,12.50,1\n\
             H1,D2,2017-02-30T10:00:00,12.50,1\n\
             H1,D3,2017-03-01T10:00:00,-1,1\n\
             H1,D1,2017-03-01T10:00:00,13.50,1\n\
             H1,D4,2017-03-01T11:00:00,7,1\n";
        fs::write(folder.path().join("orders.csv"), rows).unwrap();

        let ended = hearth(folder.path(), &database, &["import", "orders", "orders.csv"]).output().unwrap();

        assert_eq!(ended.status.code(), Some(2), "{}", String::from_utf8_lossy(&ended.stderr));
        assert_eq!(runtime.block_on(database.count("orders")), 2);
        let rejects = fs::read_to_string(folder.path().join("orders.csv.rejects.csv")).unwrap();
        let named: Vec<Vec<&str>> =
            rejects.lines().skip(1).map(|line| line.split(',').skip(1).take(2).collect()).collect();
        assert_eq!(named, [["3", "ordered_at"], ["4", "amount"], ["5", "order_id"]]);
    }
}

#[test]
fn a_file_of_lines_or_products_that_is_cut_off_ends_the_import_before_anything_is_written() {
    for engine in ENGINES {
        let folder = tempfile::tempdir().unwrap();
        let runtime = runtime();
        let database = runtime.block_on(TestDb::new(engine));
        fs::write(folder.path().join("orders.csv"), include_str!("../../demo/orders.csv")).unwrap();
        for (option, text) in [
            ("--lines", include_str!("../../demo/order_lines.csv")),
            ("--products", include_str!("../../demo/products.csv")),
        ] {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut gzip, text.as_bytes()).unwrap();
            let whole = gzip.finish().unwrap();
            fs::write(folder.path().join("cut.csv.gz"), &whole[..whole.len() * 3 / 4]).unwrap();
            let import = ["import", "orders", "orders.csv", option, "cut.csv.gz"];
            let ended = hearth(folder.path(), &database, &import).output().unwrap();

            let said = String::from_utf8_lossy(&ended.stderr);
            assert_eq!(ended.status.code(), Some(1), "{said}");
            assert!(said.contains("cut.csv.gz: line ") && said.contains("; nothing was done"), "{said}");
            for table in ["orders", "products", "earn_rules", "households"] {
                assert_eq!(runtime.block_on(database.count(table)), 0, "{table}");
            }
        }
    }
}

#[test]
fn commands_that_only_read_create_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hearth"));
        command.args(arguments).current_dir(folder.path()).env_clear().output().unwrap()
    };
    for arguments in [&["verify"][..], &["perk", "list"], &["earn-rule", "list"]] {
        let ended = run(arguments);
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(said.contains("there is no database at ") && said.contains("HEARTH_DATA_DIR"), "{said}");
        assert!(!data.exists());
    }

    fs::create_dir(&data).unwrap();
    fs::write(data.join("hearth.db"), "").unwrap();
    let ended = run(&["verify"]);
    assert!(String::from_utf8_lossy(&ended.stderr).contains("hearth migrate"), "{ended:?}");
    fs::remove_dir_all(&data).unwrap();

    assert!(run(&["migrate"]).status.success());
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&data.join("hearth.db").metadata().unwrap().permissions()) & 0o777,
        0o600
    );
    assert!(run(&["verify"]).status.success());
}

#[test]
fn a_dry_run_before_the_first_start_judges_and_creates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("people.csv"), include_str!("../../demo/households.csv")).unwrap();
    let mut dry_run = std::process::Command::new(env!("CARGO_BIN_EXE_hearth"));
    dry_run.args(["import", "households", "people.csv", "--dry-run"]).current_dir(folder.path()).env_clear();

    let ended = dry_run.output().unwrap();

    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(String::from_utf8_lossy(&ended.stdout).contains("would be new"), "{ended:?}");
    assert!(!folder.path().join("data").exists());
}

/// What each household of the sample earns at one point per yuan and two for fruit, by plain arithmetic over the files.
fn recomputed() -> BTreeMap<String, i64> {
    let rows = |text: &'static str| text.lines().skip(1).map(|row| row.split(',').collect::<Vec<&str>>());
    let is_fruit: HashMap<&str, bool> =
        rows(include_str!("../../demo/products.csv")).map(|row| (row[0], row[2] == "生鲜水果")).collect();
    let mut doubled_fen: HashMap<&str, i64> = HashMap::new();
    for row in rows(include_str!("../../demo/order_lines.csv")) {
        let (yuan, fen) = row[3].split_once('.').unwrap();
        let fen = yuan.parse::<i64>().unwrap() * 100 + fen.parse::<i64>().unwrap();
        *doubled_fen.entry(row[0]).or_default() += if is_fruit[row[1]] { 2 * fen } else { fen };
    }
    let mut points = BTreeMap::new();
    for row in rows(include_str!("../../demo/orders.csv")) {
        *points.entry(row[0].to_owned()).or_default() += doubled_fen[row[1]] / 100;
    }
    points
}

#[test]
fn points_by_household_equal_an_independent_recomputation() {
    for engine in ENGINES {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("orders.csv", include_str!("../../demo/orders.csv")),
            ("lines.csv", include_str!("../../demo/order_lines.csv")),
            ("products.csv", include_str!("../../demo/products.csv")),
            ("households.csv", include_str!("../../demo/households.csv")),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let runtime = runtime();
        let database = runtime.block_on(TestDb::new(engine));
        for arguments in [
            &["earn-rule", "revise", "--points-per-yuan", "1", "--multiplier", "生鲜水果=2", "--from", "2017-01-01"][..],
            &["import", "households", "households.csv"],
            &["import", "orders", "orders.csv", "--lines", "lines.csv", "--products", "products.csv"],
        ] {
            let ended = hearth(folder.path(), &database, arguments).output().unwrap();
            assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stderr));
        }

        let balances = "SELECT h.external_ref, CAST(w.balance AS TEXT) FROM wallets w \
             JOIN households h ON h.household_id = w.household_id WHERE w.balance > 0";
        let balances: BTreeMap<String, i64> = runtime
            .block_on(database.texts(balances))
            .into_iter()
            .map(|row| (row[0].clone(), row[1].parse().unwrap()))
            .collect();

        assert_eq!(balances.len(), 40);
        assert_eq!(balances, recomputed());
    }
}
