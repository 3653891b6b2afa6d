use chrono::Months;
use kernel::{BusinessDate, Id, Points, kinds};

use crate::Role;

/// Below this age, in years, nobody spends a household's points, whatever a right says.
pub const SPENDING_AGE: u32 = 14;

/// How much of what the household shares one member may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpendRight {
    /// All there is.
    Unlimited,
    /// So many points in a week of the operator's zone, Monday first.
    Weekly(Points),
    /// Nothing.
    None,
}

impl SpendRight {
    /// The word as stored: `unlimited`, `weekly`, `none`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unlimited => "unlimited",
            Self::Weekly(_) => "weekly",
            Self::None => "none",
        }
    }

    /// The points of a weekly right.
    #[must_use]
    pub const fn weekly_points(self) -> Option<Points> {
        match self {
            Self::Weekly(points) => Some(points),
            Self::Unlimited | Self::None => None,
        }
    }

    /// Reads what is stored; `None` for what nobody stores.
    #[must_use]
    pub fn from_stored(word: &str, weekly: Option<Points>) -> Option<Self> {
        match (word, weekly) {
            ("unlimited", None) => Some(Self::Unlimited),
            ("weekly", Some(points)) => Some(Self::Weekly(points)),
            ("none", None) => Some(Self::None),
            _ => None,
        }
    }
}

/// A member as far as spending goes, locked: where, as what, with which right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spender {
    /// The household whose points are spent.
    pub household: Id<kinds::Household>,
    /// What the member is there.
    pub role: Role,
    /// What the owner decided; `None` while the role decides.
    pub set: Option<SpendRight>,
    /// The day of birth, when it is known.
    pub born_on: Option<BusinessDate>,
}

impl Spender {
    /// What the member may spend on a day.
    ///
    /// Somebody under fourteen spends nothing, and so does a child whose age nobody knows. A right that was set waits for the day.
    #[must_use]
    pub fn right(&self, today: BusinessDate) -> SpendRight {
        let by_role = if self.role == Role::Child { SpendRight::None } else { SpendRight::Unlimited };
        if self.is_too_young(today) { SpendRight::None } else { self.set.unwrap_or(by_role) }
    }

    /// Whether no right could let the member spend: under fourteen, or a child whose age nobody knows.
    #[must_use]
    pub fn is_too_young(&self, today: BusinessDate) -> bool {
        self.born_on.map_or(self.role == Role::Child, |born_on| is_under_age(born_on, today))
    }

    /// Whether it is being a child that forbids spending, rather than a decision of the owner.
    #[must_use]
    pub fn is_kept_as_child(&self, today: BusinessDate) -> bool {
        self.is_too_young(today) || (self.role == Role::Child && self.set.is_none())
    }
}

/// Somebody born on 29 February comes of age on 1 March where the year has no such day.
fn is_under_age(born_on: BusinessDate, today: BusinessDate) -> bool {
    let birthday = |born_on: BusinessDate| born_on.checked_add_months(Months::new(12 * SPENDING_AGE));
    // The calendar moves 29 February back to the 28th; a day later is the first on which the years are full.
    let full = birthday(born_on).map(|day| {
        let was_moved_back = chrono::Datelike::day(&day) != chrono::Datelike::day(&born_on);
        if was_moved_back { day.succ_opt().unwrap_or(day) } else { day }
    });
    full.is_none_or(|full| today < full)
}

#[cfg(test)]
mod tests {
    use kernel::{BusinessDate, Id, Points};

    use super::{SpendRight, Spender};
    use crate::Role;

    fn day(text: &str) -> BusinessDate {
        text.parse().unwrap()
    }

    fn right(role: Role, set: Option<SpendRight>, born_on: Option<&str>, today: &str) -> SpendRight {
        let household = Id::from_uuid(uuid::Uuid::nil());
        Spender { household, role, set, born_on: born_on.map(day) }.right(day(today))
    }

    #[test]
    fn a_role_decides_until_the_owner_does() {
        for role in [Role::Owner, Role::Adult, Role::Senior] {
            assert_eq!(right(role, None, None, "2026-06-01"), SpendRight::Unlimited);
        }
        assert_eq!(right(Role::Child, None, None, "2026-06-01"), SpendRight::None);
        let weekly = SpendRight::Weekly(Points::new(200).unwrap());
        assert_eq!(right(Role::Adult, Some(weekly), None, "2026-06-01"), weekly);
        assert_eq!(right(Role::Adult, Some(SpendRight::None), None, "2026-06-01"), SpendRight::None);
    }

    #[test]
    fn a_child_spends_from_the_fourteenth_birthday_on_if_the_owner_says_so() {
        let weekly = SpendRight::Weekly(Points::new(200).unwrap());
        let child = |set, today| right(Role::Child, set, Some("2012-06-01"), today);
        assert_eq!(child(Some(weekly), "2026-05-31"), SpendRight::None);
        assert_eq!(child(Some(weekly), "2026-06-01"), weekly);
        assert_eq!(child(None, "2026-06-01"), SpendRight::None);
        // Nobody knows how old: a right that was set does not help.
        assert_eq!(right(Role::Child, Some(weekly), None, "2026-06-01"), SpendRight::None);
        // Entered as an adult, but the birth date says otherwise.
        assert_eq!(right(Role::Adult, None, Some("2020-01-01"), "2026-06-01"), SpendRight::None);
    }

    #[test]
    fn a_leap_day_child_is_fourteen_on_the_first_of_march() {
        let child = |today| right(Role::Child, Some(SpendRight::Unlimited), Some("2012-02-29"), today);
        assert_eq!(child("2026-02-28"), SpendRight::None);
        assert_eq!(child("2026-03-01"), SpendRight::Unlimited);
    }
}
