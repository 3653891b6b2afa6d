//! `hearth tally`, as somebody runs it who has neither settings nor a database.

use std::{fs, path::Path, process::Command};

use serde_json::{Value, json};

/// How the fifth entry of the published example begins.
const RECEIPT: &str = "2351aa422d6bdddf2c43";

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples/tally");

/// Exit code, standard output, standard error; in a folder whose settings are broken.
fn hearth(arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hearth.toml"), "no = [").unwrap();
    let ended = Command::new(env!("CARGO_BIN_EXE_hearth"))
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was made there");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (ended.status.code(), text(ended.stdout), text(ended.stderr))
}

fn example(name: &str) -> String {
    Path::new(EXAMPLES).join(name).to_str().unwrap().to_owned()
}

#[test]
fn the_example_of_the_documents_is_counted() {
    let (code, said, _) = hearth(&["tally", "count", &example("ballots.json")]);

    let result: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(code, Some(0));
    assert_eq!((&result["elected"], &result["is_tie"]), (&json!(["低糖芝麻酱"]), &json!(false)));
    assert_eq!(result["ballots"], json!({ "received": 22, "blank": 1, "valid": 21 }));
    assert_eq!(result["detail"]["pairwise"]["低糖芝麻酱"]["黑芝麻酱"], 14);
    assert_eq!(result["detail"]["runoff_beside"]["winner"], "低糖芝麻酱");
}

/// The example was made by a program of its own from what `docs/TALLY.md` says, so both ends are held to the document.
#[test]
fn the_published_example_holds_until_a_ballot_is_changed() {
    let (code, said, _) = hearth(&["tally", "verify", &example("published.json"), "--receipt", RECEIPT]);
    assert_eq!((code, said.lines().next()), (Some(0), Some("entry 5 of 24 has the receipt")));
    assert!(said.contains("21 ballots recounted"), "{said}");

    let folder = tempfile::tempdir().unwrap();
    let forged = folder.path().join("forged.json");
    let text = fs::read_to_string(example("published.json")).unwrap();
    let mut publication: Value = serde_json::from_str(&text).unwrap();
    publication["ballots"][0] = json!({ "approved": ["B"] });
    fs::write(&forged, publication.to_string()).unwrap();
    let (code, said, told) = hearth(&["tally", "verify", forged.to_str().unwrap()]);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert!(told.starts_with("hearth: BALLOTS_DIFFER"), "{told}");
}

#[test]
fn a_file_that_cannot_be_counted_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.json");
    let definition = json!({ "method": "schulze", "options": ["A", "B"] });
    let ballots = json!([{ "ranking": ["A"] }, { "ranking": ["B", "A", "B"] }]);
    fs::write(&file, json!({ "format": "hearth-tally/1", "definition": definition, "ballots": ballots }).to_string())
        .unwrap();

    let (code, said, told) = hearth(&["tally", "count", file.to_str().unwrap()]);
    assert_eq!((code, said.as_str()), (Some(1), ""));
    assert_eq!(told, "hearth: DUPLICATE: ballot 2: the option \"B\" is named twice\n");

    let (code, _, told) = hearth(&["tally", "count", "nowhere.json"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("could not read nowhere.json"), "{told}");
}
