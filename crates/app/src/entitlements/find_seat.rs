use entitlements::{Grant, Perk};
use kernel::{Fault, Label, Timestamp};

use super::seat_pass::{PassUse, SeatPass};
use crate::App;

/// A seat as a calendar shows it: nothing of whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatInCalendar {
    /// The text id of the grant: what tells entries apart.
    pub id: String,
    /// What it is called, in Chinese and in English.
    pub name: [Label; 2],
    /// Where, in Chinese and in English.
    pub place: [Label; 2],
    /// When it begins.
    pub starts_at: Timestamp,
    /// When it is over.
    pub ends_at: Timestamp,
    /// Whether the seat was given back, or the gathering called off.
    pub is_cancelled: bool,
    /// How often it changed.
    pub version: u32,
    /// The instant of the answer.
    pub now: Timestamp,
}

impl App {
    /// The codes of a seat, to be scanned at the door and for calendars; `None` for what is no seat or stands no more.
    #[must_use]
    pub fn seat_code(&self, grant: &Grant, perk: &Perk, pass_use: PassUse) -> Option<String> {
        let stands = grant.cancelled_at.is_none() && perk.gathering.is_some();
        let pass = SeatPass { household: grant.household, grant: grant.id };
        stands.then(|| pass.to_code(self.secret(), pass_use))
    }

    /// Whether a code was signed here to be scanned at a door: what is drawn is what was given out.
    #[must_use]
    pub fn is_check_in_code(&self, code: &str) -> bool {
        SeatPass::parse(code, self.secret(), PassUse::CheckIn).is_some()
    }

    /// The seat that a calendar's code is of, for whoever has it.
    ///
    /// # Errors
    /// A [`Fault`] of the database.
    pub async fn find_seat_in_calendar(&self, code: &str) -> Result<Option<SeatInCalendar>, Fault> {
        let Some(pass) = SeatPass::parse(code, self.secret(), PassUse::Calendar) else { return Ok(None) };
        let household = self.current_household(pass.household).await?;
        let Some(grant) = entitlements::store::find_grant(&self.reader(), household, pass.grant).await? else {
            return Ok(None);
        };
        let Some((perk, _)) = self.find_perk(grant.perk).await? else { return Ok(None) };
        let Some(gathering) = perk.gathering else { return Ok(None) };
        Ok(Some(SeatInCalendar {
            id: grant.id.to_string(),
            name: [perk.name_zh, perk.name_en],
            place: [gathering.place_zh, gathering.place_en],
            starts_at: gathering.starts_at,
            ends_at: gathering.ends_at,
            is_cancelled: grant.cancelled_at.is_some() || gathering.called_off_at.is_some(),
            version: gathering.version,
            now: self.db().clock().now(),
        }))
    }
}
