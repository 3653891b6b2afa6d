use chrono::TimeDelta;
use kernel::{Id, Timestamp, kinds};

#[cfg(test)]
mod tests;

/// So long after a household has left a leader, or the leader has ended, its growth still counts for them.
pub const GROWTH_KEPT: TimeDelta = TimeDelta::days(90);
/// What a household bought in so long a time before it came to a leader is what its growth is measured by.
pub const GROWTH_COMPARED: TimeDelta = TimeDelta::days(90);

/// What of the growth of their households a leader is owed, as agreed when they were appointed: so many thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GrowthShare(u16);

/// From 0 to 1,000 thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a share of growth is from 0 to 1000 thousandths")]
pub struct GrowthShareOutOfRange;

impl GrowthShare {
    /// From 0 to 1,000 thousandths.
    ///
    /// # Errors
    /// [`GrowthShareOutOfRange`].
    pub fn from_permille(permille: i64) -> Result<Self, GrowthShareOutOfRange> {
        u16::try_from(permille).ok().filter(|permille| *permille <= 1_000).map(Self).ok_or(GrowthShareOutOfRange)
    }

    /// The thousandths.
    #[must_use]
    pub fn permille(self) -> u16 {
        self.0
    }

    /// The share of a growth in fen, rounded down to the fen; nothing of what shrank.
    #[must_use]
    pub fn of(self, growth_minor: i64) -> i64 {
        let share = i128::from(growth_minor.max(0)) * i128::from(self.0) / 1_000;
        i64::try_from(share).expect("a share is at most the whole")
    }
}

/// Somebody's time as the leader of one community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaderTerm {
    /// From when on.
    pub leads_since: Timestamp,
    /// Until when; `None` while it goes on.
    pub ended_at: Option<Timestamp>,
    /// What was agreed.
    pub growth_share: GrowthShare,
}

/// A household's time in a community.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// Since when; `None` from the household's beginning on.
    pub from: Option<Timestamp>,
    /// Until when; `None` while it goes on.
    pub until: Option<Timestamp>,
}

/// A household goes from one community to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HouseholdMove {
    /// Where it was; `None` for nowhere.
    pub from: Option<Id<kinds::Community>>,
    /// Where it went.
    pub to: Id<kinds::Community>,
    /// When.
    pub moved_at: Timestamp,
}

/// The times a household was in a community, from all its moves in the order of time and from where it is now.
#[must_use]
pub fn stays(
    community: Id<kinds::Community>,
    moves: &[HouseholdMove],
    current: Option<Id<kinds::Community>>,
) -> Vec<Stay> {
    let mut stays = Vec::new();
    let mut since = None;
    for it in moves {
        if it.from == Some(community) {
            stays.push(Stay { from: since, until: Some(it.moved_at) });
        }
        since = Some(it.moved_at);
    }
    if current == Some(community) {
        stays.push(Stay { from: since, until: None });
    }
    stays
}

/// A part of a time in which what a household buys counts for a leader, and what it is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedTime {
    /// Which of the leader's terms, by its place.
    pub term: usize,
    /// From when on.
    pub from: Timestamp,
    /// Up to, and not including, when.
    pub until: Timestamp,
    /// When the household came to the leader: [`GROWTH_COMPARED`] before that is compared.
    pub came_at: Timestamp,
}

impl CountedTime {
    /// From when on what is compared was bought, until [`Self::came_at`].
    #[must_use]
    pub fn compared_from(&self) -> Timestamp {
        self.came_at - GROWTH_COMPARED
    }

    /// What would have been bought in this time had nothing grown, of what was bought in the time compared; rounded down to the fen, and
    /// never less than nothing.
    #[must_use]
    pub fn expected(&self, compared_minor: i64) -> i64 {
        let length = i128::from((self.until - self.from).num_milliseconds());
        let expected = i128::from(compared_minor.max(0)) * length / i128::from(GROWTH_COMPARED.num_milliseconds());
        i64::try_from(expected).unwrap_or(i64::MAX)
    }
}

/// Where in the time from `from` until `until` a household counts for a leader: while it was theirs, and [`GROWTH_KEPT`] beyond, but never
/// twice, though it left and came back, or they did. The terms are those of one leader in one community, in the order of time; so are the
/// household's stays in it.
#[must_use]
pub fn counted_times(terms: &[LeaderTerm], stays: &[Stay], from: Timestamp, until: Timestamp) -> Vec<CountedTime> {
    let mut led: Vec<(usize, Timestamp, Option<Timestamp>)> = Vec::new();
    for (place, term) in terms.iter().enumerate() {
        for stay in stays {
            let came_at = stay.from.map_or(term.leads_since, |from| from.max(term.leads_since));
            let left_at = match (term.ended_at, stay.until) {
                (Some(ended), Some(left)) => Some(ended.min(left)),
                (ended, left) => ended.or(left),
            };
            if left_at.is_none_or(|left_at| came_at < left_at) {
                led.push((place, came_at, left_at));
            }
        }
    }
    led.sort_by_key(|(_, came_at, _)| *came_at);
    let mut counted = Vec::new();
    for (place, &(term, came_at, left_at)) in led.iter().enumerate() {
        let kept_until = left_at.map_or(until, |left_at| left_at + GROWTH_KEPT);
        let next_came_at = led.get(place + 1).map_or(until, |(_, came_at, _)| *came_at);
        let time =
            CountedTime { term, from: came_at.max(from), until: kept_until.min(next_came_at).min(until), came_at };
        if time.from < time.until {
            counted.push(time);
        }
    }
    counted
}
