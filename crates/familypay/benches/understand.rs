//! How long it takes to understand one spoken order: every order of the table, many times over, by the slowest of the medians.

use std::time::{Duration, Instant};

#[path = "../tests/spoken/load.rs"]
mod load;

use familypay::understand::{Household, understand};

fn main() {
    let catalogue = load::catalogue();
    let household = Household::default();
    let mut slowest = (Duration::ZERO, "");
    let mut all = Vec::new();
    let rows = load::ORDERS
        .lines()
        .chain(load::HELD_OUT.lines())
        .chain(load::SECOND.lines())
        .filter(|line| !line.starts_with('#'));
    for said in rows.filter_map(|line| line.split_once('\t')).map(|(said, _)| said) {
        let mut runs: Vec<Duration> = (0..50)
            .map(|_| {
                let start = Instant::now();
                std::hint::black_box(understand(&catalogue, &household, said)).expect("short enough");
                start.elapsed()
            })
            .collect();
        runs.sort();
        all.push(runs[25]);
        slowest = slowest.max((runs[25], said));
    }
    all.sort();
    let (median, slowest_time, slowest_said) = (all[all.len() / 2], slowest.0, slowest.1);
    writeln(&format!("{} orders: median {median:?}, slowest {slowest_time:?} ({slowest_said})", all.len()));
    assert!(slowest_time < Duration::from_millis(5), "understanding an order takes under 5 ms");
}

fn writeln(line: &str) {
    use std::io::Write;
    std::io::stdout().write_all(format!("{line}\n").as_bytes()).expect("stdout is open");
}
