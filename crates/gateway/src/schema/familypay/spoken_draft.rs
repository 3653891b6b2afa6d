use ::familypay::understand;
use async_graphql::{Enum, SimpleObject};
use kernel::{Label, Locale};

use crate::schema::{money::Money, privacy::HealthTag};

/// What was understood of an order.
#[derive(SimpleObject)]
pub(super) struct SpokenDraft {
    /// What is certain.
    lines: Vec<SpokenLine>,
    /// What is not, in the order it was said. An order can be made once none is left.
    questions: Vec<SpokenQuestion>,
    /// What does not go with a health tag of yours. It takes nothing away.
    warnings: Vec<SpokenWarning>,
    /// What the certain lines cost together.
    total: Money,
    /// What is certain with its price, and the first question, as it is read back: one sentence that needs one answer.
    sentence: String,
}

/// A line that is certain.
#[derive(SimpleObject)]
struct SpokenLine {
    /// The product.
    product: SpokenProduct,
    /// How much of it, in the unit it is sold by: a decimal such as `1.5`.
    quantity: String,
    /// What that costs.
    amount: Money,
    /// How surely it was heard, of 100.
    confidence_percent: i32,
    /// The word it was understood from.
    heard: String,
}

/// Something that can be ordered.
#[derive(SimpleObject)]
struct SpokenProduct {
    /// The operator's number of it.
    product_ref: String,
    /// What it is called.
    name: String,
    /// The word it is sold by, such as 斤.
    unit: String,
    /// What one unit costs.
    price: Money,
}

/// What is asked back.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
enum SpokenQuestionKind {
    /// Nothing of it was an order: please say it again.
    Again,
    /// Which of `products` is meant; with none, please say its name again.
    Which,
    /// How much of the one of `products`: perhaps one of `amounts`.
    HowMuch,
}

/// Something to ask back.
#[derive(SimpleObject)]
struct SpokenQuestion {
    /// What is asked.
    kind: SpokenQuestionKind,
    /// The question as it is spoken.
    sentence: String,
    /// What was heard, where a product is asked for; empty otherwise.
    heard: String,
    /// At most three products.
    products: Vec<SpokenProduct>,
    /// At most three amounts, decimals in the product's unit.
    amounts: Vec<String>,
}

/// A product that does not go with a health tag of yours.
#[derive(SimpleObject)]
struct SpokenWarning {
    /// The operator's number of the product.
    product_ref: String,
    /// The tag.
    health_tag: HealthTag,
}

impl SpokenDraft {
    pub(super) fn new(draft: &understand::SpokenDraft, locale: Locale) -> Self {
        let warning = |warning: &understand::Warning| SpokenWarning {
            product_ref: warning.product_ref.to_string(),
            health_tag: health_tag(&warning.health_tag),
        };
        Self {
            lines: draft.lines.iter().map(SpokenLine::from).collect(),
            questions: draft.questions.iter().map(|question| SpokenQuestion::new(question, locale)).collect(),
            warnings: draft.warnings.iter().map(warning).collect(),
            total: draft.total.into(),
            sentence: draft.sentence(locale),
        }
    }
}

impl From<&understand::SpokenLine> for SpokenLine {
    fn from(line: &understand::SpokenLine) -> Self {
        Self {
            product: (&line.product).into(),
            quantity: line.quantity.to_string(),
            amount: line.amount.into(),
            confidence_percent: line.confidence.into(),
            heard: line.heard.clone(),
        }
    }
}

impl From<&understand::SpokenProduct> for SpokenProduct {
    fn from(product: &understand::SpokenProduct) -> Self {
        Self {
            product_ref: product.product_ref.to_string(),
            name: product.name.to_string(),
            unit: product.unit.to_string(),
            price: product.price.into(),
        }
    }
}

impl SpokenQuestion {
    fn new(question: &understand::Question, locale: Locale) -> Self {
        let sentence = question.sentence(locale);
        let (kind, heard, products, amounts) = match question {
            understand::Question::NothingHeard => (SpokenQuestionKind::Again, "", Vec::new(), Vec::new()),
            understand::Question::Which { heard, choices } => {
                (SpokenQuestionKind::Which, heard.as_str(), choices.iter().map(Into::into).collect(), Vec::new())
            }
            understand::Question::HowMuch { product, choices } => (
                SpokenQuestionKind::HowMuch,
                "",
                vec![product.into()],
                choices.iter().map(ToString::to_string).collect(),
            ),
        };
        Self { kind, sentence, heard: heard.to_owned(), products, amounts }
    }
}

/// A catalogue names only tags that there are.
fn health_tag(word: &Label) -> HealthTag {
    word.as_str().parse::<::accounts::HealthTag>().expect("a warning names a tag the person has").into()
}
