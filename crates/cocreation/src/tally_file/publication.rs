//! What is published of a closed vote, and how anybody checks it without the database.
//!
//! Three things are bound together: what was frozen at the opening (by its hash, which begins the chain), every entry made since (each
//! link is the hash of the link before and the entry), and the ballots that were counted (by their hash, which is the last entry). Whoever
//! keeps a receipt holds the link of that moment, and finds it in the chain.
//!
//! Ballots stand sorted by their text and carry nothing else: no order, time or receipt leads from a household to its choice. So
//! the chain does not prove of a single ballot that it was counted; it proves that no entry and no ballot was changed after it was
//! told. That `entries` are the ballots' own, `hearth verify` checks where the database is.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    Ballot, Definition, TallyRefusal,
    canonical::{canonical, hex, sha256_of},
    count::count,
};

/// What the field `format` says of a publication.
pub const FORMAT: &str = "hearth-publication/1";

/// Fewer ballots are never published: a household could be recognised by its choice.
pub const MIN_PUBLISHED: u64 = 20;

/// A closed vote as it is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// [`FORMAT`].
    pub format: String,
    /// Which study.
    pub study: String,
    /// What was frozen at the opening, whole: texts of the options, dates and rules.
    pub frozen: Value,
    /// The part of it that says how to count.
    pub definition: Definition,
    /// The SHA-256 of who might vote, as of the opening.
    pub panel_sha256: String,
    /// The entries, in order: a SHA-256 each.
    pub entries: Vec<String>,
    /// The last link of the chain.
    pub head: String,
    /// The ballots, sorted by their text.
    pub ballots: Vec<Ballot>,
    /// The result that was announced.
    pub result: Value,
}

/// The link with which a chain begins: of the study's id, what was frozen, and who might vote.
#[must_use]
pub fn chain_start(study: &str, frozen: &Value, panel_sha256: &str) -> String {
    let text = format!("hearth-chain/1\n{study}\n{}\n{panel_sha256}", hex(&Sha256::digest(canonical(frozen))));
    hex(&Sha256::digest(text))
}

/// The link after this entry.
#[must_use]
pub fn chain_link(before: &str, entry: &str) -> String {
    hex(&Sha256::digest(format!("{before}\n{entry}")))
}

/// The last entry of a chain, which binds the ballots that are counted.
#[must_use]
pub fn closing_entry(ballots_sha256: &str) -> String {
    hex(&Sha256::digest(format!("closed\n{ballots_sha256}")))
}

/// The hash of ballots, however they stand.
#[must_use]
pub fn ballots_sha256(ballots: &[Ballot]) -> String {
    let texts = sorted_texts(ballots);
    hex(&Sha256::digest(texts.join("\n")))
}

/// Ballots in the order in which they are published: by their text, which tells nothing of who gave them when.
#[must_use]
pub fn sorted_ballots(mut ballots: Vec<Ballot>) -> Vec<Ballot> {
    ballots.sort_by_cached_key(|ballot| canonical(&serde_json::to_value(ballot).expect("a ballot is JSON")));
    ballots
}

fn sorted_texts(ballots: &[Ballot]) -> Vec<String> {
    let text = |ballot: &Ballot| canonical(&serde_json::to_value(ballot).expect("a ballot is JSON"));
    let mut texts: Vec<String> = ballots.iter().map(text).collect();
    texts.sort_unstable();
    texts
}

/// What a publication was found to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainHead {
    /// The head, recomputed.
    pub head: String,
    /// How many entries lead to it.
    pub entries: usize,
    /// How many ballots were counted.
    pub ballots: u64,
    /// Where in the chain the link or receipt is that was asked for, from 1.
    pub found_at: Option<usize>,
}

/// What is wrong with a publication.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublicationProblem {
    /// It is no JSON of this form.
    #[error("NOT_A_PUBLICATION: {0}")]
    NotAPublication(String),
    /// Another format, or a later one.
    #[error("UNKNOWN_FORMAT: the format is {0:?}, this program reads {FORMAT:?}")]
    UnknownFormat(String),
    /// What was frozen says something else than what was counted by.
    #[error("DEFINITION_DIFFERS: what was frozen at the opening is not what was counted by")]
    DefinitionDiffers,
    /// The entries do not lead to the head.
    #[error("CHAIN_BROKEN: the entries lead to {found}, the publication says {said}")]
    ChainBroken {
        /// What they lead to.
        found: String,
        /// What is said.
        said: String,
    },
    /// The last entry is not that of the ballots.
    #[error("BALLOTS_DIFFER: the ballots are not those the chain was closed with")]
    BallotsDiffer,
    /// More ballots than entries.
    #[error("TOO_MANY_BALLOTS: {ballots} ballots from {entries} entries")]
    TooManyBallots {
        /// How many ballots.
        ballots: u64,
        /// How many entries that could be ballots.
        entries: usize,
    },
    /// Too few ballots to be published.
    #[error("TOO_FEW_BALLOTS: {0} ballots; below {MIN_PUBLISHED} none are published")]
    TooFewBallots(u64),
    /// The ballots stand in an order that may tell something.
    #[error("NOT_SORTED: the ballots are not sorted by their text")]
    NotSorted,
    /// They cannot be counted.
    #[error(transparent)]
    Uncountable(#[from] TallyRefusal),
    /// The count gives another result.
    #[error("RESULT_DIFFERS: the ballots give {found}, the publication says {said}")]
    ResultDiffers {
        /// The SHA-256 of the result of the ballots.
        found: String,
        /// The SHA-256 of the result that is said.
        said: String,
    },
    /// What was asked for is not in the chain.
    #[error("NOT_IN_CHAIN: {0:?} begins no entry and no link of the chain")]
    NotInChain(String),
}

/// Recounts a publication and checks its chain; looks up a link or the beginning of an entry (a receipt) when asked.
///
/// # Errors
/// [`PublicationProblem`]: the first thing that is wrong.
pub fn verify(text: &str, sought: Option<&str>) -> Result<ChainHead, PublicationProblem> {
    let publication: Publication =
        serde_json::from_str(text).map_err(|error| PublicationProblem::NotAPublication(error.to_string()))?;
    if publication.format != FORMAT {
        return Err(PublicationProblem::UnknownFormat(publication.format));
    }
    check_definition(&publication)?;
    let links = check_chain(&publication)?;
    let ballots = check_ballots(&publication)?;
    let result = count(&publication.definition, &publication.ballots)?;
    let (found, said) = (sha256_of(&result), sha256_of(&publication.result));
    if found != said {
        return Err(PublicationProblem::ResultDiffers { found, said });
    }
    let found_at = sought.map(|sought| find(&publication.entries, &links, sought)).transpose()?;
    Ok(ChainHead { head: publication.head, entries: publication.entries.len(), ballots, found_at })
}

fn check_definition(publication: &Publication) -> Result<(), PublicationProblem> {
    let frozen = publication.frozen.get("definition");
    let counted = serde_json::to_value(&publication.definition).expect("a definition is JSON");
    if frozen.is_none_or(|frozen| canonical(frozen) != canonical(&counted)) {
        return Err(PublicationProblem::DefinitionDiffers);
    }
    Ok(())
}

fn check_chain(publication: &Publication) -> Result<Vec<String>, PublicationProblem> {
    let mut link = chain_start(&publication.study, &publication.frozen, &publication.panel_sha256);
    let mut links = Vec::with_capacity(publication.entries.len());
    for entry in &publication.entries {
        link = chain_link(&link, entry);
        links.push(link.clone());
    }
    if link != publication.head {
        return Err(PublicationProblem::ChainBroken { found: link, said: publication.head.clone() });
    }
    Ok(links)
}

fn check_ballots(publication: &Publication) -> Result<u64, PublicationProblem> {
    if publication.entries.last() != Some(&closing_entry(&ballots_sha256(&publication.ballots))) {
        return Err(PublicationProblem::BallotsDiffer);
    }
    let ballots: u64 = publication.ballots.iter().map(|ballot| u64::from(ballot.count)).sum();
    let entries = publication.entries.len() - 1;
    if ballots < MIN_PUBLISHED {
        return Err(PublicationProblem::TooFewBallots(ballots));
    }
    if ballots > entries as u64 {
        return Err(PublicationProblem::TooManyBallots { ballots, entries });
    }
    let text = |ballot: &Ballot| canonical(&serde_json::to_value(ballot).expect("a ballot is JSON"));
    if !publication.ballots.iter().map(text).eq(sorted_texts(&publication.ballots)) {
        return Err(PublicationProblem::NotSorted);
    }
    Ok(ballots)
}

/// Where an entry or a link begins with this; at least the 20 digits of a receipt.
fn find(entries: &[String], links: &[String], sought: &str) -> Result<usize, PublicationProblem> {
    let sought_digits = sought.to_ascii_lowercase();
    let is_it =
        |(entry, link): (&String, &String)| entry.starts_with(&sought_digits) || link.starts_with(&sought_digits);
    let place = (sought_digits.len() >= 20).then(|| entries.iter().zip(links).position(is_it)).flatten();
    place.map(|place| place + 1).ok_or_else(|| PublicationProblem::NotInChain(sought.to_owned()))
}
