//! `bench start`: from the start of `serve` on a database that is there to the first answered query.

use std::time::Instant;

use super::{BenchArgs, Measured, demo::Demo, figure::Figure, place::Place, process};
use crate::Failure;

/// Runs both in turns. The query is a signed-in balance: the first that needs everything.
///
/// # Errors
/// A [`Failure`] of the engine, or when it does not answer.
pub async fn measure(args: &BenchArgs, place: &Place) -> Result<Measured, Failure> {
    let demo = Demo::fill(place, "start").await?;
    let mut measured = Measured::new("start", place.engine(), "ms", "the same program with --version");
    // The first start of all makes secrets and warms the file cache: it is another measure.
    start(place, &demo).await?;
    for _ in 0..args.rounds() {
        measured.add_round(start(place, &demo).await?, version(place).await?);
    }
    place.remove(demo.database).await?;
    Ok(measured)
}

async fn start(place: &Place, demo: &Demo) -> Result<Figure, Failure> {
    let started = Instant::now();
    let mut serve = process::serve(place, &demo.database)?;
    let request = demo.balance_request(&serve.address)?;
    serve.first_answer(&request).await?;
    let elapsed = started.elapsed();
    serve.stop().await?;
    Ok(Figure::millis(elapsed))
}

async fn version(place: &Place) -> Result<Figure, Failure> {
    let started = Instant::now();
    let ended = process::command(place, &["--version"])?.status().await;
    ended.map_err(|error| Failure::because("could not start this very program", error))?;
    Ok(Figure::millis(started.elapsed()))
}
