//! The one plain sentence a draft is read back in.

use std::fmt::Write;

use kernel::Locale;

use super::{Question, SpokenDraft};

impl SpokenDraft {
    /// What is certain with its price, and the first question if there is one: one sentence at a time, that needs one answer.
    #[must_use]
    pub fn sentence(&self, locale: Locale) -> String {
        let lines: Vec<String> = self
            .lines
            .iter()
            .map(|line| match locale {
                Locale::ZhCn => format!("{}{}{}", line.product.name, line.quantity, line.product.unit),
                Locale::En => format!("{} {} of {}", line.quantity, line.product.unit, line.product.name),
            })
            .collect();
        let yuan = self.total.to_string().replace('¥', "");
        let mut sentence = String::new();
        if !lines.is_empty() {
            sentence = match locale {
                Locale::ZhCn => format!("{},一共{yuan}元", lines.join("、")),
                Locale::En => format!("{}, {} in all", lines.join(", "), self.total),
            };
        }
        let asked = self.questions.first().map(|question| question.sentence(locale));
        let is_sure = asked.is_none();
        let last = asked.unwrap_or_else(|| match locale {
            Locale::ZhCn => "对吗?".to_owned(),
            Locale::En => "Is that right?".to_owned(),
        });
        match (sentence.is_empty(), locale) {
            (true, _) => last,
            (false, Locale::ZhCn) if is_sure => format!("{sentence},{last}"),
            (false, Locale::ZhCn) => format!("{sentence}。{last}"),
            (false, Locale::En) => format!("{sentence}. {last}"),
        }
    }
}

impl Question {
    /// The question as it is spoken.
    #[must_use]
    pub fn sentence(&self, locale: Locale) -> String {
        match (self, locale) {
            (Self::NothingHeard, Locale::ZhCn) => "没听清您要什么,请再说一遍。".to_owned(),
            (Self::NothingHeard, Locale::En) => "I did not hear what you want. Please say it again.".to_owned(),
            (Self::Which { choices, .. }, _) if !choices.is_empty() => {
                let names: Vec<String> = choices.iter().map(|product| product.name.to_string()).collect();
                match locale {
                    Locale::ZhCn => format!("您要的是{}?", or(&names, locale)),
                    Locale::En => format!("Do you mean {}?", or(&names, locale)),
                }
            }
            (Self::Which { heard, .. }, Locale::ZhCn) if heard.is_empty() => "您要的是什么?请再说一遍。".to_owned(),
            (Self::Which { heard, .. }, Locale::En) if heard.is_empty() => {
                "What would you like? Please say it again.".to_owned()
            }
            // What was heard is not said again: a recogniser may have heard something nobody said.
            (Self::Which { .. }, Locale::ZhCn) => "有一样没听明白,请再说一遍名字。".to_owned(),
            (Self::Which { .. }, Locale::En) => {
                "I did not understand one of them. Please say its name again.".to_owned()
            }
            (Self::HowMuch { product, choices }, _) => {
                let amounts: Vec<String> = choices.iter().map(|amount| format!("{amount}{}", product.unit)).collect();
                let mut sentence = match locale {
                    Locale::ZhCn => format!("{}要多少?", product.name),
                    Locale::En => format!("How much {}?", product.name),
                };
                // Writing to a string cannot fail.
                let _ = match (amounts.is_empty(), locale) {
                    (true, _) => Ok(()),
                    (false, Locale::ZhCn) => write!(sentence, "{}?", or(&amounts, locale)),
                    (false, Locale::En) => write!(sentence, " {}?", or(&amounts, locale)),
                };
                sentence
            }
        }
    }
}

/// One, the other, or a third.
fn or(choices: &[String], locale: Locale) -> String {
    let (Some((last, before)), word, comma) = (match locale {
        Locale::ZhCn => (choices.split_last(), "还是", "、"),
        Locale::En => (choices.split_last(), " or ", ", "),
    }) else {
        return String::new();
    };
    if before.is_empty() { last.clone() } else { format!("{}{word}{last}", before.join(comma)) }
}
