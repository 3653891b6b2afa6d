//! The lane of what the order system tells: the orders of all who tell at the same time earn in one transaction.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    mem,
};

use ::orders::{OrderPaid, store::list_known_orders};
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash, Kept, Known},
};
use kernel::{Actor, ExternalRef, Fault};

use super::{
    record_orders_paid::lock_in_order,
    told::{EventRefusal, EventTold, ToldAnswer},
};
use crate::{
    App, Settings,
    lane::{Lane, Verb},
};

const PRINCIPAL: &str = "order_system";
const OPERATION: &str = "record_order_event";

/// One telling: its id and what it says.
type Told = (ExternalRef, EventTold);

type Answer = Result<ToldAnswer, EventRefusal>;

/// The verb of the lane. A command is a call: its events in order.
#[derive(Debug)]
pub(crate) struct RecordOrderEvents;

impl Verb for RecordOrderEvents {
    type Command = Vec<Told>;
    type Answer = Vec<Answer>;

    const DOING: &'static str = "record what the order system told";
    const ACTOR: Actor = Actor::OrderSystem;

    fn lane(app: &App) -> &Lane<Self> {
        app.earns()
    }

    fn weight(command: &Vec<Told>) -> usize {
        command.len()
    }

    async fn run(app: &App, mut tx: Tx, calls: &[&Vec<Told>]) -> Result<Vec<Vec<Answer>>, Fault> {
        let mut batch =
            Batch::load(&mut tx, app.settings(), calls.iter().flat_map(|call| call.iter()).collect()).await?;

        batch.record(app, &mut tx).await?;
        let keeps = batch.keep_answers(&mut tx).await?;

        // A batch that keeps nothing lets go of its locks before answering.
        if keeps {
            tx.commit().await?
        } else {
            tx.rollback().await?
        }
        let mut answers = batch.answers.into_iter().map(|answer| answer.expect("every event was answered"));
        Ok(calls.iter().map(|call| answers.by_ref().take(call.len()).collect()).collect())
    }
}

/// A batch under way.
struct Batch<'a> {
    told: Vec<&'a Told>,
    hashes: Vec<InputHash>,
    /// What was told before this batch. Looked up before any lock: two tellings at the same instant both pass, and the keys' own
    /// uniqueness sends one of them back to look again (see `db/src/tx.rs`).
    known: HashMap<(String, String), Kept>,
    /// What was taken in this batch.
    taken: HashMap<&'a ExternalRef, InputHash>,
    /// Orders told one after another, recorded together before anything else is.
    run: Vec<(usize, &'a OrderPaid)>,
    in_run: HashSet<&'a ExternalRef>,
    answers: Vec<Option<Answer>>,
    /// Those to keep the answers of.
    fresh: Vec<usize>,
}

impl<'a> Batch<'a> {
    async fn load(tx: &mut Tx, settings: &Settings, told: Vec<&'a Told>) -> Result<Self, Fault> {
        let keys: Vec<(&str, &str)> = told.iter().map(|(id, _)| (PRINCIPAL, id.as_str())).collect();
        let known = idempotency::list_kept(tx, OPERATION, &keys).await?;
        let batch = Self {
            hashes: told.iter().map(|(_, event)| event.input_hash()).collect(),
            answers: told.iter().map(|_| None).collect(),
            told,
            known,
            taken: HashMap::new(),
            run: Vec::new(),
            in_run: HashSet::new(),
            fresh: Vec::new(),
        };
        batch.lock_all(tx, settings).await?;
        Ok(batch)
    }

    /// Takes the locks of everything that will be recorded one after another, in the one order. A batch of nothing but orders,
    /// each told once, is recorded at once and needs no help.
    async fn lock_all(&self, tx: &mut Tx, settings: &Settings) -> Result<(), Fault> {
        let unanswered = || self.told.iter().filter(|(id, _)| !self.known.contains_key(&key_of(id)));
        let ids: HashSet<&ExternalRef> = unanswered().map(|(id, _)| id).collect();
        let paid: Vec<&OrderPaid> = unanswered().filter_map(|(_, event)| event.paid()).collect();
        if paid.len() == self.told.len() && ids.len() == paid.len() {
            return Ok(());
        }
        let others: BTreeSet<&ExternalRef> = unanswered().filter_map(|(_, event)| event.order_told_before()).collect();
        let known = list_known_orders(tx, &others.into_iter().collect::<Vec<_>>()).await?;
        lock_in_order(tx, settings, &paid, known.values()).await
    }

    async fn record(&mut self, app: &App, tx: &mut Tx) -> Result<(), Fault> {
        for index in 0..self.told.len() {
            let (id, event) = self.told[index];
            if event.paid().is_none() || self.in_run.contains(id) {
                self.record_run(app, tx).await?;
            }
            if let Some(answer) = self.answer_again(index) {
                self.answers[index] = Some(answer);
                continue;
            }
            let answer = match event {
                EventTold::Paid(paid) => {
                    self.in_run.insert(id);
                    self.run.push((index, paid));
                    continue;
                }
                EventTold::PickedUp(picked_up) => app.record_order_picked_up(tx, picked_up).await?,
                EventTold::Refunded(refunded) => app.record_order_refunded(tx, refunded).await?,
            };
            self.answer(index, answer);
        }
        self.record_run(app, tx).await
    }

    async fn record_run(&mut self, app: &App, tx: &mut Tx) -> Result<(), Fault> {
        let (indexes, paid): (Vec<usize>, Vec<&OrderPaid>) = mem::take(&mut self.run).into_iter().unzip();
        self.in_run.clear();
        if paid.is_empty() {
            return Ok(());
        }
        let answers = app.record_orders_paid(tx, &paid).await?;
        indexes.into_iter().zip(answers).for_each(|(index, answer)| self.answer(index, answer));
        Ok(())
    }

    /// What an event of this id was answered before, or in this batch.
    fn answer_again(&self, index: usize) -> Option<Answer> {
        let (id, hash) = (&self.told[index].0, self.hashes[index]);
        let before = self.known.get(&key_of(id)).map(|kept| matches!(kept.known(hash), Known::SameInput(_)));
        let is_same = before.or_else(|| self.taken.get(id).map(|&taken| taken == hash))?;
        Some(if is_same { Ok(ToldAnswer::Duplicate) } else { Err(EventRefusal::EventDiffers) })
    }

    fn answer(&mut self, index: usize, answer: Answer) {
        if answer.is_ok() {
            self.taken.insert(&self.told[index].0, self.hashes[index]);
            self.fresh.push(index);
        }
        self.answers[index] = Some(answer);
    }

    /// Keeps what was answered, but no refusal, and notes it for the auditor. Whether there was anything.
    async fn keep_answers(&self, tx: &mut Tx) -> Result<bool, Fault> {
        let mut kept = Vec::with_capacity(self.fresh.len());
        for &index in &self.fresh {
            let (id, event) = self.told[index];
            let key = idempotency::Key { principal: PRINCIPAL.to_owned(), operation: OPERATION, key: id.to_string() };
            kept.push((key, self.hashes[index], "accepted".to_owned()));
            let (subject, detail) = (id.to_string(), event.kind().to_owned());
            tx.audit(AuditLine { action: OPERATION, household: None, subject, detail });
        }
        idempotency::insert_answers(tx, kept).await?;
        Ok(!self.fresh.is_empty())
    }
}

fn key_of(id: &ExternalRef) -> (String, String) {
    (PRINCIPAL.to_owned(), id.to_string())
}
