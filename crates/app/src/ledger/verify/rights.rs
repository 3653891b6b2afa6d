use std::{
    collections::{BTreeMap, HashMap},
    mem,
};

use chrono::TimeDelta;
use db::{KeptKey, idempotency::KEPT_DAYS};
use entitlements::{StoredGrant, StoredSlot, StoredStock};
use kernel::{Id, Timestamp, kinds};
use ledger::{Difference, Finding, VerifiedRedemption};

use super::{impossible, tellings::Tellings};
use crate::{
    approvals,
    entitlements::{book_hash, redeem_hash},
};

/// The operations that keep keys, as the keys name them: stored, so none ever changes.
const LEAVE_HOUSEHOLD: &str = "leave_household";
const MERGE_HOUSEHOLDS: &str = "merge_households";
const UNDO_MERGE: &str = "undo_merge";
const SPLIT_HOUSEHOLD: &str = "split_household";
const UNDO_SPLIT: &str = "undo_split";
const REMOVE_MEMBER: &str = "remove_member";
const ASK_TO_PAY: &str = "ask_to_pay";
const REDEEM_PERK: &str = "redeem_perk";
const BOOK_SLOT: &str = "book_slot";
const RECORD_ORDER_EVENT: &str = "record_order_event";

/// What an order event's key answers: it is there only when the event was taken.
const ACCEPTED: &str = "accepted";

/// And this one, where what was taken repeats its words in no row of orders.
const NOTED: &str = "noted";

/// Whose redemption, and which.
type Redemption = (Id<kinds::Household>, Id<kinds::Posting>);

/// What points bought, so far: whether every redemption has its grant, and what keys and stocks will be held against.
#[derive(Default)]
pub(super) struct Rights {
    /// What each grant was given for.
    given: HashMap<Id<kinds::Grant>, Given>,
    /// How many grants of each perk stand.
    standing: BTreeMap<Id<kinds::Perk>, i64>,
    /// How many book each delivery slot, and stand.
    booked: BTreeMap<Id<kinds::DeliverySlot>, i64>,
    /// What order events were taken.
    tellings: Tellings,
    /// Redemptions of cancelled grants whose points did not all go back to the household itself: what is still to be found, and the
    /// grant. Their lots may have moved.
    unrestored: BTreeMap<Redemption, (i64, i64, Id<kinds::Grant>)>,
    /// Grants that went along with a household, whose redemption is another's.
    moved: Vec<StoredGrant>,
    /// Redemptions without a grant in their own household, by whose they are and their cause: some grant that went along must be it.
    grantless: BTreeMap<(Id<kinds::Household>, String), VerifiedRedemption>,
}

/// What a key that answers with a grant must fit.
#[derive(Clone, Copy)]
struct Given {
    household: Id<kinds::Household>,
    perk: Id<kinds::Perk>,
    redeemed_by: Id<kinds::Person>,
    granted_at: i64,
    booking: Option<(Id<kinds::DeliverySlot>, Id<kinds::Order>)>,
    has_key: bool,
}

impl Rights {
    /// Compares redemptions with the grants of the same households, each way; what went along with a household waits for the end.
    pub(super) fn check_page(
        &mut self,
        redemptions: Vec<VerifiedRedemption>,
        grants: Vec<StoredGrant>,
    ) -> Vec<Difference> {
        let mut found = Vec::new();
        let mut by_cause: HashMap<(Id<kinds::Household>, String), VerifiedRedemption> =
            redemptions.into_iter().map(|it| ((it.household, it.reference.clone()), it)).collect();
        for grant in grants {
            let StoredGrant { household, perk, redeemed_by, granted_at, booking, .. } = grant;
            self.given.insert(grant.id, Given { household, perk, redeemed_by, granted_at, booking, has_key: false });
            *self.standing.entry(grant.perk).or_default() += i64::from(!grant.is_cancelled);
            if let Some((slot, _)) = booking {
                *self.booked.entry(slot).or_default() += i64::from(!grant.is_cancelled);
            }
            if grant.paid_by == household {
                let redemption = by_cause.remove(&(household, grant.id.to_string()));
                found.extend(self.check_paid(&grant, redemption));
            } else {
                self.moved.push(grant);
            }
        }
        self.grantless.extend(by_cause);
        found
    }

    /// Once every page was read: compares grants that went along with a household with the redemptions they left behind, each way.
    pub(super) fn check_moved(&mut self) -> Vec<Difference> {
        let mut found = Vec::new();
        for grant in mem::take(&mut self.moved) {
            let redemption = self.grantless.remove(&(grant.paid_by, grant.id.to_string()));
            found.extend(self.check_paid(&grant, redemption));
        }
        let mut unexplained: Vec<VerifiedRedemption> = mem::take(&mut self.grantless).into_values().collect();
        unexplained.sort_by_key(|it| (it.household, it.posting));
        found.extend(unexplained.into_iter().map(|it| {
            let why = format!(
                "{:?} is neither a grant of the household, nor its order, nor a hold it captured",
                it.reference
            );
            impossible(Some(it.household), format!("posting {}", it.posting), why)
        }));
        found
    }

    /// Whether a grant's redemption is what it should be; what did not come back to whoever paid may have gone to others.
    fn check_paid(&mut self, grant: &StoredGrant, redemption: Option<VerifiedRedemption>) -> Vec<Difference> {
        let back = |it: &VerifiedRedemption| grant.returned.unwrap_or(it.points);
        let Some(it) = redemption.as_ref().filter(|it| grant.is_cancelled && it.restored < back(it)) else {
            return check_grant(grant, redemption.as_ref());
        };
        self.unrestored.insert((it.household, it.posting), (back(it), it.restored, grant.id));
        check_grant(grant, Some(&VerifiedRedemption { restored: back(it), ..it.clone() }))
    }

    /// Whether what cancelled grants did not give back to their own household went to others, where its lots are now: of whose
    /// redemption, and how many points. And nothing of a standing one did.
    pub(super) fn check_restored(
        &mut self,
        elsewhere: Vec<(Id<kinds::Household>, Id<kinds::Posting>, i64)>,
    ) -> Vec<Difference> {
        let mut went: BTreeMap<Redemption, i64> = BTreeMap::new();
        for (household, posting, points) in elsewhere {
            let sum = went.entry((household, posting)).or_default();
            *sum = sum.saturating_add(points);
        }
        let mut found = Vec::new();
        for ((household, posting), (points, restored, grant)) in std::mem::take(&mut self.unrestored) {
            let back = restored.saturating_add(went.remove(&(household, posting)).unwrap_or(0));
            if back != points {
                let what = "what a cancelled grant gives back";
                found.push(figure(Some(household), grant_row(grant), what, points, back));
            }
        }
        found.extend(went.into_iter().map(|((household, posting), points)| {
            let why = format!("{points} of its points were given back to others, and nothing cancelled it");
            impossible(Some(household), format!("posting {posting}"), why)
        }));
        found
    }

    /// Whether a key answers with what its act did, and no other key does.
    pub(super) fn check_key(&mut self, key: &KeptKey) -> Option<Difference> {
        let why = match key.operation.as_str() {
            REDEEM_PERK | BOOK_SLOT => match key.answer.parse() {
                Err(_) => Some("it answers with no grant".to_owned()),
                Ok(grant) => self.check_answer(grant, key),
            },
            ASK_TO_PAY => {
                let request = key.answer.parse::<Id<kinds::PayRequest>>();
                request.is_err().then(|| "it answers with no pay request".to_owned())
            }
            RECORD_ORDER_EVENT if key.answer == NOTED => None,
            RECORD_ORDER_EVENT if key.answer != ACCEPTED => Some(format!("it answers {:?}", key.answer)),
            RECORD_ORDER_EVENT => {
                self.tellings.add(key.input);
                None
            }
            LEAVE_HOUSEHOLD | REMOVE_MEMBER | MERGE_HOUSEHOLDS | UNDO_MERGE | SPLIT_HOUSEHOLD | UNDO_SPLIT => {
                let told = crate::accounts::read_moved(&key.answer);
                told.is_none().then(|| "it answers with no household and its points".to_owned())
            }
            operation => match approvals::check_kept(operation, &key.principal, &key.answer) {
                Some(wrong) => wrong.map(str::to_owned),
                None => Some("no use-case has its operation".to_owned()),
            },
        };
        why.map(|why| impossible(None, key_row(key), why))
    }

    fn check_answer(&mut self, grant: Id<kinds::Grant>, key: &KeptKey) -> Option<String> {
        let Some(given) = self.given.get_mut(&grant) else {
            return Some(format!("the grant it answers with, {grant}, is not there"));
        };
        if given.redeemed_by.to_string() != key.principal {
            return Some(format!("the grant it answers with, {grant}, was redeemed by {}", given.redeemed_by));
        }
        if mem::replace(&mut given.has_key, true) {
            return Some(format!("another key answers with its grant {grant} too"));
        }
        let input = given.booking.map_or_else(|| redeem_hash(given.perk), |(slot, order)| book_hash(slot, order));
        let is_input = input.bytes() == key.input && (key.operation == BOOK_SLOT) == given.booking.is_some();
        (!is_input).then(|| format!("its input is not {}, which it answers with {grant}", given.perk))
    }

    /// Which grants no key answers with, though keys are kept for longer: trying again would redeem again.
    pub(super) fn check_grants_have_keys(&self, now: Timestamp) -> Vec<Difference> {
        let kept_since = (now - TimeDelta::days(KEPT_DAYS)).timestamp_millis();
        let keyless = self.given.iter().filter(|(_, given)| !given.has_key && given.granted_at > kept_since);
        let mut found: Vec<Difference> = keyless
            .map(|(&grant, given)| {
                let why = "no idempotency key answers with it, so trying again would redeem again".to_owned();
                impossible(Some(given.household), grant_row(grant), why)
            })
            .collect();
        found.sort_by(|a, b| (a.household, &a.row).cmp(&(b.household, &b.row)));
        found
    }

    /// What order events were taken, once every key was read.
    pub(super) fn tellings(&mut self) -> &mut Tellings {
        &mut self.tellings
    }

    /// Whether the key of an order event leads to nothing that was told.
    pub(super) fn check_telling(&self, key: &KeptKey) -> Option<Difference> {
        let leads_nowhere =
            key.operation == RECORD_ORDER_EVENT && key.answer == ACCEPTED && self.tellings.misses(key.input);
        let why = || "no order, pick-up or refund is what it was accepted for".to_owned();
        leads_nowhere.then(|| impossible(None, key_row(key), why()))
    }

    /// Whether as many places of each delivery slot are taken as bookings of it stand.
    pub(super) fn check_slots(&self, slots: &[StoredSlot]) -> Vec<Difference> {
        let mut booked = self.booked.clone();
        let mut found = Vec::new();
        for slot in slots {
            let counted = booked.remove(&slot.slot).unwrap_or(0);
            if slot.taken != counted {
                found.push(figure(None, format!("slot {}", slot.slot), "how many are taken", slot.taken, counted));
            }
        }
        found.extend(booked.into_iter().filter(|(_, counted)| *counted > 0).map(|(slot, counted)| {
            impossible(None, format!("slot {slot}"), format!("it is not there, and {counted} book it"))
        }));
        found
    }

    /// Whether as many of each perk are taken as grants of it stand, and as many kept and waited for as places say.
    pub(super) fn check_stocks(
        &self,
        stocks: &[StoredStock],
        places: &BTreeMap<Id<kinds::Perk>, (i64, i64)>,
    ) -> Vec<Difference> {
        let mut standing = self.standing.clone();
        let mut found = Vec::new();
        for stock in stocks {
            let counted = standing.remove(&stock.perk).unwrap_or(0);
            if stock.taken != counted {
                found.push(figure(
                    None,
                    format!("stock of perk {}", stock.perk),
                    "how many are taken",
                    stock.taken,
                    counted,
                ));
            }
            let (offered, waiting) = places.get(&stock.perk).copied().unwrap_or_default();
            for (what, stored, counted) in
                [("how many are offered", stock.offered, offered), ("how many wait", stock.waiting, waiting)]
            {
                if stored != counted {
                    found.push(figure(None, format!("stock of perk {}", stock.perk), what, stored, counted));
                }
            }
        }
        found.extend(standing.into_iter().map(|(perk, counted)| {
            impossible(None, format!("stock of perk {perk}"), format!("it is not there, and {counted} grants stand"))
        }));
        found
    }
}

fn key_row(key: &KeptKey) -> String {
    format!("idempotency key {} of {} for {}", key.key, key.principal, key.operation)
}

/// How a grant is named.
pub(super) fn grant_row(id: Id<kinds::Grant>) -> String {
    format!("grant {id}")
}

/// Whether a grant was paid for by its own posting at its price, and its points went back exactly when it was cancelled.
fn check_grant(grant: &StoredGrant, redemption: Option<&VerifiedRedemption>) -> Vec<Difference> {
    let (household, row) = (Some(grant.household), grant_row(grant.id));
    let Some(redemption) = redemption else {
        return vec![impossible(household, row, "no redemption paid for it".to_owned())];
    };
    let mut found = Vec::new();
    if grant.posting != redemption.posting {
        let why = format!("it names posting {}, and posting {} paid for it", grant.posting, redemption.posting);
        found.push(impossible(household, row.clone(), why));
    }
    if grant.price != redemption.points {
        found.push(figure(household, row.clone(), "the price", grant.price, redemption.points));
    }
    let back = if grant.is_cancelled { grant.returned.unwrap_or(redemption.points) } else { 0 };
    if redemption.restored != back {
        let what =
            if grant.is_cancelled { "what a cancelled grant gives back" } else { "what a standing grant gave back" };
        found.push(figure(household, row, what, back, redemption.restored));
    }
    found
}

fn figure(
    household: Option<Id<kinds::Household>>,
    row: String,
    what: &'static str,
    stored: i64,
    recomputed: i64,
) -> Difference {
    let finding = Finding::Figure { what, stored: stored.into(), recomputed: recomputed.into() };
    Difference { household, row, finding }
}
