use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use chrono::Datelike;
use kernel::{BusinessDate, Id, Points, kinds};

use crate::EarnRules;

/// What a cap counts: whose points, over which time. Written `member/day`, `household/order`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EarnCap {
    /// Whose points are counted together.
    pub scope: CapScope,
    /// Over which time.
    pub period: CapPeriod,
}

/// Whose points a cap counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CapScope {
    /// Those of one member in one household. Sales that name no member count as those of one more.
    Member,
    /// Those of one household.
    Household,
    /// Those of all households. Counted in a row they share, so sales that earn by such a rule wait for each other.
    Programme,
}

/// The time a cap counts over, by the sale's business date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CapPeriod {
    /// One order by itself. Only with [`CapScope::Household`]: an order has one member and one household.
    Order,
    /// One business date.
    Day,
    /// One calendar month.
    Month,
    /// All time.
    Ever,
}

/// Why a text is no cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a cap is member, household or programme, a slash, and day, month or ever; or household/order")]
pub struct CapParseError;

/// Where [`CapPeriod::Ever`] begins: a day for the key of a row, before any sale.
const EVER: BusinessDate = BusinessDate::from_ymd_opt(1970, 1, 1).expect("a day of the calendar");

/// What one count of a cap is kept under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CapKey {
    /// Of which rule: of all its versions, so that a cap that is revised goes on counting.
    pub rule: Id<kinds::EarnRule>,
    /// Whose points.
    pub holder: CapHolder,
    /// Over which time; never [`CapPeriod::Order`], which nothing needs to be kept for.
    pub period: CapPeriod,
    /// The first day of that time.
    pub period_start: BusinessDate,
}

/// Whose points are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CapHolder {
    /// Everybody's.
    Programme,
    /// A household's.
    Household(Id<kinds::Household>),
    /// A member's, or those nobody is named for.
    Member(Id<kinds::Household>, Option<Id<kinds::Person>>),
}

/// Who buys, and on which day: what a cap looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Buyer {
    /// The household.
    pub household: Id<kinds::Household>,
    /// The member, when the sale names one.
    pub member: Option<Id<kinds::Person>>,
    /// The sale's business date.
    pub date: BusinessDate,
}

/// How much of each cap is used up, loaded and locked once for a whole batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CapUses {
    used: BTreeMap<CapKey, Points>,
    changed: BTreeSet<CapKey>,
}

impl CapScope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Member, Self::Household, Self::Programme];

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Household => "household",
            Self::Programme => "programme",
        }
    }
}

impl CapPeriod {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Order, Self::Day, Self::Month, Self::Ever];

    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Day => "day",
            Self::Month => "month",
            Self::Ever => "ever",
        }
    }

    /// Reads the stored code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|period| period.code() == code)
    }
}

impl EarnCap {
    /// Under which count a buyer's points fall; none for a cap by order, which is judged on the order alone.
    pub(crate) fn key(self, rule: Id<kinds::EarnRule>, buyer: Buyer) -> Option<CapKey> {
        let period_start = match self.period {
            CapPeriod::Order => return None,
            CapPeriod::Day => buyer.date,
            CapPeriod::Month => buyer.date.with_day(1).expect("every month has a first day"),
            CapPeriod::Ever => EVER,
        };
        let holder = match self.scope {
            CapScope::Member => CapHolder::Member(buyer.household, buyer.member),
            CapScope::Household => CapHolder::Household(buyer.household),
            CapScope::Programme => CapHolder::Programme,
        };
        Some(CapKey { rule, holder, period: self.period, period_start })
    }
}

impl fmt::Display for EarnCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.scope.code(), self.period.code())
    }
}

impl FromStr for EarnCap {
    type Err = CapParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scope, period) = text.split_once('/').ok_or(CapParseError)?;
        let scope = CapScope::ALL.into_iter().find(|known| known.code() == scope).ok_or(CapParseError)?;
        let period = CapPeriod::from_code(period).ok_or(CapParseError)?;
        if period == CapPeriod::Order && scope != CapScope::Household {
            return Err(CapParseError);
        }
        Ok(Self { scope, period })
    }
}

impl CapUses {
    pub(crate) fn add_row(&mut self, key: CapKey, used: Points) {
        self.used.insert(key, used);
    }

    /// How many points were given under a key so far.
    #[must_use]
    pub fn used(&self, key: CapKey) -> Points {
        self.used.get(&key).copied().unwrap_or(Points::ZERO)
    }

    /// Counts points that were given.
    ///
    /// # Panics
    /// Past `i64::MAX`, which no cap lets happen.
    pub fn add(&mut self, uses: &[(CapKey, Points)]) {
        for &(key, points) in uses {
            let sum = self.used(key).plus(points).expect("a cap bounds what is counted under it");
            self.used.insert(key, sum);
            self.changed.insert(key);
        }
    }

    /// What is to be written, by key.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (CapKey, Points)> {
        self.changed.iter().map(|&key| (key, self.used(key)))
    }
}

/// Every count that buyers may fall under, whatever they buy: what to load before judging. Empty where no rule has a cap.
#[must_use]
pub fn cap_keys(rules: &EarnRules, buyers: impl IntoIterator<Item = Buyer>) -> BTreeSet<CapKey> {
    let mut keys = BTreeSet::new();
    if rules.versions.iter().all(|rule| rule.terms.caps.is_empty()) {
        return keys;
    }
    for buyer in buyers {
        for rule in crate::earn_rule::newest_in_force(&rules.versions, buyer.date) {
            keys.extend(rule.terms.caps.keys().filter_map(|cap| cap.key(rule.id, buyer)));
        }
    }
    keys
}

#[cfg(test)]
mod tests;
