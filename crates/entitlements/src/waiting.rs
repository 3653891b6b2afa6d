use kernel::{Id, Timestamp, kinds};

/// How long what came free is kept for whoever is next: two hours, or until the perk closes.
pub const OFFER_MINUTES: i64 = 120;

/// Most who may wait for one perk. Who comes later is told that the list is full.
pub const MAX_WAITING: u32 = 10_000;

/// A household's place on the waiting list of a perk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingPlace {
    /// Our id.
    pub id: Id<kinds::WaitingPlace>,
    /// What is waited for.
    pub perk: Id<kinds::Perk>,
    /// The number drawn when joining: who has the smallest is next. From one on, never given twice.
    pub number: u32,
    /// Who waits.
    pub household: Id<kinds::Household>,
    /// The household that joined: the same, or one that went into it since.
    pub came_by: Id<kinds::Household>,
    /// The member who joined.
    pub person: Id<kinds::Person>,
    /// When.
    pub joined_at: Timestamp,
    /// What was offered, once it was.
    pub offer: Option<Offer>,
    /// How it ended, and when; it waits no more then.
    pub ended: Option<(PlaceOutcome, Timestamp)>,
}

/// What came free, kept for whoever is next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// When it was made.
    pub made_at: Timestamp,
    /// From then on it is somebody else's.
    pub ends_at: Timestamp,
}

/// How a place on a waiting list ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceOutcome {
    /// What was offered was redeemed.
    Taken,
    /// The household gave the place up.
    Left,
    /// Nobody took the offer in time.
    Lapsed,
    /// There is nothing to wait for any more: the perk closed.
    Closed,
}

impl PlaceOutcome {
    /// The word as stored: `taken`, `left`, `lapsed`, `closed`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Left => "left",
            Self::Lapsed => "lapsed",
            Self::Closed => "closed",
        }
    }

    /// Reads what is stored.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Taken, Self::Left, Self::Lapsed, Self::Closed].into_iter().find(|outcome| outcome.word() == word)
    }
}

impl WaitingPlace {
    /// Whether it waits, or has an offer whose end is not booked yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// Whether what came free is kept for it at an instant: by the clock, whether or not the end is booked.
    #[must_use]
    pub fn has_offer(&self, now: Timestamp) -> bool {
        self.is_open() && self.offer.is_some_and(|offer| offer.ends_at > now)
    }
}
