//! What judging a document costs, for `hearth bench guard`: the dearest documents we know, and the parser alone beside them.

use async_graphql::{Variables, parser::parse_query};

use super::{MAX_DOCUMENT_BYTES, MAX_NESTING, check};

/// A document as long and as dear as may be, with a name.
pub struct DearDocument {
    /// What makes it dear.
    pub name: &'static str,
    /// Its text, at most 16 KiB.
    pub text: String,
}

/// Judges a document as the door does, up to the sentence for whoever sent it. True when it may run.
#[must_use]
pub fn judge(text: &str) -> bool {
    match check(text, None, &Variables::default()) {
        Ok(_) => true,
        Err(refusal) => refusal.to_string().is_empty(),
    }
}

/// The floor: what the library's parser takes for it. True when it parses.
#[must_use]
pub fn parse(text: &str) -> bool {
    parse_query(text).is_ok()
}

/// Documents that each make another part of the guard or of the parser work as hard as it can be made to.
#[must_use]
pub fn dearest_documents() -> Vec<DearDocument> {
    let document = |name, text: String| DearDocument { name, text };
    let names = |count: usize| (0..count).map(|n| format!("n{n:018}"));
    let lists = MAX_NESTING - 2;
    vec![
        document("guard_fields", filled("{a{", "b ", "}}", 1_990)),
        document("guard_long_names", format!("{{a{{{}}}}}", names(780).collect::<Vec<_>>().join(" "))),
        document("guard_arguments", filled("{a{", "b(c:1)", "}}", 300)),
        document("guard_object", format!("{{a(b:{{{}}})}}", names(650).map(|name| name + ":1 ").collect::<String>())),
        document("guard_lists", format!("{{a(b:{}1{})}}", "[".repeat(lists), "]".repeat(lists))),
        document("guard_many_lists", filled("{a(b:[", "[[[[[1]]]]]", "])}", 180)),
        document("guard_string", filled("{a(b:\"", "é", "\")}", usize::MAX)),
        document("guard_escapes", filled("{a(b:\"", "\\u00e9", "\")}", usize::MAX)),
        document("guard_block_string", filled("{a(b:\"\"\"", "\n  x", "\"\"\")}", usize::MAX)),
        document("guard_number", filled("{a(b:", "1", ")}", usize::MAX)),
        document("guard_comments", filled("{a", "#\n", "}", usize::MAX)),
        document("guard_blanks", filled("{a", " ", "}", usize::MAX)),
        document("guard_variables", {
            let defined: String = (0..320).map(|n| format!("$v{n}:I=1 ")).collect();
            format!("query({defined}){{a}}")
        }),
        document("guard_doubling", {
            let fragments: String =
                (0..29).map(|n| format!("fragment F{n} on Q{{...F{m} ...F{m}}}", m = n + 1)).collect();
            format!("{{a}}{fragments}fragment F29 on Q{{b}}")
        }),
        document("guard_fragments", {
            let fragments: String = (0..200).map(|n| format!("fragment F{n} on Q{{a ...G}}")).collect();
            format!("{{a}}fragment G on Q{{b}}{fragments}")
        }),
        document("guard_late_error", filled("{a{", "b ", "}} ?", 1_980)),
        document("guard_long_line", filled("{a(b:\"", "x", "\")} ?", usize::MAX)),
        document("guard_directives", filled("{a", "@b ", "}", 990)),
    ]
}

/// `head`, as many `item` as fit or are wanted, `tail`.
fn filled(head: &str, item: &str, tail: &str, most: usize) -> String {
    let count = (MAX_DOCUMENT_BYTES - head.len() - tail.len()) / item.len();
    format!("{head}{}{tail}", item.repeat(count.min(most)))
}

#[cfg(test)]
mod tests {
    use super::{MAX_DOCUMENT_BYTES, dearest_documents, judge, parse};
    use crate::guard::{GuardRefusal, check};

    #[test]
    fn each_dear_document_gets_as_far_as_the_parser() {
        for document in dearest_documents() {
            let (name, text) = (document.name, document.text);
            assert!(text.len() <= MAX_DOCUMENT_BYTES, "{name} has {} bytes", text.len());
            let refusal = check(&text, None, &Default::default()).map(drop);
            let is_scanned_away = matches!(
                refusal,
                Err(GuardRefusal::TooManyTokens
                    | GuardRefusal::NestedTooDeep
                    | GuardRefusal::DuplicateInputField { .. }
                    | GuardRefusal::UnendedString
                    | GuardRefusal::DocumentTooLong)
            );
            assert!(!is_scanned_away, "{name}: {refusal:?}");
            assert_eq!(parse(&text), !matches!(refusal, Err(GuardRefusal::Syntax(_))), "{name}");
            assert!(judge(&text) == refusal.is_ok(), "{name}");
        }
    }
}
