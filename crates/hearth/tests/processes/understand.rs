//! What was said is shown as JSON, without a database.

use std::{fs, process::Command};

use serde_json::Value;

/// Runs `hearth understand` in a folder with a catalogue of two products.
fn understand(catalogue: &str, arguments: &[&str]) -> (bool, Vec<Value>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("products.csv"), CATALOGUE).unwrap();
    fs::write(folder.path().join("said.txt"), "两斤橘子\n\n一板鸡旦\n").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hearth"))
        .args(["understand", "--catalogue", catalogue])
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    (output.status.success(), lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

const CATALOGUE: &str = "product_id,name,category,unit,price,pack,aliases,warns
F01,橘子,水果,斤,9.90,,桔子;蜜橘,low_sugar
E01,鸡蛋,蛋奶,板,37.00,30个,,
";

#[test]
fn a_sentence_becomes_lines_with_their_price() {
    let (is_done, answers) = understand("products.csv", &["--text", "两斤橘子,一板鸡蛋", "--health-tag", "low_sugar"]);
    assert!(is_done);
    assert_eq!(answers[0]["total"], "56.80");
    assert_eq!(answers[0]["lines"][0]["quantity"], "2");
    assert_eq!(answers[0]["lines"][1]["amount"], "37.00");
    assert_eq!(answers[0]["warnings"][0]["healthTag"], "low_sugar");
    assert_eq!(answers[0]["sentence"]["zh-CN"], "橘子2斤、鸡蛋1板,一共56.80元,对吗?");
}

#[test]
fn a_file_gives_an_answer_a_line() {
    let (is_done, answers) = understand("products.csv", &["--file", "said.txt"]);
    assert!(is_done);
    let names: Vec<&Value> = answers.iter().map(|answer| &answer["lines"][0]["name"]).collect();
    assert_eq!(names, ["橘子", "鸡蛋"]);
}

#[test]
fn what_is_no_catalogue_is_refused() {
    let (is_done, answers) = understand("said.txt", &["--text", "橘子"]);
    assert!(!is_done);
    assert_eq!(answers, Vec::<Value>::new());
}
