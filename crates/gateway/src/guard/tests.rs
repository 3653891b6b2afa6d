use async_graphql::{Variables, value};
use proptest::prelude::{Strategy, any, prop, proptest};

use super::{GuardRefusal, MAX_TOKENS, check};

/// The stack the parser is given in these tests: an eighth of what a worker thread has.
const SMALL_STACK_BYTES: usize = 256 * 1024;

fn judge(text: &str) -> Result<u32, GuardRefusal> {
    check(text, None, &Variables::default()).map(|checked| checked.cost)
}

fn reason(text: &str) -> &'static str {
    judge(text).expect_err("refused").reason()
}

/// Runs in a thread whose stack would not survive an unguarded parser.
fn on_a_small_stack(judge: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(SMALL_STACK_BYTES).spawn(judge).unwrap();
    thread.join().unwrap();
}

#[test]
fn refuses_nested_literals_before_the_parser_overflows() {
    on_a_small_stack(|| {
        for bracket in ["[", "{a:", "("] {
            let text = format!("{{a(b:{}", bracket.repeat(3_000 / bracket.len()));
            assert_eq!(judge(&text), Err(GuardRefusal::NestedTooDeep), "{bracket}");
        }
        assert_eq!(judge(&"{a".repeat(1_000)), Err(GuardRefusal::NestedTooDeep));
    });
}

#[test]
fn the_deepest_text_that_is_taken_parses_on_a_small_stack() {
    on_a_small_stack(|| {
        let lists = format!("{{a(b:{}1{})}}", "[".repeat(30), "]".repeat(30));
        assert_eq!(judge(&lists), Ok(0));
        let objects = format!("{{a(b:{}1{})}}", "{k:".repeat(30), "}".repeat(30));
        assert_eq!(judge(&objects), Ok(0));
    });
}

#[test]
fn a_string_that_does_not_end_hides_no_brackets() {
    on_a_small_stack(|| {
        let text = format!("{{a(b:[\"\"\" x\" {}", "[".repeat(2_000));
        assert_eq!(judge(&text), Err(GuardRefusal::UnendedString));
        assert_eq!(judge("{a(b:\"\n\")}"), Err(GuardRefusal::UnendedString));
        assert_eq!(judge("{a(b:\"\\"), Err(GuardRefusal::UnendedString));
    });
}

#[test]
fn brackets_in_strings_and_comments_do_not_count() {
    let many = "[".repeat(500);
    assert_eq!(judge(&format!("{{a(b:\"{many}\")}}")), Ok(0));
    assert_eq!(judge(&format!("{{a(b:\"\"\"{many} \\\"\"\" {many}\"\"\")}}")), Ok(0));
    assert_eq!(judge(&format!("{{a # {many}\n}}")), Ok(0));
}

#[test]
fn each_comment_counts_as_a_token() {
    let with_comments = |count: usize| judge(&format!("{{a{}}}", "#\n".repeat(count)));
    assert_eq!(with_comments(MAX_TOKENS - 3), Ok(0));
    assert_eq!(with_comments(MAX_TOKENS - 2), Err(GuardRefusal::TooManyTokens));
}

/// About 1 KB in which each fragment includes the next one twice.
fn doubling_fragments(count: usize) -> String {
    let mut text = "{...F0}".to_owned();
    for n in 0..count {
        text.push_str(&format!("fragment F{n} on Q{{...F{m} ...F{m}}}", m = n + 1));
    }
    text.push_str(&format!("fragment F{count} on Q{{a}}"));
    text
}

#[test]
fn refuses_doubling_fragments_at_once() {
    on_a_small_stack(|| {
        let text = doubling_fragments(28);
        assert!(text.len() < 1_100);
        assert_eq!(judge(&text), Err(GuardRefusal::TooManySelections));
        assert_eq!(judge(&doubling_fragments(60)), Err(GuardRefusal::TooDeep));
    });
}

#[test]
fn refuses_fragments_in_a_circle_even_unused() {
    assert_eq!(judge("{...A} fragment A on Q{...B} fragment B on Q{...A}"), Err(GuardRefusal::FragmentCycle));
    assert_eq!(judge("{a} fragment A on Q{b{...A}}"), Err(GuardRefusal::FragmentCycle));
}

#[test]
fn each_limit_holds_to_the_last_one_and_refuses_one_more() {
    fn fields(n: usize, field: &str) -> String {
        format!("{{x{{{}}}}}", format!("{field} ").repeat(n))
    }
    fn aliases(n: usize) -> String {
        format!("{{x{{{}}}}}", (0..n).map(|i| format!("a{i}:b ")).collect::<String>())
    }
    fn roots(n: usize) -> String {
        format!("{{{}}}", "a ".repeat(n))
    }
    fn mutations(n: usize) -> String {
        format!("mutation{{{}}}", "a ".repeat(n))
    }
    fn deep(n: usize) -> String {
        format!("{}a{}", "{a".repeat(n - 1) + "{", "}".repeat(n))
    }
    fn tokens(n: usize) -> String {
        format!("{{x{{{}}}}}", "a ".repeat(n - 5))
    }
    fn holds(name: &str, limit: usize, text: fn(usize) -> String) {
        assert!(judge(&text(limit)).is_ok(), "{name} at {limit}");
        assert_eq!(reason(&text(limit + 1)), name);
    }
    holds("TOO_MANY_ALIASES", 30, aliases);
    holds("TOO_MANY_ROOT_FIELDS", 20, roots);
    holds("TOO_MANY_MUTATIONS", 4, mutations);
    holds("QUERY_TOO_DEEP", 15, deep);
    holds("TOO_MANY_TOKENS", 2_000, tokens);
    assert_eq!(reason(&"#".repeat(16 * 1024 + 1)), "DOCUMENT_TOO_LONG");
    assert_eq!(reason(&format!("{{...F ...F}} fragment F on Q{}", fields(1_000, "a"))), "QUERY_TOO_COMPLEX");
}

#[test]
fn the_tariff_is_as_published() {
    for (text, cost) in [
        ("{a}", 0),
        ("{household(id:\"x\"){assetAccount{available pending held owed}}}", 2),
        ("{perks(first:10){nodes{id}}}", 12),
        ("{perks(first:10){nodes{id stock{left}} pageInfo{endCursor}}}", 22),
        ("{perks(last:2){edges{cursor node{id}}}}", 6),
        ("{nodes(ids:[\"a\",\"b\",\"c\"]){id}}", 3),
        ("mutation{signOut{userErrors{code}}}", 12),
        ("mutation{signOut}", 10),
        ("query($n:Int=5){perks(first:$n){nodes{id}}}", 7),
        ("query($n:Int){perks(first:$n){nodes{id}}}", 102),
    ] {
        assert_eq!(judge(text), Ok(cost), "{text}");
    }
    let variables = Variables::from_value(value!({ "n": 7, "ids": ["a", "b"] }));
    let cost = |text| check(text, None, &variables).map(|checked| checked.cost);
    assert_eq!(cost("query($n:Int){perks(first:$n){nodes{id}}}"), Ok(9));
    assert_eq!(cost("query($ids:[ID!]!){nodes(ids:$ids){id}}"), Ok(2));
    assert_eq!(
        judge("{perks(first:100){nodes{a(first:100){nodes{id}}}}}"),
        Err(GuardRefusal::TooCostly { cost: 10_302 })
    );
}

#[test]
fn the_operation_is_chosen_by_name() {
    let two = "query A{a} mutation B{b{c}}";
    let none = Variables::default();
    assert_eq!(check(two, Some("B"), &none).map(|checked| checked.cost), Ok(11));
    assert_eq!(check(two, Some("C"), &none).map(drop), Err(GuardRefusal::NoSuchOperation));
    assert_eq!(check(two, None, &none).map(drop), Err(GuardRefusal::OperationNameMissing));
    assert_eq!(check("{a}", Some("A"), &none).map(drop), Err(GuardRefusal::NoSuchOperation));
}

#[test]
fn required_variables_are_required_before_anything_runs() {
    let text = "query($id:ID!){a(b:$id)}";
    let missing = Err(GuardRefusal::VariableMissing { name: "id".to_owned() });
    assert_eq!(judge(text).map(drop), missing);
    let null = Variables::from_value(value!({ "id": null }));
    assert_eq!(check(text, None, &null).map(drop), missing);
    assert_eq!(judge("query($id:ID!=\"x\"){a(b:$id)}"), Ok(0));
}

#[test]
fn an_object_literal_names_each_field_once() {
    assert_eq!(reason("{a(input:{points:1,points:1000})}"), "DUPLICATE_INPUT_FIELD");
    assert_eq!(reason("query($x:X={k:1 k:2}){a(x:$x)}"), "DUPLICATE_INPUT_FIELD");
    assert_eq!(judge("{a(input:{k:{k:1},l:[{k:1},{k:2}]}) k:a}"), Ok(0));
}

#[test]
fn sign_in_attempts_are_counted_through_aliases_and_fragments() {
    let text = "mutation{a:signIn{x} ...F} fragment F on Mutation{b:signIn{x} requestSignInCode{x}}";
    let checked = check(text, None, &Variables::default()).unwrap();
    assert_eq!(checked.sign_in_attempts, 3);
}

#[test]
fn the_standard_introspection_query_passes() {
    assert_eq!(judge(include_str!("tests/introspection.graphql")), Ok(71));
}

#[test]
fn directive_mazes_are_too_many_tokens() {
    let maze = format!("{{a{}}}", "@skip(if:true)".repeat(500));
    assert_eq!(reason(&maze), "TOO_MANY_TOKENS");
}

/// Text that is nearly GraphQL: arbitrary sequences of its tokens.
fn nearly_graphql() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        "!",
        "$",
        "@",
        "=",
        "|",
        "&",
        "...",
        "\"",
        "\"\"\"",
        "\\",
        "#",
        "\n",
        " ",
        "a",
        "on",
        "query",
        "mutation",
        "fragment",
        "true",
        "null",
        "1",
        "-1.5e9",
        "\u{feff}",
        "é",
        "first:$n",
        "{a}",
        "...F ",
        "fragment F on Q{a}",
        "\"x\"",
    ]);
    prop::collection::vec(token, 0..400).prop_map(|tokens| tokens.concat())
}

#[test]
fn never_panics_whatever_the_bytes() {
    on_a_small_stack(|| {
        proptest!(|(bytes in prop::collection::vec(any::<u8>(), 0..2_000))| {
            let _ = check(&String::from_utf8_lossy(&bytes), None, &Variables::default());
        });
        proptest!(|(text in nearly_graphql())| {
            let _ = check(&text, None, &Variables::default());
        });
        proptest!(|(text in "\\PC{0,500}")| {
            let _ = check(&text, Some("a"), &Variables::default());
        });
    });
}
