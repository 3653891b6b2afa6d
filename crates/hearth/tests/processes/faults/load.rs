//! Clients that act, retry with the same key until they know, and keep a journal outside the database of what they were told.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    figures::Figures,
    http::{self, Answer},
    world::{HOUSEHOLDS, World},
};

/// Clients at once.
const CLIENTS: u64 = 8;

/// How long one act may stay unknown before the test says it never will be known.
const PATIENCE: Duration = Duration::from_secs(90);

/// How long a client rests before it asks again.
const REST: Duration = Duration::from_millis(50);

/// What a client was told and believes from then on.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// By event id: the order's number and its cash in fen.
    pub(super) orders: BTreeMap<String, (String, i64)>,
    /// By idempotency key: the grant.
    pub(super) grants: BTreeMap<String, String>,
    pub(super) figures: Figures,
}

/// One thing a client wants done, under a key of its own.
pub(super) enum Act {
    Order { event: String, order: String, household: usize, fen: i64 },
    Redeem { key: String, household: usize },
}

/// How one try ended.
pub(super) enum Try {
    /// It is done: now, or by an earlier try.
    Done { receipt: String, is_replay: bool },
    /// The rules say no; nothing was done.
    Refused(String),
    /// Nothing was done, by the server's own word or because nothing was sent.
    NotDone(String),
    /// Nobody knows.
    Unknown(String),
}

/// The clients of one world.
pub(super) struct Load<'a> {
    world: &'a World,
    addresses: Vec<SocketAddr>,
    pub(super) journal: Mutex<Journal>,
    is_stopping: AtomicBool,
    next: AtomicU64,
}

impl<'a> Load<'a> {
    pub(super) fn new(world: &'a World, addresses: Vec<SocketAddr>) -> Self {
        let (journal, is_stopping) = (Mutex::default(), AtomicBool::new(false));
        Self { world, addresses, journal, is_stopping, next: AtomicU64::new(1) }
    }

    /// Acts from several clients while `meanwhile` runs; returns when every act's outcome is known.
    pub(super) fn during(&self, meanwhile: impl FnOnce()) {
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| {
                    while !self.is_stopping.load(Ordering::Relaxed) {
                        self.act(&self.next_act());
                    }
                });
            }
            // Also when it panics: else the clients would act for ever and hide it.
            let stop = StopOnDrop(&self.is_stopping);
            meanwhile();
            drop(stop);
        });
    }

    /// How many writes were acknowledged so far.
    pub(super) fn acknowledged(&self) -> u64 {
        self.journal.lock().unwrap().figures.acknowledged
    }

    /// An order for every third act, a redemption for the others: they spend less than orders earn.
    fn next_act(&self) -> Act {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let household = usize::try_from(number).unwrap() * 7 / 3 % HOUSEHOLDS;
        if number % 3 == 1 {
            let fen = 5_000 + i64::try_from(number % 100).unwrap() * 100;
            Act::Order { event: format!("evt-{number}"), order: format!("ord-{number}"), household, fen }
        } else {
            Act::Redeem { key: format!("redemption-{number:08}"), household }
        }
    }

    /// Tries until the outcome is known, and notes it.
    pub(super) fn act(&self, act: &Act) {
        self.act_after(act, false);
    }

    /// The same for an act that may have been tried before.
    pub(super) fn act_again(&self, act: &Act) {
        self.act_after(act, true);
    }

    fn act_after(&self, act: &Act, may_be_done: bool) {
        let (begun, mut tries, mut unknown, mut was_denied) = (Instant::now(), 0_usize, 0_u64, false);
        loop {
            let address =
                self.addresses[(tries + usize::from(matches!(act, Act::Redeem { .. }))) % self.addresses.len()];
            tries += 1;
            match try_once(self.world, address, act) {
                Try::Done { receipt, is_replay } => {
                    // A first answer may be a replay too: a batch whose commit got lost is run again before anybody is answered.
                    let was_false = was_denied && is_replay && unknown == 0 && !may_be_done;
                    assert!(!was_false, "{receipt}: it was said that nothing was done, and it was");
                    return self.journal.lock().unwrap().note_done(act, receipt, is_replay, unknown);
                }
                Try::Refused(code) => return self.journal.lock().unwrap().figures.note_refused(&code, unknown),
                Try::NotDone(why) => {
                    was_denied = true;
                    self.journal.lock().unwrap().figures.note_try(why);
                }
                Try::Unknown(why) => {
                    unknown += 1;
                    self.journal.lock().unwrap().figures.note_try(why);
                }
            }
            assert!(begun.elapsed() < PATIENCE, "an act stayed unknown for {PATIENCE:?}");
            std::thread::sleep(REST);
        }
    }
}

impl Journal {
    fn note_done(&mut self, act: &Act, receipt: String, is_replay: bool, unknown: u64) {
        self.figures.note_done(is_replay, unknown);
        match act {
            Act::Order { event, order, fen, .. } => drop(self.orders.insert(event.clone(), (order.clone(), *fen))),
            Act::Redeem { key, .. } => drop(self.grants.insert(key.clone(), receipt)),
        }
    }
}

struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Sends an act once.
pub(super) fn try_once(world: &World, address: SocketAddr, act: &Act) -> Try {
    match send(world, address, act) {
        Ok(answer) => judge(act, &answer),
        Err(unanswered) => unanswered,
    }
}

/// Sends an act and returns the answer as it came.
pub(super) fn send(world: &World, address: SocketAddr, act: &Act) -> Result<Answer, Try> {
    let stream = http::connect(address).map_err(|_| Try::NotDone("not connected".to_owned()))?;
    let answered = match act {
        Act::Order { event, order, household, fen } => {
            let body = json!({ "id": event, "type": "order.paid", "data": {
                "orderRef": order, "householdRef": format!("H{household}"), "amountMinor": fen, "cashMinor": fen,
                "orderedAt": world.ordered_at, "pickedUpAt": world.ordered_at,
            }})
            .to_string();
            http::post(stream, "/v1/events", &World::sign(event, &body), &body)
        }
        Act::Redeem { key, household } => {
            let query = "mutation($p:ID!,$k:String!){redeemPerk(input:{perkId:$p,idempotencyKey:$k}){grant{id price} \
                         userErrors{code}}}";
            let body = json!({ "query": query, "variables": { "p": world.perk, "k": key } }).to_string();
            let token = ("authorization", format!("Bearer {}", world.tokens[*household]));
            http::post(stream, "/graphql", &[token], &body)
        }
    };
    answered.map_err(|_| Try::Unknown("no answer".to_owned()))
}

fn judge(act: &Act, answer: &Answer) -> Try {
    let (code, reason) = (answer.code(), answer.body["errors"][0]["extensions"]["reason"].as_str().unwrap_or(""));
    let why = || format!("{} {code} {reason}", answer.status).trim_end().to_owned();
    match act {
        Act::Order { .. } => {
            let result = &answer.body["results"][0];
            match (answer.status, result["status"].as_str()) {
                (200, Some("accepted")) => Try::Done { receipt: String::new(), is_replay: false },
                (200, Some("duplicate")) => Try::Done { receipt: String::new(), is_replay: true },
                (200, Some("rejected")) => Try::Refused(result["code"].to_string()),
                (503, _) if matches!(code, "BUSY" | "STORAGE_FULL") => Try::NotDone(why()),
                (503, _) => Try::Unknown(why()),
                _ => panic!("an order event was answered with {answer:?}"),
            }
        }
        Act::Redeem { .. } => {
            let payload = &answer.body["data"]["redeemPerk"];
            if let Some(grant) = payload["grant"]["id"].as_str() {
                let is_replay = answer.body["extensions"]["idempotentReplay"] == json!(true);
                return Try::Done { receipt: grant.to_owned(), is_replay };
            }
            match (code, payload["userErrors"][0]["code"].as_str()) {
                ("", Some(refusal)) => Try::Refused(refusal.to_owned()),
                ("RATE_LIMITED" | "STORAGE_FULL", _) => Try::NotDone(why()),
                ("INTERNAL", _) => Try::Unknown(why()),
                _ => panic!("a redemption was answered with {answer:?}"),
            }
        }
    }
}
