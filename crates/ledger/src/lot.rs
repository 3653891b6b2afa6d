use kernel::{BusinessDate, Id, Points, kinds};
use sha2::{Digest, Sha256};

/// The day before which points wait when their order is not picked up yet: later than any real day.
pub const UNSCHEDULED: BusinessDate = BusinessDate::from_ymd_opt(9999, 12, 31).expect("a day of the calendar");

/// The last day of points that never lapse: later than any real day.
pub const NEVER: BusinessDate = BusinessDate::from_ymd_opt(9999, 12, 31).expect("a day of the calendar");

/// Who brought points into the household's pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contributor {
    /// The household as a whole: the order system did not say which member ordered.
    Household,
    /// A member.
    Person(Id<kinds::Person>),
}

/// What makes points interchangeable: same contributor, available from the same day, lapsing at the end of the same day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LotKey {
    /// The last day on which the points can be spent. First, because spending takes the earliest expiry first.
    pub expires_on: BusinessDate,
    /// The first day on which the points can be spent. Second: among equal expiries the oldest goes first.
    pub available_from: BusinessDate,
    /// Who brought them.
    pub contributor: Contributor,
}

impl LotKey {
    /// The lot's id within its wallet, derived from the key.
    ///
    /// Derived, not drawn, so that an earn can add to a lot without first reading whether it exists.
    #[must_use]
    pub fn lot_id(self) -> Id<kinds::Lot> {
        let contributor = match self.contributor {
            Contributor::Household => [0; 16],
            Contributor::Person(person) => *person.uuid().as_bytes(),
        };
        let days = format!("{}|{}", self.available_from, self.expires_on);
        let digest = Sha256::new().chain_update(contributor).chain_update(days).finalize();
        let bytes = <[u8; 16]>::try_from(&digest[..16]).expect("SHA-256 has more than 16 bytes");
        Id::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Whether points of this lot can be spent on a day.
    #[must_use]
    pub fn is_available(self, today: BusinessDate) -> bool {
        self.available_from <= today && today <= self.expires_on
    }

    /// Whether points of this lot will be spendable later than a day.
    #[must_use]
    pub fn is_pending(self, today: BusinessDate) -> bool {
        today < self.available_from && today <= self.expires_on
    }

    /// Whether the last day to spend them is over: true by the calendar, whether or not the lapse is booked yet.
    #[must_use]
    pub fn is_lapsed(self, today: BusinessDate) -> bool {
        self.expires_on < today
    }
}

/// Points of one [`LotKey`] in one wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    /// What they are.
    pub key: LotKey,
    /// How many are left, held ones included.
    pub remaining: Points,
    /// How many of them are held for something and cannot be spent or lapse. Never more than `remaining`.
    pub held: Points,
}

impl Lot {
    /// What may move: remaining less held.
    #[must_use]
    pub fn free(&self) -> Points {
        self.remaining.minus(self.held).expect("a lot never holds more than it has")
    }
}

#[cfg(test)]
mod tests;
