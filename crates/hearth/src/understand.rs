//! `hearth understand`: what a transcript orders, by the catalogue of a file. Opens no database.

use app::familypay::spoken_product;
use familypay::understand::{Household, MAX_TRANSCRIPT_CHARACTERS, Question, SpokenCatalogue, SpokenDraft, understand};
use kernel::{Locale, Money};
use serde_json::{Value, json};

use crate::{Failure, cli, console, import::Input, offers::read_offers};

/// Prints a JSON object a transcript.
///
/// # Errors
/// A [`Failure`] when a file cannot be read, or a product of the catalogue is none.
pub(crate) fn run(options: &cli::Understand) -> Result<(), Failure> {
    let catalogue =
        SpokenCatalogue::new(read_offers(Input::open(&options.catalogue)?)?.into_iter().map(spoken_product).collect());
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
