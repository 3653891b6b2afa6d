//! What a ballot says.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::tally::van_westendorp::PriceAnswer;

/// A group of equals in a ranking: one id alone, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Group {
    /// One option.
    One(String),
    /// Several that are equal.
    Equal(Vec<String>),
}

/// Answers in which each option has a number. An option named twice is refused.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Numbers(pub BTreeMap<String, u64>);

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Numbers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of whole numbers by option")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Numbers, A::Error> {
                let mut numbers = BTreeMap::new();
                while let Some((option, number)) = map.next_entry::<String, u64>()? {
                    if numbers.insert(option, number).is_some() {
                        return Err(de::Error::custom("an option has two numbers"));
                    }
                }
                Ok(Numbers(numbers))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// What a household, or several alike, said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ballot {
    /// How many said just this.
    #[serde(skip_serializing_if = "is_one")]
    pub count: u32,
    /// What they said.
    #[serde(flatten)]
    pub said: Said,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_one(count: &u32) -> bool {
    *count == 1
}

impl<'de> Deserialize<'de> for Ballot {
    /// Beside the count a ballot says one thing; a second one is refused, where serde's own flattening would take either.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Ballot;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a ballot: an object with one kind of answer, and a count if it is not 1")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Ballot, A::Error> {
                let (mut count, mut said) = (None, None);
                while let Some(name) = map.next_key::<String>()? {
                    let is_repeated = if name == "count" {
                        count.replace(map.next_value()?).is_some()
                    } else {
                        said.replace(next_said(&name, &mut map)?).is_some()
                    };
                    if is_repeated {
                        return Err(de::Error::custom(format!("a ballot says two things, the second is {name}")));
                    }
                }
                let said = said.ok_or_else(|| de::Error::custom("a ballot says nothing; an empty one says blank"))?;
                Ok(Ballot { count: count.unwrap_or(1), said })
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

fn next_said<'de, A: de::MapAccess<'de>>(name: &str, map: &mut A) -> Result<Said, A::Error> {
    Ok(match name {
        "blank" => Said::Blank(map.next_value()?),
        "choice" => Said::Choice(map.next_value()?),
        "approved" => Said::Approved(map.next_value()?),
        "ranking" => Said::Ranking(map.next_value()?),
        "scores" => Said::Scores(map.next_value()?),
        "votes" => Said::Votes(map.next_value()?),
        "preferred" => Said::Preferred(map.next_value()?),
        "best_worst" => Said::BestWorst(map.next_value()?),
        "prices" => Said::Prices(map.next_value()?),
        "buys" => Said::Buys(map.next_value()?),
        other => return Err(de::Error::custom(format!("a ballot cannot say {other:?}"))),
    })
}

impl fmt::Debug for Said {
    /// A log never holds a choice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Said(…)")
    }
}

/// What a ballot says; its one field names the kind.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Nothing, on purpose; counts for the quorum.
    Blank(bool),
    /// One option.
    Choice(String),
    /// Options without order.
    Approved(Vec<String>),
    /// Options in order, the most preferred first.
    Ranking(Vec<Group>),
    /// A score from 0 to 5 by option.
    Scores(Numbers),
    /// Votes by option, n for n² credits.
    Votes(Numbers),
    /// The first was preferred to the second.
    Preferred([String; 2]),
    /// Of those shown, the best and the worst.
    BestWorst(BestWorst),
    /// Four prices in fen.
    Prices(Prices),
    /// Yes or no to each price of the ladder.
    Buys(Vec<bool>),
}

impl Said {
    /// The same, with what has no order of its own, approvals and equals, in the order of the definition: each household reads the options
    /// in another order, and one that was kept would mark its ballot among those that are published.
    pub(crate) fn in_order_of(&self, options: &[String]) -> Self {
        let place = |id: &String| options.iter().position(|option| option == id);
        match self {
            Self::Approved(ids) => {
                let mut ids = ids.clone();
                ids.sort_by_key(place);
                Self::Approved(ids)
            }
            Self::Ranking(groups) => {
                let group = |group: &Group| match group {
                    Group::One(id) => Group::One(id.clone()),
                    Group::Equal(ids) => {
                        let mut ids = ids.clone();
                        ids.sort_by_key(place);
                        Group::Equal(ids)
                    }
                };
                Self::Ranking(groups.iter().map(group).collect())
            }
            other => other.clone(),
        }
    }
}

/// Of a few options shown, the best and the worst.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BestWorst {
    /// What was shown.
    pub shown: Vec<String>,
    /// The best; absent when not answered.
    pub best: Option<String>,
    /// The worst; absent when not answered.
    pub worst: Option<String>,
}

impl fmt::Debug for BestWorst {
    /// A log never holds a choice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BestWorst(…)")
    }
}

/// Four prices in fen, and how likely a purchase is at two of them.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// So cheap that the quality is doubted.
    pub too_cheap: u64,
    /// A bargain.
    pub cheap: u64,
    /// Getting expensive.
    pub expensive: u64,
    /// Out of the question.
    pub too_expensive: u64,
    /// From 1 to 5, at the cheap price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent_at_cheap: Option<u8>,
    /// From 1 to 5, at the expensive price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent_at_expensive: Option<u8>,
}

impl fmt::Debug for Prices {
    /// A log never holds an answer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prices(…)")
    }
}

impl Prices {
    /// Whether the four prices rise: what does not is kept, and left out of the curves.
    #[must_use]
    pub fn is_rising(&self) -> bool {
        let Self { too_cheap, cheap, expensive, too_expensive, .. } = *self;
        PriceAnswer { too_cheap, cheap, expensive, too_expensive }.is_consistent()
    }
}

#[cfg(test)]
mod tests {
    use super::{BestWorst, Numbers, Prices, Said};

    #[test]
    fn the_order_in_which_equals_were_read_is_not_kept() {
        let options = ["C", "A", "B"].map(str::to_owned);
        for (said, kept) in [
            (r#"{"approved":["A","B","C"]}"#, r#"{"approved":["C","A","B"]}"#),
            (r#"{"ranking":["B",["A","C"]]}"#, r#"{"ranking":["B",["C","A"]]}"#),
            (r#"{"choice":"B"}"#, r#"{"choice":"B"}"#),
        ] {
            let said: super::Ballot = serde_json::from_str(said).unwrap();
            assert_eq!(serde_json::to_string(&said.said.in_order_of(&options)).unwrap(), kept);
        }
    }

    #[test]
    fn nothing_that_is_said_is_printed() {
        let best_worst = BestWorst { shown: vec!["A".to_owned()], best: Some("A".to_owned()), worst: None };
        let prices: Prices =
            serde_json::from_str(r#"{"too_cheap":901,"cheap":902,"expensive":903,"too_expensive":904}"#).unwrap();
        let printed = format!("{best_worst:?} {prices:?} {:?}", Said::Votes(Numbers::default()));
        assert_eq!(printed, "BestWorst(…) Prices(…) Said(…)");
    }
}
