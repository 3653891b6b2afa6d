use std::fmt;

use chrono::NaiveDateTime;
use kernel::{BusinessDate, Label, Points};

/// What a mail can say. Each variant is worded in `locales/*/mail.ftl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A code to sign in with.
    SignInCode(SignInCode),
    /// A perk was redeemed for the reader's household.
    PerkRedeemed(PerkRedeemed),
    /// Points of the reader's household lapse soon.
    LapseNotice(LapseNotice),
    /// Points of the reader's household lapsed when a hold ended.
    HeldPointsLapsed(HeldPointsLapsed),
}

/// A code to sign in with.
#[derive(Clone, PartialEq, Eq)]
pub struct SignInCode {
    /// The six digits.
    pub code: String,
    /// For how many minutes after it was asked for the code is good.
    pub valid_minutes: i64,
}

impl fmt::Debug for SignInCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInCode").field("valid_minutes", &self.valid_minutes).finish_non_exhaustive()
    }
}

/// A perk was redeemed for the reader's household.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerkRedeemed {
    /// The perk's name in the reader's language.
    pub perk: Label,
    /// What it cost.
    pub price: Points,
    /// The last day, in the operator's zone, on which the grant can be used.
    pub valid_until: BusinessDate,
}

/// Points of the reader's household lapse soon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LapseNotice {
    /// Which, by their last days, the earliest first; at least one.
    pub days: Vec<LapsingDay>,
}

/// Points that lapse at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LapsingDay {
    /// The last day, in the operator's zone, on which they can be spent.
    pub last_day: BusinessDate,
    /// How many.
    pub points: Points,
}

/// Points of the reader's household lapsed when a hold ended: their last day had come while they were held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldPointsLapsed {
    /// How many.
    pub points: Points,
    /// When the hold ended, as the clocks of the operator's zone showed it.
    pub ended_at: NaiveDateTime,
}
