//! `cargo bench -p cocreation`: how fast rankings are counted, by Schulze with the instant runoff beside it.
//!
//! A line of JSON for each figure, as docs/BENCHMARKS.md describes. Ours and what stands beside it count the same ballots in turns. For
//! the first figure that is the Python package `pref_voting`: `HEARTH_BENCH_PYTHON` names an interpreter that has it; without one the
//! figure is left out, and standard error says so.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    time::Instant,
};

use cocreation::tally::{
    RankedBallots, TieOrder, Unlisted,
    runoff::RunoffOutcome,
    schulze::{DefeatStrength, SchulzeOutcome},
};

const ROUNDS: usize = 5;

fn main() {
    let ten = orders(100_000, 10);
    match std::env::var("HEARTH_BENCH_PYTHON") {
        Ok(python) => beside_pref_voting(&python, &ten),
        Err(_) => note("tally_100k_x_10 is left out: HEARTH_BENCH_PYTHON names no Python with pref_voting"),
    }
    let thirty = orders(1_000_000, 30);
    let (mut ours, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let winners = count(&thirty, 30);
        ours.push(begun.elapsed().as_nanos());
        let begun = Instant::now();
        let textbook = count_as_in_a_textbook(&thirty, 30);
        beside.push(begun.elapsed().as_nanos());
        assert_eq!(winners.1, textbook.1, "both elect the same by runoff");
        assert_eq!(winners.2, textbook.0, "both find the same pairs");
    }
    report("tally_1m_x_30", median(ours) / 1_000_000, median(beside) / 1_000_000, "ms");
    let bytes = RankedBallots::new(10).bytes_per_ballot() as u128;
    report("tally_bytes_at_10", bytes, 64, "bytes/ballot");
}

/// Rankings by chance, the same in every run: an xorshift, and Fisher and Yates.
fn orders(ballots: usize, options: u8) -> Vec<Vec<u8>> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("below a small number")
    };
    let order = |_| {
        let mut order: Vec<u8> = (0..options).collect();
        (1..order.len()).rev().for_each(|place| order.swap(place, draw(place + 1)));
        order
    };
    (0..ballots).map(order).collect()
}

/// From rankings in memory to both results: who wins by Schulze, who by runoff, and the pairs.
fn count(orders: &[Vec<u8>], options: usize) -> (Vec<usize>, Option<usize>, Vec<Vec<u64>>) {
    let mut ballots = RankedBallots::new(options);
    ballots.reserve(orders.len());
    for order in orders {
        ballots.push_order(order, 1);
    }
    let pairs = ballots.pairwise(Unlisted::Last);
    let outcome = SchulzeOutcome::count(&pairs, DefeatStrength::WinningVotes);
    let names: Vec<String> = (0..options).map(|option| option.to_string()).collect();
    let mut ties = TieOrder::new(b"bench", names.iter().map(String::as_str));
    let runoff = RunoffOutcome::count(&ballots, &mut ties);
    (outcome.places[0].clone(), runoff.winner, pairs)
}

/// Pairs and a runoff as they are told: every two of every ballot, every ballot in every round.
fn count_as_in_a_textbook(orders: &[Vec<u8>], options: usize) -> (Vec<Vec<u64>>, Option<usize>) {
    let mut pairs = vec![vec![0_u64; options]; options];
    for order in orders {
        for (place, &above) in order.iter().enumerate() {
            for &below in &order[place + 1..] {
                pairs[usize::from(above)][usize::from(below)] += 1;
            }
        }
    }
    let mut is_out = vec![false; options];
    for _ in 0..options {
        let mut votes = vec![0_usize; options];
        for order in orders {
            if let Some(&top) = order.iter().find(|&&option| !is_out[usize::from(option)]) {
                votes[usize::from(top)] += 1;
            }
        }
        if let Some(winner) = (0..options).find(|&option| votes[option] * 2 > orders.len()) {
            return (pairs, Some(winner));
        }
        let last = (0..options).filter(|&option| !is_out[option]).min_by_key(|&option| votes[option]);
        is_out[last.expect("somebody is left")] = true;
    }
    (pairs, None)
}

fn beside_pref_voting(python: &str, orders: &[Vec<u8>]) {
    let mut program = PrefVoting::start(python, orders);
    let (mut ours, mut beside) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        let (schulze, runoff, _) = count(orders, 10);
        ours.push(begun.elapsed().as_nanos());
        let (nanoseconds, theirs) = program.count();
        beside.push(nanoseconds);
        assert_eq!(theirs, format!("{schulze:?} {:?}", runoff.into_iter().collect::<Vec<_>>()), "both elect the same");
    }
    program.child.wait().expect("it ends with its input");
    let per_second = |nanoseconds: u128| orders.len() as u128 * 1_000_000_000 / nanoseconds;
    report("tally_100k_x_10", per_second(median(ours)), per_second(median(beside)), "ballots/s");
}

/// A Python process that counts whenever it is told to.
struct PrefVoting {
    child: Child,
    rounds: usize,
}

impl PrefVoting {
    fn start(python: &str, orders: &[Vec<u8>]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pref_voting_count.py");
        let mut child = Command::new(python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("HEARTH_BENCH_PYTHON starts");
        let written = child.stdin.as_mut().expect("it is piped").write_all(&orders.concat());
        written.expect("the ballots are taken");
        Self { child, rounds: 0 }
    }

    /// How long it took in nanoseconds, and who won.
    fn count(&mut self) -> (u128, String) {
        self.rounds += 1;
        self.child.stdin.as_mut().expect("it is piped").write_all(b"go\n").expect("it listens");
        let mut line = Vec::new();
        let output = self.child.stdout.as_mut().expect("it is piped");
        BufReader::with_capacity(1, output).read_until(b'\n', &mut line).expect("it answers");
        let line = String::from_utf8(line).expect("it answers in ASCII");
        let (nanoseconds, winners) = line.trim().split_once(' ').expect("a time and the winners");
        if self.rounds == ROUNDS {
            drop(self.child.stdin.take());
        }
        (nanoseconds.parse().expect("whole nanoseconds"), winners.to_owned())
    }
}

fn median(mut figures: Vec<u128>) -> u128 {
    figures.sort_unstable();
    figures[figures.len() / 2]
}

fn report(name: &str, ours: u128, beside: u128, unit: &str) {
    let thousandths = ours * 1_000 / beside;
    let ratio = format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000);
    let line = format!(
        r#"{{"name":"{name}","ours":{ours},"beside":{beside},"ratio":{ratio},"unit":"{unit}","rounds":{ROUNDS}}}"#
    );
    writeln!(std::io::stdout(), "{line}").expect("standard output takes a line");
}

fn note(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("standard error takes a line");
}
