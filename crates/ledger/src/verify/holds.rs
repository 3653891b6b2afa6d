use std::collections::{BTreeMap, HashMap};

use kernel::{Id, Timestamp, kinds};

use super::{StoredHold, StoredPosting, findings::Findings};
use crate::{HoldState, Posting, PostingKind};

/// How long after its end a hold may still be open: the clockwork looks once a minute.
const LATE_MILLIS: i64 = 15 * 60 * 1_000;

/// Whether each hold ended once, in time, and was captured by exactly its posting.
pub(super) fn check_holds(holds: &[StoredHold], postings: &[StoredPosting], now: Timestamp, findings: &mut Findings) {
    if holds.is_empty() {
        return;
    }
    let redemptions: HashMap<&str, &Posting> = postings
        .iter()
        .filter_map(|posting| posting.of_kind(PostingKind::Redeem))
        .map(|posting| (hold_named(&posting.cause.reference), posting))
        .collect();
    for hold in holds {
        let row = hold_row(hold.id);
        findings.figure(&row, "the sum of its lots", hold.points, sum(hold));
        check_end(hold, &row, now, findings);
        let capture = redemptions.get(hold.id.to_string().as_str());
        match (is_captured(hold), capture) {
            (true, None) => findings.impossible(&row, "it was captured, and no redemption of it is there"),
            (false, Some(posting)) => {
                findings
                    .impossible(&row, format!("it is {}, and posting {} captured it", hold.state, posting.cause.id));
            }
            (true, Some(posting)) if drawn(posting) != of_lots(hold) => {
                let why = format!("posting {} captured other points than it held", posting.cause.id);
                findings.impossible(&row, why);
            }
            (true, Some(_)) | (false, None) => {}
        }
    }
}

/// Whether what became of a hold fits when.
fn check_end(hold: &StoredHold, row: &str, now: Timestamp, findings: &mut Findings) {
    let at = |millis: i64| Timestamp::from_timestamp_millis(millis);
    let Some(ends_at) = at(hold.ends_at) else { return findings.impossible(row, "its end is no instant") };
    match HoldState::from_code(&hold.state, hold.ended_at.and_then(at)) {
        None => findings.impossible(row, format!("{:?} does not fit when it ended", hold.state)),
        Some(HoldState::Open) if now.timestamp_millis() - hold.ends_at > LATE_MILLIS => {
            findings.impossible(row, format!("it is open, and its end was at {ends_at}"));
        }
        Some(HoldState::Captured(ended_at) | HoldState::Released(ended_at)) if ended_at >= ends_at => {
            findings.impossible(row, format!("it was {} at {ended_at}, and its end was at {ends_at}", hold.state));
        }
        Some(HoldState::Lapsed(ended_at)) if ended_at != ends_at => {
            findings.impossible(row, format!("it lapsed at {ended_at}, and its end was at {ends_at}"));
        }
        Some(_) => {}
    }
}

/// What open holds keep of each lot.
pub(super) fn held(holds: &[StoredHold]) -> BTreeMap<Id<kinds::Lot>, i128> {
    let mut held: BTreeMap<Id<kinds::Lot>, i128> = BTreeMap::new();
    for lot in holds.iter().filter(|hold| hold.state == HoldState::Open.code()).flat_map(|hold| &hold.lots) {
        *held.entry(lot.lot).or_default() += i128::from(lot.points);
    }
    held
}

/// The ids of captured holds.
pub(super) fn captures(holds: &[StoredHold]) -> Vec<String> {
    holds.iter().filter(|hold| is_captured(hold)).map(|hold| hold.id.to_string()).collect()
}

/// The hold that a redemption's reference names, if it names one: the last word, an order's id may stand before it.
pub(super) fn hold_named(reference: &str) -> &str {
    reference.rsplit(' ').next().unwrap_or(reference)
}

/// How a hold is named.
pub(super) fn hold_row(id: Id<kinds::Hold>) -> String {
    format!("hold {id}")
}

fn is_captured(hold: &StoredHold) -> bool {
    hold.state == "captured"
}

fn sum(hold: &StoredHold) -> i128 {
    hold.lots.iter().map(|lot| i128::from(lot.points)).sum()
}

fn of_lots(hold: &StoredHold) -> BTreeMap<Id<kinds::Lot>, i64> {
    hold.lots.iter().map(|lot| (lot.lot, lot.points)).collect()
}

fn drawn(posting: &Posting) -> BTreeMap<Id<kinds::Lot>, i64> {
    posting.transfers.iter().filter_map(|transfer| Some((transfer.from.lot()?, transfer.points.get()))).collect()
}
