//! Documents that were parsed before.
//!
//! An app sends the same few documents over and over with other variables, and parsing one costs more than reading a balance.

use std::sync::Arc;

use async_graphql::parser::types::ExecutableDocument;
use moka::sync::Cache;

use crate::guard::{self, GuardRefusal};

/// Most bytes of text remembered, over all documents; a parsed one takes some ten times its text. Beyond it those go that are
/// asked for the least, so that a stranger who sends ever new documents drives out only his own.
const MAX_TEXT_BYTES: u64 = 512 * 1024;

/// Parsed documents by their text.
pub(super) struct Documents(Cache<Arc<str>, Arc<ExecutableDocument>>);

impl Documents {
    pub(super) fn new() -> Self {
        let weigh = |text: &Arc<str>, _: &Arc<ExecutableDocument>| u32::try_from(text.len()).unwrap_or(u32::MAX);
        Self(Cache::builder().max_capacity(MAX_TEXT_BYTES).weigher(weigh).build())
    }

    /// The document of a text. What does not parse is not remembered.
    pub(super) fn parse(&self, text: &str) -> Result<ExecutableDocument, GuardRefusal> {
        if let Some(known) = self.0.get(text) {
            return Ok(ExecutableDocument::clone(&known));
        }
        let document = guard::parse(text)?;
        self.0.insert(text.into(), Arc::new(document.clone()));
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::Documents;

    #[test]
    fn a_known_document_is_the_one_that_was_parsed() {
        let documents = Documents::new();
        let first = documents.parse("query Q { me { name } }").unwrap();
        assert_eq!(format!("{:?}", documents.parse("query Q { me { name } }").unwrap()), format!("{first:?}"));
        assert_ne!(format!("{:?}", documents.parse("query Q { me { id } }").unwrap()), format!("{first:?}"));
    }

    #[test]
    fn remembers_nothing_that_was_refused() {
        let documents = Documents::new();
        for text in ["{", "{".repeat(40).as_str(), " ".repeat(20_000).as_str()] {
            let first = documents.parse(text).unwrap_err().to_string();
            assert_eq!(documents.parse(text).unwrap_err().to_string(), first);
        }
        documents.0.run_pending_tasks();
        assert_eq!(documents.0.entry_count(), 0);
    }
}
