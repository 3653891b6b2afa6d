//! Lanes: those who ask for the same hot verb at the same time share one load, one write and one commit.

use std::{
    collections::VecDeque,
    future::Future,
    mem,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use db::{Dialect, Tx};
use kernel::{Actor, Fault, FaultKind};
use tokio::{sync::oneshot, time::Instant};

use crate::App;

/// Most work waiting in one lane, in the verb's own weight; beyond it a caller hears "busy, retry" at once.
const MAX_WAITING: usize = 8_192;

/// Most work of one transaction. A command heavier than that has one for itself.
const MAX_TAKEN: usize = 512;

/// After this long a batch that fails is not cut in halves again: whoever is left in it hears of the fault.
const HALVING_DEADLINE: Duration = Duration::from_secs(10);

/// A use-case that decides many commands in one transaction.
pub(crate) trait Verb: Sized + Send + Sync + 'static {
    /// What a caller asks for.
    type Command: Send + Sync + 'static;
    /// What a caller hears, refusals included.
    type Answer: Send + 'static;

    /// In the infinitive, as it follows "could not".
    const DOING: &'static str;

    /// Who acts, where the commands do not say.
    const ACTOR: Actor;

    /// Its lane.
    fn lane(app: &App) -> &Lane<Self>;

    /// How much work a command is: how many rows it will write, in some unit of the verb's own.
    fn weight(command: &Self::Command) -> usize;

    /// Loads for all commands, decides them one by one in order, records, commits. One answer each. A refused command leaves
    /// nothing, and nothing of any is kept after a fault.
    fn run(
        app: &App,
        tx: Tx,
        commands: &[&Self::Command],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, Fault>> + Send;
}

/// Where the callers of one verb meet.
///
/// Whoever comes while too few writers are at work starts one, a task of its own, which takes what waits, runs it, answers, and
/// goes when nothing waits any more. It never sleeps to gather more: while one batch commits the next one gathers. A caller who
/// is dropped takes nobody along: what was not yet taken is left out, what was is done, like any act whose answer got lost.
#[derive(Debug)]
pub(crate) struct Lane<V: Verb> {
    line: Mutex<Line<V>>,
    most_writers: usize,
}

#[derive(Debug)]
struct Line<V: Verb> {
    waiting: VecDeque<Waiting<V>>,
    weight: usize,
    writers: usize,
}

struct Waiting<V: Verb> {
    command: V::Command,
    weight: usize,
    answer: oneshot::Sender<Result<V::Answer, Arc<Fault>>>,
}

impl<V: Verb> std::fmt::Debug for Waiting<V> {
    /// A command may hold what no log should.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").field("weight", &self.weight).finish_non_exhaustive()
    }
}

impl<V: Verb> Waiting<V> {
    /// Answers. Whoever is gone in the meantime does not mind.
    fn answer(self, answer: Result<V::Answer, Arc<Fault>>) {
        drop(self.answer.send(answer));
    }
}

impl<V: Verb> Lane<V> {
    /// An empty lane. SQLite has one writer; on PostgreSQL one batch is decided while another is on its way to the disk.
    pub(crate) fn new(dialect: Dialect) -> Self {
        let most_writers = match dialect {
            Dialect::Sqlite => 1,
            Dialect::Postgres => 2,
        };
        Self { line: Mutex::new(Line { waiting: VecDeque::new(), weight: 0, writers: 0 }), most_writers }
    }

    /// Nothing panics while holding the line, and a line is whole after every change.
    fn line(&self) -> MutexGuard<'_, Line<V>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stands in line, and says whether a writer is to be started.
    fn join(&self, waiting: Waiting<V>) -> Result<bool, Fault> {
        let mut line = self.line();
        // Somebody alone is let in however much it is: a limit below the largest command would refuse it for ever.
        if line.weight + waiting.weight > MAX_WAITING && !line.waiting.is_empty() {
            return Err(Fault::new(FaultKind::Busy, V::DOING));
        }
        line.weight += waiting.weight;
        line.waiting.push_back(waiting);
        let starts = line.writers < self.most_writers;
        line.writers += usize::from(starts);
        Ok(starts)
    }

    /// Everybody in line.
    fn take_all(&self) -> VecDeque<Waiting<V>> {
        let mut line = self.line();
        line.weight = 0;
        mem::take(&mut line.waiting)
    }

    /// The next batch in order of arrival, without those who left. Empty: the writer who asked has left the lane.
    fn take(&self) -> Vec<Waiting<V>> {
        let mut line = self.line();
        let mut taken = Vec::new();
        let mut weight = 0;
        while let Some(next) = line.waiting.front() {
            if weight + next.weight > MAX_TAKEN && !taken.is_empty() {
                break;
            }
            let next = line.waiting.pop_front().expect("it was there just now");
            line.weight -= next.weight;
            if !next.answer.is_closed() {
                weight += next.weight;
                taken.push(next);
            }
        }
        line.writers -= usize::from(taken.is_empty());
        taken
    }
}

/// Asks for one command and waits for its answer.
///
/// # Errors
/// A [`Fault`]; busy when too much waits. After any other the outcome is unknown.
pub(crate) async fn ask<V: Verb>(app: &App, command: V::Command) -> Result<V::Answer, Fault> {
    let (answer, answered) = oneshot::channel();
    let weight = V::weight(&command);
    if V::lane(app).join(Waiting { command, weight, answer })? {
        tokio::spawn(write(Writer::<V> { app: app.clone(), is_leaving: false, verb: std::marker::PhantomData }));
    }
    match answered.await {
        Ok(answer) => answer.map_err(|fault| Fault::because(fault.kind(), V::DOING, fault)),
        Err(lost) => Err(Fault::because(FaultKind::Broken, V::DOING, lost)),
    }
}

/// A writer at work. However it ends, its place is free again.
struct Writer<V: Verb> {
    app: App,
    is_leaving: bool,
    verb: std::marker::PhantomData<fn() -> V>,
}

impl<V: Verb> Drop for Writer<V> {
    fn drop(&mut self) {
        if !self.is_leaving {
            V::lane(&self.app).line().writers -= 1;
        }
    }
}

async fn write<V: Verb>(mut writer: Writer<V>) {
    loop {
        let batch = V::lane(&writer.app).take();
        if batch.is_empty() {
            writer.is_leaving = true;
            return;
        }
        settle(&writer.app, batch).await;
    }
}

/// Runs a batch; after a fault its halves, so that a command nothing can be done about fails alone.
async fn settle<V: Verb>(app: &App, batch: Vec<Waiting<V>>) {
    let deadline = Instant::now() + HALVING_DEADLINE;
    let mut parts = vec![batch];
    let mut may_be_done = false;
    while let Some(mut part) = parts.pop() {
        let commands: Vec<&V::Command> = part.iter().map(|waiting| &waiting.command).collect();
        let has_begun = AtomicBool::new(false);
        let fault = match run::<V>(app, &commands, &has_begun).await {
            Ok(answers) => {
                part.into_iter().zip(answers).for_each(|(waiting, answer)| waiting.answer(Ok(answer)));
                continue;
            }
            Err(fault) => Arc::new(fault),
        };
        let has_begun = has_begun.load(Ordering::Relaxed);
        // Whoever stands in line waits for the same closed door, some nearly as long: one wait for all of them is enough.
        if fault.kind() == FaultKind::Busy {
            V::lane(app).take_all().into_iter().for_each(|waiting| waiting.answer(Err(Arc::clone(&fault))));
        }
        // Without a transaction no command is to blame; and each half would wait again for a lock, or for room on the disk.
        let is_nobodys = !has_begun || matches!(fault.kind(), FaultKind::Busy | FaultKind::StorageFull);
        if part.len() == 1 || is_nobodys || Instant::now() >= deadline {
            // "Nothing was done" would be said of this run alone, and an earlier one may have been committed unheard.
            let fault = if may_be_done { Arc::new(Fault::because(FaultKind::Broken, V::DOING, fault)) } else { fault };
            mem::take(&mut part).into_iter().for_each(|waiting| waiting.answer(Err(Arc::clone(&fault))));
            continue;
        }
        may_be_done = true;
        tracing::warn!(commands = part.len(), error = fault.chain(), "A batch failed and is run again in halves");
        let second = part.split_off(part.len() / 2);
        parts.push(second);
        parts.push(part);
    }
}

async fn run<V: Verb>(app: &App, commands: &[&V::Command], has_begun: &AtomicBool) -> Result<Vec<V::Answer>, Fault> {
    db::retry_contention(|| async {
        has_begun.store(false, Ordering::Relaxed);
        let tx = app.begin(V::ACTOR).await?;
        has_begun.store(true, Ordering::Relaxed);
        V::run(app, tx, commands).await
    })
    .await
}
