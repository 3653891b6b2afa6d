use std::{fmt, str::FromStr, sync::Arc};

use chrono::{Datelike, Days, Months};
use kernel::{BusinessDate, Points, Timestamp, Zone};
use ledger::{NEVER, PointValue, RefundPolicy, UNSCHEDULED};

use crate::familypay::PaymentProvider;
use ::familypay::wechat::WeChatPay;

/// What the operator decides. Every value has a default that is right for a small neighbourhood business.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The zone whose days are business dates.
    pub zone: Zone,
    /// When earned points can first be spent.
    pub maturity: Maturity,
    /// The return window: whole days after pick-up before points become available.
    pub pending_days: u16,
    /// How long points last.
    pub lot_life: LotLife,
    /// Points that come back from a cancelled redemption last at least this many days from then.
    pub restore_grace_days: u16,
    /// What a refund may take beyond the points of its own order.
    pub refund_policy: RefundPolicy,
    /// What points are worth: as a tender of an order, and in the journal for the operator's general ledger.
    pub point_value: PointValue,
    /// How long a session lasts without signing in again, in days.
    pub session_days: u16,
    /// In how many days somebody who asked to be forgotten may change their mind.
    pub erasure_cooling_days: u16,
    /// For how many days what proves transactions is kept: three years by the E-Commerce Law, article 31.
    pub record_keeping_days: u16,
    /// How long somebody of the staff stays signed in, in hours.
    pub staff_session_hours: u16,
    /// Where the link of an invitation leads: the secret is put after it. None: the mail shows the secret alone.
    pub invitation_link: Option<String>,
    /// Up to how many points one of the staff adjusts alone.
    pub adjustment_limit: Points,
    /// What a household gets beside its own points when an order was not delivered in its slot; nothing: no points.
    pub apology_points: Points,
    /// What every household is given that took part in a study whose winner is sold; nothing: no points.
    pub thanks_points: Points,
    /// The minute of the operator's day, from midnight, at which orders of the day close.
    pub cut_off_minute: u16,
    /// Who moves the money of family payments.
    pub payments: PaymentProvider,
    /// The merchant's account at WeChat Pay. Also without it being who moves the money now: what it moved before is still told of,
    /// asked about and given back.
    pub wechat_pay: Option<Arc<WeChatPay>>,
    /// Where the link to a pay request leads: the secret is put after it. None: the mail shows the secret alone.
    pub pay_link: Option<String>,
}

/// When earned points can first be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maturity {
    /// When the return window after the pick-up is over.
    AfterPickUp,
    /// On the day they are earned.
    AtOnce,
}

impl Maturity {
    /// As the setting names it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AfterPickUp => "after_pick_up",
            Self::AtOnce => "at_once",
        }
    }

    /// Reads the setting.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::AfterPickUp, Self::AtOnce].into_iter().find(|maturity| maturity.code() == code)
    }
}

/// How long points last. They lapse at the end of a local day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LotLife {
    /// That many days after the day they were earned, 1 to 3650.
    Days(u16),
    /// At the end of the month that many months after the one they were earned in, 0 to 120.
    EndOfMonth(u16),
    /// At the end of the year they were earned in.
    EndOfYear,
    /// They never lapse.
    Never,
}

impl LotLife {
    /// The last day on which points earned on that day can be spent.
    #[must_use]
    pub fn last_day(self, earned_on: BusinessDate) -> BusinessDate {
        let end_of_month = |date: BusinessDate| {
            let first_of_next = date.with_day(1).and_then(|first| first.checked_add_months(Months::new(1)));
            first_of_next.and_then(|first| first.pred_opt())
        };
        let last_day = match self {
            Self::Days(days) => earned_on.checked_add_days(Days::new(u64::from(days))),
            Self::EndOfMonth(months) => {
                earned_on.checked_add_months(Months::new(u32::from(months))).and_then(end_of_month)
            }
            Self::EndOfYear => BusinessDate::from_ymd_opt(earned_on.year(), 12, 31),
            Self::Never => None,
        };
        last_day.filter(|day| *day < NEVER).unwrap_or(NEVER)
    }
}

/// Why a text is no lot life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be `365 days` (1 to 3650), `end of month 12` (0 to 120), `end of year` or `never`")]
pub struct InvalidLotLife;

impl FromStr for LotLife {
    type Err = InvalidLotLife;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |digits: &str, max: u16| digits.parse::<u16>().ok().filter(|&n| n <= max).ok_or(InvalidLotLife);
        match text {
            "never" => Ok(Self::Never),
            "end of year" => Ok(Self::EndOfYear),
            _ => match (text.strip_suffix(" days"), text.strip_prefix("end of month ")) {
                (Some(days), None) => {
                    number(days, 3_650).and_then(|n| if n == 0 { Err(InvalidLotLife) } else { Ok(Self::Days(n)) })
                }
                (None, Some(months)) => number(months, 120).map(Self::EndOfMonth),
                _ => Err(InvalidLotLife),
            },
        }
    }
}

impl fmt::Display for LotLife {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "{days} days"),
            Self::EndOfMonth(months) => write!(f, "end of month {months}"),
            Self::EndOfYear => f.write_str("end of year"),
            Self::Never => f.write_str("never"),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zone: Zone::SHANGHAI,
            maturity: Maturity::AfterPickUp,
            pending_days: 7,
            lot_life: LotLife::Days(365),
            restore_grace_days: 30,
            refund_policy: RefundPolicy::Debt,
            point_value: PointValue::default(),
            session_days: 30,
            erasure_cooling_days: 7,
            record_keeping_days: 1_095,
            staff_session_hours: 8,
            invitation_link: None,
            adjustment_limit: Points::new(1_000).expect("a thousand is not negative"),
            apology_points: Points::new(50).expect("fifty is not negative"),
            thanks_points: Points::new(20).expect("twenty is not negative"),
            cut_off_minute: 22 * 60,
            payments: PaymentProvider::Sandbox,
            wechat_pay: None,
            pay_link: None,
        }
    }
}

/// Reads a time of day such as `22:00` as the minute from midnight.
#[must_use]
pub fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let (hour, minute) = (digits(hour).then_some(hour)?, digits(minute).then_some(minute)?);
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

impl Settings {
    /// The first day on which points of an order picked up at that instant can be spent: the day after the return window, or with
    /// [`Maturity::AtOnce`] that very day.
    #[must_use]
    pub fn available_from(&self, picked_up_at: Timestamp) -> BusinessDate {
        let picked_up_on = self.zone.date_of(picked_up_at);
        match self.maturity {
            Maturity::AfterPickUp => picked_up_on + Days::new(u64::from(self.pending_days) + 1),
            Maturity::AtOnce => picked_up_on,
        }
    }

    /// The first day on which points earned on a day can be spent, by what is known of the pick-up then.
    #[must_use]
    pub fn first_day(&self, earned_on: BusinessDate, picked_up_at: Option<Timestamp>) -> BusinessDate {
        match (self.maturity, picked_up_at) {
            (Maturity::AtOnce, _) => earned_on,
            (Maturity::AfterPickUp, Some(at)) => self.available_from(at),
            (Maturity::AfterPickUp, None) => UNSCHEDULED,
        }
    }

    /// The last day on which points earned on that day can be spent.
    #[must_use]
    pub fn expires_on(&self, earned_on: BusinessDate) -> BusinessDate {
        self.lot_life.last_day(earned_on)
    }
}

#[cfg(test)]
mod tests;
