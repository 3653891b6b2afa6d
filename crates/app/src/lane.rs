//! Lanes: those who ask for the same hot verb at the same time share one load, one write and one commit.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
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

/// A row that is locked at one moment and still after this long is kept by somebody; a batch that waits for nobody is gone by then.
const LOOKS_APART: Duration = Duration::from_millis(50);

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

    /// Which commands need a row that is locked at this moment by somebody who waits for nobody. One answer each; changes nothing.
    fn are_blocked(tx: &mut Tx, commands: &[&Self::Command]) -> impl Future<Output = Result<Vec<bool>, Fault>> + Send;
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

    /// Lets those in line again who were taken from it, before whoever came in the meantime.
    fn put_back(&self, mut taken: VecDeque<Waiting<V>>) {
        let mut line = self.line();
        line.weight += taken.iter().map(|waiting| waiting.weight).sum::<usize>();
        taken.append(&mut line.waiting);
        line.waiting = taken;
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
        tokio::spawn(write(Writer::<V>::at_door(app.clone())));
    }
    match answered.await {
        Ok(answer) => answer.map_err(|fault| Fault::because(fault.kind(), V::DOING, fault)),
        Err(lost) => Err(Fault::because(FaultKind::Broken, V::DOING, lost)),
    }
}

/// A writer at work. However it ends, its place is free again; when it ends in the middle of its work, whoever waits gets another.
struct Writer<V: Verb> {
    app: App,
    stage: Stage,
    verb: std::marker::PhantomData<fn() -> V>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    AtDoor,
    AtWork,
    Leaving,
}

impl<V: Verb> Writer<V> {
    fn at_door(app: App) -> Self {
        Self { app, stage: Stage::AtDoor, verb: std::marker::PhantomData }
    }
}

impl<V: Verb> Drop for Writer<V> {
    fn drop(&mut self) {
        if self.stage == Stage::Leaving {
            return;
        }
        let mut line = V::lane(&self.app).line();
        // A runtime that ends drops its tasks where they are, and what is started on it at once: only a panic is followed by
        // another writer, and only that of a writer who had begun.
        let is_followed = self.stage == Stage::AtWork && std::thread::panicking() && !line.waiting.is_empty();
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if is_followed => {
                drop(line);
                runtime.spawn(write(Self::at_door(self.app.clone())));
            }
            Ok(_) | Err(_) => line.writers -= 1,
        }
    }
}

async fn write<V: Verb>(mut writer: Writer<V>) {
    writer.stage = Stage::AtWork;
    loop {
        let batch = V::lane(&writer.app).take();
        if batch.is_empty() {
            writer.stage = Stage::Leaving;
            return;
        }
        settle(&writer.app, batch).await;
    }
}

/// Runs a batch; after a fault its halves, so that a command nothing can be done about fails alone. After waiting in vain for a
/// row, without those who need it.
async fn settle<V: Verb>(app: &App, batch: Vec<Waiting<V>>) {
    let deadline = Instant::now() + HALVING_DEADLINE;
    let mut parts = vec![batch];
    let (mut may_be_done, mut may_look) = (false, true);
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
        // "Nothing was done" would be said of this run alone, and an earlier one may have been committed unheard.
        let of_part = || {
            let heard = Arc::clone(&fault);
            if may_be_done { Arc::new(Fault::because(FaultKind::Broken, V::DOING, heard)) } else { heard }
        };
        let is_late = Instant::now() >= deadline;
        if fault.kind() == FaultKind::Busy {
            if has_begun && !is_late && may_look {
                let asked = part.len();
                let rest = turn_away_blocked(app, part, &of_part(), &fault).await;
                // Where nobody in particular was to blame, once more is enough.
                may_look = rest.len() < asked;
                parts.extend((!rest.is_empty()).then_some(rest));
                continue;
            }
            // Whoever stands in line waits for the same closed door, some nearly as long: one wait for all of them is enough.
            V::lane(app).take_all().into_iter().for_each(|waiting| waiting.answer(Err(Arc::clone(&fault))));
        }
        // Without a transaction no command is to blame; and each half would wait again for a lock, or for room on the disk.
        let is_nobodys = !has_begun || matches!(fault.kind(), FaultKind::Busy | FaultKind::StorageFull);
        if part.len() == 1 || is_nobodys || is_late {
            let fault = of_part();
            part.into_iter().for_each(|waiting| waiting.answer(Err(Arc::clone(&fault))));
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
    let run = db::retry_contention(|| async {
        has_begun.store(false, Ordering::Relaxed);
        let tx = app.begin(V::ACTOR).await?;
        has_begun.store(true, Ordering::Relaxed);
        V::run(app, tx, commands).await
    });
    caught(run).await
}

/// A panic is a fault of the batch, like any other of which nobody knows what was done: it must not take the writer along, and
/// those who did not cause it must be run without it.
async fn caught<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let mut work = pin!(work);
    poll_fn(|context| {
        // What panicked is never polled again, and its transaction was dropped on the way out.
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err(Fault::inconsistent("run a batch: it panicked"))))
    })
    .await
}

/// Answers those of a batch, and of the line, who need a row that somebody keeps. The others of the line are let in it again; the
/// others of the batch are returned.
async fn turn_away_blocked<V: Verb>(
    app: &App,
    batch: Vec<Waiting<V>>,
    of_batch: &Arc<Fault>,
    of_line: &Arc<Fault>,
) -> Vec<Waiting<V>> {
    let line = V::lane(app).take_all();
    let commands: Vec<&V::Command> = batch.iter().chain(&line).map(|waiting| &waiting.command).collect();
    let are_blocked = match caught(look_twice::<V>(app, &commands)).await {
        Ok(are_blocked) => are_blocked,
        Err(fault) => {
            tracing::warn!(error = fault.chain(), "Nobody could see who is blocked, so all are turned away");
            vec![true; commands.len()]
        }
    };
    let (of_the_batch, of_the_line) = are_blocked.split_at(batch.len());
    let rest = answer_blocked(batch, of_the_batch, of_batch);
    V::lane(app).put_back(answer_blocked(line, of_the_line, of_line));
    rest
}

/// Answers those who are blocked, and returns the others.
fn answer_blocked<V: Verb, W>(all: W, are_blocked: &[bool], fault: &Arc<Fault>) -> W
where
    W: IntoIterator<Item = Waiting<V>> + FromIterator<Waiting<V>>,
{
    let answer = |(waiting, &is_blocked): (Waiting<V>, &bool)| {
        if !is_blocked {
            return Some(waiting);
        }
        waiting.answer(Err(Arc::clone(fault)));
        None
    };
    all.into_iter().zip(are_blocked).filter_map(answer).collect()
}

/// Who is blocked now and a moment later.
async fn look_twice<V: Verb>(app: &App, commands: &[&V::Command]) -> Result<Vec<bool>, Fault> {
    let first = look::<V>(app, commands).await?;
    if !first.contains(&true) {
        return Ok(first);
    }
    tokio::time::sleep(LOOKS_APART).await;
    let second = look::<V>(app, commands).await?;
    Ok(first.into_iter().zip(second).map(|(before, after)| before && after).collect())
}

async fn look<V: Verb>(app: &App, commands: &[&V::Command]) -> Result<Vec<bool>, Fault> {
    let mut tx = app.begin(V::ACTOR).await?;
    let are_blocked = V::are_blocked(&mut tx, commands).await?;
    tx.rollback().await?;
    Ok(are_blocked)
}

#[cfg(test)]
mod tests;
