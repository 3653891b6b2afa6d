use chrono::Months;
use kernel::{BusinessDate, Id, Timestamp, kinds};

/// For whom a perk is. Nobody left out, unless it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Audience {
    /// Only for households of this community.
    pub community: Option<Id<kinds::Community>>,
    /// Only for members of at least so many years, whose age is known.
    pub min_age: Option<u32>,
}

/// When a perk may be taken; always, unless it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Window {
    /// From then on.
    pub opens_at: Option<Timestamp>,
    /// Not from then on.
    pub closes_at: Option<Timestamp>,
}

/// Who wants something, and when: all that a perk's audience and window are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applicant {
    /// For which household.
    pub household: Id<kinds::Household>,
    /// The member who asks.
    pub person: Id<kinds::Person>,
    /// Where the household lives, when it is known.
    pub community: Option<Id<kinds::Community>>,
    /// When the member was born, when it is known.
    pub born_on: Option<BusinessDate>,
    /// Until when the household gets no seat at a gathering, since it let some stand empty.
    pub barred_until: Option<Timestamp>,
    /// The instant of the act.
    pub now: Timestamp,
    /// Its day in the operator's zone.
    pub today: BusinessDate,
}

/// Why a perk is not for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotForThem {
    /// It is for households of another community.
    #[error("it is for another community")]
    OtherCommunity,
    /// It is for members of at least so many years.
    #[error("it is for members of at least {min_age} years")]
    TooYoung {
        /// How many.
        min_age: u32,
    },
}

impl Audience {
    /// Whether it is for them.
    ///
    /// # Errors
    /// [`NotForThem`]. Whoever's community or age nobody knows is left out of what asks for one.
    pub fn check(&self, applicant: &Applicant) -> Result<(), NotForThem> {
        if self.community.is_some_and(|community| applicant.community != Some(community)) {
            return Err(NotForThem::OtherCommunity);
        }
        match self.min_age {
            Some(min_age) if !applicant.is_at_least(min_age) => Err(NotForThem::TooYoung { min_age }),
            Some(_) | None => Ok(()),
        }
    }
}

impl Applicant {
    /// Somebody born on 29 February is a year older on the 28th where the year has no such day.
    fn is_at_least(&self, years: u32) -> bool {
        let full = self.born_on.and_then(|born_on| born_on.checked_add_months(Months::new(years.saturating_mul(12))));
        full.is_some_and(|full| full <= self.today)
    }
}

impl Window {
    /// Whether it closed before an instant, or at it.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.closes_at.is_some_and(|at| at <= now)
    }

    /// When it opens, when that is still to come.
    #[must_use]
    pub fn opens_later(&self, now: Timestamp) -> Option<Timestamp> {
        self.opens_at.filter(|&at| at > now)
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Id, Timestamp};
    use uuid::Uuid;

    use super::{Applicant, Audience, NotForThem, Window};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_timestamp_millis(millis).unwrap()
    }

    fn check(
        audience: Audience,
        community: Option<u128>,
        born_on: Option<&str>,
        today: &str,
    ) -> Result<(), NotForThem> {
        audience.check(&Applicant {
            household: Id::from_uuid(Uuid::from_u128(1)),
            person: Id::from_uuid(Uuid::from_u128(2)),
            community: community.map(|n| Id::from_uuid(Uuid::from_u128(n))),
            born_on: born_on.map(|day| day.parse().unwrap()),
            barred_until: None,
            now: at(0),
            today: today.parse().unwrap(),
        })
    }

    #[test]
    fn a_perk_is_for_everybody_unless_it_says_for_whom() {
        assert_eq!(check(Audience::default(), None, None, "2026-06-01"), Ok(()));
        let here = Audience { community: Some(Id::from_uuid(Uuid::from_u128(7))), min_age: None };
        assert_eq!(check(here, Some(7), None, "2026-06-01"), Ok(()));
        assert_eq!(check(here, Some(8), None, "2026-06-01"), Err(NotForThem::OtherCommunity));
        assert_eq!(check(here, None, None, "2026-06-01"), Err(NotForThem::OtherCommunity));
    }

    #[test]
    fn an_age_is_reached_on_the_birthday_and_an_unknown_one_never() {
        let seniors = Audience { community: None, min_age: Some(60) };
        let too_young = Err(NotForThem::TooYoung { min_age: 60 });
        for (born_on, today, expected) in [
            (Some("1966-06-01"), "2026-05-31", too_young),
            (Some("1966-06-01"), "2026-06-01", Ok(())),
            (Some("1964-02-29"), "2024-02-28", too_young),
            (Some("1964-02-29"), "2024-02-29", Ok(())),
            (None, "2026-06-01", too_young),
        ] {
            assert_eq!(check(seniors, None, born_on, today), expected, "{born_on:?} {today}");
        }
    }

    #[test]
    fn a_window_is_open_from_its_first_instant_to_the_one_before_its_last() {
        let window = Window { opens_at: Some(at(10)), closes_at: Some(at(20)) };
        assert_eq!((window.opens_later(at(9)), window.opens_later(at(10))), (Some(at(10)), None));
        assert_eq!((window.is_over(at(19)), window.is_over(at(20))), (false, true));
        assert_eq!((Window::default().opens_later(at(0)), Window::default().is_over(at(0))), (None, false));
    }
}
