use std::{collections::BTreeSet, ops::RangeInclusive};

use chrono::Days;
use kernel::{BusinessDate, Id, Points, kinds};

use crate::Wallet;

/// How long before its last day a lot is told of. Declared in the order in which they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeBefore {
    /// A month, to plan.
    ThirtyDays,
    /// A week, to act.
    SevenDays,
}

impl NoticeBefore {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ThirtyDays, Self::SevenDays];

    /// How many days, as stored and as published in events.
    #[must_use]
    pub const fn days(self) -> i64 {
        match self {
            Self::ThirtyDays => 30,
            Self::SevenDays => 7,
        }
    }

    /// The last days of the lots that are due for it. However late it is sent, it is sent at most once and never after the lapse;
    /// when only a week is left, the notice of a week stands for both.
    #[must_use]
    pub fn last_days(self, today: BusinessDate) -> RangeInclusive<BusinessDate> {
        match self {
            Self::ThirtyDays => today + Days::new(8)..=today + Days::new(30),
            Self::SevenDays => today..=today + Days::new(7),
        }
    }
}

/// A lot whose points lapse soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LapsingLot {
    /// The lot.
    pub lot: Id<kinds::Lot>,
    /// How many points of it are free.
    pub points: Points,
    /// The last day on which they can be spent.
    pub expires_on: BusinessDate,
}

/// What a household was told already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NoticedLots {
    /// The lots it was told of at this threshold or a later one.
    pub lots: BTreeSet<Id<kinds::Lot>>,
    /// Whether it was told of some today, at this threshold: once a day is enough.
    pub is_told_today: bool,
}

impl Wallet {
    /// The lots a household is to be told of today, the earliest last day first. Only what can be spent until then: neither points
    /// that are held nor those that become available too late.
    #[must_use]
    pub fn lapsing(&self, before: NoticeBefore, today: BusinessDate, noticed: &NoticedLots) -> Vec<LapsingLot> {
        if noticed.is_told_today {
            return Vec::new();
        }
        let due = before.last_days(today);
        let lots = self.booked_lots().map(|booked| &booked.lot).filter(|lot| {
            let is_due = due.contains(&lot.key.expires_on) && lot.key.available_from <= lot.key.expires_on;
            is_due && !lot.free().is_zero() && !noticed.lots.contains(&lot.key.lot_id())
        });
        lots.map(|lot| LapsingLot { lot: lot.key.lot_id(), points: lot.free(), expires_on: lot.key.expires_on })
            .collect()
    }
}

#[cfg(test)]
mod tests;
