//! `bench guard`: what our own part of judging a GraphQL document costs before anything runs.

use std::time::{Duration, Instant};

use gateway::guard_cost::{DearDocument, dearest_documents};

use super::{BenchArgs, Measured, figure::Figure, place::Place};

/// How long each side of a round lasts.
const ROUND: Duration = Duration::from_millis(200);

/// Runs both in turns, for each of the dearest documents. The engine takes no part in it.
pub fn measure(args: &BenchArgs, place: &Place) -> Vec<Measured> {
    let documents = dearest_documents().into_iter().map(|document| {
        let floor = "the library's parser alone";
        let mut measured = Measured::new(document.name, place.engine(), "documents/s", floor);
        for _ in 0..args.rounds() {
            measured.add_round(rate(DearDocument::judge, &document), rate(DearDocument::parse, &document));
        }
        measured
    });
    documents.collect()
}

fn rate(work: fn(&DearDocument) -> bool, document: &DearDocument) -> Figure {
    let (started, mut count) = (Instant::now(), 0);
    while started.elapsed() < ROUND {
        std::hint::black_box(work(std::hint::black_box(document)));
        count += 1;
    }
    Figure::per_second(count, started.elapsed())
}
