//! Studies recomputed from what they were made of: for `hearth verify`.

use std::collections::{BTreeMap, BTreeSet};

use kernel::{Id, kinds};
use sha2::{Digest, Sha256};

use crate::{
    BallotKey, RECEIPT_DIGITS,
    tally_file::{Ballot, ballots_sha256, chain_link, chain_start, closing_entry},
};

/// An opened study as it is stored, whether or not it makes sense.
#[derive(Clone)]
pub struct StoredStudy {
    /// Which.
    pub id: Id<kinds::Study>,
    /// What was frozen, as JSON.
    pub frozen: String,
    /// The hash of who may vote.
    pub panel_sha256: String,
    /// How many may.
    pub panel_size: i64,
    /// Entries, head, turnout, and whether the chain is sealed.
    pub chain: Option<(i64, String, i64, bool)>,
    /// The entries with their numbers, by number.
    pub entries: Vec<(i64, String)>,
    /// What was said, by pseudonym.
    pub choices: BTreeMap<String, String>,
    /// Who may vote.
    pub panel: BTreeSet<Id<kinds::Household>>,
    /// Whose entries, with number, digits and link, by number.
    pub receipts: Vec<(Id<kinds::Household>, i64, String, String)>,
}

/// What differs in a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StudyFinding {
    /// A figure.
    Figure {
        /// Which, in words.
        what: &'static str,
        /// What is stored.
        stored: i128,
        /// What the rows it sums up say.
        recomputed: i128,
    },
    /// Something that cannot be, in words.
    Impossible(String),
}

impl std::fmt::Debug for StoredStudy {
    /// Never what a ballot says.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredStudy").field("id", &self.id).finish_non_exhaustive()
    }
}

impl StoredStudy {
    /// Recomputes the panel's hash, the chain, the turnout, every receipt, and what each household's last entry commits to.
    #[must_use]
    pub fn check(&self, key: &BallotKey) -> Vec<StudyFinding> {
        let Some((entries, head, turnout, is_sealed)) = &self.chain else {
            return vec![impossible("it is open and has no chain")];
        };
        let mut found = Vec::new();
        let ids: Vec<String> = self.panel.iter().map(Id::to_string).collect();
        let panel_sha256: String = Sha256::digest(ids.join("\n")).iter().map(|byte| format!("{byte:02x}")).collect();
        if panel_sha256 != self.panel_sha256 {
            found.push(impossible("its panel is not the one that was hashed at the opening"));
        }
        figure(&mut found, "the size of its panel", self.panel_size, self.panel.len());
        let links = self.links();
        if links.last().is_some_and(|link| link != head) {
            found.push(impossible("its head is not where its entries lead to"));
        }
        figure(&mut found, "the number of its entries", *entries, self.entries.len());
        figure(&mut found, "its turnout", *turnout, self.choices.len());
        found.extend(self.check_seal(*is_sealed));
        let ballots = i64::try_from(self.entries.len()).unwrap_or(i64::MAX) - i64::from(*is_sealed);
        figure(&mut found, "the number of its ballots' entries", ballots, self.receipts.len());
        found.extend(self.check_receipts(&links));
        found.extend(self.check_choices(key));
        found
    }

    /// The link before the first entry, and after each.
    fn links(&self) -> Vec<String> {
        let frozen = serde_json::from_str(&self.frozen).unwrap_or_default();
        let mut links = vec![chain_start(&self.id.to_string(), &frozen, &self.panel_sha256)];
        for (_, entry) in &self.entries {
            links.push(chain_link(&links[links.len() - 1], entry));
        }
        links
    }

    fn check_seal(&self, is_sealed: bool) -> Option<StudyFinding> {
        let ballots: Option<Vec<Ballot>> = self.choices.values().map(|said| serde_json::from_str(said).ok()).collect();
        let Some(ballots) = ballots else { return Some(impossible("a ballot of it cannot be read")) };
        let is_last = self.entries.last().is_some_and(|(_, last)| *last == closing_entry(&ballots_sha256(&ballots)));
        (is_sealed && !is_last).then(|| impossible("its ballots are not those its chain was sealed with"))
    }

    fn check_receipts(&self, links: &[String]) -> Vec<StudyFinding> {
        let is_right = |number: i64, receipt: &str, head: &str| {
            let place = usize::try_from(number).ok().filter(|place| (1..=self.entries.len()).contains(place))?;
            let entry = &self.entries[place - 1].1;
            Some(receipt.len() == RECEIPT_DIGITS && entry.starts_with(receipt) && links[place] == head)
        };
        let wrong =
            self.receipts.iter().filter(|(_, number, receipt, head)| is_right(*number, receipt, head) != Some(true));
        wrong
            .map(|(_, number, _, _)| impossible(&format!("the receipt of entry {number} is not the chain's")))
            .collect()
    }

    /// What a household says is what its last entry commits to.
    fn check_choices(&self, key: &BallotKey) -> Vec<StudyFinding> {
        let mut last = BTreeMap::new();
        for (household, number, receipt, _) in &self.receipts {
            last.insert(*household, (*number, receipt));
        }
        let mut found = Vec::new();
        let mut unowned: BTreeSet<&String> = self.choices.keys().collect();
        for (household, (number, receipt)) in last {
            let pseudonym = key.pseudonym(self.id, household);
            unowned.remove(&pseudonym.as_str().to_owned());
            let said = self.choices.get(pseudonym.as_str());
            let entry_no = u64::try_from(number).unwrap_or_default();
            let entry = said.map(|said| key.entry(self.id, &pseudonym, entry_no, said));
            if !entry.is_some_and(|entry| entry.starts_with(receipt.as_str())) {
                found.push(impossible(&format!("what was said is not what entry {number} commits to")));
            }
        }
        if !unowned.is_empty() {
            found.push(impossible(&format!("{} ballots are nobody's", unowned.len())));
        }
        found
    }
}

fn impossible(why: &str) -> StudyFinding {
    StudyFinding::Impossible(why.to_owned())
}

fn figure(found: &mut Vec<StudyFinding>, what: &'static str, stored: i64, recomputed: usize) {
    let (stored, recomputed) = (i128::from(stored), i128::try_from(recomputed).unwrap_or(i128::MAX));
    if stored != recomputed {
        found.push(StudyFinding::Figure { what, stored, recomputed });
    }
}
