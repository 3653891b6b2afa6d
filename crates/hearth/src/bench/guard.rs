//! `bench guard`: what judging a GraphQL document costs before anything runs.

use std::time::{Duration, Instant};

use gateway::guard_cost::{dearest_documents, judge, parse};

use super::{BenchArgs, Measured, figure::Figure, place::Place};

/// How long each side of a round lasts.
const ROUND: Duration = Duration::from_millis(200);

/// Runs both in turns, for each of the dearest documents. The engine takes no part in it.
pub fn measure(args: &BenchArgs, place: &Place) -> Vec<Measured> {
    let documents = dearest_documents().into_iter().map(|document| {
        let floor = "the library's parser alone";
        let mut measured = Measured::new(document.name, place.engine(), "documents/s", floor);
        for _ in 0..args.rounds() {
            measured.add_round(rate(judge, &document.text), rate(parse, &document.text));
        }
        measured
    });
    documents.collect()
}

fn rate(work: fn(&str) -> bool, text: &str) -> Figure {
    let (started, mut count) = (Instant::now(), 0);
    while started.elapsed() < ROUND {
        std::hint::black_box(work(std::hint::black_box(text)));
        count += 1;
    }
    Figure::per_second(count, started.elapsed())
}
