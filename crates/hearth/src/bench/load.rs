//! A load generator: many connections kept alive, each sending its next request when the last was answered.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::Barrier, task::JoinSet};

use super::{figure::Figure, wire::Connection};
use crate::Failure;

/// A request and how its answer must begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The bytes sent.
    pub request: Vec<u8>,
    /// The first bytes of the body; what changes from answer to answer, such as what a caller may still spend, follows.
    pub expected: Vec<u8>,
}

/// What is sent, where to, and how.
#[derive(Debug, Clone)]
pub struct Load {
    /// Host and port.
    pub address: String,
    /// Taken in turns; each connection begins at another one.
    pub exchanges: Arc<[Exchange]>,
    /// Connections at once.
    pub connections: usize,
}

impl Load {
    /// Sends for so long and returns answered requests a second. Every answer is read whole and checked.
    ///
    /// # Errors
    /// A [`Failure`] at the first answer that is not the expected one: a wrong answer must not count as a fast one.
    pub async fn run(&self, length: Duration) -> Result<Figure, Failure> {
        let start = Arc::new(Barrier::new(self.connections + 1));
        let mut workers = JoinSet::new();
        for first in 0..self.connections {
            let connection = Connection::open(&self.address).await;
            let connection = connection.map_err(|error| Failure::because("could not connect", error))?;
            workers.spawn(send(connection, Arc::clone(&self.exchanges), first, Arc::clone(&start), length));
        }
        start.wait().await;
        let started = Instant::now();
        let mut answered = 0;
        while let Some(done) = workers.join_next().await {
            answered += done.map_err(|error| Failure::because("a connection's task ended", error))??;
        }
        Ok(Figure::per_second(answered, started.elapsed()))
    }
}

async fn send(
    mut connection: Connection,
    exchanges: Arc<[Exchange]>,
    first: usize,
    start: Arc<Barrier>,
    length: Duration,
) -> Result<u64, Failure> {
    start.wait().await;
    let started = Instant::now();
    let mut answered = 0;
    for exchange in exchanges.iter().cycle().skip(first % exchanges.len().max(1)) {
        let answer = connection.exchange(&exchange.request).await?;
        if answer.status != 200 || !answer.body.starts_with(&exchange.expected) {
            let body = String::from_utf8_lossy(answer.body);
            return Err(Failure::new(format!("a request was answered wrongly, with status {}: {body}", answer.status)));
        }
        answered += 1;
        if started.elapsed() >= length {
            break;
        }
    }
    Ok(answered)
}
