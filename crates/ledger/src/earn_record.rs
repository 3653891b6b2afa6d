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
    /// What earlier clawbacks took, per line.
    pub clawed: BTreeMap<u32, Points>,
    /// The lot its points are in now: where the earn put them, or where the schedule moved them.
    pub lot: Option<Id<kinds::Lot>>,
    /// The last day of that lot.
    pub expires_on: Option<BusinessDate>,
    /// How many of its points went into that lot and were not clawed back from it.
    pub in_lot: Points,
    /// The household whose wallet has that lot now: after a move not the one that earned.
    pub holder: Id<kinds::Household>,
}

/// What a refund takes back from each line of an earn, given all that has been refunded of each line so far.
///
/// `refunded` holds, per line, the line's cash and the cash refunded of it, this refund included. A line's points come back in
/// proportion, rounded down, so that the whole line refunded takes back exactly what it earned and never a point more.
#[must_use]
pub fn points_to_claw_back(earn: &EarnRecord, refunded: &BTreeMap<u32, (Money, Money)>) -> Vec<LinePoints> {
    let taken_back = earn.snapshot.lines.iter().filter_map(|line| {
        let (cash, refunded) = refunded.get(&line.line_no)?;
        let due = if refunded.minor() >= cash.minor() {
            line.points.get()
        } else {
            let exact = i128::from(line.points.get()) * i128::from(refunded.minor()) / i128::from(cash.minor());
            i64::try_from(exact).expect("a part of the line's points")
        };
        let before = earn.clawed.get(&line.line_no).copied().unwrap_or(Points::ZERO);
        let points = Points::new(due)?.minus(before)?;
        (!points.is_zero()).then_some(LinePoints { line_no: line.line_no, points })
    });
    taken_back.collect()
}
