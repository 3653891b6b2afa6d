//! `hearth bench` runs, on both engines, and what it prints can be read by programs. How fast anything is, no test says.

use std::process::Command;

use serde_json::Value;

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

/// Measures one tiny round and returns the only line printed.
fn measure(measure: &str, engine: &str) -> Value {
    let server = std::env::var("HEARTH_TEST_POSTGRES_URL").expect("HEARTH_TEST_POSTGRES_URL is set: run scripts/test");
    let folder = tempfile::tempdir().unwrap();
    let tiny = ["--rounds", "1", "--seconds", "1", "--copies", "1", "--json"];
    let ended = Command::new(env!("CARGO_BIN_EXE_hearth"))
        .args(["bench", measure, "--engine", engine, "--postgres-url", &server])
        .args(tiny)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{said}");
    let lines: Vec<Value> =
        ended.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).map(parsed).collect();
    assert_eq!(lines.len(), 1, "{said}");
    lines[0].clone()
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
