//! `hearth bench` runs, on both engines, and what it prints can be read by programs. How fast anything is, no test says.

use std::process::Command;

use serde_json::Value;

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

/// The bars of `bench ledger`; those of PostgreSQL alone after the others.
const BARS: [&str; 6] =
    ["import", "earn_lane_256", "redeem_lane_256", "redeem_alone", "balance_http", "balance_growth"];
const BARS_OF_POSTGRES: [&str; 3] = ["earn_vs_multi", "redeem_hot_perk", "redeem_http_64"];

/// Measures one tiny round and returns the only line printed.
fn measure(measure: &str, engine: &str) -> Value {
    let (mut lines, said) = measure_all(measure, engine);
    assert_eq!(lines.len(), 1, "{said}");
    lines.remove(0)
}

/// Measures one tiny round and returns the lines printed, and what was said besides.
fn measure_all(measure: &str, engine: &str) -> (Vec<Value>, String) {
    let server = std::env::var("HEARTH_TEST_POSTGRES_URL").expect("HEARTH_TEST_POSTGRES_URL is set: run scripts/test");
    let folder = tempfile::tempdir().unwrap();
    let tiny = ["--rounds", "1", "--seconds", "1", "--copies", "1", "--accounts", "100", "--json"];
    let ended = Command::new(env!("CARGO_BIN_EXE_hearth"))
        .args(["bench", measure, "--engine", engine, "--postgres-url", &server])
        .args(tiny)
        .args(["--postings-per-household", "25"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(0), "{said}");
    let lines: Vec<Value> =
        ended.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(parsed).collect();
    (lines, said)
}

fn parsed(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap()
}

#[track_caller]
fn assert_names(line: &Value, name: &str, unit: &str) {
    assert_eq!((line["name"].as_str(), line["unit"].as_str()), (Some(name), Some(unit)), "{line}");
    assert_eq!(line["rounds"].as_u64(), Some(1), "{line}");
    for figure in ["ours", "beside", "ratio"] {
        assert!(line[figure].as_f64().is_some_and(|figure| figure > 0.0), "{figure} of {line}");
    }
}

#[test]
fn prints_orders_a_second_of_an_import_beside_the_same_rows_by_insert() {
    for engine in ENGINES {
        assert_names(&measure("import", engine), &format!("import/{engine}"), "orders/s");
    }
}

#[test]
fn prints_balances_a_second_beside_a_bare_handler() {
    for engine in ENGINES {
        assert_names(&measure("balance", engine), &format!("balance/{engine}"), "requests/s");
    }
}

/// A figure for each page, and every page is shown.
#[test]
fn prints_milliseconds_of_pages_of_the_back_office_beside_one_that_reads_nothing() {
    for engine in ENGINES {
        let (lines, said) = measure_all("office", engine);
        assert_eq!(lines.len(), 17, "{said}");
        for line in &lines {
            let name = line["name"].as_str().unwrap().to_owned();
            assert!(name.starts_with("office_") && name.ends_with(&format!("/{engine}")), "{line}");
            assert_names(line, &name, "ms");
        }
    }
}

/// `pgbench` is no part of what tests need: without it its bar is left out, and the run says so.
#[test]
fn prints_every_bar_of_the_ledger_beside_its_floor_and_what_verify_takes() {
    for engine in ENGINES {
        let (lines, said) = measure_all("ledger", engine);
        let mut bars = BARS.to_vec();
        if engine == "postgres" {
            bars.extend(BARS_OF_POSTGRES);
        }
        if said.contains("pgbench is not installed") {
            bars.retain(|bar| *bar != "redeem_http_64");
        }
        bars.sort_unstable();
        let mut names: Vec<&str> = lines.iter().map(|line| line["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, bars.iter().map(|bar| format!("{bar}/{engine}")).collect::<Vec<_>>(), "{said}");
        for line in &lines {
            assert_names(line, line["name"].as_str().unwrap(), line["unit"].as_str().unwrap());
        }
        assert!(said.contains(&format!("verify/{engine}: ")), "{said}");
    }
}
