use chrono::Days;
use kernel::{BusinessDate, Timestamp, Zone};

/// What the operator decides. Every value has a default that is right for a small neighbourhood business.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The zone whose days are business dates.
    pub zone: Zone,
    /// The return window: whole days after pick-up before points become available.
    pub pending_days: u16,
    /// How many days after the day they were earned points lapse, at the end of that local day.
    pub lot_life_days: u16,
    /// How long a session lasts without signing in again, in days.
    pub session_days: u16,
}

impl Default for Settings {
    fn default() -> Self {
        Self { zone: Zone::SHANGHAI, pending_days: 7, lot_life_days: 365, session_days: 30 }
    }
}

impl Settings {
    /// The first day on which points of an order picked up at that instant can be spent: the day after the return window.
    #[must_use]
    pub fn available_from(&self, picked_up_at: Timestamp) -> BusinessDate {
        self.zone.date_of(picked_up_at) + Days::new(u64::from(self.pending_days) + 1)
    }

    /// The last day on which points earned on that day can be spent.
    #[must_use]
    pub fn expires_on(&self, earned_on: BusinessDate) -> BusinessDate {
        earned_on + Days::new(u64::from(self.lot_life_days))
    }
}
