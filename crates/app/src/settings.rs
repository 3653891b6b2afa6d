use kernel::Zone;

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
