use std::fmt;

use chrono::NaiveDateTime;
use kernel::{BusinessDate, Label, Points};

use crate::FamilyPay;

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
    /// The reader is invited into a household, or to be linked as kin.
    Invitation(Invitation),
    /// The reader was put out of a household.
    MemberRemoved(MemberRemoved),
    /// What the reader's household waited for came free, and is kept for it for a while.
    PlaceOffered(PlaceOffered),
    /// A gathering was called off, and what the reader's household paid for seats is back.
    SeatsReturned(SeatsReturned),
    /// An order of the reader's household was not delivered in its slot, and its points are back with some more.
    SlotMissed(SlotMissed),
    /// The reader's household took part in a study whose winner is sold.
    BallotThanked(BallotThanked),
    /// What became of a senior's wish that a relative pays.
    FamilyPay(FamilyPay),
}

/// What the reader's household waited for came free, and is kept for it for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceOffered {
    /// The perk's name in the reader's language.
    pub perk: Label,
    /// What it costs.
    pub price: Points,
    /// When the offer ends, as the clocks of the operator's zone will show it.
    pub ends_at: NaiveDateTime,
}

/// A gathering was called off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatsReturned {
    /// Its name in the reader's language.
    pub gathering: Label,
    /// When it would have begun, as the clocks of the operator's zone would have shown it.
    pub starts_at: NaiveDateTime,
    /// How many points are back; none where the household only waited.
    pub points: Points,
}

/// An order was not delivered in the slot it was promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotMissed {
    /// What was promised, in the reader's language.
    pub perk: Label,
    /// When the slot began, as the clocks of the operator's zone showed it.
    pub starts_at: NaiveDateTime,
    /// How many points are back.
    pub points: Points,
    /// How many were given beside them.
    pub apology: Points,
}

/// The reader's household took part in a study whose winner is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BallotThanked {
    /// The study's title in the reader's language.
    pub study: Label,
    /// What was chosen, in the reader's language.
    pub chosen: Label,
    /// How many households' ballots were counted.
    pub chosen_by: u64,
    /// How many points the household was given for taking part; none: it is thanked in words.
    pub points: Points,
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

/// The reader is invited into a household, or to be linked as kin.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// What the inviter calls the reader.
    pub name: Label,
    /// Who invites.
    pub inviter: Label,
    /// Into which household; none: to be linked as kin across households.
    pub household: Option<Label>,
    /// Whether the reader is asked to bring the household they own along.
    pub brings_household: bool,
    /// The secret, for whoever types it.
    pub token: String,
    /// Where the secret is taken, with it; none where the operator has no such place.
    pub link: Option<String>,
    /// The last day, in the operator's zone, on which it can be accepted.
    pub last_day: BusinessDate,
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation").field("last_day", &self.last_day).finish_non_exhaustive()
    }
}

/// The reader was put out of a household, and has one of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRemoved {
    /// The household that was left.
    pub household: Label,
    /// How many points came along.
    pub points: Points,
}
