//! The ledger against a model of it: random commands from a seed, crashes between any two statements, on one thread.
//!
//! Replay a seed with `cargo xtask simulate --seed N`. Start reading at `model`, then `run`.

mod act;
mod acts;
mod chance;
mod commands;
mod look;
mod model;
mod run;
mod script;
mod shop;
mod shrink;
mod world;

use std::{collections::BTreeMap, ops::Range};

use testkit::{Engine, TestDb};

/// What a test run does on either engine.
const SEEDS: Range<u64> = 0..200;

/// PostgreSQL takes longer for the same, so four tests beside each other share its seeds; to each its part of the long ones.
fn quarter_of(seed: u64) -> u64 {
    seed / 20 % 4
}

/// Every twentieth seed runs long enough for lots to lapse and debts to pile up.
fn commands_of(seed: u64) -> usize {
    if seed.is_multiple_of(20) { 200 } else { 40 }
}

/// What must come up, numbers left out.
const ANSWERS: &[&str] = &[
    "cancelled",
    "cancelled before",
    "no such grant",
    "held",
    "hold differs",
    "end out of range",
    "captured",
    "captured before",
    "released",
    "hold ended",
    "no such hold",
    "forgiven",
    "owes only",
    "adjusted",
    "only",
    "moved",
    "points held",
    "nothing to move",
    "used since",
    "no such move",
    "no such households",
    "accepted",
    "duplicate",
    "event differs",
    "order differs",
    "refund differs",
    "unknown order",
    "invalid",
    "picked up already",
    "before ordered",
    "more than paid",
    "nothing",
    "granted",
    "granted before",
    "key reused",
    "limit reached",
    "sold out",
    "owes",
    "short by",
    "expired by",
    "too late",
    "lapsed",
];

/// A fresh database takes as long as fifty commands, and verifying everybody in one longer with every seed.
const SEEDS_PER_DATABASE: usize = 10;

/// Statements and sums take longest to read.
const STEPS_PER_LOOK: usize = 5;

/// What `cargo xtask simulate` sets: `A..B`, a count, and an engine's name.
const SEEDS_VARIABLE: &str = "HEARTH_SIMULATE_SEEDS";
const COMMANDS_VARIABLE: &str = "HEARTH_SIMULATE_COMMANDS";
const ENGINE_VARIABLE: &str = "HEARTH_SIMULATE_ENGINE";

#[test]
fn sqlite() {
    simulate(Engine::Sqlite, "sqlite", |_| true);
}

#[test]
fn postgres_first_quarter() {
    simulate(Engine::Postgres, "postgres", |seed| quarter_of(seed) == 0);
}

#[test]
fn postgres_second_quarter() {
    simulate(Engine::Postgres, "postgres", |seed| quarter_of(seed) == 1);
}

#[test]
fn postgres_third_quarter() {
    simulate(Engine::Postgres, "postgres", |seed| quarter_of(seed) == 2);
}

#[test]
fn postgres_last_quarter() {
    simulate(Engine::Postgres, "postgres", |seed| quarter_of(seed) == 3);
}

#[test]
fn the_model_stays_small_enough_to_be_believed() {
    let lines = include_str!("model.rs").lines().count();
    assert!(lines < 150, "the model has {lines} lines");
}

#[test]
fn a_seed_says_the_same_every_time() {
    let list = |seed| format!("{:?}", script::draw(seed, 40));
    assert_eq!(list(7), list(7));
    assert_ne!(list(7), list(8));
}

/// A list that never gets anywhere proves nothing: over all seeds each answer must come up, on the model alone.
#[test]
fn the_seeds_reach_every_answer() {
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    for seed in SEEDS {
        let (setup, steps) = script::draw(seed, commands_of(seed));
        let mut shop = shop::Shop::new(testkit::start(), setup, vec![vec![None; commands::MEMBERS]; commands::HOUSES]);
        for step in &steps {
            for answer in shop.act(&step.command).split(", ") {
                let words = answer.trim_matches(|c: char| c.is_ascii_digit() || c == ' ');
                let is_of_none = answer.starts_with("0 ");
                *answers.entry(if is_of_none { answer } else { words }.to_owned()).or_default() += 1;
            }
        }
    }
    for expected in ANSWERS {
        assert!(
            answers.get(*expected).is_some_and(|times| *times >= 3),
            "{expected:?} comes up too seldom: {answers:?}"
        );
    }
}

/// The seeds of a run that are this test's, one after another.
fn simulate(engine: Engine, name: &str, is_ours: impl Fn(u64) -> bool) {
    let variable = |name: &str| std::env::var(name).ok();
    if variable(ENGINE_VARIABLE).is_some_and(|only| only != name) {
        return;
    }
    let seeds = variable(SEEDS_VARIABLE).map_or(SEEDS, |range| {
        let (first, end) = range.split_once("..").expect("seeds are written A..B");
        first.parse().expect("a number")..end.parse().expect("a number")
    });
    let seeds: Vec<u64> = seeds.filter(|seed| is_ours(*seed)).collect();
    let told: Option<usize> = variable(COMMANDS_VARIABLE).map(|count| count.parse().expect("a number"));
    for some in seeds.chunks(SEEDS_PER_DATABASE) {
        shrink::block_on(async {
            let database = TestDb::new(engine).await;
            for &seed in some {
                let commands = told.unwrap_or_else(|| commands_of(seed));
                let (setup, steps) = script::draw(seed, commands);
                if let Err(failure) = run::run(&database, &format!("S{seed}"), &setup, &steps, STEPS_PER_LOOK).await {
                    let shrunken = shrink::in_a_thread(engine, &setup, &steps, failure);
                    panic!(
                        "seed {seed} on {name}: {shrunken}\n\
                         Again: cargo xtask simulate --seed {seed} --engine {name} --commands {commands}"
                    );
                }
            }
        });
    }
}
