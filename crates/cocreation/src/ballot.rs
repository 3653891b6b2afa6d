use std::{collections::HashMap, fmt};

use kernel::{Id, Timestamp, kinds};

use crate::{
    BallotKey, PanelPlace, Pseudonym, Study, StudyState,
    tally_file::{BallotProblem, Said, canonical, chain_link, check_ballot, closing_entry},
};

/// The digits of an entry that a household keeps.
pub const RECEIPT_DIGITS: usize = 20;

/// The chain of a study's entries: the row that every batch of ballots locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Of which study.
    pub study: Id<kinds::Study>,
    /// How many entries there are.
    pub entries: u64,
    /// The last link.
    pub head: String,
    /// How many households voted.
    pub turnout: u64,
    /// When it was sealed with the ballots' hash.
    pub closed_at: Option<Timestamp>,
}

/// What a household holds: that its ballot was accepted, and what the chain was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BallotReceipt {
    /// Whose ballot.
    pub household: Id<kinds::Household>,
    /// In which study.
    pub study: Id<kinds::Study>,
    /// Which entry of the chain it is.
    pub entry_no: u64,
    /// Who cast it.
    pub person: Id<kinds::Person>,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// The first digits of the entry.
    pub receipt: String,
    /// The chain's link after it.
    pub head: String,
}

/// Why a ballot is not taken. Nothing moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CastRefusal {
    /// No ballot is taken yet.
    #[error("the study is not open yet")]
    NotOpen,
    /// No ballot is taken any more.
    #[error("the study is closed")]
    Closed,
    /// The household is not in the panel; why, or `None` when it did not exist at the opening.
    #[error("the household is not in the panel")]
    NotInPanel(Option<PanelPlace>),
    /// It does not say what is asked.
    #[error(transparent)]
    BadBallot(#[from] BallotProblem),
}

/// A ballot that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cast {
    /// It is a new entry.
    New(BallotReceipt),
    /// It says what the household's ballot says already: the receipt of then.
    Same(BallotReceipt),
}

/// What decisions on one study's ballots look at, all of it locked.
#[derive(Clone)]
pub struct Book {
    study: Study,
    chain: Option<Chain>,
    places: HashMap<Id<kinds::Household>, PanelPlace>,
    choices: HashMap<Pseudonym, String>,
    receipts: HashMap<Id<kinds::Household>, BallotReceipt>,
    written: Written,
}

impl fmt::Debug for Book {
    /// Never what a ballot says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").field("study", &self.study.id).finish_non_exhaustive()
    }
}

/// What a batch writes of one study.
#[derive(Clone, Default)]
pub struct Written {
    /// Entries, with their numbers.
    pub entries: Vec<(u64, String)>,
    /// Choices as they stand after the batch, by pseudonym.
    pub choices: HashMap<Pseudonym, String>,
    /// A receipt for each entry.
    pub receipts: Vec<BallotReceipt>,
}

impl fmt::Debug for Written {
    /// Never what a ballot says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}

impl Book {
    /// Opens a book on what was loaded for some households.
    #[must_use]
    pub fn new(
        study: Study,
        chain: Option<Chain>,
        places: HashMap<Id<kinds::Household>, PanelPlace>,
        choices: HashMap<Pseudonym, String>,
        receipts: HashMap<Id<kinds::Household>, BallotReceipt>,
    ) -> Self {
        Self { study, chain, places, choices, receipts, written: Written::default() }
    }

    /// Which study.
    #[must_use]
    pub fn study(&self) -> &Study {
        &self.study
    }

    /// The chain as it stands after the batch so far.
    #[must_use]
    pub fn chain(&self) -> Option<&Chain> {
        self.chain.as_ref()
    }

    /// What the batch writes.
    #[must_use]
    pub fn written(&self) -> &Written {
        &self.written
    }

    /// Takes a ballot of a household, or says why not. A ballot that says what stands already changes nothing.
    ///
    /// # Errors
    /// [`CastRefusal`].
    pub fn cast(
        &mut self,
        key: &BallotKey,
        household: Id<kinds::Household>,
        person: Id<kinds::Person>,
        said: &Said,
        now: Timestamp,
    ) -> Result<Cast, CastRefusal> {
        match self.study.state(self.chain.as_ref(), now) {
            StudyState::Draft => return Err(CastRefusal::NotOpen),
            StudyState::Closed | StudyState::Published | StudyState::Launched | StudyState::Dropped => {
                return Err(CastRefusal::Closed);
            }
            StudyState::Open => {}
        }
        let chain = self.chain.as_mut().ok_or(CastRefusal::NotOpen)?;
        match self.places.get(&household) {
            Some(PanelPlace::In) => {}
            place => return Err(CastRefusal::NotInPanel(place.copied())),
        }
        check_ballot(&self.study.asked.definition, said)?;
        let said = said.in_order_of(&self.study.asked.definition.options);
        let text = canonical(&serde_json::to_value(said).expect("a ballot is JSON"));
        let pseudonym = key.pseudonym(self.study.id, household);
        let stands = self.choices.get(&pseudonym).is_some_and(|stands| *stands == text);
        if let Some(receipt) = self.receipts.get(&household).filter(|_| stands) {
            return Ok(Cast::Same(receipt.clone()));
        }

        chain.turnout += u64::from(!self.choices.contains_key(&pseudonym));
        let entry = key.entry(self.study.id, &pseudonym, chain.entries + 1, &text);
        chain.append(&entry);
        let receipt = BallotReceipt {
            household,
            study: self.study.id,
            entry_no: chain.entries,
            person,
            accepted_at: now,
            receipt: entry[..RECEIPT_DIGITS].to_owned(),
            head: chain.head.clone(),
        };
        self.written.entries.push((chain.entries, entry));
        self.written.choices.insert(pseudonym.clone(), text.clone());
        self.written.receipts.push(receipt.clone());
        self.choices.insert(pseudonym, text);
        self.receipts.insert(household, receipt.clone());
        Ok(Cast::New(receipt))
    }
}

impl Chain {
    /// Adds an entry.
    pub fn append(&mut self, entry: &str) {
        self.entries += 1;
        self.head = chain_link(&self.head, entry);
    }

    /// Seals the chain with the hash of the ballots that are counted; the entry that does it.
    pub fn close(&mut self, ballots_sha256: &str, now: Timestamp) -> String {
        let entry = closing_entry(ballots_sha256);
        self.append(&entry);
        self.closed_at = Some(now);
        entry
    }
}
