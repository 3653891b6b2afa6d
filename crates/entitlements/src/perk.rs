use std::str::FromStr;

use kernel::{Id, Label, Points, TextError, kinds};

use crate::{Audience, Gathering, Window};

/// A right that points buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Perk {
    /// Our id.
    pub id: Id<kinds::Perk>,
    /// The operator's short name for it.
    pub code: PerkCode,
    /// What it is called, in Chinese.
    pub name_zh: Label,
    /// What it is called, in English.
    pub name_en: Label,
    /// What it gives and how it is used, in Chinese.
    pub terms_zh: Label,
    /// What it gives and how it is used, in English.
    pub terms_en: Label,
    /// What one grant costs.
    pub price: Points,
    /// How many grants of it one household may ever have.
    pub limit_per_household: u32,
    /// How many days a grant stands after the day it was given.
    pub valid_days: u32,
    /// Whether it can be redeemed now.
    pub is_open: bool,
    /// For whom it is.
    pub audience: Audience,
    /// When it can be redeemed.
    pub window: Window,
    /// Whether a grant of it books a delivery slot: it is not redeemed without one.
    pub has_slots: bool,
    /// The gathering it is a seat at, if it is one.
    pub gathering: Option<Gathering>,
}

impl Perk {
    /// Whether the operator has it on the shelf: open, and no gathering that was called off, whoever opens its perk again.
    #[must_use]
    pub fn is_on_shelf(&self) -> bool {
        self.is_open && self.gathering.as_ref().is_none_or(|gathering| gathering.called_off_at.is_none())
    }
}

/// How much of a perk there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stock {
    /// All that was ever put on the shelf.
    pub total: u32,
    /// How many were granted.
    pub taken: u32,
    /// How many are kept for those they were offered to.
    pub offered: u32,
    /// How many places wait for one, the offered ones not counted.
    pub waiting: u32,
    /// The number of the last place on the waiting list.
    pub last_number: u32,
}

impl Stock {
    /// How many are neither granted nor kept for somebody.
    #[must_use]
    pub fn left(self) -> u32 {
        self.total.saturating_sub(self.taken).saturating_sub(self.offered)
    }

    /// How many can be granted to whoever comes: none while others wait.
    #[must_use]
    pub fn free(self) -> u32 {
        if self.waiting == 0 { self.left() } else { 0 }
    }
}

/// A perk's short name: lower-case letters, digits and hyphens, at most 40 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PerkCode(String);

impl PerkCode {
    /// The longest code taken, in characters.
    pub const MAX_CHARS: usize = 40;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PerkCode {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > Self::MAX_CHARS {
            return Err(TextError::TooLong { max: Self::MAX_CHARS });
        }
        let is_code = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if is_code { Ok(Self(text.to_owned())) } else { Err(TextError::Malformed) }
    }
}

impl std::fmt::Display for PerkCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
