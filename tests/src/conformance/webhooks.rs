//! What webhooks tell is documented: `crates/gateway/WEBHOOKS.md` has every type of event with every field, and no more.

use std::collections::{BTreeMap, BTreeSet};

use app::webhooks::{PUBLISHED, UNPUBLISHED};

use super::repository::root;

const DOCUMENT: &str = "crates/gateway/WEBHOOKS.md";

/// Fields that would say who somebody is. No published event has one.
const PERSONAL: [&str; 8] = ["name", "email", "address", "phone", "born_on", "tag", "basket", "note"];

/// The types the document has, with their fields.
fn documented() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(root().join(DOCUMENT)).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `") && line.contains(".v"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let kind = cells[1].trim_matches('`').to_owned();
        let fields = cells[3].split('`').skip(1).step_by(2).map(str::to_owned).collect();
        (kind, fields)
    };
    rows.map(row).collect()
}

/// The kinds of events the code has, with the public fields of their structs, as the sources of the domains say.
fn coded() -> BTreeMap<String, BTreeSet<String>> {
    let mut coded = BTreeMap::new();
    for entry in std::fs::read_dir(root().join("crates")).unwrap() {
        let source = entry.unwrap().path().join("src");
        let Ok(mut text) = std::fs::read_to_string(source.join("events.rs")) else { continue };
        for part in std::fs::read_dir(source.join("events")).into_iter().flatten() {
            text.push_str(&std::fs::read_to_string(part.unwrap().path()).unwrap());
        }
        let fields = |name: &str| -> BTreeSet<String> {
            let body = text.split(&format!("pub struct {name} {{")).nth(1).unwrap_or_default();
            let body = body.split("\n}").next().unwrap_or_default();
            let names = body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':'));
            names.map(|(name, _)| name.to_owned()).collect()
        };
        for part in text.split("impl Event for ").skip(1) {
            let name = part.split_whitespace().next().unwrap();
            let kind = part.split("KIND: &'static str = \"").nth(1).unwrap().split('"').next().unwrap();
            let mut own = fields(name);
            if own.contains("lots") {
                own.extend(fields("LotLapsing"));
            }
            coded.insert(kind.to_owned(), own);
        }
    }
    coded
}

#[test]
fn every_event_is_published_or_has_a_reason_not_to_be() {
    let decided: BTreeSet<&str> = PUBLISHED.iter().copied().chain(UNPUBLISHED.iter().map(|(kind, _)| *kind)).collect();
    let coded = coded();
    assert_eq!(decided, coded.keys().map(String::as_str).collect());
    assert_eq!(decided.len(), PUBLISHED.len() + UNPUBLISHED.len(), "none is both");
}

#[test]
fn the_document_has_what_is_told_and_no_more() {
    let mut told = coded();
    told.retain(|kind, _| PUBLISHED.contains(&kind.as_str()));
    assert_eq!(documented(), told);
}

#[test]
fn nothing_told_says_who_somebody_is() {
    for (kind, fields) in documented() {
        for field in fields {
            let is_personal = PERSONAL.iter().any(|word| field.split('_').any(|part| part == *word));
            assert!(!is_personal, "{kind} tells {field}");
        }
    }
}
