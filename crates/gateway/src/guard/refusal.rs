use async_graphql::{Pos, parser};

use super::{
    MAX_ALIASES, MAX_COST, MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_MUTATIONS, MAX_NESTING, MAX_ROOT_FIELDS, MAX_SELECTIONS,
    MAX_TOKENS,
};

/// Why a document does not run. Each says which limit and how large it is, so that a client can mend its query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GuardRefusal {
    #[error("the document is longer than {MAX_DOCUMENT_BYTES} bytes")]
    DocumentTooLong,
    #[error("brackets are nested deeper than {MAX_NESTING}")]
    NestedTooDeep,
    #[error("the document has more than {MAX_TOKENS} tokens")]
    TooManyTokens,
    #[error("a string does not end")]
    UnendedString,
    #[error("an input object names the field \"{name}\" twice")]
    DuplicateInputField { name: String },
    #[error("{}", in_one_sentence(.0))]
    Syntax(Box<parser::Error>),
    #[error("fragments include each other in a circle")]
    FragmentCycle,
    #[error("more than {MAX_SELECTIONS} fields once fragments are written out")]
    TooManySelections,
    #[error("more than {MAX_ALIASES} aliases once fragments are written out")]
    TooManyAliases,
    #[error("more than {MAX_ROOT_FIELDS} root fields")]
    TooManyRootFields,
    #[error("more than {MAX_MUTATIONS} mutations in one request")]
    TooManyMutations,
    #[error("fields are nested deeper than {MAX_DEPTH}")]
    TooDeep,
    #[error("the query costs {cost}; the most is {MAX_COST}. Ask for fewer items with first or last")]
    TooCostly { cost: u64 },
    #[error("the document has no operation of that name")]
    NoSuchOperation,
    #[error("the document has several operations: operationName must choose one")]
    OperationNameMissing,
    #[error("the variable ${name} is required")]
    VariableMissing { name: String },
    #[error("a subscription asks for exactly one field, not through a fragment")]
    NotOneSubscription,
}

impl GuardRefusal {
    /// The name of the limit, for `extensions.reason`.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::DocumentTooLong => "DOCUMENT_TOO_LONG",
            Self::NestedTooDeep | Self::TooDeep => "QUERY_TOO_DEEP",
            Self::TooManyTokens => "TOO_MANY_TOKENS",
            Self::UnendedString | Self::Syntax(_) => "SYNTAX",
            Self::DuplicateInputField { .. } => "DUPLICATE_INPUT_FIELD",
            Self::FragmentCycle => "FRAGMENT_CYCLE",
            Self::TooManySelections => "QUERY_TOO_COMPLEX",
            Self::TooManyAliases => "TOO_MANY_ALIASES",
            Self::TooManyRootFields => "TOO_MANY_ROOT_FIELDS",
            Self::TooManyMutations => "TOO_MANY_MUTATIONS",
            Self::TooCostly { .. } => "QUERY_TOO_COSTLY",
            Self::NoSuchOperation => "NO_SUCH_OPERATION",
            Self::OperationNameMissing => "OPERATION_NAME_MISSING",
            Self::VariableMissing { .. } => "VARIABLE_MISSING",
            Self::NotOneSubscription => "ONE_ROOT_FIELD",
        }
    }

    /// Where in the document, when the parser says.
    pub(crate) fn positions(&self) -> Vec<Pos> {
        if let Self::Syntax(error) = self { error.positions().collect() } else { Vec::new() }
    }
}

/// The parser draws a picture of the line with an arrow below it; its last line says what was expected.
fn in_one_sentence(error: &parser::Error) -> String {
    let drawing = error.to_string();
    let expectation = drawing.lines().last().unwrap_or_default().trim_start_matches([' ', '=']);
    format!("the document does not parse: {expectation}")
}
