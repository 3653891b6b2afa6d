//! The lane of what the order system tells: the orders of all who tell at the same time earn in one transaction.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    mem,
};

use ::accounts::{HouseholdRow, store::find_households_by_ref};
use ::orders::{OrderPaid, store::list_known_orders};
use db::{
    AuditLine, Tx,
    idempotency::{self, InputHash, Kept, Known},
};
use kernel::{Actor, ExternalRef, Fault, Id, kinds};

use super::{
    belonging::Places,
    record_orders_paid::{lock_households, lock_in_order},
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

    async fn are_blocked(tx: &mut Tx, calls: &[&Vec<Told>]) -> Result<Vec<bool>, Fault> {
        let events = || calls.iter().flat_map(|call| call.iter().map(|(_, event)| event));
        let order_refs: BTreeSet<&ExternalRef> = events().filter_map(EventTold::order_told_before).collect();
        let orders = list_known_orders(tx, &order_refs.into_iter().collect::<Vec<_>>()).await?;
        let refs: Vec<ExternalRef> = events().filter_map(|it| Some(it.paid()?.household_ref.clone())).collect();
        let by_ref = accounts::store::find_households_by_ref(tx, &refs).await?;
        let paid: Vec<&OrderPaid> = events().filter_map(EventTold::paid).collect();
        let places = Places::find(tx, &paid, &by_ref).await?;
        let household_of = |event: &EventTold| match event.paid() {
            Some(paid) => places.of(paid, &by_ref).ok().map(|whose| whose.household),
            None => event.order_told_before().and_then(|order| Some(orders.get(order)?.household)),
        };
        let households: Vec<Id<kinds::Household>> = events().filter_map(household_of).collect();
        let locked = ledger::store::list_locked_wallets(tx, &households).await?;
        let is_blocked = |event: &EventTold| household_of(event).is_some_and(|household| locked.contains(&household));
        Ok(calls.iter().map(|call| call.iter().any(|(_, event)| is_blocked(event))).collect())
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
        // The directory, then persons and households, then wallets. What a new member's household is founded with is written in its
        // turn: two who found the same meet at the directory's key, and one of them runs again.
        let joined: Vec<HouseholdRow> = unanswered().filter_map(|(_, event)| event.member_joined()).cloned().collect();
        if !joined.is_empty() {
            lock_households(tx, settings, &paid).await?;
            ::accounts::store::lock_books(tx, &joined).await?;
        }
        let others: BTreeSet<&ExternalRef> = unanswered().filter_map(|(_, event)| event.order_told_before()).collect();
        let known = list_known_orders(tx, &others.into_iter().collect::<Vec<_>>()).await?;
        let named: BTreeSet<ExternalRef> =
            unanswered().filter_map(|(_, event)| event.household_told_before()).cloned().collect();
        let named = find_households_by_ref(tx, &named.into_iter().collect::<Vec<_>>()).await?;
        lock_in_order(tx, settings, &paid, known.values(), named.into_values()).await
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
                EventTold::PickedUp(picked_up) => {
                    tx.flush().await?;
                    app.record_order_picked_up(tx, picked_up).await?
                }
                EventTold::Refunded(refunded) => {
                    tx.flush().await?;
                    app.record_order_refunded(tx, refunded).await?
                }
                EventTold::Cancelled(cancelled) => {
                    tx.flush().await?;
                    app.record_order_cancelled(tx, cancelled).await?
                }
                EventTold::MemberJoined(row) => {
                    tx.flush().await?;
                    app.record_member_joined(tx, row).await?
                }
                EventTold::PointsHeld(held) => {
                    tx.flush().await?;
                    app.record_points_held(tx, held).await?
                }
                EventTold::PointsReleased(released) => {
                    tx.flush().await?;
                    app.record_points_released(tx, released).await?
                }
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
            kept.push((key, self.hashes[index], event.kept_answer().to_owned()));
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
