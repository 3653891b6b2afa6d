//! Who may use whom. A new arrow is a new line here, and an ADR that says why.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

use super::repository;

/// From each of our crates to those of ours it is built with, bottom up. No arrow between domain crates.
const ARROWS: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("db", &["kernel"]),
    ("migrations", &[]),
    // The domains.
    ("accounts", &["db", "kernel"]),
    ("cocreation", &["db", "kernel"]),
    ("entitlements", &["db", "kernel"]),
    ("familypay", &["db", "kernel"]),
    ("ledger", &["db", "kernel"]),
    ("orders", &["db", "kernel"]),
    // Above them.
    ("mail", &["kernel"]),
    ("app", &["accounts", "cocreation", "db", "entitlements", "familypay", "kernel", "ledger", "mail", "orders"]),
    // The edges: domain crates for their types only, which they convert to their own.
    ("gateway", &["accounts", "app", "cocreation", "entitlements", "familypay", "kernel", "ledger", "orders"]),
    ("web", &["accounts", "app", "cocreation", "entitlements", "kernel", "ledger", "orders"]),
    (
        "hearth",
        &[
            "accounts",
            "app",
            "cocreation",
            "db",
            "entitlements",
            "familypay",
            "gateway",
            "kernel",
            "ledger",
            "mail",
            "migrations",
            "orders",
            "web",
        ],
    ),
    // Never shipped.
    ("testkit", &["app", "db", "kernel", "mail", "migrations"]),
    ("tests", &[]),
    ("xtask", &[]),
];

/// The same for what only tests are built with. Any crate's tests may take `testkit`; it says so here all the same.
const TEST_ARROWS: &[(&str, &[&str])] = &[
    ("accounts", &["testkit"]),
    ("app", &["testkit"]),
    ("gateway", &["testkit"]),
    ("hearth", &["testkit"]),
    (
        "tests",
        &[
            "accounts",
            "app",
            "cocreation",
            "db",
            "entitlements",
            "familypay",
            "gateway",
            "hearth",
            "kernel",
            "ledger",
            "mail",
            "migrations",
            "orders",
            "testkit",
            "web",
        ],
    ),
];

/// An arrow between two of our crates, and how it is spelled in a Cargo.toml.
type Arrow = (String, String, &'static str);

#[test]
fn every_arrow_between_our_crates_is_drawn_here() {
    let allowed = drawn(ARROWS, "dependencies").chain(drawn(TEST_ARROWS, "dev-dependencies")).collect();
    let found = found();

    let line = |(from, to, kind): &Arrow| format!("(\"{from}\", \"{to}\") in [{kind}]");
    let new =
        found.difference(&allowed).map(|arrow| format!("add {} or remove it from {}/Cargo.toml", line(arrow), arrow.0));
    let gone = allowed.difference(&found).map(|arrow| format!("remove {}: no Cargo.toml has it", line(arrow)));

    repository::expect_none(
        &new.chain(gone).collect::<Vec<_>>(),
        "ARROWS and TEST_ARROWS in tests/src/conformance/arrows.rs differ from the Cargo.toml files:",
    );
}

#[test]
fn every_crate_of_ours_is_drawn_here() {
    let drawn: BTreeSet<String> = ARROWS.iter().map(|(from, _)| (*from).to_owned()).collect();
    let members: BTreeSet<String> = packages().iter().map(name).collect();

    let new = members.difference(&drawn).map(|name| format!("add (\"{name}\", &[…])"));
    let gone = drawn.difference(&members).map(|name| format!("remove \"{name}\": it is no member"));

    repository::expect_none(
        &new.chain(gone).collect::<Vec<_>>(),
        "ARROWS has a line for each member of the workspace:",
    );
}

fn drawn(arrows: &'static [(&str, &[&str])], kind: &'static str) -> impl Iterator<Item = Arrow> {
    arrows.iter().flat_map(move |(from, to)| to.iter().map(move |to| ((*from).to_owned(), (*to).to_owned(), kind)))
}

fn found() -> BTreeSet<Arrow> {
    let packages = packages();
    let ours: BTreeSet<String> = packages.iter().map(name).collect();
    let mut found = BTreeSet::new();
    for package in &packages {
        for dependency in package["dependencies"].as_array().expect("cargo lists dependencies") {
            let kind = match dependency["kind"].as_str() {
                None => "dependencies",
                Some("dev") => "dev-dependencies",
                Some(_) => "build-dependencies",
            };
            // `name` is the package's own name, whatever a Cargo.toml renames it to.
            let to = name(dependency);
            if ours.contains(&to) {
                found.insert((name(package), to, kind));
            }
        }
    }
    found
}

fn packages() -> Vec<Value> {
    let metadata = ["metadata", "--offline", "--no-deps", "--format-version", "1"];
    let mut metadata: Value =
        serde_json::from_str(&repository::read(Command::new(env!("CARGO")).args(metadata))).expect("cargo prints JSON");
    match metadata["packages"].take() {
        Value::Array(packages) => packages,
        other => panic!("cargo lists packages, not {other}"),
    }
}

fn name(named: &Value) -> String {
    named["name"].as_str().expect("cargo names it").to_owned()
}
