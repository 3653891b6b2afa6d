use std::str::FromStr;

use chrono::TimeDelta;
use kernel::{Id, Timestamp, kinds};

use crate::UnknownWord;

/// The name of the empty shell that an erased person leaves, so that old statements still have a row to name.
/// In both languages, because statements in either show it.
pub const ERASED_NAME: &str = "已注销成员 (erased member)";

/// How far an erasure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureState {
    /// Asked for; the person may still change their mind.
    Requested,
    /// The person changed their mind.
    Cancelled,
    /// Nobody sees or uses the person's data any more; what the law has kept lies sealed.
    Blocked,
    /// The sealed rest is deleted too.
    Erased,
}

impl ErasureState {
    /// The word as stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Cancelled => "cancelled",
            Self::Blocked => "blocked",
            Self::Erased => "erased",
        }
    }
}

impl FromStr for ErasureState {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let all = [Self::Requested, Self::Cancelled, Self::Blocked, Self::Erased];
        all.into_iter().find(|state| state.word() == word).ok_or(UnknownWord)
    }
}

/// Why the rest is kept until it is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErasureBasis {
    /// For nothing but the days in which the person may change their mind.
    CoolingOff,
    /// Records of transactions are kept three years (E-Commerce Law, article 31): the person wants to be able to prove a claim.
    Transactions,
}

impl ErasureBasis {
    /// The word as stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::CoolingOff => "cooling_off",
            Self::Transactions => "transactions",
        }
    }
}

impl FromStr for ErasureBasis {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::CoolingOff, Self::Transactions].into_iter().find(|basis| basis.word() == word).ok_or(UnknownWord)
    }
}

/// How long each step of an erasure takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasurePeriods {
    /// Days in which the person may change their mind.
    pub cooling_days: u16,
    /// Days for which records of transactions are kept.
    pub record_days: u16,
}

/// 注销: a person wants to be forgotten. A state machine: requested, then cancelled, or blocked and at last erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasure {
    /// Its id.
    pub id: Id<kinds::Erasure>,
    /// Who.
    pub person: Id<kinds::Person>,
    /// How far it is.
    pub state: ErasureState,
    /// Why the rest is kept so long.
    pub basis: ErasureBasis,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// From then on nobody sees the person's data, and it cannot be cancelled.
    pub blocks_at: Timestamp,
    /// From then on nothing is left but an empty shell.
    pub erases_at: Timestamp,
}

/// Why an erasure was not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestErasureRefusal {
    /// The others of the household would be left without an owner.
    #[error("hand the household over to another adult first")]
    OwnerMustHandOver,
    /// Under fourteen: the guardian asks staff.
    #[error("a guardian decides for a child under fourteen")]
    GuardianNeeded,
}

/// No erasure waits that could still be cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no erasure that could still be cancelled")]
pub struct NothingToCancel;

impl Erasure {
    /// An erasure asked for at `now`.
    #[must_use]
    pub fn request(
        id: Id<kinds::Erasure>,
        person: Id<kinds::Person>,
        basis: ErasureBasis,
        periods: ErasurePeriods,
        now: Timestamp,
    ) -> Self {
        let after = |days: u16| now + TimeDelta::days(i64::from(days));
        let blocks_at = after(periods.cooling_days);
        let erases_at = match basis {
            ErasureBasis::CoolingOff => blocks_at,
            ErasureBasis::Transactions => blocks_at.max(after(periods.record_days)),
        };
        Self { id, person, state: ErasureState::Requested, basis, requested_at: now, blocks_at, erases_at }
    }

    /// The person changed their mind. Good until the data is blocked, also when the clockwork is late.
    ///
    /// # Errors
    /// [`NothingToCancel`].
    pub fn cancel(self) -> Result<Self, NothingToCancel> {
        match self.state {
            ErasureState::Requested => Ok(Self { state: ErasureState::Cancelled, ..self }),
            ErasureState::Cancelled | ErasureState::Blocked | ErasureState::Erased => Err(NothingToCancel),
        }
    }

    /// The next state, when it is time for it: blocked, or erased at once where nothing is kept; then erased.
    #[must_use]
    pub fn advance(self, now: Timestamp) -> Option<Self> {
        let state = match self.state {
            ErasureState::Requested | ErasureState::Blocked if now >= self.erases_at => ErasureState::Erased,
            ErasureState::Requested if now >= self.blocks_at => ErasureState::Blocked,
            ErasureState::Requested | ErasureState::Blocked | ErasureState::Cancelled | ErasureState::Erased => {
                return None;
            }
        };
        Some(Self { state, ..self })
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Id, Timestamp};
    use uuid::Uuid;

    use super::{Erasure, ErasureBasis, ErasurePeriods, ErasureState, NothingToCancel};

    fn at(day: i64) -> Timestamp {
        Timestamp::from_timestamp(day * 86_400, 0).unwrap()
    }

    fn requested(basis: ErasureBasis) -> Erasure {
        let periods = ErasurePeriods { cooling_days: 7, record_days: 1_095 };
        let (id, person) = (Id::from_uuid(Uuid::from_u128(1)), Id::from_uuid(Uuid::from_u128(2)));
        Erasure::request(id, person, basis, periods, at(0))
    }

    #[test]
    fn goes_from_requested_to_blocked_to_erased() {
        let it = requested(ErasureBasis::Transactions);
        assert_eq!((it.blocks_at, it.erases_at), (at(7), at(1_095)));
        assert_eq!(it.advance(at(6)), None);
        let blocked = it.advance(at(7)).unwrap();
        assert_eq!(blocked.state, ErasureState::Blocked);
        assert_eq!(blocked.advance(at(1_094)), None);
        assert_eq!(blocked.advance(at(1_095)).unwrap().state, ErasureState::Erased);
        assert_eq!(it.advance(at(2_000)).unwrap().state, ErasureState::Erased);
        assert_eq!(blocked.advance(at(1_095)).unwrap().advance(at(9_999)), None);
    }

    #[test]
    fn is_erased_after_the_cooling_days_where_nothing_is_kept() {
        let it = requested(ErasureBasis::CoolingOff);
        assert_eq!(it.advance(at(7)).unwrap().state, ErasureState::Erased);
    }

    #[test]
    fn is_cancelled_only_while_requested() {
        let it = requested(ErasureBasis::Transactions);
        let cancelled = it.cancel().unwrap();
        assert_eq!((cancelled.state, cancelled.advance(at(9_999))), (ErasureState::Cancelled, None));
        assert_eq!(cancelled.cancel(), Err(NothingToCancel));
        assert_eq!(it.advance(at(7)).unwrap().cancel(), Err(NothingToCancel));
    }
}
