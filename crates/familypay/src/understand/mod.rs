//! From what an old person says to what she wants: a draft that is asked back where it is not certain, never guessed.
//!
//! Speech is cut into the cheapest reading that covers every character ([`tokens`]), amounts are given to the things beside them
//! ([`pairs`]), and what was said is done step by step ([`draft`]). Pure: a catalogue and a transcript in, a draft out.

mod catalogue;
mod draft;
mod measure;
mod pairs;
mod product;
mod sentence;
mod sound;
mod tokens;
mod unit;
mod words;

use kernel::{Currency, ExternalRef, Label, Money};

pub use self::{
    catalogue::{MAX_CHOICES, SpokenCatalogue},
    draft::SURE_FROM,
    product::{MAX_JIN, MAX_UNITS, Pack, PackParseError, Quantity, SpokenProduct},
    unit::Unit,
};
use self::{
    draft::{Drafting, Entry},
    pairs::steps,
    tokens::tokens,
    words::is_doubtful,
};

/// Most characters of one transcript: two minutes of talking. A longer one is refused whole, for half of it would be another order.
pub const MAX_TRANSCRIPT_CHARACTERS: usize = 500;

/// What is known of who speaks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Household {
    /// What 老样子 means here; empty when nobody has said.
    pub usual: Vec<BasketLine>,
    /// Other names for whole baskets.
    pub nicknames: Vec<Nickname>,
    /// The health tags she agreed we may use, by their words.
    pub health_tags: Vec<Label>,
}

/// A household's own name for a basket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nickname {
    /// The name.
    pub name: Label,
    /// What is in it.
    pub lines: Vec<BasketLine>,
}

/// So much of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasketLine {
    /// The operator's number of the product.
    pub product_ref: ExternalRef,
    /// How much of it.
    pub quantity: Quantity,
}

/// What was understood of an order, with what has to be asked before it can be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenDraft {
    /// What is certain.
    pub lines: Vec<SpokenLine>,
    /// What is not, in the order it was said.
    pub questions: Vec<Question>,
    /// What does not go with a health tag of hers.
    pub warnings: Vec<Warning>,
    /// What the certain lines cost together.
    pub total: Money,
}

/// A line that is certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpokenLine {
    /// The product.
    pub product: SpokenProduct,
    /// How much of it.
    pub quantity: Quantity,
    /// What that costs.
    pub amount: Money,
    /// How sure, of 100; never below [`SURE_FROM`].
    pub confidence: u8,
    /// The word it was understood from.
    pub heard: String,
}

/// Something to ask back, with at most [`MAX_CHOICES`] choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Nothing of it was an order.
    NothingHeard,
    /// Which product is meant; none to choose from when there is nothing like it.
    Which {
        /// What was heard; empty when only an amount was.
        heard: String,
        /// What it may be.
        choices: Vec<SpokenProduct>,
    },
    /// How much of it.
    HowMuch {
        /// The product.
        product: SpokenProduct,
        /// Amounts it may be.
        choices: Vec<Quantity>,
    },
}

/// A line that does not go with a health tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The operator's number of the product.
    pub product_ref: ExternalRef,
    /// The health tag, by its word.
    pub health_tag: Label,
}

/// Why a transcript is not even looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnderstandRefusal {
    /// Longer than anybody orders.
    #[error("a transcript has at most {MAX_TRANSCRIPT_CHARACTERS} characters")]
    TooLong,
}

/// What a transcript orders.
///
/// # Errors
/// [`UnderstandRefusal::TooLong`] beyond [`MAX_TRANSCRIPT_CHARACTERS`].
pub fn understand(
    catalogue: &SpokenCatalogue,
    household: &Household,
    transcript: &str,
) -> Result<SpokenDraft, UnderstandRefusal> {
    if transcript.chars().nth(MAX_TRANSCRIPT_CHARACTERS).is_some() {
        return Err(UnderstandRefusal::TooLong);
    }
    let text = normalised(transcript);
    let nicknames: Vec<&str> = household.nicknames.iter().map(|nickname| nickname.name.as_str()).collect();
    let tokens = tokens(catalogue, &nicknames, &text);
    let mut entries = Drafting::new(catalogue, household).entries(steps(catalogue, tokens));
    if is_doubtful(&text) {
        entries = entries.into_iter().map(Entry::asked).collect();
    }
    Ok(drafted(catalogue, household, entries))
}

/// Full-width letters and digits as plain ones, no white space.
fn normalised(transcript: &str) -> Vec<char> {
    transcript
        .chars()
        .filter_map(|character| match character {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0),
            space if space.is_whitespace() => None,
            other => Some(other),
        })
        .flat_map(char::to_lowercase)
        .collect()
}

fn drafted(catalogue: &SpokenCatalogue, household: &Household, entries: Vec<Entry>) -> SpokenDraft {
    let product = |index: usize| catalogue.products()[index].clone();
    let mut draft = SpokenDraft { lines: Vec::new(), questions: Vec::new(), warnings: Vec::new(), total: Money::ZERO };
    for entry in entries {
        match entry {
            Entry::Sure { product: index, quantity, confidence, heard } => {
                let product = product(index);
                let Some((amount, total)) = product.amount(quantity).and_then(|amount| {
                    let total = draft.total.minor().checked_add(amount.minor())?;
                    Some((amount, Money::from_minor(total, Currency::Cny)?))
                }) else {
                    draft.questions.push(Question::HowMuch { product, choices: Vec::new() });
                    continue;
                };
                draft.total = total;
                draft.warnings.extend(
                    product
                        .warns
                        .iter()
                        .filter(|tag| household.health_tags.contains(tag))
                        .map(|tag| Warning { product_ref: product.product_ref.clone(), health_tag: tag.clone() }),
                );
                draft.lines.push(SpokenLine { product, quantity, amount, confidence, heard });
            }
            Entry::HowMuch { product: index, choices, .. } => {
                draft.questions.push(Question::HowMuch { product: product(index), choices });
            }
            Entry::Which { heard, choices, .. } => {
                let choices = choices.into_iter().map(product).collect();
                draft.questions.push(Question::Which { heard, choices });
            }
        }
    }
    if draft.lines.is_empty() && draft.questions.is_empty() {
        draft.questions.push(Question::NothingHeard);
    }
    draft
}
