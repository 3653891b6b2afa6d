use std::collections::BTreeMap;

use kernel::{BusinessDate, Id, Money, Points, kinds};

use crate::{EarnSnapshot, LinePoints};

/// An earn as it was posted, and what corrected it since: all that a pick-up or refund needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarnRecord {
    /// The household that earned.
    pub household: Id<kinds::Household>,
    /// The earn.
    pub posting: Id<kinds::Posting>,
    /// Its reference: the order's id, and for a further rule the rule's id after it.
    pub reference: String,
    /// What it gave.
    pub snapshot: EarnSnapshot,
    /// What earlier clawbacks took, whatever they took it from.
    pub clawed: Points,
    /// The lot its points are in now: where the earn put them, or where the schedule moved them.
    pub lot: Option<Id<kinds::Lot>>,
    /// The last day of that lot.
    pub expires_on: Option<BusinessDate>,
    /// How many of its points went into that lot and were not clawed back from it.
    pub in_lot: Points,
    /// What became of all points of that lot, once its last day is over.
    pub fate: LotFate,
    /// The household whose wallet has that lot now: after a move not the one that earned.
    pub holder: Id<kinds::Household>,
}

/// What became of the points of a lot, whichever of its earns they came from: they cannot be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LotFate {
    /// How many were put into it and not taken out again by refunds of the earns that put them there.
    pub put: Points,
    /// How many of them nobody spent in time: lapsed by the calendar, booked or not.
    pub lapsed: Points,
}

/// How much of a line's cash was refunded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRefunded {
    /// The line's cash.
    pub cash: Money,
    /// Refunded of it before this refund.
    pub before: Money,
    /// Refunded of it with this refund.
    pub after: Money,
}

/// What refunds take back of an earn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueBack {
    /// What this refund takes back, per line; lines of which nothing is due are left out.
    pub lines: Vec<LinePoints>,
    /// What the refunds before it took back or, where the policy or the calendar did not let them, settled for good.
    pub before: Points,
}

impl EarnRecord {
    /// How much of what a refund is due lapsed: of the earn's lapsed points, those that the refunds before it did not run into.
    pub(crate) fn lapsed_until(&self, due: &DueBack) -> Points {
        let settled = due.before.minus(self.clawed).unwrap_or(Points::ZERO);
        self.lapsed().minus(settled).unwrap_or(Points::ZERO)
    }

    /// How many of the earn's points lapsed: its part of what lapsed of its lot, rounded up, because a point that cannot be divided
    /// is the household's.
    fn lapsed(&self) -> Points {
        let LotFate { put, lapsed } = self.fate;
        if put.is_zero() {
            return Points::ZERO;
        }
        let exact = i128::from(self.in_lot.get()) * i128::from(lapsed.get());
        let part = (exact + i128::from(put.get()) - 1) / i128::from(put.get());
        let part = i64::try_from(part).ok().and_then(Points::new).unwrap_or(lapsed);
        part.min(self.in_lot).min(lapsed)
    }
}

/// What a refund takes back from each line of an earn, given how much of each line's cash was refunded before it and with it.
///
/// A line's points come back in proportion, rounded down, so that the whole line refunded takes back exactly what it earned and never
/// a point more. Each refund is due what it adds: what an earlier one could not take was settled then, and is not asked for again.
#[must_use]
pub fn points_to_claw_back(earn: &EarnRecord, refunded: &BTreeMap<u32, LineRefunded>) -> DueBack {
    let mut due = DueBack { lines: Vec::new(), before: Points::ZERO };
    for &LinePoints { line_no, points } in &earn.snapshot.lines {
        let Some(line) = refunded.get(&line_no) else { continue };
        let before = due_of(points, line.cash, line.before);
        let more = due_of(points, line.cash, line.after).minus(before).unwrap_or(Points::ZERO);
        due.before = due.before.plus(before).expect("no more than was earned");
        if !more.is_zero() {
            due.lines.push(LinePoints { line_no, points: more });
        }
    }
    due
}

/// The part of a line's points that belongs to the refunded part of its cash.
fn due_of(points: Points, cash: Money, refunded: Money) -> Points {
    if refunded.minor() == 0 {
        return Points::ZERO;
    }
    if refunded.minor() >= cash.minor() {
        return points;
    }
    let exact = i128::from(points.get()) * i128::from(refunded.minor()) / i128::from(cash.minor());
    Points::new(i64::try_from(exact).expect("a part of the line's points")).expect("a part of the line's points")
}
