use accounts::StaffRole;
use ledger::{Posting, PostingKind};

use super::Frame;
use crate::statement::{detail, what};

/// A posting as the staff reads it.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) day: String,
    pub(super) posted: String,
    pub(super) what: &'static str,
    pub(super) detail: String,
    pub(super) reference: String,
    pub(super) reason: String,
    pub(super) points: String,
    pub(super) is_gain: bool,
    pub(super) balance: String,
    pub(super) owed: Option<String>,
    /// Whether it is an adjustment the reader may ask to be reversed.
    pub(super) can_reverse: bool,
}

impl Line {
    pub(super) fn of(frame: &Frame, posting: &Posting) -> Self {
        let net = posting.net_points();
        let sign = match net {
            1.. => "+",
            0 => "",
            ..0 => "−",
        };
        let is_adjustment = posting.kind == PostingKind::Adjust && posting.corrects.is_none();
        Self {
            id: posting.cause.id.to_string(),
            day: posting.cause.business_date.to_string(),
            posted: frame.minute(&posting.cause.posted_at),
            what: what(posting, frame.locale),
            detail: detail(posting, frame.locale),
            reference: posting.cause.reference.clone(),
            reason: posting.reason.as_ref().map(ToString::to_string).unwrap_or_default(),
            points: format!("{sign}{}", frame.number(net.abs())),
            is_gain: net > 0,
            balance: frame.points(&posting.balance_after),
            owed: (!posting.owed_after.is_zero()).then(|| frame.points(&posting.owed_after)),
            can_reverse: is_adjustment && frame.may(&[StaffRole::Finance]),
        }
    }
}
