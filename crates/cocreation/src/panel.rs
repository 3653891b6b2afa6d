use std::collections::BTreeSet;

use kernel::{Id, Label, Timestamp, kinds};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The most households a panel is evaluated over: one transaction writes a row for each.
pub const MAX_PANEL: usize = 1_000_000;

const DAY_MILLIS: i64 = 86_400_000;

/// A month of orders, in days.
const MONTH_DAYS: i64 = 30;

/// Who may vote, evaluated once at the opening. What is 0 or absent asks nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PanelRule {
    /// Only households of this community.
    pub community: Option<String>,
    /// Known for at least so many days: against accounts made for the vote.
    pub min_account_days: u32,
    /// At least so many orders paid, picked up and not cancelled.
    pub min_delivered_orders: u32,
    /// The first of those orders at least so many months of 30 days ago.
    pub min_months: u32,
    /// Of those who fulfil all, so many by chance.
    pub sample: Option<u32>,
    /// What the chance follows from: those whose SHA-256 of seed, one byte 0 and household id is lowest are drawn.
    pub sample_seed: String,
}

/// What a rule looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HouseholdFacts {
    /// Which household; it has members who may vote.
    pub household: Id<kinds::Household>,
    /// Its community, if it has one.
    pub community: Option<Label>,
    /// Since when it is known.
    pub known_since: Timestamp,
    /// Orders delivered.
    pub delivered_orders: u64,
    /// When the first of them was placed.
    pub first_ordered_at: Option<Timestamp>,
}

/// Whether a household is in the panel, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelPlace {
    /// It may vote.
    In,
    /// It belongs to another community, or to none.
    OtherCommunity,
    /// It was not known for long enough.
    TooNew,
    /// Too few orders were delivered.
    TooFewOrders,
    /// Its first order is too recent.
    TooFewMonths,
    /// It fulfilled all and was not drawn.
    NotDrawn,
}

impl PanelPlace {
    /// As it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::OtherCommunity => "other_community",
            Self::TooNew => "too_new",
            Self::TooFewOrders => "too_few_orders",
            Self::TooFewMonths => "too_few_months",
            Self::NotDrawn => "not_drawn",
        }
    }

    /// Reads [`PanelPlace::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::In, Self::OtherCommunity, Self::TooNew, Self::TooFewOrders, Self::TooFewMonths, Self::NotDrawn]
            .into_iter()
            .find(|place| place.word() == word)
    }
}

/// Who may vote, as of the opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Every household there was, and its place.
    pub places: Vec<(Id<kinds::Household>, PanelPlace)>,
}

impl PanelRule {
    /// Evaluates the rule over all households.
    #[must_use]
    pub fn evaluate(&self, facts: &[HouseholdFacts], now: Timestamp) -> Snapshot {
        let mut places: Vec<_> = facts.iter().map(|facts| (facts.household, self.place(facts, now))).collect();
        if let Some(sample) = self.sample {
            let drawn = self.draw(&places, usize::try_from(sample).unwrap_or(usize::MAX));
            for (household, place) in &mut places {
                if *place == PanelPlace::In && !drawn.contains(household) {
                    *place = PanelPlace::NotDrawn;
                }
            }
        }
        Snapshot { places }
    }

    fn place(&self, facts: &HouseholdFacts, now: Timestamp) -> PanelPlace {
        let is_days_ago =
            |at: Timestamp, days: i64| now.timestamp_millis() - at.timestamp_millis() >= days * DAY_MILLIS;
        let months = i64::from(self.min_months) * MONTH_DAYS;
        if self.community.is_some() && self.community.as_deref() != facts.community.as_ref().map(Label::as_str) {
            PanelPlace::OtherCommunity
        } else if !is_days_ago(facts.known_since, i64::from(self.min_account_days)) {
            PanelPlace::TooNew
        } else if facts.delivered_orders < u64::from(self.min_delivered_orders) {
            PanelPlace::TooFewOrders
        } else if months > 0 && !facts.first_ordered_at.is_some_and(|first| is_days_ago(first, months)) {
            PanelPlace::TooFewMonths
        } else {
            PanelPlace::In
        }
    }

    fn draw(&self, places: &[(Id<kinds::Household>, PanelPlace)], sample: usize) -> BTreeSet<Id<kinds::Household>> {
        let lot = |household: Id<kinds::Household>| {
            let hash =
                Sha256::new().chain_update(&self.sample_seed).chain_update([0]).chain_update(household.to_string());
            <[u8; 32]>::from(hash.finalize())
        };
        let mut lots: Vec<_> = places
            .iter()
            .filter(|(_, place)| *place == PanelPlace::In)
            .map(|&(household, _)| (lot(household), household))
            .collect();
        lots.sort_unstable();
        lots.into_iter().take(sample).map(|(_, household)| household).collect()
    }
}

impl Snapshot {
    /// How many may vote.
    #[must_use]
    pub fn size(&self) -> usize {
        self.households().len()
    }

    /// The SHA-256 of the ids of all who may vote, sorted, a line feed between each.
    #[must_use]
    pub fn sha256(&self) -> String {
        let ids: Vec<String> = self.households().iter().map(Id::to_string).collect();
        Sha256::digest(ids.join("\n")).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn households(&self) -> BTreeSet<Id<kinds::Household>> {
        self.places.iter().filter(|(_, place)| *place == PanelPlace::In).map(|(household, _)| *household).collect()
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Id, Timestamp, kinds};

    use super::{HouseholdFacts, PanelPlace, PanelRule};

    const NOW: i64 = 1_800_000_000_000;
    const DAY: i64 = 86_400_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_timestamp_millis(millis).unwrap()
    }

    fn household(number: u32) -> Id<kinds::Household> {
        format!("hh_0193c1a27e5b7cc29f6a0d4c{number:08x}").parse().unwrap()
    }

    fn facts(number: u32, days: i64, orders: u64) -> HouseholdFacts {
        HouseholdFacts {
            household: household(number),
            community: Some("玉兰里".parse().unwrap()),
            known_since: at(NOW - days * DAY),
            delivered_orders: orders,
            first_ordered_at: (orders > 0).then(|| at(NOW - days * DAY)),
        }
    }

    #[test]
    fn each_condition_names_itself_and_holds_from_its_very_day() {
        let place = |rule: &PanelRule, facts| rule.evaluate(&[facts], at(NOW)).places[0].1;
        let none = PanelRule::default();
        let community = PanelRule { community: Some("松树里".to_owned()), ..PanelRule::default() };
        let days = PanelRule { min_account_days: 30, ..PanelRule::default() };
        let orders = PanelRule { min_delivered_orders: 2, ..PanelRule::default() };
        let months = PanelRule { min_months: 3, ..PanelRule::default() };

        assert_eq!(place(&none, facts(1, 0, 0)), PanelPlace::In);
        assert_eq!(place(&community, facts(1, 99, 9)), PanelPlace::OtherCommunity);
        assert_eq!(place(&days, facts(1, 30, 0)), PanelPlace::In);
        assert_eq!(
            place(&days, HouseholdFacts { known_since: at(NOW - 30 * DAY + 1), ..facts(1, 0, 0) }),
            PanelPlace::TooNew
        );
        assert_eq!(place(&orders, facts(1, 99, 1)), PanelPlace::TooFewOrders);
        assert_eq!(place(&orders, facts(1, 99, 2)), PanelPlace::In);
        assert_eq!(place(&months, facts(1, 89, 5)), PanelPlace::TooFewMonths);
        assert_eq!(place(&months, facts(1, 99, 0)), PanelPlace::TooFewMonths);
        assert_eq!(place(&months, facts(1, 90, 1)), PanelPlace::In);
    }

    #[test]
    fn a_sample_follows_from_its_seed_whatever_the_order() {
        let rule = PanelRule { sample: Some(3), sample_seed: "2026".to_owned(), ..PanelRule::default() };
        let mut all: Vec<HouseholdFacts> = (0..10).map(|number| facts(number, 1, 0)).collect();

        let drawn = rule.evaluate(&all, at(NOW));
        all.reverse();
        let again = rule.evaluate(&all, at(NOW));

        assert_eq!((drawn.size(), drawn.sha256()), (3, again.sha256()));
        let other = PanelRule { sample_seed: "2027".to_owned(), ..rule };
        assert_ne!(other.evaluate(&all, at(NOW)).sha256(), drawn.sha256());
        assert_eq!(drawn.places.iter().filter(|(_, place)| *place == PanelPlace::NotDrawn).count(), 7);
    }

    #[test]
    fn words_are_read_again() {
        for place in [PanelPlace::In, PanelPlace::TooNew, PanelPlace::NotDrawn] {
            assert_eq!(PanelPlace::from_word(place.word()), Some(place));
        }
        assert_eq!(PanelPlace::from_word("out"), None);
    }
}
