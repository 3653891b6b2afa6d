//! Three hundred spoken orders: what was said, and what must come of it. No line may be wrong and pass for certain.

use std::collections::BTreeSet;

use familypay::understand::{BasketLine, Household, Quantity, Question, SpokenDraft, understand};
use kernel::Locale;

#[path = "spoken/load.rs"]
mod load;

use load::{HELD_OUT, ORDERS, SECOND, catalogue};

fn household() -> Household {
    let line = |product: &str, thousandths| BasketLine {
        product_ref: product.parse().expect("a reference"),
        quantity: Quantity::from_thousandths(thousandths).expect("some"),
    };
    Household { usual: vec![line("F01", 2000), line("E01", 1000)], ..Household::default() }
}

/// The notation of the table, from a draft; `?=` names its choices.
fn written(draft: &SpokenDraft) -> BTreeSet<String> {
    let lines = draft.lines.iter().map(|l| format!("{} {}{}", l.product.name, l.quantity, l.product.unit));
    let questions = draft.questions.iter().map(|question| match question {
        Question::NothingHeard => "-".to_owned(),
        Question::HowMuch { product, .. } => format!("#{}", product.name),
        Question::Which { choices, .. } => {
            let names: BTreeSet<String> = choices.iter().map(|choice| choice.name.to_string()).collect();
            format!("?={}", names.into_iter().collect::<Vec<_>>().join("|"))
        }
    });
    lines.chain(questions).collect()
}

fn expected(cell: &str) -> BTreeSet<String> {
    cell.split(';')
        .map(|part| match part.strip_prefix("?=") {
            Some(names) => {
                let names: BTreeSet<&str> = names.split('|').collect();
                format!("?={}", names.into_iter().collect::<Vec<_>>().join("|"))
            }
            None => part.to_owned(),
        })
        .collect()
}

/// Whether a draft is what was expected; a bare `?` takes any choices.
fn is_exact(expected: &BTreeSet<String>, found: &BTreeSet<String>) -> bool {
    let loose =
        |part: &String| if expected.contains("?") && part.starts_with("?=") { "?".to_owned() } else { part.clone() };
    *expected == found.iter().map(loose).collect::<BTreeSet<_>>()
}

/// How many of a table are exact, with those that are not.
fn judge(name: &str, table: &str, least_percent: usize) -> String {
    let (catalogue, household) = (catalogue(), household());
    let rows: Vec<(&str, &str)> =
        table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t')).collect();
    let (mut exact, mut wrong, mut missed) = (0, Vec::new(), String::new());
    for (said, cell) in &rows {
        let draft = understand(&catalogue, &household, said).expect("short enough");
        let (expected, found) = (expected(cell), written(&draft));
        if is_exact(&expected, &found) {
            exact += 1;
        } else {
            missed += &format!("{said}\n  expected {expected:?}\n  found    {found:?}\n");
        }
        let is_line = |part: &&String| !part.starts_with(['?', '#', '-']);
        wrong.extend(
            found.iter().filter(is_line).filter(|part| !expected.contains(*part)).map(|p| format!("{said}: {p}")),
        );
    }
    assert_eq!(wrong, Vec::<String>::new(), "{name}: lines nobody ordered");
    assert!(exact * 100 >= least_percent * rows.len(), "{name}: only {exact} of {} exact:\n{missed}", rows.len());
    format!("{name}: {exact} of {} exact\n{missed}", rows.len())
}

#[test]
fn two_hundred_orders_are_understood_as_they_were_meant() {
    println!("{}", judge("tuned for", ORDERS, 95));
}

#[test]
fn orders_nobody_tuned_for_are_understood_too() {
    println!("{}", judge("held out", HELD_OUT, 95));
    println!("{}", judge("second", SECOND, 95));
}

#[test]
fn a_draft_is_read_back_in_one_sentence_with_its_price() {
    let draft = understand(&catalogue(), &household(), "两斤橘子,一板鸡蛋").expect("short enough");
    assert_eq!(draft.total.minor(), 5680);
    assert_eq!(draft.sentence(Locale::ZhCn), "橘子2斤、鸡蛋1板,一共56.80元,对吗?");
    assert_eq!(draft.sentence(Locale::En), "2 斤 of 橘子, 1 板 of 鸡蛋, ¥56.80 in all. Is that right?");

    let draft = understand(&catalogue(), &household(), "一板鸡蛋,两斤苹果,来点姜").expect("short enough");
    assert_eq!(draft.sentence(Locale::ZhCn), "鸡蛋1板,一共37.00元。您要的是红富士苹果还是青苹果?");
}

#[test]
fn warns_of_what_does_not_go_with_a_health_tag_and_of_nothing_else() {
    let mut household = household();
    household.health_tags = vec!["low_sugar".parse().expect("a word")];
    let draft = understand(&catalogue(), &household, "一瓶蜂蜜,两斤橘子").expect("short enough");
    let warned: Vec<&str> = draft.warnings.iter().map(|warning| warning.product_ref.as_str()).collect();
    assert_eq!(warned, ["N03"]);
    assert_eq!(draft.lines.len(), 2, "a warning takes nothing away");
}

#[test]
fn strange_speech_is_answered_and_never_ordered() {
    let catalogue = catalogue();
    let household = household();
    assert!(understand(&catalogue, &household, &"两斤橘子,".repeat(2000)).is_err());
    for strange in
        ["\u{0}\u{0}", "😀😀", "\u{202e}斤两", "1111111111111111111111斤橘子", "半半半半斤", "０", "一一一一", "....."]
    {
        let draft = understand(&catalogue, &household, strange).expect("short enough");
        assert_eq!(draft.lines.len(), 0, "{strange}");
        assert!(!draft.questions.is_empty(), "{strange}");
    }
    let longest = "两斤橘子".repeat(125);
    let draft = understand(&catalogue, &household, &longest).expect("just short enough");
    assert_eq!(draft.lines.len(), 0);
}

#[test]
fn a_household_that_has_no_usual_basket_is_asked_for_it() {
    let draft = understand(&catalogue(), &Household::default(), "老样子").expect("short enough");
    assert_eq!(draft.lines.len(), 0);
    assert_eq!(draft.questions.len(), 1);
}
