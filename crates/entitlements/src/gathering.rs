use chrono::TimeDelta;
use kernel::{BusinessDate, Label, Points, Rate, Timestamp};

/// What makes a perk a seat at a gathering: when and where neighbours meet, and what a seat gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathering {
    /// When it begins. From then on no seat is taken or given back.
    pub starts_at: Timestamp,
    /// When it is over.
    pub ends_at: Timestamp,
    /// The day of that in the operator's zone: the last on which a seat stands.
    pub ends_on: BusinessDate,
    /// Where, in Chinese.
    pub place_zh: Label,
    /// Where, in English.
    pub place_en: Label,
    /// What a seat gives back, and until when.
    pub returns: SeatReturns,
    /// How often it was changed, from one on: what whoever changes it must have seen.
    pub version: u32,
    /// When the operator called it off.
    pub called_off_at: Option<Timestamp>,
    /// When the first who came was let in; none: nobody kept the door.
    pub first_check_in_at: Option<Timestamp>,
}

/// What a seat that is given back returns of its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeatReturns {
    /// All of it, up to and with this instant.
    pub full_until: Timestamp,
    /// A part of it, up to and with this one; afterwards nothing.
    pub part_until: Timestamp,
    /// Which part.
    pub part: Rate,
}

/// How many seats of a gathering stand, and what calling it off would give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeatCount {
    /// Seats that stand, the used ones too.
    pub taken: u64,
    /// Those of them somebody came in with.
    pub checked_in: u64,
    /// What the seats cost that stand and nobody came in with: all of it comes back when the gathering is called off.
    pub restorable: Points,
}

/// Why a gathering cannot be as it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GatheringRefusal {
    /// It ends before it begins, or began already.
    #[error("a gathering begins later than now, and ends after that")]
    BadTimes,
    /// The times of returning seats are not in order, or the part is more than all.
    #[error("seats return all until one instant, at most all until a later one, and nothing once it begins")]
    BadReturns,
}

/// Whoever let so many seats stand empty within [`NO_SHOW_DAYS`] gets no other until the time is over.
pub const NO_SHOWS_BARRED: usize = 2;

/// How long a seat that stood empty counts.
pub const NO_SHOW_DAYS: i64 = 90;

/// Until when a household gets no seat, by when the gatherings were over at which it let one stand empty; `None` if it gets one now.
#[must_use]
pub fn barred_until(no_shows: &[Timestamp], now: Timestamp) -> Option<Timestamp> {
    let mut ends: Vec<Timestamp> = no_shows.iter().map(|over| *over + TimeDelta::days(NO_SHOW_DAYS)).collect();
    ends.retain(|ends_at| *ends_at > now);
    ends.sort_unstable();
    // Once the oldest of those that are too many is forgotten, the rest are few enough.
    ends.len().checked_sub(NO_SHOWS_BARRED).map(|surplus| ends[surplus])
}

impl SeatReturns {
    /// What a seat at this price gives back at an instant, rounded down: whoever gives it up late is owed no more than the rule says.
    #[must_use]
    pub fn of(&self, price: Points, now: Timestamp) -> Points {
        if now <= self.full_until {
            return price;
        }
        if now > self.part_until {
            return Points::ZERO;
        }
        let part =
            i128::from(price.get()) * i128::from(self.part.basis_points()) / i128::from(Rate::ONE.basis_points());
        let part = i64::try_from(part).ok().and_then(Points::new).expect("no part is more than all");
        part.min(price)
    }
}

impl Gathering {
    /// Whether it makes sense, told at an instant.
    ///
    /// # Errors
    /// [`GatheringRefusal`].
    pub fn check(&self, now: Timestamp) -> Result<(), GatheringRefusal> {
        if self.starts_at <= now || self.ends_at <= self.starts_at {
            return Err(GatheringRefusal::BadTimes);
        }
        let SeatReturns { full_until, part_until, part } = self.returns;
        if full_until > part_until || part_until > self.starts_at || part > Rate::ONE {
            return Err(GatheringRefusal::BadReturns);
        }
        Ok(())
    }

    /// Whether it began, so that its seats stay taken.
    #[must_use]
    pub fn has_begun(&self, now: Timestamp) -> bool {
        self.starts_at <= now
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Points, Rate, Timestamp};

    use super::{Gathering, GatheringRefusal, SeatReturns, barred_until};

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_timestamp_millis(hours * 3_600_000).unwrap()
    }

    fn returns(part: u32) -> SeatReturns {
        SeatReturns { full_until: at(24), part_until: at(46), part: Rate::from_basis_points(part).unwrap() }
    }

    fn gathering(starts: i64, ends: i64, returns: SeatReturns) -> Gathering {
        let place = || "活动室".parse().unwrap();
        Gathering {
            starts_at: at(starts),
            ends_at: at(ends),
            ends_on: "1970-01-03".parse().unwrap(),
            place_zh: place(),
            place_en: place(),
            returns,
            version: 1,
            called_off_at: None,
            first_check_in_at: None,
        }
    }

    #[test]
    fn a_seat_returns_all_then_a_part_then_nothing() {
        let points = |n| Points::new(n).unwrap();
        let just_after = |hours| at(hours) + chrono::TimeDelta::milliseconds(1);
        for (price, now, expected) in [
            (300, at(0), 300),
            (300, at(24), 300),
            (300, just_after(24), 150),
            (301, at(46), 150),
            (1, at(30), 0),
            (300, just_after(46), 0),
            (2_147_483_647, at(30), 1_073_741_823),
        ] {
            assert_eq!(returns(5_000).of(points(price), now), points(expected), "{price} at {now}");
        }
    }

    #[test]
    fn a_gathering_is_ahead_and_its_times_are_in_order() {
        for (starts, ends, returns, expected) in [
            (48, 50, returns(5_000), Ok(())),
            (48, 50, returns(10_000), Ok(())),
            (48, 48, returns(5_000), Err(GatheringRefusal::BadTimes)),
            (0, 50, returns(5_000), Err(GatheringRefusal::BadTimes)),
            (45, 50, returns(5_000), Err(GatheringRefusal::BadReturns)),
            (48, 50, returns(10_001), Err(GatheringRefusal::BadReturns)),
            (48, 50, SeatReturns { full_until: at(47), ..returns(0) }, Err(GatheringRefusal::BadReturns)),
        ] {
            assert_eq!(gathering(starts, ends, returns).check(at(0)), expected, "{starts} {ends} {returns:?}");
        }
    }

    #[test]
    fn two_seats_that_stood_empty_within_ninety_days_bar_until_one_is_forgotten() {
        let day = |days: i64| at(24 * days);
        assert_eq!(barred_until(&[], day(100)), None);
        assert_eq!(barred_until(&[day(50)], day(100)), None);
        assert_eq!(barred_until(&[day(60), day(50)], day(100)), Some(day(140)));
        assert_eq!(barred_until(&[day(60), day(50)], day(140)), None);
        assert_eq!(barred_until(&[day(60), day(50), day(70)], day(100)), Some(day(150)));
        assert_eq!(barred_until(&[day(9), day(60), day(50)], day(100)), Some(day(140)));
    }
}
