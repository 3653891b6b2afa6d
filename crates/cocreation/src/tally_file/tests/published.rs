//! Publications: one that holds, and every way to forge one.

use serde_json::{Value, json};

use crate::tally_file::{
    Ballot, Definition, PUBLICATION_FORMAT, ballots_sha256, chain_link, chain_start, closing_entry, count, sha256_of,
    verify,
};

const RECEIPT: &str = "0123456789abcdef0123";

/// Thirty households chose between two products, one of them twice.
fn publication() -> Value {
    let definition = json!({
        "method": "single_choice", "options": ["A", "B"], "seats": 1, "seed": "s", "unlisted": "last",
        "equal_ranks": "allowed", "defeat_strength": "winning_votes", "quorum": 20,
    });
    let frozen = json!({ "title": "哪一款先上架", "definition": definition });
    let ballots = json!(
        std::iter::repeat_n(json!({ "choice": "A" }), 18)
            .chain(std::iter::repeat_n(json!({ "choice": "B" }), 12))
            .collect::<Vec<_>>()
    );
    seal(frozen, ballots)
}

fn seal(frozen: Value, ballots: Value) -> Value {
    let read: Vec<Ballot> = serde_json::from_value(ballots.clone()).unwrap();
    let definition: Definition = serde_json::from_value(frozen["definition"].clone()).unwrap();
    let mut entries: Vec<String> = (0..31).map(|entry| sha256_of(&entry)).collect();
    entries[4] = format!("{RECEIPT}{}", &entries[4][20..]);
    entries.push(closing_entry(&ballots_sha256(&read)));
    let start = chain_start("st_1", &frozen, "panel");
    let head = entries.iter().fold(start, |link, entry| chain_link(&link, entry));
    json!({
        "format": PUBLICATION_FORMAT, "study": "st_1", "frozen": frozen, "definition": frozen["definition"],
        "panel_sha256": "panel", "entries": entries, "head": head, "ballots": ballots,
        "result": count(&definition, &read).unwrap(),
    })
}

fn code(publication: &Value, sought: Option<&str>) -> String {
    let problem = verify(&publication.to_string(), sought).unwrap_err().to_string();
    problem.split(": ").next().unwrap().to_owned()
}

#[test]
fn a_true_publication_holds_and_a_receipt_is_found_in_it() {
    let publication = publication();

    let found = verify(&publication.to_string(), Some(RECEIPT)).unwrap();

    assert_eq!((found.entries, found.ballots, found.found_at), (32, 30, Some(5)));
    assert_eq!(found.head, publication["head"]);
    let link = found.head.to_ascii_uppercase();
    assert_eq!(verify(&publication.to_string(), Some(&link)).unwrap().found_at, Some(32));
    assert_eq!(code(&publication, Some("ffffffffffffffffffff")), "NOT_IN_CHAIN");
    assert_eq!(code(&publication, Some(&RECEIPT[..19])), "NOT_IN_CHAIN");
}

#[test]
fn every_forgery_is_named() {
    let forged = |change: fn(&mut Value)| {
        let mut publication = publication();
        change(&mut publication);
        code(&publication, None)
    };

    assert_eq!(forged(|p| p["ballots"][0] = json!({ "choice": "B" })), "BALLOTS_DIFFER");
    assert_eq!(forged(|p| p["ballots"] = json!([])), "BALLOTS_DIFFER");
    assert_eq!(forged(|p| p["entries"][3] = json!("00")), "CHAIN_BROKEN");
    assert_eq!(forged(|p| p["entries"] = json!([])), "CHAIN_BROKEN");
    assert_eq!(forged(|p| p["head"] = json!("00")), "CHAIN_BROKEN");
    assert_eq!(forged(|p| p["panel_sha256"] = json!("another")), "CHAIN_BROKEN");
    assert_eq!(forged(|p| p["study"] = json!("st_2")), "CHAIN_BROKEN");
    assert_eq!(forged(|p| p["frozen"]["title"] = json!("另一款")), "CHAIN_BROKEN");
    assert_eq!(forged(|p| p["definition"]["seed"] = json!("t")), "DEFINITION_DIFFERS");
    assert_eq!(forged(|p| p["result"]["elected"] = json!(["B"])), "RESULT_DIFFERS");
    assert_eq!(forged(|p| p["format"] = json!("hearth-publication/2")), "UNKNOWN_FORMAT");
    assert_eq!(forged(|p| p["note"] = json!("x")), "NOT_A_PUBLICATION");
    assert_eq!(forged(|p| p["ballots"].as_array_mut().unwrap().reverse()), "NOT_SORTED");
}

#[test]
fn too_few_ballots_are_never_published_and_none_appears_without_an_entry() {
    let frozen = publication()["frozen"].clone();
    let ballots = |count: u32| json!([{ "choice": "A", "count": count }]);

    assert_eq!(code(&seal(frozen.clone(), ballots(19)), None), "TOO_FEW_BALLOTS");
    assert_eq!(code(&seal(frozen.clone(), ballots(32)), None), "TOO_MANY_BALLOTS");
    assert!(verify(&seal(frozen, ballots(20)).to_string(), None).is_ok());
}
