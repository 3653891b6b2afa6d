use std::sync::{Arc, OnceLock};

use db::{Dialect, Tx};
use kernel::{Actor, Fault, FaultKind};
use mail::Mailer;
use testkit::{Engine, Fixture, TestDb, on_both_engines};
use tokio::{sync::Semaphore, task::JoinHandle};

use super::{Lane, Verb, ask};
use crate::{App, Secret, Settings};

/// The use-cases on a fresh database.
struct World {
    app: App,
    _db: TestDb,
}

impl Fixture for World {
    async fn on(engine: Engine) -> Self {
        let db = TestDb::new(engine).await;
        let secret = Secret::new(vec![7; Secret::MIN_BYTES]).unwrap();
        let mailer = Mailer::capture("hearth@hearth.example".parse().unwrap());
        Self { app: App::new(db.db().clone(), Settings::default(), secret, mailer), _db: db }
    }
}

/// A verb that does nothing but what can go wrong.
#[derive(Debug)]
struct Act;

#[derive(Debug, Clone)]
enum Asked {
    Plain,
    /// Its decision panics.
    Panic,
    /// It is at work until it may go on; then it answers with what panics if nobody takes it.
    Wait(Arc<Semaphore>),
}

#[derive(Debug)]
enum Answer {
    Done,
    Bomb { _bomb: Bomb },
}

#[derive(Debug)]
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "an answer nobody took");
    }
}

impl Verb for Act {
    type Command = Asked;
    type Answer = Answer;

    const DOING: &'static str = "act";
    const ACTOR: Actor = Actor::System;

    fn lane(app: &App) -> &Lane<Self> {
        static LANES: [OnceLock<Lane<Act>>; 2] = [const { OnceLock::new() }; 2];
        let dialect = app.db().dialect();
        LANES[usize::from(dialect == Dialect::Postgres)].get_or_init(|| Lane::new(dialect))
    }

    fn weight(_: &Asked) -> usize {
        1
    }

    async fn run(_: &App, tx: Tx, all: &[&Asked]) -> Result<Vec<Answer>, Fault> {
        let mut answers = Vec::new();
        for asked in all {
            answers.push(match asked {
                Asked::Plain => Answer::Done,
                Asked::Panic => panic!("this command cannot be decided"),
                Asked::Wait(gate) => {
                    gate.acquire().await.expect("the gate stays open").forget();
                    Answer::Bomb { _bomb: Bomb }
                }
            });
        }
        tx.commit().await?;
        Ok(answers)
    }

    async fn are_blocked(_: &mut Tx, all: &[&Asked]) -> Result<Vec<bool>, Fault> {
        Ok(vec![false; all.len()])
    }
}

type Asking = JoinHandle<Result<Answer, Fault>>;

fn spawn(app: &App, asked: Asked) -> Asking {
    let app = app.clone();
    tokio::spawn(async move { ask::<Act>(&app, asked).await })
}

async fn until(app: &App, is_so: impl Fn(usize, usize) -> bool) {
    loop {
        let (waiting, writers) = {
            let line = Act::lane(app).line();
            (line.waiting.len(), line.writers)
        };
        if is_so(waiting, writers) {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Gives every writer of the lane something to wait for, so that whoever comes next stands in line.
async fn occupy(app: &App, gate: &Arc<Semaphore>) -> Vec<Asking> {
    let writers = Act::lane(app).most_writers;
    let mut occupying = Vec::new();
    for number in 1..=writers {
        occupying.push(spawn(app, Asked::Wait(Arc::clone(gate))));
        until(app, |waiting, working| waiting == 0 && working == number).await;
    }
    occupying
}

/// Takes an answer, so that it is not dropped.
fn take(answer: Result<Answer, Fault>) -> Option<FaultKind> {
    match answer {
        Ok(Answer::Done) => None,
        Ok(bomb @ Answer::Bomb { .. }) => {
            std::mem::forget(bomb);
            None
        }
        Err(fault) => Some(fault.kind()),
    }
}

on_both_engines! {
    async fn a_panic_fails_alone_and_strands_nobody(world: World) {
        let app = &world.app;
        let gate = Arc::new(Semaphore::new(0));

        // One of a batch panics.
        let occupying = occupy(app, &gate).await;
        let asked: Vec<Asking> =
            (0..9).map(|n| spawn(app, if n == 4 { Asked::Panic } else { Asked::Plain })).collect();
        until(app, |waiting, _| waiting == 9).await;
        gate.add_permits(occupying.len());
        let mut heard = Vec::new();
        for asking in asked {
            heard.push(take(asking.await.unwrap()));
        }
        let failed: Vec<Option<FaultKind>> = heard.iter().copied().filter(Option::is_some).collect();
        assert_eq!(failed, [Some(FaultKind::Broken)]);
        for asking in occupying {
            assert_eq!(take(asking.await.unwrap()), None);
        }
        until(app, |waiting, working| (waiting, working) == (0, 0)).await;

        // Every writer panics outside of its batch, while somebody stands in line.
        let occupying = occupy(app, &gate).await;
        occupying.iter().for_each(JoinHandle::abort);
        for asking in occupying {
            assert!(asking.await.unwrap_err().is_cancelled());
        }
        let behind = spawn(app, Asked::Plain);
        until(app, |waiting, _| waiting == 1).await;
        gate.add_permits(2);
        assert_eq!(take(behind.await.unwrap()), None);
        until(app, |waiting, working| (waiting, working) == (0, 0)).await;
    }
}
