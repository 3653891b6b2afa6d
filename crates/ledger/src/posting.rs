use kernel::{Actor, BusinessDate, Id, Label, Money, Points, Timestamp, kinds};

use crate::ChainHash;

/// What kind of cause moved points. With the reference unique per household: one cause, one posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PostingKind {
    /// An order was paid. Reference: the order's id.
    Earn,
    /// The order was picked up, so its pending points got their first day. Reference: the order's id.
    Schedule,
    /// A perk was redeemed, held points were spent, or an order was paid with points. Reference: the grant's id, the hold's, or the
    /// order's, which the hold's follows where the order's points were held before.
    Redeem,
    /// An order was refunded. Reference: order and refund.
    Clawback,
    /// A lot's last day ended. Reference: the lot and this posting.
    Lapse,
    /// A redemption was taken back, so its points returned with their age. Reference: the grant's id, and which time; or the order's
    /// id, and the refund.
    Restore,
    /// The program waived what the household owed. Reference: the deciding act's key.
    Forgive,
    /// The program gave or took points by decision, not by rule. Reference: the deciding act's key.
    Adjust,
    /// Lots left for another household. Reference: the move's key, the same on both sides.
    MoveOut,
    /// Lots came from another household. Reference: the move's key, the same on both sides.
    MoveIn,
}

impl PostingKind {
    /// All of them, in no meaningful order.
    pub const ALL: [Self; 10] = [
        Self::Earn,
        Self::Schedule,
        Self::Redeem,
        Self::Clawback,
        Self::Lapse,
        Self::Restore,
        Self::Forgive,
        Self::Adjust,
        Self::MoveOut,
        Self::MoveIn,
    ];

    /// As stored and as published in events.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Earn => "earn",
            Self::Schedule => "schedule",
            Self::Redeem => "redeem",
            Self::Clawback => "clawback",
            Self::Lapse => "lapse",
            Self::Restore => "restore",
            Self::Forgive => "forgive",
            Self::Adjust => "adjust",
            Self::MoveOut => "move_out",
            Self::MoveIn => "move_in",
        }
    }

    /// Reads the stored code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// Where points are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Account {
    /// In a lot of the posting's wallet.
    Lot(Id<kinds::Lot>),
    /// What the household owes the program: runs negative while there is debt.
    Owed,
    /// Program: where earned points come from and clawed-back ones return.
    Issued,
    /// Program: what members spent.
    Redeemed,
    /// Program: what nobody spent in time (breakage).
    Lapsed,
    /// Program: what was given and taken by decision.
    Adjusted,
    /// Program: debts that were waived.
    Forgiven,
    /// Program: points on their way from one household to another. Over all households it is always zero.
    Moved,
}

impl Account {
    /// As stored; for a lot, its id comes beside.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Lot(_) => "lot",
            Self::Owed => "owed",
            Self::Issued => "issued",
            Self::Redeemed => "redeemed",
            Self::Lapsed => "lapsed",
            Self::Adjusted => "adjusted",
            Self::Forgiven => "forgiven",
            Self::Moved => "moved",
        }
    }

    /// Reads the stored code and lot.
    #[must_use]
    pub fn from_code(code: &str, lot: Option<Id<kinds::Lot>>) -> Option<Self> {
        match (code, lot) {
            ("lot", Some(lot)) => Some(Self::Lot(lot)),
            ("owed", None) => Some(Self::Owed),
            ("issued", None) => Some(Self::Issued),
            ("redeemed", None) => Some(Self::Redeemed),
            ("lapsed", None) => Some(Self::Lapsed),
            ("adjusted", None) => Some(Self::Adjusted),
            ("forgiven", None) => Some(Self::Forgiven),
            ("moved", None) => Some(Self::Moved),
            _ => None,
        }
    }

    /// The lot, when it is one.
    #[must_use]
    pub const fn lot(self) -> Option<Id<kinds::Lot>> {
        match self {
            Self::Lot(lot) => Some(lot),
            Self::Owed
            | Self::Issued
            | Self::Redeemed
            | Self::Lapsed
            | Self::Adjusted
            | Self::Forgiven
            | Self::Moved => None,
        }
    }
}

/// Points moving from one account to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transfer {
    /// Loses the points.
    pub from: Account,
    /// Gets the points.
    pub to: Account,
    /// How many; never zero.
    pub points: Points,
}

/// Points of one order line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinePoints {
    /// The line's number within its order, from 1.
    pub line_no: u32,
    /// What the line earned, or what is clawed back for it.
    pub points: Points,
}

/// By which rule and from which basis points were earned: refunds claw back from this, never from today's rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarnSnapshot {
    /// The rule.
    pub rule: Id<kinds::EarnRule>,
    /// Its version.
    pub rule_version: u32,
    /// The money that earned.
    pub basis: Money,
    /// What each line earned; sums to the posting.
    pub lines: Vec<LinePoints>,
}

/// Who and what moves points, at which instant, on which business day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The id the posting will have.
    pub id: Id<kinds::Posting>,
    /// The cause in its own domain's words, unique per kind and household.
    pub reference: String,
    /// Who acted.
    pub actor: Actor,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// The day it belongs to in the operator's zone.
    pub business_date: BusinessDate,
}

/// One cause and the transfers it made. Never changed afterwards: a mistake is corrected by posting the reverse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Whose wallet.
    pub household: Id<kinds::Household>,
    /// What kind of cause.
    pub kind: PostingKind,
    /// Its number within the wallet, from 1 without gaps: the order in which the wallet changed, whatever the clocks said.
    pub no: i64,
    /// Who, what, when.
    pub cause: Cause,
    /// How many points it is about: what moved, never what was wished.
    pub points: Points,
    /// The wallet's balance after it: all lots, pending ones included.
    pub balance_after: Points,
    /// What the household owes after it.
    pub owed_after: Points,
    /// The earn a schedule or clawback belongs to, or the redemption a restore takes back.
    pub corrects: Option<Id<kinds::Posting>>,
    /// The other household of a move; or whose the corrected earn is, when its lots have moved here since.
    pub counterpart: Option<Id<kinds::Household>>,
    /// Why, in the words of whoever decided; for forgiving and adjusting.
    pub reason: Option<Label>,
    /// For an earn: by which rule and basis.
    pub earn: Option<EarnSnapshot>,
    /// For a clawback: what was taken back per line.
    pub clawed_lines: Vec<LinePoints>,
    /// The moves, in the order they were made.
    pub transfers: Vec<Transfer>,
    /// Chains it to the wallet's posting before it. None: posted before there was a chain.
    pub hash: Option<ChainHash>,
}

impl Posting {
    /// What each line earned, or lost again.
    #[must_use]
    pub fn lines(&self) -> &[LinePoints] {
        match &self.earn {
            Some(earn) => &earn.lines,
            None => &self.clawed_lines,
        }
    }

    /// The lots it drew from and how many points of each, in the order it did; several draws from one lot are one.
    #[must_use]
    pub fn drawn(&self) -> Vec<(Id<kinds::Lot>, Points)> {
        let mut drawn: Vec<(Id<kinds::Lot>, Points)> = Vec::new();
        for transfer in &self.transfers {
            let Some(lot) = transfer.from.lot() else { continue };
            match drawn.iter_mut().find(|(known, _)| *known == lot) {
                Some((_, points)) => *points = points.plus(transfer.points).expect("no more than a wallet may hold"),
                None => drawn.push((lot, transfer.points)),
            }
        }
        drawn
    }

    /// How many points richer the household is by it; negative for what it lost. Debt counts as less than nothing.
    #[must_use]
    pub fn net_points(&self) -> i64 {
        let is_own = |account: Account| matches!(account, Account::Lot(_) | Account::Owed);
        let signed = self.transfers.iter().map(|transfer| {
            let points = transfer.points.get();
            i64::from(is_own(transfer.to)) * points - i64::from(is_own(transfer.from)) * points
        });
        signed.sum()
    }
}
