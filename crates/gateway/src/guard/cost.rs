//! What the guard costs, for `hearth bench guard`: the dearest documents we know, and the library's parser beside it.

use async_graphql::{
    Variables,
    parser::{parse_query, types::ExecutableDocument},
};

use super::{MAX_DOCUMENT_BYTES, MAX_NESTING, MAX_TOKENS, scan::scan, weigh};

/// A document as long and as dear as may be, with a name.
pub struct DearDocument {
    /// What makes it dear.
    pub name: &'static str,
    /// Its text, at most 16 KiB.
    pub text: String,
    /// What the parser makes of it; nothing, where it finds an error.
    parsed: Option<ExecutableDocument>,
}

impl DearDocument {
    /// What the guard does besides letting the library parse: it scans the text, and weighs what came of parsing it. True when it
    /// may run.
    #[must_use]
    pub fn judge(&self) -> bool {
        let is_scanned = scan(&self.text).is_ok();
        let weighed = self.parsed.as_ref().map(|document| weigh(document, None, &Variables::default()));
        is_scanned && weighed.is_some_and(|weighed| weighed.is_ok())
    }

    /// What the library's parser takes for it. True when it parses.
    #[must_use]
    pub fn parse(&self) -> bool {
        parse_query(&self.text).is_ok()
    }
}

/// Documents that each make another part of the guard or of the parser work as hard as it can be made to.
#[must_use]
pub fn dearest_documents() -> Vec<DearDocument> {
    let document = |name, text: String| DearDocument { name, parsed: parse_query(&text).ok(), text };
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
        document("guard_comments", filled("{a", "#      \n", "}", MAX_TOKENS - 3)),
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
    use super::{MAX_DOCUMENT_BYTES, dearest_documents};
    use crate::guard::{GuardRefusal, check};

    #[test]
    fn each_dear_document_gets_as_far_as_the_parser() {
        for document in dearest_documents() {
            let (name, text) = (document.name, &document.text);
            assert!(text.len() <= MAX_DOCUMENT_BYTES, "{name} has {} bytes", text.len());
            let refusal = check(text, None, &Default::default()).map(drop);
            let is_scanned_away = matches!(
                refusal,
                Err(GuardRefusal::TooManyTokens
                    | GuardRefusal::NestedTooDeep
                    | GuardRefusal::DuplicateInputField { .. }
                    | GuardRefusal::UnendedString
                    | GuardRefusal::DocumentTooLong)
            );
            assert!(!is_scanned_away, "{name}: {refusal:?}");
            assert_eq!(document.parse(), !matches!(refusal, Err(GuardRefusal::Syntax(_))), "{name}");
            assert!(document.judge() == refusal.is_ok(), "{name}");
        }
    }
}
