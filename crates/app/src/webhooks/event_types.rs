use std::str::FromStr;

use super::PUBLISHED;

/// Which published events a webhook hears of: some, or all there are and will be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventTypes(Vec<&'static str>);

/// A word that is no published type of event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no type of event; there are {all}", all = PUBLISHED.join(", "))]
pub struct UnknownEventType(pub String);

impl EventTypes {
    /// These types, each once; none: all of them.
    ///
    /// # Errors
    /// [`UnknownEventType`].
    pub fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownEventType> {
        let mut types = Vec::new();
        for word in words {
            let known = PUBLISHED.iter().find(|kind| **kind == word);
            let kind = *known.ok_or_else(|| UnknownEventType(word.chars().take(60).collect()))?;
            if !types.contains(&kind) {
                types.push(kind);
            }
        }
        Ok(Self(types))
    }

    /// The types as they are kept; empty for all of them.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        self.0.iter().map(|kind| (*kind).to_owned()).collect()
    }
}

impl FromStr for EventTypes {
    type Err = UnknownEventType;

    /// Words separated by commas.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::of(text.split(',').map(str::trim).filter(|word| !word.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::EventTypes;

    #[test]
    fn takes_published_types_only_each_once() {
        let both: EventTypes =
            "orders.order_recorded.v1, ledger.points_posted.v1,orders.order_recorded.v1".parse().unwrap();
        assert_eq!(both.words(), ["orders.order_recorded.v1", "ledger.points_posted.v1"]);
        assert_eq!("".parse::<EventTypes>().unwrap().words(), [] as [String; 0]);
        for text in ["accounts.sign_in_code_requested.v1", "orders.order_recorded.v2", "*", "orders"] {
            assert!(text.parse::<EventTypes>().is_err(), "{text}");
        }
    }
}
