//! What is done to the ledger: a list drawn from a seed before anything runs, so that no outcome can change it.

use kernel::Timestamp;
use ledger::Rounding;

pub(super) const HOUSES: usize = 3;
/// Nobody in particular, the owner, another adult.
pub(super) const MEMBERS: usize = 3;
pub(super) const CATEGORIES: [&str; 3] = ["蔬菜", "水果", "烟酒"];

/// What the operator of one run decided.
#[derive(Debug, Clone)]
pub(super) struct Setup {
    pub(super) pending_days: u16,
    pub(super) matures_at_once: bool,
    pub(super) life: Life,
    pub(super) grace_days: u16,
    pub(super) refund_policy: &'static str,
    /// Points per yuan, and how much more than that each category earns; both in basis points.
    pub(super) rules: Vec<(i64, [i64; 3])>,
    pub(super) rounding: Rounding,
    /// Whether a sale to which the first rule gave something gets nothing of the second.
    pub(super) first_is_exclusive: bool,
    /// The most points the second rule gives a household on one day, if there is such a bound.
    pub(super) second_gives_a_day: Option<i64>,
    /// Price, stock, most per household.
    pub(super) perks: Vec<(i64, usize, usize)>,
}

/// How long points last.
#[derive(Debug, Clone, Copy)]
pub(super) enum Life {
    Days(u16),
    EndOfMonth(u16),
    EndOfYear,
    Never,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sale {
    pub(super) order: String,
    pub(super) house: usize,
    pub(super) member: usize,
    pub(super) ordered_at: Timestamp,
    pub(super) picked_up_at: Option<Timestamp>,
    /// Category and fen.
    pub(super) lines: Vec<(usize, i64)>,
    pub(super) cash: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    Paid(Sale),
    PickedUp { order: String, at: Timestamp },
    Refunded { order: String, refund: String, at: Timestamp, amount: i64, lines: Vec<(u32, i64)> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// News about an order of a household.
    Tell {
        event: String,
        house: usize,
        news: News,
    },
    Import(Vec<Sale>),
    Redeem {
        house: usize,
        member: usize,
        perk: usize,
        key: String,
    },
    Cancel {
        house: usize,
        member: usize,
        key: String,
    },
    Hold {
        house: usize,
        owner: String,
        points: i64,
        ends_at: Timestamp,
    },
    Capture {
        house: usize,
        owner: String,
    },
    Release {
        house: usize,
        owner: String,
    },
    EndHolds,
    Forgive {
        house: usize,
        points: i64,
        key: String,
    },
    /// Below zero: taken.
    Adjust {
        house: usize,
        points: i64,
        key: String,
    },
    /// One member's points, or everybody's and the debt.
    Move {
        from: usize,
        to: usize,
        member: Option<usize>,
        key: String,
    },
    Undo {
        from: usize,
        key: String,
    },
    Lapse,
    Drain,
    Verify,
    Revise {
        rate: i64,
    },
    Clock {
        to: Timestamp,
    },
    /// All at once; what comes out must be what some order of them gives.
    Together(Vec<Command>),
}

impl Command {
    /// Whose points it should touch.
    pub(super) fn houses(&self) -> Vec<usize> {
        match self {
            Self::Tell { house, .. }
            | Self::Redeem { house, .. }
            | Self::Cancel { house, .. }
            | Self::Hold { house, .. }
            | Self::Capture { house, .. }
            | Self::Release { house, .. }
            | Self::Forgive { house, .. }
            | Self::Adjust { house, .. } => vec![*house],
            Self::Move { from, to, .. } => vec![*from, *to],
            Self::Import(sales) => sales.iter().map(|sale| sale.house).collect(),
            Self::Together(commands) => commands.iter().flat_map(Self::houses).collect(),
            Self::Drain | Self::Revise { .. } => Vec::new(),
            Self::Undo { .. } | Self::EndHolds | Self::Lapse | Self::Verify | Self::Clock { .. } => {
                (0..HOUSES).collect()
            }
        }
    }

    /// Whether it commits more than once, so that a crash may leave the first half of it.
    pub(super) fn has_parts(&self) -> bool {
        matches!(self, Self::EndHolds | Self::Drain)
    }
}

/// How the process dies while it does a command. Whoever asked for the command then asks again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    No,
    /// After so many statements of the command, if it has as many: exactly between two statements.
    AfterStatement(u32),
    /// After so many polls: while a statement or the commit is under way, known to nobody.
    AtPoll(u32),
}

#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) command: Command,
    pub(super) crash: Crash,
}
