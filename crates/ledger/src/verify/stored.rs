use db::HouseholdRange;
use kernel::{BusinessDate, Id, kinds};

use super::Difference;
use crate::{ChainHash, LotKey, Posting, PostingKind, Transfer};

/// All that is stored about the households of a range.
#[derive(Debug)]
pub struct BooksPage {
    pub(crate) range: HouseholdRange,
    pub(crate) books: Vec<StoredBook>,
    /// Rows that name no household that can be read.
    pub(crate) unplaced: Vec<Difference>,
}

impl BooksPage {
    /// Which households.
    #[must_use]
    pub fn range(&self) -> HouseholdRange {
        self.range
    }

    /// Those of its households that have a wallet, in order.
    pub fn households_with_wallet(&self) -> impl Iterator<Item = Id<kinds::Household>> {
        self.books.iter().filter(|book| book.wallet.is_some()).map(|book| book.household)
    }
}

/// A redemption as its posting says it, for those who know what it bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedRedemption {
    /// Whose wallet.
    pub household: Id<kinds::Household>,
    /// The posting.
    pub posting: Id<kinds::Posting>,
    /// What it bought, in the buyer's word.
    pub reference: String,
    /// The price in points, as stored.
    pub points: i64,
    /// How many of them were given back.
    pub restored: i64,
}

/// All that is stored about one household.
#[derive(Debug)]
pub(crate) struct StoredBook {
    pub(crate) household: Id<kinds::Household>,
    pub(crate) wallet: Option<StoredWallet>,
    pub(crate) lots: Vec<StoredLot>,
    /// Lots that are there and cannot be read.
    pub(crate) unreadable_lots: Vec<Id<kinds::Lot>>,
    /// By number.
    pub(crate) postings: Vec<StoredPosting>,
    /// Postings that transfers name and that are not there.
    pub(crate) missing_postings: Vec<Id<kinds::Posting>>,
    pub(crate) holds: Vec<StoredHold>,
    /// Holds that held lots name and that are not there.
    pub(crate) missing_holds: Vec<Id<kinds::Hold>>,
    /// What seals say of the wallet.
    pub(crate) heads: Vec<StoredHead>,
    /// Rows that cannot be read: which, and why.
    pub(crate) unreadable: Vec<(String, String)>,
}

impl StoredBook {
    pub(crate) fn new(household: Id<kinds::Household>) -> Self {
        Self {
            household,
            wallet: None,
            lots: Vec::new(),
            unreadable_lots: Vec::new(),
            postings: Vec::new(),
            missing_postings: Vec::new(),
            holds: Vec::new(),
            missing_holds: Vec::new(),
            heads: Vec::new(),
            unreadable: Vec::new(),
        }
    }
}

/// One wallet as its row says it.
#[derive(Debug)]
pub(crate) struct StoredWallet {
    pub(crate) balance: i64,
    pub(crate) owed: i64,
    pub(crate) last_no: i64,
    pub(crate) head: Option<Vec<u8>>,
    pub(crate) sealed_no: i64,
    pub(crate) next_lapse_on: Option<BusinessDate>,
}

/// One lot as its row says it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredLot {
    pub(crate) id: Id<kinds::Lot>,
    pub(crate) key: LotKey,
    pub(crate) remaining: i64,
    pub(crate) held: i64,
}

/// One posting as its row says it, whether or not all of the row makes sense.
#[derive(Debug)]
pub(crate) struct StoredPosting {
    pub(crate) id: Id<kinds::Posting>,
    pub(crate) no: i64,
    pub(crate) points: i64,
    pub(crate) balance_after: i64,
    pub(crate) owed_after: i64,
    pub(crate) hash: Option<Vec<u8>>,
    /// All of it, or what of it cannot be read.
    pub(crate) whole: Result<Posting, String>,
    /// When it cannot be read whole: the transfers that can.
    pub(crate) readable: Vec<Transfer>,
}

impl StoredPosting {
    pub(super) fn transfers(&self) -> &[Transfer] {
        match &self.whole {
            Ok(posting) => &posting.transfers,
            Err(_) => &self.readable,
        }
    }

    /// The posting, when it can be read and is of a kind.
    pub(super) fn of_kind(&self, kind: PostingKind) -> Option<&Posting> {
        self.whole.as_ref().ok().filter(|posting| posting.kind == kind)
    }

    pub(super) fn business_date(&self) -> Option<BusinessDate> {
        self.whole.as_ref().ok().map(|posting| posting.cause.business_date)
    }
}

/// One hold as its row says it.
#[derive(Debug)]
pub(crate) struct StoredHold {
    pub(crate) id: Id<kinds::Hold>,
    pub(crate) points: i64,
    pub(crate) ends_at: i64,
    pub(crate) state: String,
    pub(crate) ended_at: Option<i64>,
    /// The points of each lot, wide when falsified.
    pub(crate) lots: Vec<StoredHeldLot>,
}

/// One held lot as its row says it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredHeldLot {
    pub(crate) lot: Id<kinds::Lot>,
    pub(crate) points: i64,
}

/// What a seal says of a wallet.
#[derive(Debug, Clone)]
pub(crate) struct StoredHead {
    pub(crate) seal_no: i64,
    pub(crate) last_no: i64,
    pub(crate) head: Vec<u8>,
}

/// A stored hash of the chain, when it has the length of one.
pub(super) fn chain_hash(stored: &[u8]) -> Option<ChainHash> {
    stored.try_into().ok().map(ChainHash::from_bytes)
}
