use std::collections::BTreeMap;

use kernel::{BusinessDate, Id, kinds};

use super::{
    StoredLot, StoredPosting,
    findings::{Findings, lot_row, posting_row},
};
use crate::{Account, LotKey, PostingKind, Transfer};

/// What transfers alone say, up to some posting. Wide: sums of falsified figures must not overflow.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) lots: BTreeMap<Id<kinds::Lot>, i128>,
    pub(super) balance: i128,
    pub(super) owed: i128,
    /// What went into the program account `moved` less what came out of it.
    pub(super) moved: i128,
}

impl Sums {
    /// Makes a transfer; whether all it drew was there.
    pub(super) fn add(&mut self, transfer: &Transfer) -> bool {
        let points = i128::from(transfer.points.get());
        self.put(transfer.from, -points);
        self.put(transfer.to, points);
        let lot = transfer.from.lot().and_then(|lot| self.lots.get(&lot));
        lot.is_none_or(|&left| left >= 0) && self.owed >= 0
    }

    fn put(&mut self, account: Account, points: i128) {
        match account {
            Account::Lot(lot) => {
                *self.lots.entry(lot).or_default() += points;
                self.balance += points;
            }
            Account::Owed => self.owed -= points,
            Account::Moved => self.moved += points,
            Account::Issued | Account::Redeemed | Account::Lapsed | Account::Adjusted | Account::Forgiven => {}
        }
    }
}

/// The lots of a wallet, by id and in the order they are spent.
pub(super) struct Lots<'a> {
    stored: &'a [StoredLot],
    keys: BTreeMap<Id<kinds::Lot>, LotKey>,
    /// Lots of which points were ever held: what could be spent of them at some time is not in the transfers.
    ever_held: Vec<Id<kinds::Lot>>,
}

impl<'a> Lots<'a> {
    pub(super) fn new(stored: &'a [StoredLot], ever_held: impl Iterator<Item = Id<kinds::Lot>>) -> Self {
        let keys = stored.iter().map(|lot| (lot.id, lot.key)).collect();
        Self { stored, keys, ever_held: ever_held.collect() }
    }

    /// Whether a posting that was made just now drew from lots at a time and in an order it may. `is_capture`: it spent what was
    /// held before, in the order and on the day of the hold.
    pub(super) fn check_draws(&self, posting: &StoredPosting, is_capture: bool, sums: &Sums, findings: &mut Findings) {
        let Some(day) = posting.business_date() else { return };
        let drawn = || {
            let keys = posting.transfers().iter().filter_map(|transfer| transfer.from.lot());
            keys.filter_map(|lot| self.keys.get(&lot).map(|key| (lot, *key)))
        };
        if posting.of_kind(PostingKind::Lapse).is_some() {
            for (lot, key) in drawn().filter(|(_, key)| !key.is_lapsed(day)) {
                let why = format!("{} lapses on {day}, before its last day {} is over", lot_row(lot), key.expires_on);
                findings.impossible(posting_row(posting.id), why);
            }
        }
        if posting.of_kind(PostingKind::Redeem).is_some() && !is_capture {
            for (lot, key) in drawn().filter(|(_, key)| !key.is_available(day)) {
                let LotKey { available_from, expires_on, .. } = key;
                let why = format!("{} is spent on {day}, but it is for {available_from} to {expires_on}", lot_row(lot));
                findings.impossible(posting_row(posting.id), why);
            }
            if let Some(passed_over) =
                drawn().map(|(_, key)| key).max().and_then(|last| self.passed_over(last, day, sums))
            {
                let why = format!("it spends a later lot while {} has points", lot_row(passed_over));
                findings.impossible(posting_row(posting.id), why);
            }
        }
    }

    /// The last day of the lot that lapses first, of those in which transfers left points.
    pub(super) fn next_lapse_on(&self, sums: &Sums) -> Option<BusinessDate> {
        let with_points = sums.lots.iter().filter(|&(_, &left)| left > 0);
        with_points.filter_map(|(lot, _)| self.keys.get(lot)).map(|key| key.expires_on).min()
    }

    /// A lot that lapses before `last`, or is older, and still has points that could have been spent on the day.
    fn passed_over(&self, last: LotKey, day: BusinessDate, sums: &Sums) -> Option<Id<kinds::Lot>> {
        let goes_before = |key: LotKey| (key.expires_on, key.available_from) < (last.expires_on, last.available_from);
        let has_points = |lot: Id<kinds::Lot>| sums.lots.get(&lot).is_some_and(|&left| left > 0);
        let mut passed_over = self.stored.iter().filter(|lot| {
            goes_before(lot.key) && lot.key.is_available(day) && has_points(lot.id) && !self.ever_held.contains(&lot.id)
        });
        passed_over.next().map(|lot| lot.id)
    }

    /// Whether lots are what their ids say, and hold what the transfers left and open holds keep in them.
    pub(super) fn check_rows(
        &self,
        mut sums: BTreeMap<Id<kinds::Lot>, i128>,
        held: &BTreeMap<Id<kinds::Lot>, i128>,
        findings: &mut Findings,
    ) {
        for lot in self.stored {
            let (row, by_key) = (lot_row(lot.id), lot.key.lot_id());
            if by_key != lot.id {
                findings.impossible(&row, format!("its contributor and days are those of lot {by_key}"));
            }
            findings.figure(&row, "what is held", lot.held, held.get(&lot.id).copied().unwrap_or(0));
            findings.figure(&row, "what remains", lot.remaining, sums.remove(&lot.id).unwrap_or(0));
            if lot.held > lot.remaining {
                findings.impossible(&row, format!("{} of its points are held, and {} remain", lot.held, lot.remaining));
            }
        }
        for lot in sums.into_keys() {
            findings.impossible(lot_row(lot), "transfers name it and it is not there");
        }
        for lot in held.keys().filter(|lot| !self.keys.contains_key(lot)) {
            findings.impossible(lot_row(*lot), "holds name it and it is not there");
        }
    }
}
