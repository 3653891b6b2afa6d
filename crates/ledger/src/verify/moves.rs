use std::collections::HashMap;

use kernel::{Id, kinds};

use super::{Difference, Finding, StoredPosting, findings::posting_row};
use crate::{Account, Posting, PostingKind};

/// From whom, to whom, by which reference: what both sides of a move say alike.
type MoveKey = (Id<kinds::Household>, Id<kinds::Household>, String);

/// Sides of moves whose other side was not met yet.
#[derive(Debug, Default)]
pub(super) struct Moves {
    waiting: HashMap<MoveKey, Side>,
}

/// One side of a move.
#[derive(Debug)]
struct Side {
    household: Id<kinds::Household>,
    posting: Id<kinds::Posting>,
    kind: PostingKind,
    /// What crossed: the lot or the debt, and how many points, as the side that lost them saw it.
    crossed: Vec<(Option<Id<kinds::Lot>>, i64)>,
}

impl Moves {
    /// Adds a posting, when it is a side of a move. When the other side was met before, they must say the same.
    pub(super) fn add(&mut self, stored: &StoredPosting) -> Option<Difference> {
        let posting = stored.whole.as_ref().ok()?;
        let counterpart = posting.counterpart?;
        let (from, to) = match posting.kind {
            PostingKind::MoveOut => (posting.household, counterpart),
            PostingKind::MoveIn => (counterpart, posting.household),
            PostingKind::Earn
            | PostingKind::Schedule
            | PostingKind::Redeem
            | PostingKind::Clawback
            | PostingKind::Lapse
            | PostingKind::Restore
            | PostingKind::Forgive
            | PostingKind::Adjust => return None,
        };
        let key = (from, to, posting.cause.reference.clone());
        let side = Side::of(posting);
        let Some(other) = self.waiting.remove(&key) else {
            self.waiting.insert(key, side);
            return None;
        };
        let is_same = other.crossed == side.crossed && other.kind != side.kind;
        let why = || format!("its other side, posting {} of {}, moves other points", other.posting, other.household);
        (!is_same).then(|| side.difference(why()))
    }

    /// Sides whose other side is nowhere.
    pub(super) fn alone(self) -> Vec<Difference> {
        let mut alone: Vec<(MoveKey, Side)> = self.waiting.into_iter().collect();
        alone.sort_by_key(|(_, side)| (side.household, side.posting));
        let difference = |(key, side): (MoveKey, Side)| {
            let other = if key.0 == side.household { key.1 } else { key.0 };
            side.difference(format!("its other side in {other} is not there"))
        };
        alone.into_iter().map(difference).collect()
    }
}

impl Side {
    fn of(posting: &Posting) -> Self {
        let crossed = posting.transfers.iter().map(|transfer| {
            let own = if transfer.from == Account::Moved { transfer.to } else { transfer.from };
            (own.lot(), transfer.points.get())
        });
        Self { household: posting.household, posting: posting.cause.id, kind: posting.kind, crossed: crossed.collect() }
    }

    fn difference(&self, why: String) -> Difference {
        let row = posting_row(self.posting);
        Difference { household: Some(self.household), row, finding: Finding::Impossible(why) }
    }
}
