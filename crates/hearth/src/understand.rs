//! `hearth understand`: what a transcript orders, by the catalogue of a file. Opens no database.

use std::path::Path;

use familypay::understand::{
    Household, MAX_TRANSCRIPT_CHARACTERS, Pack, Question, SpokenCatalogue, SpokenDraft, SpokenProduct, understand,
};
use kernel::{Label, Locale, Money};
use serde_json::{Value, json};

use crate::{
    Failure, cli, console,
    import::{
        Input, Table,
        columns::{Schema, optional, reason_of, required},
        fields::{BadField, Fields},
        records::Next,
    },
};

/// Most products one catalogue is searched for speech: a community sells some hundreds at a time.
const MAX_SPOKEN_PRODUCTS: usize = 20_000;

const PRODUCT: usize = 0;
const NAME: usize = 1;
const UNIT: usize = 2;
const PRICE: usize = 3;
const PACK: usize = 4;
const ALIASES: usize = 5;
const WARNS: usize = 6;

/// A catalogue that can be asked for in words.
static SPOKEN_PRODUCTS: Schema = Schema {
    noun: "products",
    columns: &[
        required(&["product_id", "product_ref"]),
        required(&["name"]),
        required(&["unit"]),
        required(&["price"]),
        optional(&["pack"]),
        optional(&["aliases"]),
        optional(&["warns"]),
    ],
    ignored: &["category"],
};

/// Prints a JSON object a transcript.
///
/// # Errors
/// A [`Failure`] when a file cannot be read, or a product of the catalogue is none.
pub(crate) fn run(options: &cli::Understand) -> Result<(), Failure> {
    let catalogue = SpokenCatalogue::new(read_catalogue(&options.catalogue)?);
    let household = Household { health_tags: options.health_tag.clone(), ..Household::default() };
    if let Some(text) = &options.text {
        console::say(answer(&catalogue, &household, text));
        return Ok(());
    }
    let Some(file) = &options.file else { return Ok(()) };
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::because(format_args!("could not read {}", file.display()), error))?;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        console::say(answer(&catalogue, &household, line));
    }
    Ok(())
}

fn read_catalogue(file: &Path) -> Result<Vec<SpokenProduct>, Failure> {
    let mut table = Table::open(Input::open(file)?, &SPOKEN_PRODUCTS)?;
    let mut products = Vec::new();
    loop {
        let (next, layout, name) = table.read_next();
        let product = match next {
            Next::Row(row) => Fields::of(&row, &SPOKEN_PRODUCTS, layout)
                .and_then(|fields| read_product(&fields))
                .map_err(|bad| Failure::new(format!("{name}, line {}: {} {}", row.line, bad.column, bad.reason)))?,
            Next::Unreadable { why, .. } => return Err(Failure::new(format!("{name}: {}", reason_of(&why)))),
            Next::End => return Ok(products),
        };
        if products.len() == MAX_SPOKEN_PRODUCTS {
            return Err(Failure::new(format!("{name}: a catalogue has at most {MAX_SPOKEN_PRODUCTS} products")));
        }
        products.push(product);
    }
}

fn read_product(fields: &Fields<'_>) -> Result<SpokenProduct, BadField> {
    let words = |column: usize| -> Result<Vec<Label>, BadField> {
        let text: Option<Label> = fields.optional(column)?;
        let text = text.as_ref().map(Label::as_str).unwrap_or_default();
        let words = text.split([';', '；']).map(str::trim).filter(|word| !word.is_empty());
        words.map(|word| word.parse().map_err(|error| fields.bad(column, error))).collect()
    };
    let pack: Option<Label> = fields.optional(PACK)?;
    Ok(SpokenProduct {
        product_ref: fields.required(PRODUCT)?,
        name: fields.required(NAME)?,
        unit: fields.required(UNIT)?,
        price: fields.amount(PRICE)?,
        packs: Pack::parse_all(pack.as_ref().map(Label::as_str).unwrap_or_default())
            .map_err(|error| fields.bad(PACK, error))?,
        aliases: words(ALIASES)?,
        warns: words(WARNS)?,
    })
}

fn answer(catalogue: &SpokenCatalogue, household: &Household, text: &str) -> Value {
    match understand(catalogue, household, text) {
        Ok(draft) => json!({
            "heard": text,
            "lines": draft.lines.iter().map(|line| json!({
                "productRef": line.product.product_ref.as_str(),
                "name": line.product.name.as_str(),
                "quantity": line.quantity.to_string(),
                "unit": line.product.unit.as_str(),
                "amount": yuan(line.amount),
                "confidencePercent": line.confidence,
                "heard": line.heard,
            })).collect::<Vec<_>>(),
            "questions": draft.questions.iter().map(question).collect::<Vec<_>>(),
            "warnings": warnings(&draft),
            "total": yuan(draft.total),
            "sentence": { "zh-CN": draft.sentence(Locale::ZhCn), "en": draft.sentence(Locale::En) },
        }),
        Err(refusal) => json!({ "refused": refusal.to_string(), "mostCharacters": MAX_TRANSCRIPT_CHARACTERS }),
    }
}

fn question(question: &Question) -> Value {
    match question {
        Question::NothingHeard => json!({ "ask": "again" }),
        Question::Which { heard, choices } => {
            let choices = choices
                .iter()
                .map(|product| json!({ "productRef": product.product_ref.as_str(), "name": product.name.as_str() }));
            json!({ "ask": "which", "heard": heard, "choices": choices.collect::<Vec<_>>() })
        }
        Question::HowMuch { product, choices } => json!({
            "ask": "howMuch",
            "productRef": product.product_ref.as_str(),
            "name": product.name.as_str(),
            "unit": product.unit.as_str(),
            "choices": choices.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
    }
}

fn warnings(draft: &SpokenDraft) -> Vec<Value> {
    let warning = |w: &familypay::understand::Warning| json!({ "productRef": w.product_ref.as_str(), "healthTag": w.health_tag.as_str() });
    draft.warnings.iter().map(warning).collect()
}

fn yuan(money: Money) -> String {
    money.to_string().replace('¥', "")
}
