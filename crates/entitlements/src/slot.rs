use kernel::{BusinessDate, Id, Timestamp, kinds};

/// A time at which orders of one community are delivered first, and how many households are promised that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliverySlot {
    /// Our id.
    pub id: Id<kinds::DeliverySlot>,
    /// The perk whose grants book it, and whose price they pay.
    pub perk: Id<kinds::Perk>,
    /// Where the households live to whom it is promised.
    pub community: Id<kinds::Community>,
    /// When delivering begins.
    pub starts_at: Timestamp,
    /// When all is delivered.
    pub ends_at: Timestamp,
    /// The day of that in the operator's zone: the last on which a booking stands.
    pub ends_on: BusinessDate,
    /// From then on nobody books it or gives it back.
    pub cut_off_at: Timestamp,
    /// How many orders fit.
    pub capacity: u32,
    /// How many are booked.
    pub taken: u32,
    /// Whether the operator has it on offer.
    pub is_open: bool,
    /// How often it was changed, from one on: what whoever changes it must have seen.
    pub version: u32,
}

/// What a grant of a perk with slots is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotBooking {
    /// The slot.
    pub slot: Id<kinds::DeliverySlot>,
    /// The household's order that is delivered then.
    pub order: Id<kinds::Order>,
    /// When the operator said that the promise was not kept.
    pub missed_at: Option<Timestamp>,
}

/// Why a slot is not booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlotRefusal {
    /// It is not on offer.
    #[error("the slot is closed")]
    Closed,
    /// It is too late.
    #[error("the slot was cut off at {at}")]
    CutOff {
        /// When.
        at: Timestamp,
    },
    /// As many are booked as fit.
    #[error("the slot is full")]
    Full,
}

/// Why a slot cannot be as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlotTermsRefusal {
    /// Its times are not in order, it is over a day long, or its cut-off has passed.
    #[error("a slot is cut off later than now, begins then or later, and ends within a day of that")]
    BadTimes,
    /// It has room for nobody, or for more than a community has households.
    #[error("a slot has room for 1 to {} orders", DeliverySlot::MAX_CAPACITY)]
    BadCapacity,
}

impl DeliverySlot {
    /// The most orders one slot takes: more doors than one round reaches.
    pub const MAX_CAPACITY: u32 = 10_000;

    /// The longest slot, in hours: a promise of no particular time is none.
    pub const MAX_HOURS: i64 = 24;

    /// Whether it makes sense, told at an instant.
    ///
    /// # Errors
    /// [`SlotTermsRefusal`].
    pub fn check_terms(&self, now: Timestamp) -> Result<(), SlotTermsRefusal> {
        let is_short = self.ends_at - self.starts_at <= chrono::TimeDelta::hours(Self::MAX_HOURS);
        if self.cut_off_at <= now || self.starts_at < self.cut_off_at || self.ends_at <= self.starts_at || !is_short {
            return Err(SlotTermsRefusal::BadTimes);
        }
        if !(1..=Self::MAX_CAPACITY).contains(&self.capacity) {
            return Err(SlotTermsRefusal::BadCapacity);
        }
        Ok(())
    }

    /// How many more fit.
    #[must_use]
    pub fn left(&self) -> u32 {
        self.capacity.saturating_sub(self.taken)
    }

    /// Whether it can be booked at an instant.
    ///
    /// # Errors
    /// [`SlotRefusal`].
    pub fn check(&self, now: Timestamp) -> Result<(), SlotRefusal> {
        if !self.is_open {
            return Err(SlotRefusal::Closed);
        }
        if self.cut_off_at <= now {
            return Err(SlotRefusal::CutOff { at: self.cut_off_at });
        }
        if self.left() == 0 { Err(SlotRefusal::Full) } else { Ok(()) }
    }

    /// Takes a place in it.
    ///
    /// # Errors
    /// [`SlotRefusal`]; the slot is then unchanged.
    pub fn take(&mut self, now: Timestamp) -> Result<(), SlotRefusal> {
        self.check(now)?;
        self.taken += 1;
        Ok(())
    }

    /// Lets go of the place of a booking that was cancelled.
    pub fn let_go(&mut self) {
        self.taken = self.taken.checked_sub(1).expect("a booking that stands took a place");
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Id, Timestamp};
    use uuid::Uuid;

    use super::{DeliverySlot, SlotRefusal, SlotTermsRefusal};

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_timestamp_millis(hours * 3_600_000).unwrap()
    }

    fn slot(cut_off: i64, starts: i64, ends: i64, capacity: u32) -> DeliverySlot {
        DeliverySlot {
            id: Id::from_uuid(Uuid::from_u128(1)),
            perk: Id::from_uuid(Uuid::from_u128(2)),
            community: Id::from_uuid(Uuid::from_u128(3)),
            starts_at: at(starts),
            ends_at: at(ends),
            ends_on: "1970-01-02".parse().unwrap(),
            cut_off_at: at(cut_off),
            capacity,
            taken: 0,
            is_open: true,
            version: 1,
        }
    }

    #[test]
    fn a_slot_is_ahead_short_and_has_room() {
        for (slot, expected) in [
            (slot(20, 24, 26, 1), Ok(())),
            (slot(24, 24, 48, 10_000), Ok(())),
            (slot(10, 24, 26, 1), Err(SlotTermsRefusal::BadTimes)),
            (slot(25, 24, 26, 1), Err(SlotTermsRefusal::BadTimes)),
            (slot(20, 24, 24, 1), Err(SlotTermsRefusal::BadTimes)),
            (slot(20, 24, 49, 1), Err(SlotTermsRefusal::BadTimes)),
            (slot(20, 24, 26, 0), Err(SlotTermsRefusal::BadCapacity)),
            (slot(20, 24, 26, 10_001), Err(SlotTermsRefusal::BadCapacity)),
        ] {
            assert_eq!(slot.check_terms(at(10)), expected, "{slot:?}");
        }
    }

    #[test]
    fn a_place_is_taken_until_the_last_and_the_cut_off() {
        let mut two = slot(20, 24, 26, 2);
        assert_eq!((two.take(at(10)), two.take(at(19)), two.left()), (Ok(()), Ok(()), 0));
        assert_eq!((two.take(at(19)), two.taken), (Err(SlotRefusal::Full), 2));
        two.let_go();
        assert_eq!(two.check(at(20)), Err(SlotRefusal::CutOff { at: at(20) }));
        assert_eq!(two.check(at(20) - chrono::TimeDelta::milliseconds(1)), Ok(()));
        two.is_open = false;
        assert_eq!((two.take(at(10)), two.taken), (Err(SlotRefusal::Closed), 1));
    }
}
