//! The documents a `GET` may run.

/// Known documents: what probes and client tools send to see whether somebody is there. No mutation may ever stand here.
const PERSISTED: [&str; 2] = ["{ __typename }", "query Type($name: String!) { __type(name: $name) { name } }"];

/// Whether this very text is persisted.
pub(super) fn is_persisted(text: &str) -> bool {
    PERSISTED.contains(&text)
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::{parse_query, types::OperationType};

    use super::PERSISTED;

    #[test]
    fn only_queries_are_persisted() {
        for text in PERSISTED {
            let document = parse_query(text).unwrap();
            assert!(
                document.operations.iter().all(|(_, operation)| operation.node.ty == OperationType::Query),
                "{text}"
            );
        }
    }
}
