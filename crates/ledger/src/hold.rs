use kernel::{Id, Label, Points, Timestamp, kinds};

/// Points set aside in a wallet for something that is not finished. They cannot be spent and do not lapse until the hold ends, which
/// it does exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Our id.
    pub id: Id<kinds::Hold>,
    /// Whose points.
    pub household: Id<kinds::Household>,
    /// What they are held by, in its own domain's words, such as a seat's id. One hold per owner and purpose.
    pub owner: Label,
    /// What for, such as `seat`.
    pub purpose: Label,
    /// How many.
    pub points: Points,
    /// When they were set aside.
    pub placed_at: Timestamp,
    /// When the hold lapses unless it is captured or released before.
    pub ends_at: Timestamp,
    /// What became of it.
    pub state: HoldState,
    /// Which lots the points lie in.
    pub lots: Vec<HeldLot>,
}

/// Held points of one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldLot {
    /// The lot.
    pub lot: Id<kinds::Lot>,
    /// How many of its points.
    pub points: Points,
}

/// What became of a hold. Only an open one can still become anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldState {
    /// The points are set aside.
    Open,
    /// They were spent.
    Captured(Timestamp),
    /// They were let go before the end.
    Released(Timestamp),
    /// The end came.
    Lapsed(Timestamp),
}

impl HoldState {
    /// As stored.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Captured(_) => "captured",
            Self::Released(_) => "released",
            Self::Lapsed(_) => "lapsed",
        }
    }

    /// When it ended.
    #[must_use]
    pub const fn ended_at(self) -> Option<Timestamp> {
        match self {
            Self::Open => None,
            Self::Captured(at) | Self::Released(at) | Self::Lapsed(at) => Some(at),
        }
    }

    /// Reads what is stored.
    #[must_use]
    pub fn from_code(code: &str, ended_at: Option<Timestamp>) -> Option<Self> {
        match (code, ended_at) {
            ("open", None) => Some(Self::Open),
            ("captured", Some(at)) => Some(Self::Captured(at)),
            ("released", Some(at)) => Some(Self::Released(at)),
            ("lapsed", Some(at)) => Some(Self::Lapsed(at)),
            _ => None,
        }
    }
}

/// Why a hold cannot be captured or released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoldRefusal {
    /// It was captured already.
    #[error("the held points were spent at {at}")]
    AlreadyCaptured {
        /// When.
        at: Timestamp,
    },
    /// It was released or its end came.
    #[error("the hold ended at {at}")]
    Ended {
        /// When.
        at: Timestamp,
    },
}

impl Hold {
    /// Whether it can still be captured or released at an instant: by the clock, whether or not its end is booked yet.
    ///
    /// # Errors
    /// [`HoldRefusal`] says what became of it.
    pub fn check_open(&self, now: Timestamp) -> Result<(), HoldRefusal> {
        match self.state {
            HoldState::Captured(at) => Err(HoldRefusal::AlreadyCaptured { at }),
            HoldState::Released(at) | HoldState::Lapsed(at) => Err(HoldRefusal::Ended { at }),
            HoldState::Open if self.ends_at <= now => Err(HoldRefusal::Ended { at: self.ends_at }),
            HoldState::Open => Ok(()),
        }
    }
}
