use kernel::{Id, Label, Timestamp, kinds};
use serde_json::{Value, json};

use crate::{
    Chain, Ending, PanelRule,
    tally_file::{Definition, Method, TallyRefusal},
};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StudyKind {
    /// Which product comes.
    Product,
    /// How it is packed.
    Packaging,
    /// What people think of prices: answers, never a vote.
    Price,
}

impl StudyKind {
    /// As it is stored and written in files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Packaging => "packaging",
            Self::Price => "price",
        }
    }

    /// Reads [`StudyKind::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Product, Self::Packaging, Self::Price].into_iter().find(|kind| kind.word() == word)
    }
}

/// What can be voted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyOption {
    /// Its id in ballots.
    pub id: String,
    /// What it is called in Chinese.
    pub name_zh: Label,
    /// And in English.
    pub name_en: Label,
}

/// A study before it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStudy {
    /// What is asked.
    pub kind: StudyKind,
    /// What it is called in Chinese.
    pub title_zh: Label,
    /// And in English.
    pub title_en: Label,
    /// The options, in the order of the definition.
    pub options: Vec<StudyOption>,
    /// How ballots are counted.
    pub definition: Definition,
    /// Who may vote.
    pub panel: PanelRule,
    /// From which instant on no ballot is taken.
    pub closes_at: Timestamp,
    /// Whether each household reads the options in an order of its own, so that none gains by standing first; else all read them in
    /// the order of the definition.
    pub is_shuffled: bool,
}

/// Why a study cannot be drafted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DraftRefusal {
    /// The rules of counting do not hold together.
    #[error(transparent)]
    Definition(#[from] TallyRefusal),
    /// Comparisons are no ballots of a household.
    #[error("households vote by choice, approval, ranking, scores or votes; this method asks something else")]
    NoVote,
    /// A price is never voted on, and nothing else is asked by prices.
    #[error("a price study, and it alone, asks by van_westendorp or gabor_granger")]
    PriceMethod,
    /// Options and definition name different things, or there is nothing to choose.
    #[error("a study has two options or more, and the definition has just their ids, in their order")]
    Options,
    /// It would close before it opens.
    #[error("it closes in the past")]
    ClosesInThePast,
}

/// What the opening fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// When.
    pub opened_at: Timestamp,
    /// All that was frozen, as it is hashed and published.
    pub frozen: Value,
    /// The SHA-256 of who may vote.
    pub panel_sha256: String,
    /// How many households may vote.
    pub panel_size: u32,
}

/// What was announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// When.
    pub published_at: Timestamp,
    /// The result, as `docs/TALLY.md` describes it.
    pub result: Value,
}

/// A question to the neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Study {
    /// Which.
    pub id: Id<kinds::Study>,
    /// What is asked, and how.
    pub asked: NewStudy,
    /// What the opening fixed; `None` for a draft.
    pub opening: Option<Opening>,
    /// What was announced; `None` before.
    pub published: Option<Published>,
    /// How it ended; `None` before.
    pub ending: Option<Ending>,
}

/// Where a study is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StudyState {
    /// Not yet to be seen.
    Draft,
    /// Ballots are taken.
    Open,
    /// No more are; the result is not announced.
    Closed,
    /// The result is announced.
    Published,
    /// What was elected is sold.
    Launched,
    /// Nothing came of it.
    Dropped,
}

impl Study {
    /// A draft.
    ///
    /// # Errors
    /// [`DraftRefusal`].
    pub fn draft(id: Id<kinds::Study>, asked: NewStudy, now: Timestamp) -> Result<Self, DraftRefusal> {
        asked.definition.check()?;
        let asks_prices = match asked.definition.method {
            Method::BradleyTerry | Method::MaxDiff => return Err(DraftRefusal::NoVote),
            Method::VanWestendorp | Method::GaborGranger => true,
            Method::SingleChoice
            | Method::Approval
            | Method::Schulze
            | Method::InstantRunoff
            | Method::Star
            | Method::SequentialPav
            | Method::ExactPav
            | Method::MeekStv
            | Method::ScottishStv
            | Method::Quadratic => false,
        };
        if asks_prices != (asked.kind == StudyKind::Price) {
            return Err(DraftRefusal::PriceMethod);
        }
        let ids = asked.options.iter().map(|option| &option.id);
        let has_choice = asked.options.len() >= 2 || asks_prices;
        if !has_choice || !ids.eq(&asked.definition.options) {
            return Err(DraftRefusal::Options);
        }
        if asked.closes_at <= now {
            return Err(DraftRefusal::ClosesInThePast);
        }
        Ok(Self { id, asked, opening: None, published: None, ending: None })
    }

    /// All that an opening at this instant freezes.
    #[must_use]
    pub fn frozen(&self, opened_at: Timestamp) -> Value {
        let option = |option: &StudyOption| json!({ "id": option.id, "zh-CN": option.name_zh.as_str(), "en": option.name_en.as_str() });
        let asked = &self.asked;
        let mut frozen = json!({
            "kind": asked.kind.word(),
            "title": { "zh-CN": asked.title_zh.as_str(), "en": asked.title_en.as_str() },
            "options": asked.options.iter().map(option).collect::<Vec<_>>(),
            "definition": asked.definition,
            "panel": asked.panel,
            "opened_at": opened_at.timestamp_millis(),
            "closes_at": asked.closes_at.timestamp_millis(),
        });
        // Said only of what differs: what was frozen before there was a choice hashes as it did.
        if !asked.is_shuffled {
            frozen["option_order"] = json!("as_listed");
        }
        frozen
    }

    /// Where it is in its life at an instant. It is closed from its instant on, whether or not the chain was sealed meanwhile.
    #[must_use]
    pub fn state(&self, chain: Option<&Chain>, now: Timestamp) -> StudyState {
        match (&self.opening, &self.published) {
            (_, Some(_)) => match self.ending {
                Some(Ending::Launched(_)) => StudyState::Launched,
                Some(Ending::Dropped { .. }) => StudyState::Dropped,
                None => StudyState::Published,
            },
            (None, None) => StudyState::Draft,
            (Some(_), None) if now >= self.asked.closes_at || chain.is_some_and(|chain| chain.closed_at.is_some()) => {
                StudyState::Closed
            }
            (Some(_), None) => StudyState::Open,
        }
    }
}
