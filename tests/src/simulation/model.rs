//! What a wallet should do, written as plainly as can be, in under 150 lines. It shares no rule with the product.

use std::collections::BTreeMap;

use chrono::Days;
use kernel::{BusinessDate, Id, kinds};

/// Last day, first day, who brought it: so that the order of lots is the order of spending.
pub(super) type Lot = (BusinessDate, BusinessDate, Option<Id<kinds::Person>>);

/// From which lots how many points were taken, in that order.
pub(super) type Draws = Vec<(Lot, i64)>;

/// One household's points.
#[derive(Debug, Clone, Default)]
pub(super) struct Wallet {
    pub(super) free: BTreeMap<Lot, i64>,
    pub(super) held: BTreeMap<Lot, i64>,
    pub(super) owed: i64,
    /// What went into each lot less what left it unspent, and what lapsed of it.
    pub(super) put: BTreeMap<Lot, i64>,
    pub(super) lapsed: BTreeMap<Lot, i64>,
    /// The statement: kind, points, balance and debt after it.
    pub(super) lines: Vec<(&'static str, i64, i64, i64)>,
}

pub(super) fn sum(draws: &[(Lot, i64)]) -> i64 {
    draws.iter().map(|(_, points)| points).sum()
}

impl Wallet {
    /// Takes up to so many free points, from the lots that may be taken from, in their order.
    pub(super) fn take(&mut self, points: i64, may: impl Fn(&Lot) -> bool) -> Draws {
        let mut draws = Vec::new();
        for (lot, there) in self.free.iter_mut().filter(|(lot, _)| may(lot)) {
            let taken = (points - sum(&draws)).min(*there);
            *there -= taken;
            draws.push((*lot, taken));
        }
        draws.retain(|(_, points)| *points > 0);
        draws
    }

    pub(super) fn add(&mut self, draws: &[(Lot, i64)]) {
        draws.iter().for_each(|(lot, points)| *self.free.entry(*lot).or_default() += points);
    }

    pub(super) fn note(&mut self, kind: &'static str, points: i64) {
        let balance = self.free.values().sum::<i64>() + self.held.values().sum::<i64>();
        self.lines.extend((points > 0).then_some((kind, points, balance, self.owed)));
    }

    /// Available, pending, held, owed.
    pub(super) fn balance(&self, today: BusinessDate) -> [i64; 4] {
        let sum_of = |may: &dyn Fn(&Lot) -> bool| self.free.iter().filter(|(lot, _)| may(lot)).map(|(_, p)| p).sum();
        let available = sum_of(&|(last, first, _)| *first <= today && today <= *last);
        let pending = sum_of(&|(last, first, _)| today < *first && today <= *last);
        [available, pending, self.held.values().sum(), self.owed]
    }

    /// Points come: a debt is paid first, if they may. What goes into the lot is the answer.
    pub(super) fn gain(&mut self, kind: &'static str, points: i64, lot: Lot, pays_debt: bool) -> i64 {
        let repaid = if pays_debt { points.min(self.owed) } else { 0 };
        self.owed -= repaid;
        self.add(&[(lot, points - repaid)]);
        *self.put.entry(lot).or_default() += points - repaid;
        self.note(kind, points);
        points - repaid
    }

    /// Points get another first day.
    pub(super) fn schedule(&mut self, points: i64, from: Lot, to: Lot) -> i64 {
        let moved = sum(&self.take(points, |lot| *lot == from));
        self.add(&[(to, moved)]);
        *self.put.entry(from).or_default() -= moved;
        *self.put.entry(to).or_default() += moved;
        self.note("schedule", moved);
        moved
    }

    /// A refund takes from the earn's own lot, then others, the rest is owed, as the policy goes; of lots that are over nothing.
    pub(super) fn claw_back(
        &mut self,
        points: i64,
        own: Option<Lot>,
        policy: &str,
        today: BusinessDate,
    ) -> (Draws, i64) {
        let is_mild = policy == "only_pending";
        let may = |lot: &Lot| today <= lot.0 && (!is_mild || today < lot.1);
        let mut draws = self.take(points, |lot| Some(*lot) == own && may(lot));
        draws.extend(self.take(if is_mild { 0 } else { points - sum(&draws) }, may));
        let taken = if policy == "debt" { points } else { sum(&draws) };
        self.owed += taken - sum(&draws);
        self.note("clawback", taken);
        (draws, taken)
    }

    /// Why so many points cannot be spent or held.
    pub(super) fn check(&self, points: i64, today: BusinessDate) -> Result<(), String> {
        match self.balance(today) {
            [_, _, _, owed] if owed > 0 => Err(format!("owes {owed}")),
            [available, ..] if available < points => {
                let over: i64 = self.free.iter().filter(|(lot, _)| lot.0 < today).map(|(_, points)| points).sum();
                let why = if available + over < points { "short by" } else { "expired by" };
                Err(format!("{why} {}", points - available))
            }
            _ => Ok(()),
        }
    }

    /// Points spent or set aside: of lots open today, the earliest end first.
    pub(super) fn draw(&mut self, points: i64, today: BusinessDate) -> Draws {
        self.take(points, |lot| lot.1 <= today && today <= lot.0)
    }

    pub(super) fn hold(&mut self, draws: &[(Lot, i64)]) {
        draws.iter().for_each(|(lot, points)| *self.held.entry(*lot).or_default() += points);
    }

    pub(super) fn unhold(&mut self, draws: &[(Lot, i64)]) {
        draws.iter().for_each(|(lot, points)| *self.held.get_mut(lot).unwrap() -= points);
    }

    /// A redemption taken back: debt first, then the last drawn first, into lots that last as before or the grace.
    pub(super) fn restore(&mut self, draws: &[(Lot, i64)], today: BusinessDate, grace_days: u16) {
        let repaid = sum(draws).min(self.owed);
        self.owed -= repaid;
        let mut skipped = repaid;
        for &((last, first, who), points) in draws.iter().rev() {
            let gone = skipped.min(points);
            skipped -= gone;
            self.add(&[((last.max(today + Days::new(grace_days.into())), first, who), points - gone)]);
        }
        self.note("restore", sum(draws));
    }

    /// Each of the lots whose last day is over goes, by itself; how many went.
    pub(super) fn lapse(&mut self, today: BusinessDate, may: impl Fn(&Lot) -> bool) -> usize {
        let due: Vec<Lot> =
            self.free.iter().filter(|(lot, p)| lot.0 < today && **p > 0 && may(lot)).map(|(l, _)| *l).collect();
        for lot in &due {
            let points = sum(&self.take(i64::MAX, |other| other == lot));
            *self.lapsed.entry(*lot).or_default() += points;
            self.note("lapse", points);
        }
        due.len()
    }
}
