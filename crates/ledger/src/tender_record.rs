use std::collections::BTreeMap;

use kernel::{Id, Points, kinds};

use crate::{LotKey, RedemptionRecord};

/// The redemption that paid for an order in part, and whose wallet each lot's points return to: all that refunding them needs to
/// know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenderRecord {
    /// All of the redemption, and all that was given back of it since, in whatever wallet.
    pub redemption: RedemptionRecord,
    /// Where points of a lot return to: to the household that the contributor's lots were moved to since, if they were.
    pub holders: BTreeMap<LotKey, Id<kinds::Household>>,
}

impl TenderRecord {
    /// The next `points` to give back, the last drawn first, for each wallet as a redemption of its own. No more are given back than
    /// are left.
    #[must_use]
    pub fn to_return(&self, points: Points) -> Vec<(Id<kinds::Household>, RedemptionRecord)> {
        let mut by_holder: BTreeMap<Id<kinds::Household>, Vec<(LotKey, Points)>> = BTreeMap::new();
        for (key, part) in self.redemption.to_return(Points::ZERO, points) {
            let holder = self.holders.get(&key).copied().unwrap_or(self.redemption.household);
            by_holder.entry(holder).or_default().push((key, part));
        }
        let records = by_holder.into_iter().map(|(holder, mut drawn)| {
            // A record has them as they were drawn.
            drawn.reverse();
            (holder, RedemptionRecord { drawn, restored: Points::ZERO, ..self.redemption.clone() })
        });
        records.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kernel::{Id, Points};
    use uuid::Uuid;

    use super::TenderRecord;
    use crate::{Contributor, LotKey, RedemptionRecord};

    fn lot(n: u128, last_day: &str) -> LotKey {
        LotKey {
            expires_on: last_day.parse().unwrap(),
            available_from: "2026-01-01".parse().unwrap(),
            contributor: Contributor::Person(Id::from_uuid(Uuid::from_u128(n))),
        }
    }

    fn points(n: i64) -> Points {
        Points::new(n).unwrap()
    }

    #[test]
    fn what_was_drawn_last_returns_first_to_whoever_has_its_lots() {
        let (father, daughter, both) = (lot(1, "2026-06-30"), lot(2, "2026-09-30"), lot(1, "2026-12-31"));
        let (home, own) = (Id::from_uuid(Uuid::from_u128(7)), Id::from_uuid(Uuid::from_u128(8)));
        let redemption = RedemptionRecord {
            household: home,
            posting: Id::from_uuid(Uuid::from_u128(150)),
            reference: "order".to_owned(),
            drawn: vec![(father, points(100)), (daughter, points(60)), (both, points(40))],
            restored: points(10),
            restores_count: 1,
        };
        let record = TenderRecord { redemption, holders: BTreeMap::from([(daughter, own)]) };

        let back = record.to_return(points(120));

        let drawn: Vec<_> = back.into_iter().map(|(holder, part)| (holder, part.drawn, part.restored)).collect();
        let at_home = (home, vec![(father, points(30)), (both, points(30))], Points::ZERO);
        assert_eq!(drawn, [at_home, (own, vec![(daughter, points(60))], Points::ZERO)]);
    }
}
