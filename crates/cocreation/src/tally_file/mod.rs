//! Ballots and answers in a file, counted without a database. `docs/TALLY.md` describes the format.
//!
//! The types here are read from and written to JSON: like events, they leave. They know the rules of [`crate::tally`], not the other way
//! round.

mod canonical;
mod count;
mod publication;
mod read;
mod said;
mod show;

use serde::{Deserialize, Serialize};

pub use canonical::{canonical, sha256_of};
pub use count::count;
pub use publication::{
    ChainHead, FORMAT as PUBLICATION_FORMAT, MIN_PUBLISHED, Publication, PublicationProblem, ballots_sha256,
    chain_link, chain_start, closing_entry, sorted_ballots, verify,
};
pub use read::check_ballot;
pub use said::{Ballot, BestWorst, Group, Numbers, Prices, Said};

/// What the field `format` says of a file of ballots.
pub const FORMAT: &str = "hearth-tally/1";

/// The most bytes of a file that is read.
pub const MAX_FILE_BYTES: u64 = 256 * 1024 * 1024;

/// The most entries of `ballots`.
pub const MAX_BALLOTS: usize = 2_000_000;

/// The highest price in fen, a million yuan.
pub const MAX_PRICE: u64 = 100_000_000;

/// The longest id of an option, in bytes.
pub const MAX_ID_BYTES: usize = 64;

/// How ballots or answers are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// One option each; the most named win.
    SingleChoice,
    /// Any number of options each; the most named win.
    Approval,
    /// A ranking each, by Schulze; an instant runoff is shown beside it.
    Schulze,
    /// A ranking each, by instant runoff.
    InstantRunoff,
    /// A score from 0 to 5 for each option, decided by STAR.
    Star,
    /// Approvals for several seats, one by one.
    SequentialPav,
    /// Approvals for several seats, all at once.
    ExactPav,
    /// Rankings for several seats, by Meek.
    MeekStv,
    /// Rankings for several seats, by the Scottish rules.
    ScottishStv,
    /// A hundred credits each, n votes for n².
    Quadratic,
    /// Two options shown, one preferred.
    BradleyTerry,
    /// A few options shown, one best and one worst.
    MaxDiff,
    /// Four prices each.
    VanWestendorp,
    /// Yes or no to a ladder of prices.
    GaborGranger,
}

/// What is compared how: all of a count but its ballots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// How it is counted.
    pub method: Method,
    /// The options' ids; none for prices.
    #[serde(default)]
    pub options: Vec<String>,
    /// How many are elected.
    #[serde(default = "one")]
    pub seats: usize,
    /// The committed seed that breaks ties.
    #[serde(default)]
    pub seed: String,
    /// What a ranking says of the options it leaves out.
    #[serde(default)]
    pub unlisted: UnlistedRule,
    /// Whether a ranking may hold equals.
    #[serde(default)]
    pub equal_ranks: EqualRanksRule,
    /// How strong a defeat is, for Schulze.
    #[serde(default)]
    pub defeat_strength: DefeatStrengthRule,
    /// How many ballots, blank ones among them, make the result valid.
    #[serde(default)]
    pub quorum: u64,
    /// The prices asked, in fen, rising; only for Gabor and Granger's ladder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<u64>,
}

const fn one() -> usize {
    1
}

/// What a ranking says of the options it leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnlistedRule {
    /// They are below all it lists.
    #[default]
    Last,
    /// Nothing.
    NoOpinion,
}

/// Whether a ranking may hold equals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EqualRanksRule {
    /// It may.
    #[default]
    Allowed,
    /// Such a ballot is refused.
    Refused,
}

/// How strong a defeat is, for Schulze.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefeatStrengthRule {
    /// By those for the winner.
    #[default]
    WinningVotes,
    /// By those for the winner less those for the loser.
    Margins,
}

/// A file of ballots.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TallyFile {
    /// [`FORMAT`].
    pub format: String,
    /// What is compared how.
    pub definition: Definition,
    /// Who gave what.
    pub ballots: Vec<Ballot>,
}

/// Why a file cannot be counted. Each begins with a code that programs can rely on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TallyRefusal {
    /// It is no JSON of this form.
    #[error("NOT_A_TALLY: {0}")]
    NotATally(String),
    /// Another format, or a later one.
    #[error("UNKNOWN_FORMAT: the format is {0:?}, this program reads {FORMAT:?}")]
    UnknownFormat(String),
    /// No options, too many, or two of one name.
    #[error("BAD_OPTIONS: {0}")]
    BadOptions(String),
    /// Seats that the method or the options do not allow.
    #[error("BAD_SEATS: {0} seats cannot be filled by this method and these options")]
    BadSeats(usize),
    /// Prices that do not rise or are out of range.
    #[error("BAD_PRICES: prices are 1 to {MAX_PRICE} fen, rising, and at most 30")]
    BadPrices,
    /// More ballots than can be counted.
    #[error("TOO_MANY_BALLOTS: a file has at most {MAX_BALLOTS}")]
    TooManyBallots,
    /// A ballot that is none; its number begins at 1.
    #[error("{}: ballot {number}: {problem}", .problem.code())]
    Ballot {
        /// Which one.
        number: usize,
        /// What is wrong.
        problem: BallotProblem,
    },
    /// Too few price answers make sense.
    #[error("TOO_FEW_VALID: {valid} of {answers} answers are valid; at least 30 and 60 percent must be")]
    TooFewValid {
        /// How many do.
        valid: usize,
        /// Of how many.
        answers: usize,
    },
    /// The exact rule would take too long.
    #[error("TOO_MANY_COMMITTEES: {committees} committees times {ballots} different ballots; use sequential_pav")]
    TooManyCommittees {
        /// How many committees.
        committees: u128,
        /// How many different ballots.
        ballots: usize,
    },
}

/// What is wrong with a ballot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BallotProblem {
    /// It says something this method does not ask.
    #[error("it does not say what the method asks")]
    WrongKind,
    /// An option that does not exist.
    #[error("there is no option {0:?}")]
    Unknown(String),
    /// An option twice. Refused, never repaired: which place was meant?
    #[error("the option {0:?} is named twice")]
    Duplicate(String),
    /// It names nobody; an empty ballot says `blank`.
    #[error("it names nobody")]
    Empty,
    /// Equals, where none are allowed.
    #[error("options are ranked equally")]
    EqualRanks,
    /// A score above 5.
    #[error("a score is 0 to 5")]
    BadScore,
    /// Votes that cost more than the credits.
    #[error("its votes cost more than 100 credits")]
    OverBudget,
    /// Best and worst are one, or were not shown.
    #[error("best and worst are two of those shown")]
    BadChoice,
    /// A price that nobody means.
    #[error("a price is 1 to {MAX_PRICE} fen")]
    OutOfRange,
    /// An intent that is not 1 to 5, or only one of the two.
    #[error("intents are both given, from 1 to 5")]
    BadIntent,
    /// As many answers as there are prices.
    #[error("there is one answer for each price")]
    BadLength,
    /// Nobody gave it.
    #[error("a ballot has a count above 0")]
    BadCount,
}

impl BallotProblem {
    /// The code a program can rely on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::WrongKind => "WRONG_KIND",
            Self::Unknown(_) => "UNKNOWN",
            Self::Duplicate(_) => "DUPLICATE",
            Self::Empty => "EMPTY",
            Self::EqualRanks => "EQUAL_RANKS",
            Self::BadScore => "BAD_SCORE",
            Self::OverBudget => "OVER_BUDGET",
            Self::BadChoice => "BAD_CHOICE",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::BadIntent => "BAD_INTENT",
            Self::BadLength => "BAD_LENGTH",
            Self::BadCount => "BAD_COUNT",
        }
    }
}

impl TallyFile {
    /// Reads a file's text.
    ///
    /// # Errors
    /// [`TallyRefusal`] when it is no such file; its ballots are checked when they are counted.
    pub fn parse(text: &str) -> Result<Self, TallyRefusal> {
        let file: Self = serde_json::from_str(text).map_err(|error| TallyRefusal::NotATally(error.to_string()))?;
        if file.format != FORMAT {
            return Err(TallyRefusal::UnknownFormat(file.format));
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests;
