//! What a file may hold, how large it may grow, and where it lies.

use std::collections::BTreeSet;

use super::{
    repository::{expect_none, files, text},
    source::{code_of, functions},
};

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 60;

/// What the top level must hold: a newcomer reads this list first.
const TOP_LEVEL: &[&str] =
    &["Cargo.lock", "Cargo.toml", "README.md", "crates", "docs", "migrations", "scripts", "tests"];

/// What it may hold besides: files that tools look for there. Names that begin with a dot are free.
const TOOL_FILES: &[&str] = &["LICENSE", "clippy.toml", "deny.toml", "rust-toolchain.toml", "rustfmt.toml"];

/// Whose whole business is the database; elsewhere SeaORM stays under a crate's `store/`.
const DATABASE_CRATES: &[&str] = &["crates/db/", "crates/testkit/", "migrations/", "tests/"];

fn rust_files() -> Vec<String> {
    files().into_iter().filter(|path| path.ends_with(".rs")).collect()
}

#[test]
fn files_stay_short() {
    let lengths = rust_files().into_iter().map(|path| (text(&path).lines().count(), path));
    let long = lengths.filter(|(lines, _)| *lines > MAX_FILE_LINES);
    let findings: Vec<String> = long.map(|(lines, path)| format!("{path}: {lines} lines")).collect();

    expect_none(&findings, &format!("A file has at most {MAX_FILE_LINES} lines. Which noun or verb wants its own?"));
}

#[test]
fn functions_stay_short() {
    let mut findings = Vec::new();
    for path in rust_files() {
        let long = functions(&code_of(&text(&path))).into_iter().filter(|function| function.lines > MAX_FUNCTION_LINES);
        findings.extend(long.map(|f| format!("{path}:{}: fn {} has {} lines", f.line, f.name, f.lines)));
    }

    expect_none(&findings, &format!("A function has at most {MAX_FUNCTION_LINES} lines."));
}

#[test]
fn sea_orm_stays_under_store() {
    let is_outside = |path: &String| {
        let is_store = path.contains("/store/") || path.ends_with("/store.rs");
        !is_store && !DATABASE_CRATES.iter().any(|home| path.starts_with(home))
    };
    let mut findings = Vec::new();
    for path in rust_files().into_iter().filter(is_outside) {
        let code = code_of(&text(&path));
        let uses = code.lines().enumerate().filter(|(_, line)| line.contains("sea_orm") || line.contains("sqlx"));
        findings.extend(uses.map(|(index, line)| format!("{path}:{}: {}", index + 1, line.trim())));
    }

    expect_none(&findings, "SeaORM stays under a crate's store/, so that rules can be read and tested without it.");
}

#[test]
fn what_is_left_to_do_names_its_issue() {
    // Spelled in two halves, or this file would find itself.
    let markers = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let is_text =
        |path: &String| [".rs", ".toml", ".md", ".html", ".css", ".js", ".sh"].iter().any(|end| path.ends_with(end));
    let names_issue = |after: &str| {
        let after = after.trim_start_matches(['(', ' ', ':']);
        after.strip_prefix('#').is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
    };
    let mut findings = Vec::new();
    for path in files().into_iter().filter(is_text).filter(|path| !path.contains("/vendor/") && !path.contains(".min."))
    {
        for (index, line) in text(&path).lines().enumerate() {
            let is_nameless = |marker: &str| line.split_once(marker).is_some_and(|(_, after)| !names_issue(after));
            let found = markers
                .into_iter()
                .find(|marker| is_nameless(marker))
                .map(|_| format!("{path}:{}: {}", index + 1, line.trim()));
            findings.extend(found);
        }
    }

    expect_none(&findings, &format!("What is left to do names its issue, as in {}(#12).", markers[0]));
}

#[test]
fn every_crate_opens_with_what_it_owns() {
    let manifests = files().into_iter().filter(|path| path.ends_with("/Cargo.toml"));
    let mut findings = Vec::new();
    for manifest in manifests {
        let folder = manifest.trim_end_matches("Cargo.toml");
        let roots = [format!("{folder}src/lib.rs"), format!("{folder}src/main.rs")];
        let root = roots.iter().find(|root| files().contains(root)).unwrap_or_else(|| panic!("{folder} has no root"));
        let text = text(root);
        let opening: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
        let opening = opening.join(" ");
        let says = |words: &[&str]| words.iter().any(|word| opening.contains(word));
        let missing = [
            (says(&["Owns "]), "what it owns (\"Owns …\")"),
            (says(&["Never ", "never ", "Knows no"]), "what it never does (\"Never …\")"),
            (says(&["Start reading at", "start reading at"]), "where to begin (\"Start reading at …\")"),
        ];
        findings.extend(missing.iter().filter(|(is_said, _)| !is_said).map(|(_, what)| format!("{root}: {what}")));
    }

    expect_none(&findings, "A crate opens with `//!` lines that say what it owns, what it never does, where to begin.");
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    let manifests = files().into_iter().filter(|path| path.ends_with("/Cargo.toml"));
    let findings: Vec<String> = manifests.filter(|path| !text(path).contains("[lints]\nworkspace = true")).collect();

    expect_none(&findings, "A Cargo.toml says `[lints]` and `workspace = true`, or none of our lints hold there:");
}

#[test]
fn every_migration_says_why_in_its_first_line() {
    let migrations = files().into_iter().filter(|path| path.starts_with("migrations/src/m2"));
    let findings: Vec<String> = migrations.filter(|path| !text(path).starts_with("//! Why: ")).collect();

    expect_none(&findings, "A migration's first line is `//! Why: …`:");
}

#[test]
fn the_top_level_is_what_the_readme_shows() {
    let found: BTreeSet<String> = files().iter().filter_map(|path| path.split('/').next()).map(str::to_owned).collect();
    let is_known = |name: &str| name.starts_with('.') || TOP_LEVEL.contains(&name) || TOOL_FILES.contains(&name);
    let strange = found.iter().filter(|name| !is_known(name)).map(|name| format!("{name} does not belong here"));
    let missing = TOP_LEVEL.iter().filter(|name| !found.contains(**name)).map(|name| format!("{name} is missing"));

    expect_none(&strange.chain(missing).collect::<Vec<_>>(), "The top level is closed:");
}

#[test]
fn every_decision_is_a_sentence() {
    let decisions: Vec<String> =
        files().into_iter().filter(|path| path.starts_with("docs/adr/") && path.ends_with(".md")).collect();
    let mut findings = Vec::new();
    let mut numbers = BTreeSet::new();
    for path in decisions {
        let file = path.trim_start_matches("docs/adr/");
        let number = file.split('-').next().unwrap_or_default();
        if number.len() != 4 || !number.bytes().all(|b| b.is_ascii_digit()) || !numbers.insert(number.to_owned()) {
            findings.push(format!("{path}: its name begins with four digits no other has"));
        }
        let text = text(&path);
        let title = text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap_or_default();
        let title = title.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ':' | ' '));
        if title.split_whitespace().count() < 4 || !title.starts_with(char::is_uppercase) {
            findings.push(format!("{path}: its title {title:?} is no sentence"));
        }
    }

    expect_none(&findings, "A decision's title is the decision, as a sentence:");
}
